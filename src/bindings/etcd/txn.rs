//! `etcd::txn`: compare, then do one thing or the other.

use rhai::{Array, Dynamic, Map};

use super::value::{bytes, kv_map, kv_maps, map};
use crate::bindings::{Binding, CallError, Options, wrong_type};
use crate::client::etcd::{
    Compare, CompareOp, CompareTarget, PutOptions, RangeOptions, Txn, TxnOp, TxnResult, prefix_range,
};

pub(super) const BINDING: Binding = Binding {
    name: "etcd::txn",
    signature: "etcd::txn(#{compare, success, failure})",
    doc: "Runs a transaction: where all of `compare` hold, the steps of `success`, else those of `failure`, all at one
revision. Returns `#{succeeded, revision, results}`.

- `compare`: an array of `#{key, TARGET: value}`, or `#{key, TARGET: value, op: \"<\"}`. TARGET is one of `value`, `version`,
  `create_revision`, `mod_revision`, `lease`; op one of `=` (without it), `!=`, `<`, `>`. A key that is not there has version 0.
- `success`, `failure`: arrays of `#{put: key, value, lease}`, `#{get: key, prefix, limit}`, `#{delete: key, prefix}`.
- `results`: one for each step done: of a put `#{prev}`, of a get an array as from `etcd::get`, of a delete the number.

This is how the API server writes: a put, if `mod_revision` is still the resourceVersion that it has read.

```rhai
etcd::txn(#{
    compare: [#{key: \"/lock\", version: 0}],
    success: [#{put: \"/lock\", value: \"mine\"}],
    failure: [#{get: \"/lock\"}],
}).succeeded
```",
    arity: (1, 1),
    call: |call| {
        let parts = Options::from(call.options(0, &["compare", "success", "failure"])?);
        let list = |name: &str| match parts.get(name) {
            None => Ok(Vec::new()),
            Some(value) => value
                .clone()
                .try_cast::<Array>()
                .ok_or_else(|| wrong_type(name, "an array", value))?
                .into_iter()
                .map(|step| step.clone().try_cast::<Map>().ok_or_else(|| wrong_type(name, "an array of maps", &step)))
                .collect(),
        };
        let ops = |name: &str| list(name)?.into_iter().map(op).collect::<Result<Vec<_>, _>>();
        let txn = Txn {
            compare: list("compare")?.into_iter().map(compare).collect::<Result<_, _>>()?,
            success: ops("success")?,
            failure: ops("failure")?,
        };
        let etcd = call.workspace.etcd()?;
        let answer = call.block_on(etcd.txn(txn))?;
        Ok(map([
            ("succeeded", answer.succeeded.into()),
            ("revision", answer.header.revision.into()),
            ("results", answer.results.iter().map(result).collect::<Array>().into()),
        ]))
    },
};

fn compare(map: Map) -> Result<Compare, CallError> {
    const TARGETS: [&str; 5] = ["value", "version", "create_revision", "mod_revision", "lease"];
    known("compare", &map, &["key", "op", "value", "version", "create_revision", "mod_revision", "lease"])?;
    let options = Options::from(map);
    let key = options.text("key")?.ok_or_else(|| CallError::Argument("a comparison needs a key".to_owned()))?;
    let op = match options.text("op")?.as_deref() {
        None | Some("=" | "==") => CompareOp::Equal,
        Some("!=") => CompareOp::NotEqual,
        Some("<") => CompareOp::Less,
        Some(">") => CompareOp::Greater,
        Some(other) => return Err(CallError::Argument(format!("op must be =, !=, < or >, not {other:?}"))),
    };
    let given: Vec<&str> = TARGETS.into_iter().filter(|target| options.get(target).is_some()).collect();
    let [target] = given[..] else {
        return Err(CallError::Argument(format!("a comparison needs one of {}", TARGETS.join(", "))));
    };
    let number = || Ok::<_, CallError>(options.integer(target)?.unwrap_or_default());
    let target = match target {
        "value" => CompareTarget::Value(bytes("value", options.get("value").unwrap_or(&Dynamic::UNIT))?),
        "version" => CompareTarget::Version(number()?),
        "create_revision" => CompareTarget::CreateRevision(number()?),
        "mod_revision" => CompareTarget::ModRevision(number()?),
        _ => CompareTarget::Lease(number()?),
    };
    Ok(Compare { key: key.into_bytes(), op, target })
}

fn op(map: Map) -> Result<TxnOp, CallError> {
    let allowed: &[&str] = match () {
        () if map.contains_key("put") => &["put", "value", "lease"],
        () if map.contains_key("get") => &["get", "prefix", "limit"],
        () => &["delete", "prefix"],
    };
    known("a step", &map, allowed)?;
    let options = Options::from(map);
    let range = |key: String| -> Result<_, CallError> {
        let key = key.into_bytes();
        Ok(if options.switch("prefix", false)? { prefix_range(&key) } else { (key, Vec::new()) })
    };
    if let Some(key) = options.text("put")? {
        let value = bytes("value", options.get("value").unwrap_or(&Dynamic::UNIT))?;
        let put = PutOptions { lease: options.integer("lease")?.unwrap_or(0), previous: true, ..PutOptions::default() };
        return Ok(TxnOp::Put(key.into_bytes(), value, put));
    }
    if let Some(key) = options.text("get")? {
        let (key, range_end) = range(key)?;
        let limit = options.integer("limit")?.unwrap_or(0);
        return Ok(TxnOp::Get(RangeOptions { key, range_end, limit, ..RangeOptions::default() }));
    }
    let Some(key) = options.text("delete")? else {
        return Err(CallError::Argument("a step needs put, get or delete".to_owned()));
    };
    let (key, range_end) = range(key)?;
    Ok(TxnOp::Delete(key, range_end, false))
}

fn known(what: &str, map: &Map, allowed: &[&str]) -> Result<(), CallError> {
    match map.keys().find(|key| !allowed.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(CallError::Argument(format!("unknown key {key:?} in {what}; known: {}", allowed.join(", ")))),
    }
}

fn result(result: &TxnResult) -> Dynamic {
    match result {
        TxnResult::Get(range) => kv_maps(&range.kvs),
        TxnResult::Put(put) => map([("prev", put.previous.as_ref().map_or(Dynamic::UNIT, kv_map))]),
        TxnResult::Delete(deleted) => deleted.deleted.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields<const N: usize>(fields: [(&str, Dynamic); N]) -> Map {
        map(fields).cast::<Map>()
    }

    #[test]
    fn a_comparison_has_one_target() {
        let absent = compare(fields([("key", "/a".into()), ("version", 0.into())])).unwrap();
        assert_eq!((absent.op, absent.target), (CompareOp::Equal, CompareTarget::Version(0)));
        let newer = compare(fields([("key", "/a".into()), ("mod_revision", 7.into()), ("op", ">".into())])).unwrap();
        assert_eq!((newer.op, newer.target), (CompareOp::Greater, CompareTarget::ModRevision(7)));
        assert!(compare(fields([("key", "/a".into())])).is_err());
        assert!(compare(fields([("key", "/a".into()), ("value", "x".into()), ("version", 1.into())])).is_err());
        assert!(compare(fields([("key", "/a".into()), ("value", "x".into()), ("op", "~".into())])).is_err());
    }

    #[test]
    fn a_step_is_a_put_a_get_or_a_delete() {
        let put = op(fields([("put", "/a".into()), ("value", "x".into())])).unwrap();
        assert!(matches!(put, TxnOp::Put(key, value, _) if key == b"/a" && value == b"x"));
        let delete = op(fields([("delete", "/a/".into()), ("prefix", true.into())])).unwrap();
        assert!(matches!(delete, TxnOp::Delete(key, end, _) if key == b"/a/" && end == b"/a0"));
        assert!(op(fields([("delete", "/a".into()), ("value", "x".into())])).is_err());
        assert!(op(Map::new()).is_err());
    }
}
