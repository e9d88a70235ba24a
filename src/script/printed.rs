//! What a command printed.

use rhai::{Dynamic, Engine, Map};

/// The result of a verbatim command: `.stdout`, `.stderr`, `.code`. Prints as its stdout.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Printed {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code.
    pub code: i64,
    /// Whether it is in the output already: then it is not shown again as a cell's value.
    pub shown: bool,
}

impl Printed {
    /// All fields, as a script would write them.
    pub fn map(&self) -> Map {
        ["stdout", "stderr", "code"].into_iter().map(|name| (name.into(), self.field(name))).collect()
    }

    fn field(&self, name: &str) -> Dynamic {
        match name {
            "stdout" => self.stdout.clone().into(),
            "stderr" => self.stderr.clone().into(),
            "code" => self.code.into(),
            _ => Dynamic::UNIT,
        }
    }
}

/// Registers what scripts can do with a command's result.
pub(super) fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Printed>("command result");
    for name in ["stdout", "stderr", "code"] {
        engine.register_get(name, move |printed: &mut Printed| printed.field(name));
    }
    engine.register_indexer_get(|printed: &mut Printed, name: &str| printed.field(name));
    engine.register_fn("to_string", |printed: &mut Printed| printed.stdout.clone());
    engine.register_fn("to_debug", |printed: &mut Printed| printed.stdout.clone());
}
