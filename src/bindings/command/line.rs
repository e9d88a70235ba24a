//! A parsed command line.

use super::filters::Filter;
use super::reach;
use super::words::{self, Words};
use crate::client::Failure;

/// A verbatim command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `kubectl`
    Kubectl,
    /// `docker`
    Docker,
    /// `etcdctl`
    Etcdctl,
}

impl Program {
    const ALL: [Self; 3] = [Self::Kubectl, Self::Docker, Self::Etcdctl];

    /// As it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kubectl => "kubectl",
            Self::Docker => "docker",
            Self::Etcdctl => "etcdctl",
        }
    }
}

/// A program with its words, and the filters that its output goes through.
#[derive(Debug, Clone)]
pub struct Line {
    /// As it was typed, with the program's name.
    pub text: String,
    /// What runs.
    pub program: Program,
    /// Without the program's name.
    pub words: Vec<String>,
    /// What it reads: the lines of a here-document.
    pub(super) stdin: Option<String>,
    pub(super) filters: Vec<Filter>,
}

impl Line {
    /// Reads a line that begins with a program's name.
    ///
    /// # Errors
    /// Another program, what needs a shell, a flag that chooses another cluster, an unknown filter.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        Self::read(text, None)
    }

    /// Reads a line as `program`'s arguments; its name may stand before them.
    ///
    /// # Errors
    /// As [`Line::parse`].
    pub fn of(program: Program, text: &str) -> Result<Self, Failure> {
        Self::read(text, Some(program))
    }

    /// Takes words as they are: nothing in them is an operator.
    ///
    /// # Errors
    /// A flag that chooses another cluster.
    pub fn of_words(program: Program, mut words: Vec<String>) -> Result<Self, Failure> {
        let text = format!("{} {}", program.name(), shell_words::join(&words));
        if words.first().is_some_and(|first| first == program.name()) {
            words.remove(0);
        }
        reach::check(program, &words)?;
        Ok(Self { text, program, words, stdin: None, filters: Vec::new() })
    }

    fn read(text: &str, given: Option<Program>) -> Result<Self, Failure> {
        let text = text.trim();
        let Words { commands, stdin } = match given {
            // No arguments at all: the program alone, which shows its help.
            Some(program) if text.is_empty() => Words { commands: vec![vec![program.name().to_owned()]], stdin: None },
            _ => words::split(text)?,
        };
        let mut commands = commands.into_iter();
        let mut words = commands.next().unwrap_or_default();
        // Before a program's name alone: behind it they are arguments.
        let assigned = words.iter().take_while(|word| is_assignment(word)).count();
        let names = |word: &String| Program::ALL.into_iter().any(|program| word == program.name());
        if given.is_none() || words.get(assigned).is_some_and(names) {
            for word in words.drain(..assigned) {
                check_assignment(&word)?;
            }
        }
        let named = Program::ALL.into_iter().find(|program| words.first().is_some_and(|word| word == program.name()));
        let program = match (named, given) {
            (Some(named), Some(given)) if named != given => {
                return Err(Failure::usage(format!("error: {}(…) does not run {}", given.name(), named.name())));
            }
            (Some(named), _) => {
                words.remove(0);
                named
            }
            (None, Some(given)) => given,
            (None, None) => return Err(unknown(words.first().map_or("", String::as_str))),
        };
        reach::check(program, &words)?;
        let filters = commands.map(|words| Filter::parse(&words)).collect::<Result<_, _>>()?;
        let is_whole = named.is_some() && !text.is_empty();
        let text = if is_whole { text.to_owned() } else { format!("{} {text}", program.name()) };
        Ok(Self { text: text.trim_end().to_owned(), program, words, stdin, filters })
    }
}

fn unknown(name: &str) -> Failure {
    Failure::refused(format!("error: {name}: only kubectl, docker and etcdctl run here, and no other program"))
        .with_hint("docker exec NODE runs programs on a node; for anything else use the script")
}

/// `NAME=value` before a program's name.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Variables choose the cluster or nothing: `ETCDCTL_API=3` is the only interface there is.
fn check_assignment(word: &str) -> Result<(), Failure> {
    if word == "ETCDCTL_API=3" {
        return Ok(());
    }
    let name = word.split('=').next().unwrap_or_default();
    Err(Failure::refused(format!("error: {name}: no variables are set here"))
        .with_hint("the cluster is chosen with --cluster; only ETCDCTL_API=3 is accepted, and means nothing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_programs_with_and_without_their_name() {
        let line = Line::parse("ETCDCTL_API=3 etcdctl get a=b | wc -l").unwrap();
        assert_eq!((line.program, line.words.join(" ").as_str(), line.filters.len()), (Program::Etcdctl, "get a=b", 1));
        for text in ["get pods", "kubectl get pods"] {
            let line = Line::of(Program::Kubectl, text).unwrap();
            assert_eq!((line.words.join(" ").as_str(), line.text.as_str()), ("get pods", "kubectl get pods"));
        }
        let alone = Line::of(Program::Kubectl, "").unwrap();
        assert_eq!((alone.words.len(), alone.text.as_str()), (0, "kubectl"));
        let words = vec!["get".to_owned(), "a | b".to_owned()];
        let line = Line::of_words(Program::Etcdctl, words).unwrap();
        assert_eq!((line.words[1].as_str(), line.text.as_str()), ("a | b", "etcdctl get 'a | b'"));
    }

    #[test]
    fn refuses_other_programs_and_variables() {
        for bad in ["ls -l", "KUBECONFIG=x kubectl get pods", "kubectl get pods | awk 1", "sudo kubectl get pods"] {
            assert!(Line::parse(bad).is_err(), "{bad}");
        }
        assert!(Line::of(Program::Kubectl, "docker ps").is_err());
    }
}
