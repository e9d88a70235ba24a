//! The options of a call, `#{…}`, each read with its type.

use std::time::Duration;

use rhai::{Dynamic, Map};

use super::{CallError, duration, wrong_type};

/// Options whose keys have been checked: see [`super::Call::options`].
#[derive(Debug, Clone, Default)]
pub struct Options(Map);

impl From<Map> for Options {
    fn from(map: Map) -> Self {
        Self(map)
    }
}

impl Options {
    /// The value, where one is given that is not `()`.
    pub fn get(&self, key: &str) -> Option<&Dynamic> {
        self.0.get(key).filter(|value| !value.is_unit())
    }

    /// A string.
    ///
    /// # Errors
    /// Another type.
    pub fn text(&self, key: &str) -> Result<Option<String>, CallError> {
        self.read(key, "a string", |value| value.clone().into_string().ok())
    }

    /// An integer.
    ///
    /// # Errors
    /// Another type.
    pub fn integer(&self, key: &str) -> Result<Option<i64>, CallError> {
        self.read(key, "an integer", |value| value.as_int().ok())
    }

    /// A bool; `default` where it is not given.
    ///
    /// # Errors
    /// Another type.
    pub fn switch(&self, key: &str, default: bool) -> Result<bool, CallError> {
        Ok(self.read(key, "true or false", |value| value.as_bool().ok())?.unwrap_or(default))
    }

    /// A duration: `"90s"`, or a number of seconds.
    ///
    /// # Errors
    /// Another type, or a string that is no duration.
    pub fn duration(&self, key: &str) -> Result<Option<Duration>, CallError> {
        self.get(key).map(|value| duration(value, key)).transpose()
    }

    fn read<T>(
        &self,
        key: &str,
        wanted: &str,
        as_type: impl Fn(&Dynamic) -> Option<T>,
    ) -> Result<Option<T>, CallError> {
        self.get(key).map(|value| as_type(value).ok_or_else(|| wrong_type(key, wanted, value))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_with_its_type() {
        let map = Map::from([("a".into(), "x".into()), ("b".into(), 3.into()), ("c".into(), Dynamic::UNIT)]);
        let options = Options::from(map);
        assert_eq!(options.text("a").unwrap().as_deref(), Some("x"));
        assert_eq!(options.integer("b").unwrap(), Some(3));
        assert_eq!(options.text("c").unwrap(), None);
        assert_eq!(options.duration("b").unwrap(), Some(Duration::from_secs(3)));
        assert!(options.switch("missing", true).unwrap());
        assert!(
            matches!(options.integer("a"), Err(CallError::Argument(text)) if text == "a must be an integer, not a string")
        );
    }
}
