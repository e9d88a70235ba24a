//! Which objects of a kind the options of a call choose.

use rhai::{Dynamic, Map};

use crate::bindings::{CallError, Options, wrong_type};
use crate::client::k8s::ListOptions;

/// The options `labels`, `fields` and `limit`.
pub(super) fn selectors(options: &Options) -> Result<ListOptions, CallError> {
    let limit = match options.integer("limit")? {
        None => None,
        Some(limit) => Some(
            u64::try_from(limit)
                .ok()
                .filter(|limit| *limit > 0)
                .ok_or_else(|| CallError::Argument(format!("limit must be at least 1, not {limit}")))?,
        ),
    };
    Ok(ListOptions { labels: selector(options, "labels")?, fields: selector(options, "fields")?, limit })
}

/// `"a=b,c!=d"`, or a map: `#{a: "b"}`.
fn selector(options: &Options, key: &str) -> Result<Option<String>, CallError> {
    let Some(value) = options.get(key) else { return Ok(None) };
    if let Some(map) = value.read_lock::<Map>() {
        let pairs: Vec<String> = map.iter().map(|(key, value)| format!("{key}={value}")).collect();
        return Ok(Some(pairs.join(",")));
    }
    value.clone().into_string().map(Some).map_err(|_| wrong_type(key, "a selector or a map", value))
}

/// Values of labels and annotations: strings; numbers and bools as text, as a command line would give them.
pub(super) fn plain_text(name: &str, value: &Dynamic) -> Result<String, CallError> {
    if value.is_string() || value.is_int() || value.is_bool() || value.is_float() {
        Ok(value.to_string())
    } else {
        Err(wrong_type(name, "a string, or () to remove it", value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_selector_or_a_map() {
        let labels = Map::from([("a".into(), "b".into()), ("c".into(), 1.into())]);
        let options = Options::from(Map::from([("labels".into(), labels.into()), ("fields".into(), "x!=y".into())]));
        let chosen = selectors(&options).unwrap();
        assert_eq!((chosen.labels.as_deref(), chosen.fields.as_deref()), (Some("a=b,c=1"), Some("x!=y")));
        assert!(selectors(&Options::from(Map::from([("limit".into(), 0.into())]))).is_err());
    }
}
