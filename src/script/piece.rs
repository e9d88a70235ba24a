//! What a cell shows.

/// A part of a cell's output: text runs together into one fence, a block has one of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Printed text; each print ends with a newline.
    Text(String),
    /// A fence of its own.
    Block(Block),
}

/// A value that shows as a fence with its own language: `yaml(x)`, `json(x)`, `diff(a, b)`, `mermaid(text)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The fence's info string: `yaml`, `json`, `diff`, `mermaid`.
    pub language: &'static str,
    /// What stands inside, with a final newline.
    pub text: String,
}

impl std::fmt::Display for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text.trim_end_matches('\n'))
    }
}
