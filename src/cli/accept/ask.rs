//! Asks for each output whether it is taken.

use std::io::{BufRead, stdin};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crate::cli::run::Interrupt;
use crate::report::{self, Error, Exit, Style};

/// How soon Ctrl-C is noticed while a question waits.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Where answers come from: a line for each question, none at the end.
pub(super) trait Lines {
    /// Puts a question, and waits for the line that answers it.
    ///
    /// # Errors
    /// Input that cannot be read.
    fn ask(&mut self, question: &str) -> Result<Option<String>, Error>;
}

/// A person in front of a terminal.
pub(super) struct Keys<'i> {
    interrupt: &'i Interrupt,
    style: Style,
    lines: Option<Receiver<std::io::Result<String>>>,
}

impl<'i> Keys<'i> {
    pub(super) fn of_terminal(interrupt: &'i Interrupt, style: Style) -> Self {
        Self { interrupt, style, lines: None }
    }
}

impl Lines for Keys<'_> {
    fn ask(&mut self, question: &str) -> Result<Option<String>, Error> {
        report::tell(&format!("{} ", self.style.bold(question)));
        // Reading blocks, and Ctrl-C must not wait for the next line.
        let lines = self.lines.get_or_insert_with(|| {
            let (sender, lines) = channel();
            std::thread::spawn(move || {
                for line in stdin().lock().lines() {
                    if sender.send(line).is_err() {
                        break;
                    }
                }
            });
            lines
        });
        while !self.interrupt.is_pressed() {
            match lines.recv_timeout(LOOK_EVERY) {
                Ok(Ok(line)) => return Ok(Some(line)),
                Ok(Err(error)) => return Err(Error::new(Exit::Usage, format!("cannot read the answer: {error}"))),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        report::tell("\n");
        Ok(None)
    }
}

/// What was answered so far.
pub(super) struct Answers<L> {
    lines: L,
    /// The answer to all that follow.
    rest: Option<bool>,
}

impl<L: Lines> Answers<L> {
    /// Begins to ask; `yes` asks nothing.
    pub(super) fn new(yes: bool, lines: L) -> Self {
        Self { lines, rest: yes.then_some(true) }
    }

    /// Whether the new output of a cell is taken. The end of input keeps all that is left.
    ///
    /// # Errors
    /// Input that cannot be read.
    pub(super) fn take(&mut self, cell: &str) -> Result<bool, Error> {
        if let Some(rest) = self.rest {
            return Ok(rest);
        }
        let question = format!("take the new output of cell {cell}? [y]es, [n]o, [a]ll, [q]uit:");
        loop {
            let answer = self.lines.ask(&question)?;
            match answer.as_deref().map(|answer| answer.trim().to_ascii_lowercase()).as_deref() {
                Some("y" | "yes") => return Ok(true),
                Some("n" | "no") => return Ok(false),
                Some("a" | "all") => return Ok(*self.rest.insert(true)),
                Some("q" | "quit") | None => return Ok(*self.rest.insert(false)),
                Some(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Typed(Vec<&'static str>, usize);

    impl Lines for Typed {
        fn ask(&mut self, _: &str) -> Result<Option<String>, Error> {
            self.1 += 1;
            Ok(self.0.get(self.1 - 1).map(|line| (*line).to_owned()))
        }
    }

    fn taken(typed: &[&'static str], yes: bool) -> (Vec<bool>, usize) {
        let mut answers = Answers::new(yes, Typed(typed.to_vec(), 0));
        let taken = ["a", "b", "c", "d"].map(|cell| answers.take(cell).unwrap());
        (taken.to_vec(), answers.lines.1)
    }

    #[test]
    fn each_answer_does_what_it_says() {
        assert_eq!(taken(&["y", "n", "Yes", "no"], false), (vec![true, false, true, false], 4));
        assert_eq!(taken(&["n", "a"], false), (vec![false, true, true, true], 2));
        assert_eq!(taken(&["y", "q"], false), (vec![true, false, false, false], 2));
        assert_eq!(taken(&["what", "", "y"], false), (vec![true, false, false, false], 4), "asks again; then the end");
        assert_eq!(taken(&[], true), (vec![true; 4], 0), "--yes asks nothing");
    }
}
