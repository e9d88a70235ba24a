//! What `get`, `put` and `del` ask for, by themselves and in a transaction.

use super::lease::lease_id;
use super::{bad_args, bad_feature};
use crate::bindings::flags::Flags;
use crate::client::Failure;
use crate::client::etcd::{PutOptions, RangeOptions, SortBy, SortOrder, TxnOp, prefix_range};

/// What is no flag, in order.
pub(super) fn args(flags: &Flags) -> Vec<&str> {
    flags.args.iter().chain(&flags.after_dashes).map(String::as_str).collect()
}

/// The request of `get`, `put` or `del`, as a step of a transaction.
pub(super) fn step(command: &str, flags: &Flags) -> Result<TxnOp, Failure> {
    match command {
        "get" => get(flags).map(TxnOp::Get),
        "put" => put(flags, None).map(|(key, value, options)| TxnOp::Put(key, value, options)),
        _ => del(flags).map(|(key, range_end, previous)| TxnOp::Delete(key, range_end, previous)),
    }
}

pub(super) fn get(flags: &Flags) -> Result<RangeOptions, Failure> {
    let (key, range_end) = range(flags, "get")?;
    let serializable = match flags.get("consistency").unwrap_or("l") {
        "l" => false,
        "s" => true,
        other => return Err(bad_feature(format!("Error: unknown consistency flag {other:?}"))),
    };
    Ok(RangeOptions {
        key,
        range_end,
        revision: flags.integer("rev")?.unwrap_or(0),
        limit: flags.integer("limit")?.unwrap_or(0),
        keys_only: flags.switch("keys-only", false)?,
        sort: sort(flags)?,
        serializable,
        ..RangeOptions::default()
    })
}

/// Key, value and options; a value that is not given is read from `stdin`.
pub(super) fn put(flags: &Flags, stdin: Option<&str>) -> Result<(Vec<u8>, Vec<u8>, PutOptions), Failure> {
    let ignore_value = flags.switch("ignore-value", false)?;
    let (key, value) = match (&args(flags)[..], stdin) {
        ([_, _, ..], _) if ignore_value => {
            return Err(bad_args("Error: put command needs only 1 argument when 'ignore-value' is set"));
        }
        ([key], _) if ignore_value => (*key, ""),
        ([key, value, ..], _) => (*key, *value),
        ([key], Some(stdin)) => (*key, stdin),
        _ => return Err(bad_args("Error: put command needs 1 argument and input from stdin or 2 arguments")),
    };
    let options = PutOptions {
        lease: flags.get("lease").map(lease_id).transpose()?.unwrap_or(0),
        previous: flags.switch("prev-kv", false)?,
        ignore_value,
        ignore_lease: flags.switch("ignore-lease", false)?,
    };
    Ok((key.as_bytes().to_vec(), value.as_bytes().to_vec(), options))
}

/// First key, end of the range, and whether to return what was there.
pub(super) fn del(flags: &Flags) -> Result<(Vec<u8>, Vec<u8>, bool), Failure> {
    let (key, range_end) = range(flags, "del")?;
    Ok((key, range_end, flags.switch("prev-kv", false)?))
}

/// The range that a key, `range_end`, `--prefix` and `--from-key` name.
fn range(flags: &Flags, command: &str) -> Result<(Vec<u8>, Vec<u8>), Failure> {
    let (prefix, from_key) = (flags.switch("prefix", false)?, flags.switch("from-key", false)?);
    if prefix && from_key {
        return Err(bad_args("Error: `--prefix` and `--from-key` cannot be set at the same time, choose one"));
    }
    let args = args(flags);
    // etcdctl looks at no third argument.
    let key = match args[..] {
        [key, end, ..] if !prefix && !from_key => return Ok((key.as_bytes().to_vec(), end.as_bytes().to_vec())),
        [_, _, ..] => {
            let message = "Error: too many arguments, only accept one argument when `--prefix` or `--from-key` is set";
            return Err(bad_args(message));
        }
        [key] => key.as_bytes(),
        [] => {
            let message =
                format!("Error: {command} command needs one argument as key and an optional argument as range_end");
            return Err(bad_args(message));
        }
    };
    Ok(match () {
        () if prefix => prefix_range(key),
        // etcd takes no empty key.
        () if from_key => (if key.is_empty() { vec![0] } else { key.to_vec() }, vec![0]),
        () => (key.to_vec(), Vec::new()),
    })
}

fn sort(flags: &Flags) -> Result<Option<(SortBy, SortOrder)>, Failure> {
    let order = match flags.get("order").unwrap_or_default().to_uppercase().as_str() {
        "ASCEND" => Some(SortOrder::Ascend),
        "DESCEND" => Some(SortOrder::Descend),
        "" => None,
        _ => {
            let given = flags.get("order").unwrap_or_default();
            return Err(bad_feature(format!("Error: bad sort order {given}")));
        }
    };
    let by = match flags.get("sort-by").unwrap_or_default().to_uppercase().as_str() {
        "CREATE" => Some(SortBy::Create),
        "KEY" => Some(SortBy::Key),
        "MODIFY" => Some(SortBy::Mod),
        "VALUE" => Some(SortBy::Value),
        "VERSION" => Some(SortBy::Version),
        "" => None,
        _ => {
            let given = flags.get("sort-by").unwrap_or_default();
            return Err(bad_feature(format!("Error: bad sort target {given}")));
        }
    };
    Ok(match (by, order) {
        (None, None) => None,
        (by, order) => Some((by.unwrap_or(SortBy::Key), order.unwrap_or(SortOrder::Ascend))),
    })
}
