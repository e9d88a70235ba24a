//! What a script consists of.

use std::sync::Arc;

/// Commands, one after the other.
pub(super) type List = Arc<Vec<Item>>;

/// Pipelines joined by `&&` and `||`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub first: Pipeline,
    /// True: `&&`.
    pub rest: Vec<(bool, Pipeline)>,
    pub background: bool,
}

/// Commands joined by `|`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pipeline {
    pub not: bool,
    pub commands: Vec<Arc<Command>>,
}

/// One command.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Command {
    Simple { assigns: Vec<(String, Word)>, words: Vec<Word>, redirects: Vec<Redirect> },
    Compound(Compound, Vec<Redirect>),
    Function(String, Arc<Command>),
}

/// A command that contains commands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Compound {
    Brace(List),
    Subshell(List),
    If(Vec<(List, List)>, Option<List>),
    Loop { condition: List, until: bool, body: List },
    For(String, Option<Vec<Word>>, List),
    Case(Word, Vec<(Vec<Word>, List)>),
}

/// A word before its expansion.
pub(super) type Word = Vec<Part>;

/// A piece of a word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Text { text: String, quoted: bool },
    Parameter { name: String, op: Option<(String, Word)>, quoted: bool },
    Output { list: List, quoted: bool },
    Arithmetic { word: Word, quoted: bool },
}

/// Where a stream goes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Redirect {
    pub fd: u8,
    pub kind: RedirectKind,
    pub word: Word,
}

/// `<`, `>`, `>>`, `>&`, `<<`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RedirectKind {
    Read,
    Write,
    Append,
    Duplicate,
    Here,
}
