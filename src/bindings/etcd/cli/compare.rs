//! A comparison of `txn`: `mod("key") > "0"`.

use super::format::quoted;
use super::txn::invalid;
use super::unquoted;
use crate::client::Failure;
use crate::client::etcd::{Compare, CompareOp, CompareTarget};

/// Reads one comparison, in etcdctl's words where it is none.
pub(super) fn parse(line: &str) -> Result<Compare, Failure> {
    let malformed = |why: &str| invalid(format!("Error: malformed comparison: {line}{why}"));
    let (target, rest) = line.split_once('(').ok_or_else(|| malformed(""))?;
    let (key, op, value) = parts(rest);
    let Some(value) = value else {
        let quoted = |text: &str| quoted(text.as_bytes());
        return Err(malformed(&format!("; got {target}({}) {op} {}", quoted(&key), quoted(""))));
    };
    let number = || value.parse().map_err(|_| invalid(format!("Error: invalid txn compare request: {line}")));
    let target = match target {
        "ver" | "version" => CompareTarget::Version(number()?),
        "c" | "create" => CompareTarget::CreateRevision(number()?),
        "m" | "mod" => CompareTarget::ModRevision(number()?),
        "val" | "value" => CompareTarget::Value(value.into_bytes()),
        // etcdctl 3.4 knows the word, and dies of it.
        "lease" => {
            return Err(malformed(" (etcdctl compares no leases)")
                .with_hint("etcd::txn(#{compare: [#{key: …, lease: …}], …}) compares them"));
        }
        other => return Err(malformed(&format!(" (unknown target {other})"))),
    };
    let op = match op {
        "=" => CompareOp::Equal,
        "!=" => CompareOp::NotEqual,
        "<" => CompareOp::Less,
        ">" => CompareOp::Greater,
        other => return Err(malformed(&format!(" (unknown operator {other})"))),
    };
    Ok(Compare { key: key.into_bytes(), op, target })
}

/// What `fmt.Sscanf` finds for `%q) %s %q`: key, operator and value, as far as it gets.
fn parts(text: &str) -> (String, &str, Option<String>) {
    let Some((key, rest)) = unquoted::literal(text) else { return (String::new(), "", None) };
    let Some(rest) = rest.strip_prefix(") ") else { return (key, "", None) };
    let rest = rest.trim_start_matches(' ');
    let (op, rest) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
    (key, op, unquoted::literal(rest).map(|(value, _)| value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_comparisons() {
        let compare = parse(r#"mod("a\"b") > "0""#).unwrap();
        assert_eq!(
            compare,
            Compare { key: b"a\"b".to_vec(), op: CompareOp::Greater, target: CompareTarget::ModRevision(0) }
        );
        assert_eq!(parse(r#"value("a") != `x`"#).unwrap().target, CompareTarget::Value(b"x".to_vec()));
    }

    #[test]
    fn says_what_is_wrong_as_etcdctl_does() {
        for (line, said) in [
            ("foo", "malformed comparison: foo"),
            (r#"mod("a") > 1"#, r#"malformed comparison: mod("a") > 1; got mod("a") > """#),
            (r#"mod("a")>"1""#, r#"malformed comparison: mod("a")>"1"; got mod("a")  """#),
            (r#"mod(x) > "1""#, r#"malformed comparison: mod(x) > "1"; got mod("")  """#),
            (r#"mod("a") > "x""#, r#"invalid txn compare request: mod("a") > "x""#),
            (r#"zod("a") > "1""#, r#"malformed comparison: zod("a") > "1" (unknown target zod)"#),
        ] {
            let failure = parse(line).unwrap_err();
            assert_eq!((failure.message, failure.code), (format!("Error: {said}"), 3));
        }
    }
}
