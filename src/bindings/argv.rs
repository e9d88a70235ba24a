//! A command's words, as a script gives them.

use rhai::{Array, Dynamic};

use super::{CallError, wrong_type};

/// A string for `sh -c`, or the words themselves.
///
/// # Errors
/// Another type, or no words.
pub fn argv(command: &Dynamic) -> Result<Vec<String>, CallError> {
    if let Ok(line) = command.clone().into_string() {
        return Ok(vec!["sh".to_owned(), "-c".to_owned(), line]);
    }
    let wrong = || wrong_type("command", "a string or an array of strings", command);
    let words = command.clone().try_cast::<Array>().ok_or_else(wrong)?;
    if words.is_empty() {
        return Err(CallError::Argument("command is empty".to_owned()));
    }
    words
        .into_iter()
        .map(|word| word.clone().into_string().map_err(|_| wrong_type("each word of command", "a string", &word)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_runs_by_a_shell_and_an_array_does_not() {
        assert_eq!(argv(&"ps | wc -l".into()).unwrap(), ["sh", "-c", "ps | wc -l"]);
        assert_eq!(argv(&vec![Dynamic::from("ls"), "-l".into()].into()).unwrap(), ["ls", "-l"]);
        assert!(argv(&Array::new().into()).is_err() && argv(&1.into()).is_err());
    }
}
