//! Values of etcd. Records: bytes; or a kind (`apps/v1 Deployment`), and the protobuf of an object of that kind.

use kpnb::client::etcd::decode;

/// A value is decoded or refused.
pub fn check(data: &[u8]) {
    let _ = decode(data, Some(7));
    let mut records = data.splitn(2, |byte| *byte == super::SEPARATOR);
    if let (Some(kind), Some(object)) = (records.next(), records.next()) {
        let mut parts = kind.splitn(2, |byte| *byte == b' ');
        let (version, kind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let type_meta = [field(1, version), field(2, kind)].concat();
        let _ = decode(&[b"k8s\0", &field(1, &type_meta)[..], &field(2, object)].concat(), Some(7));
    }
}

/// A field of bytes, as protobuf has it.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut encoded = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length > 0x7f {
        encoded.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    encoded.push(length as u8);
    encoded.extend_from_slice(bytes);
    encoded
}
