//! Values of a real v1.20.2 cluster, there and back.
#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// Decodes and encodes a value again.
fn again(value: &[u8]) -> Bytes {
    let object = decode(value, 7).unwrap();
    let (version, kind) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
    encode(version, kind, &object).unwrap()
}

/// All values of an etcd, as `etcdctl get / --prefix -w json` writes them to the file that KPNB_ETCD_VALUES names.
#[test]
#[ignore = "needs a file of values"]
fn all_values_of_an_etcd_come_back_the_same() {
    let file = std::fs::read(std::env::var("KPNB_ETCD_VALUES").unwrap()).unwrap();
    let all: Value = serde_json::from_slice(&file).unwrap();
    let (mut same, mut other) = (0, Vec::new());
    for kv in all["kvs"].as_array().unwrap() {
        let bytes = |field: &str| STANDARD.decode(kv[field].as_str().unwrap()).unwrap();
        let (key, value) = (String::from_utf8(bytes("key")).unwrap(), bytes("value"));
        let found = again(&value);
        assert_eq!(decode(&found, 7).unwrap(), decode(&value, 7).unwrap(), "{key}");
        if found == value {
            same += 1;
        } else {
            let differs: Vec<_> = (0..found.len().min(value.len())).filter(|at| found[*at] != value[*at]).collect();
            other.push(format!("{key}: {} and {} bytes, at {differs:?}", found.len(), value.len()));
        }
    }
    eprintln!("{same} the same");
    assert!(other.is_empty(), "{other:#?}");
}
