//! The line editor.

use std::borrow::Cow;
use std::path::PathBuf;

use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use super::Repl;
use super::commands::{self, COMMANDS, Next};
use super::complete::{self, Wanted};
use super::names::Names;
use crate::bindings::{Doc, kubectl};
use crate::report::{self, Error, Exit, Style};
use crate::script::Session;
use crate::script::lexer::{self, TokenKind};

const PROMPT: &str = "kpnb> ";

/// Rhai's keywords, as far as a person types them here.
const KEYWORDS: &[&str] = &[
    "let", "const", "fn", "if", "else", "for", "in", "while", "loop", "do", "until", "break", "continue", "return",
    "throw", "try", "catch", "import", "as", "switch", "true", "false",
];

/// Reads and runs lines until the person leaves.
pub(super) fn run(repl: &mut Repl, history: Option<PathBuf>) -> Result<(), Error> {
    let failed = |error: ReadlineError| Error::new(Exit::Failed, format!("the terminal cannot be used: {error}"));
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .history_ignore_dups(true)
        .map_err(failed)?
        .auto_add_history(true)
        .build();
    let mut editor: Editor<Line, _> = Editor::with_config(config).map_err(failed)?;
    let names = Names::new(repl.workspace.cluster.clone(), repl.session.host().clone());
    editor.set_helper(Some(Line { docs: commands::known(repl), variables: Vec::new(), names, style: repl.style }));
    if let Some(file) = &history {
        if let Some(folder) = file.parent() {
            // Without it there is no history, and all else works.
            let _ = std::fs::create_dir_all(folder);
        }
        let _ = editor.load_history(file);
    }
    let cluster = &repl.workspace.cluster;
    println!("{} {}; :help", cluster.name, cluster.version);
    loop {
        match editor.readline(PROMPT) {
            Ok(line) if line.trim().is_empty() => {}
            Ok(line) if line.starts_with(':') => match commands::run(repl, &line) {
                Ok(Next::Line) => {}
                Ok(Next::Leave) => break,
                Err(error) => eprint!("{}", report::describe(&*error.report, repl.style)),
            },
            Ok(line) => {
                repl.enter(&line);
                if let Some(helper) = editor.helper_mut() {
                    helper.docs = commands::known(repl);
                    helper.variables = repl.session.variables().into_iter().map(|(name, _)| name).collect();
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(failed(error)),
        }
        if let Some(file) = &history {
            // Written each time: a session may end by a kill.
            let _ = editor.save_history(file);
        }
    }
    Ok(())
}

/// What the editor knows about a line.
struct Line {
    docs: Vec<Doc>,
    variables: Vec<String>,
    names: Names,
    style: Style,
}

impl Helper for Line {}

impl Validator for Line {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let input = context.input();
        let open = !input.starts_with(':') && Session::is_open(input);
        Ok(if open { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Completer for Line {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let plain = |names: Vec<String>, prefix: &str| -> Vec<Pair> {
            let fitting = names.into_iter().filter(|name| name.starts_with(prefix));
            fitting.map(|name| Pair { display: name.clone(), replacement: name }).collect()
        };
        Ok(match complete::wanted(&line[..pos]) {
            Wanted::Word { start, prefix } => (start, self.words(prefix)),
            Wanted::Argument { start, prefix, function, place, before } => {
                let doc = self.docs.iter().find(|doc| doc.name == function);
                let names = doc.map(|doc| self.look_up(&complete::names_of_argument(doc, place, &before)));
                (start, plain(names.unwrap_or_default(), prefix))
            }
            Wanted::Command { start, prefix, words } => {
                let names = match words[..] {
                    [] => ["kubectl", "docker", "etcdctl"].map(str::to_owned).into(),
                    ["kubectl"] => kubectl::VERBS.iter().map(|verb| verb.name.to_owned()).collect(),
                    _ => self.look_up(&complete::names_of_command(&words)),
                };
                (start, plain(names, prefix))
            }
            Wanted::Colon { prefix } => {
                let commands = COMMANDS.iter().map(|(command, _)| command.split(' ').next().unwrap_or(command));
                (0, plain(commands.map(str::to_owned).collect(), prefix))
            }
            Wanted::Nothing => (pos, Vec::new()),
        })
    }
}

impl Line {
    /// Functions with what they do, then variables and keywords.
    fn words(&self, prefix: &str) -> Vec<Pair> {
        let functions = self.docs.iter().filter(|doc| doc.name.starts_with(prefix)).map(|doc| Pair {
            display: format!("{}  {}", doc.signature, self.style.dim(doc.summary())),
            replacement: format!("{}(", doc.name),
        });
        let others = self.variables.iter().map(String::as_str).chain(KEYWORDS.iter().copied());
        let others = others.filter(|word| word.starts_with(prefix) && !prefix.is_empty());
        functions.chain(others.map(|word| Pair { display: word.to_owned(), replacement: word.to_owned() })).collect()
    }

    fn look_up(&self, names: &complete::Names<'_>) -> Vec<String> {
        match names {
            complete::Names::Kinds => self.names.kinds(),
            complete::Names::Namespaces => self.names.objects("namespaces", None),
            complete::Names::Nodes => self.names.objects("nodes", None),
            complete::Names::Containers => self.names.containers(),
            complete::Names::Objects { kind, namespace } => self.names.objects(kind, *namespace),
            complete::Names::Unknown => Vec::new(),
        }
    }
}

impl Hinter for Line {
    type Hint = String;

    /// After a function's bracket its arguments; else what was entered before.
    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<String> {
        if pos == line.len()
            && let Some(called) = line.strip_suffix('(')
        {
            let path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            let name = called.rsplit(|c| !path(c)).next()?;
            let doc = self.docs.iter().find(|doc| doc.name == name)?;
            return doc.signature.split_once('(').map(|(_, rest)| rest.to_owned());
        }
        HistoryHinter::new().hint(line, pos, context)
    }
}

impl Highlighter for Line {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if !self.style.color {
            return Cow::Borrowed(line);
        }
        let mut colored = String::with_capacity(line.len() * 2);
        let mut end = 0;
        for token in lexer::tokens(line) {
            colored.push_str(&line[end..token.start]);
            end = token.end();
            colored.push_str(&match token.kind {
                TokenKind::Text => self.style.good(token.text),
                TokenKind::Word if KEYWORDS.contains(&token.text) => self.style.bold(token.text),
                _ => token.text.to_owned(),
            });
        }
        colored.push_str(&line[end..]);
        Cow::Owned(colored)
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(self.style.dim(hint))
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.style.color
    }
}
