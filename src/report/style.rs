//! Whether there is a terminal, and whether it gets colors.

use std::io::IsTerminal;

/// The value of `--color`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    /// Also into a pipe.
    Always,
    /// Never.
    Never,
}

/// How standard error, or standard output, is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether it is a terminal, so that lines can be drawn over.
    pub terminal: bool,
    /// Whether to color.
    pub color: bool,
}

impl Style {
    /// How standard error is written here.
    pub fn of_stderr(choice: ColorChoice) -> Self {
        Self::of(choice, std::io::stderr().is_terminal())
    }

    /// How standard output is written here.
    pub fn of_stdout(choice: ColorChoice) -> Self {
        Self::of(choice, std::io::stdout().is_terminal())
    }

    fn of(choice: ColorChoice, terminal: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let terminal = terminal && !dumb;
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let color = match choice {
            ColorChoice::Auto => terminal && !plain,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        Self { terminal, color }
    }

    /// `text` in bold.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// `text` in green.
    pub fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// `text` in red.
    pub fn bad(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// `text` in a color that stands back.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
