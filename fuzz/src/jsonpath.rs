//! JSONPath, of `-o jsonpath=`, `custom-columns=` and `--sort-by`. Records: a template, a JSON value.

use kpnb::render::jsonpath::JsonPath;
use serde_json::Value;

/// A template is read or refused, and finds what it finds, in any value.
pub fn check(data: &[u8]) {
    let mut records = super::texts(data);
    let (template, json) = (records.next().unwrap_or_default(), records.next().unwrap_or_default());
    let value: Value = serde_json::from_str(&json).unwrap_or_default();
    let paths =
        [JsonPath::parse(&template), JsonPath::relaxed(&template), JsonPath::parse(&template).map(JsonPath::strict)];
    for path in paths.into_iter().flatten() {
        let found = path.find(&value);
        assert_eq!(found.is_ok(), path.print(&value).is_ok(), "{template:?}");
        assert_eq!(found.is_ok(), path.print_json(&value).is_ok(), "{template:?}");
    }
}
