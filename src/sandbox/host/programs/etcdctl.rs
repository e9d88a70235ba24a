//! `etcdctl` 3.4 in etcd's container of a kind node: reading, writing and asking after the member, in the simple format.

use std::time::Duration;

use super::Env;
use crate::sandbox::host::sys::Sys;
use crate::sandbox::store::{KeyValue, Keys, Query};
use crate::sandbox::{World, host};

/// The member's id: of one that was bootstrapped with etcd's defaults.
const MEMBER: &str = "8e9e05c52164694d";
/// How long it waits for an answer: `--command-timeout`.
const PATIENCE: Duration = Duration::from_secs(5);
/// Flags with a value, and those without.
const VALUED: &str =
    "endpoints cacert cert key limit write-out w rev dial-timeout command-timeout user lease order sort-by";
const PLAIN: &str = "prefix keys-only print-value-only count-only from-key prev-kv cluster debug hex insecure-skip-tls-verify \
    insecure-transport";

/// What a command line says.
#[derive(Default)]
struct Asked {
    words: Vec<String>,
    flags: Vec<(String, String)>,
}

impl Asked {
    /// Reads it.
    ///
    /// # Errors
    /// The flag that etcdctl does not have.
    fn read(args: &[String], env: &Env) -> Result<Self, String> {
        let mut asked = Self::default();
        let mut rest = args.iter().skip(1);
        while let Some(arg) = rest.next() {
            let Some(flag) = arg.strip_prefix('-').filter(|flag| !flag.is_empty()) else {
                asked.words.push(arg.clone());
                continue;
            };
            let flag = flag.strip_prefix('-').unwrap_or(flag);
            let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
            let has = |list: &str| list.split_whitespace().any(|known| known == name);
            let value = match value {
                Some(value) => value.to_owned(),
                None if has(VALUED) => rest.next().cloned().unwrap_or_default(),
                None if has(PLAIN) => String::new(),
                None => return Err(format!("Error: unknown flag: {arg}\n")),
            };
            asked.flags.push((name.to_owned(), value));
        }
        for (name, value) in env {
            if let Some(name) = name.strip_prefix("ETCDCTL_") {
                asked.flags.push((name.to_lowercase(), value.clone()));
            }
        }
        Ok(asked)
    }

    fn has(&self, name: &str) -> bool {
        self.flags.iter().any(|(flag, _)| flag == name)
    }

    fn value(&self, name: &str) -> &str {
        self.flags.iter().find(|(flag, _)| flag == name).map_or("", |(_, value)| value)
    }

    /// The keys that a command is about.
    fn keys(&self, key: &str) -> Keys {
        if self.has("prefix") {
            Keys::prefix(key.to_owned())
        } else if self.has("from-key") {
            Keys::between(key.to_owned(), vec![0])
        } else {
            Keys::one(key.to_owned())
        }
    }

    fn endpoint(&self) -> String {
        match self.value("endpoints").split(',').next().unwrap_or_default() {
            "" => "127.0.0.1:2379".to_owned(),
            endpoint => endpoint.to_owned(),
        }
    }
}

pub(super) async fn main(sys: &Sys, args: &[String], env: &Env) -> i32 {
    let asked = match Asked::read(args, env) {
        Ok(asked) => asked,
        Err(why) => {
            sys.err(why).await;
            return 128;
        }
    };
    let words: Vec<&str> = asked.words.iter().map(String::as_str).collect();
    if words == ["version"] {
        sys.out("etcdctl version: 3.4.13\nAPI version: 3.4\n").await;
        return 0;
    }
    if words.is_empty() {
        sys.out("NAME:\n\tetcdctl - A simple command line client for etcd3.\n").await;
        return 0;
    }
    if asked.has("write-out") || asked.has("w") {
        sys.err("etcdctl: other formats than the simple one are not modelled in kpnb's sandbox\n").await;
        return 1;
    }
    // etcd takes nobody who has no certificate of its CA's.
    let known = ["cacert", "cert", "key"].iter().all(|flag| !asked.value(flag).is_empty());
    let up = sys.with(|world, _| host::etcd_is_up(world)).await;
    if !known || !up {
        sys.sleep(PATIENCE).await;
        let time = sys.with(|world, _| world.now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()).await;
        let target = asked.endpoint();
        let target = target.rsplit("//").next().unwrap_or_default();
        let why = "rpc error: code = DeadlineExceeded desc = latest balancer error: connection closed";
        sys.err(format!(
            "{{\"level\":\"warn\",\"ts\":\"{time}\",\"caller\":\"clientv3/retry_interceptor.go:62\",\"msg\":\"retrying of unary \
             invoker failed\",\"target\":\"endpoint://client-00000000-0000-4000-8000-000000000000/{target}\",\"attempt\":0,\
             \"error\":\"{why}\"}}\nError: context deadline exceeded\n"
        ))
        .await;
        return 1;
    }
    let endpoint = asked.endpoint();
    let said = match words[..] {
        ["get", key] => {
            let (keys, limit) = (asked.keys(key), asked.value("limit").parse().unwrap_or(0));
            let found = sys
                .with(move |world, _| world.store.range(&keys, &Query { limit, ..Query::default() }))
                .await
                .unwrap_or_default();
            if asked.has("count-only") {
                // 3.4 tells it with other formats alone.
                Vec::new()
            } else {
                found.kvs.iter().flat_map(|kv| shown(kv, &asked)).collect()
            }
        }
        ["put", key, value] => {
            let (key, value) = (key.to_owned(), value.to_owned());
            sys.with(move |world, _| world.store.put(key, value, 0)).await;
            b"OK\n".to_vec()
        }
        ["del", key] => {
            let keys = asked.keys(key);
            let count = sys.with(move |world, _| delete(world, &keys)).await;
            format!("{count}\n").into_bytes()
        }
        ["member", "list"] => {
            let (name, address) = sys
                .with(|world, me| {
                    let spec = &world.hosts.nodes[me.node].spec;
                    (spec.name.clone(), spec.ip.clone())
                })
                .await;
            format!("{MEMBER}, started, {name}, https://{address}:2380, https://{address}:2379, false\n").into_bytes()
        }
        ["endpoint", "health"] => {
            sys.err(format!("{endpoint} is healthy: successfully committed proposal: took = 7.213842ms\n")).await;
            Vec::new()
        }
        ["endpoint", "status"] => {
            let (size, index) = sys.with(|world, _| (world.store.size().0, world.store.raft_index())).await;
            let size = size as f64 / 1e6;
            format!("{endpoint}, {MEMBER}, 3.4.13, {size:.1} MB, true, false, 2, {index}, {index}, \n").into_bytes()
        }
        _ => {
            sys.err(format!("etcdctl: {} is not modelled in kpnb's sandbox\n", words.join(" "))).await;
            return 1;
        }
    };
    sys.out(said).await;
    0
}

fn shown(kv: &KeyValue, asked: &Asked) -> Vec<u8> {
    let mut text = Vec::new();
    if !asked.has("print-value-only") {
        text.extend_from_slice(&kv.key);
        text.push(b'\n');
    }
    if !asked.has("keys-only") {
        text.extend_from_slice(&kv.value);
    }
    text.push(b'\n');
    text
}

fn delete(world: &mut World, keys: &Keys) -> usize {
    let found = world.store.range(keys, &Query { keys_only: true, ..Query::default() }).unwrap_or_default();
    for kv in &found.kvs {
        world.store.delete(&kv.key);
    }
    found.kvs.len()
}
