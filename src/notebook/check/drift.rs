//! In which ways a cell can say something else than what is recorded.

use std::fmt;

use crate::notebook::Status;

/// One way in which a cell says something else than what is recorded. Displays as a sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drift {
    /// The cell's source is not the one that the recorded output came from.
    Source {
        /// The hash that the marker has.
        recorded: String,
        /// [`Cell::src`](crate::notebook::Cell::src).
        now: String,
    },
    /// The cell ended otherwise.
    Status {
        /// How it ended when it was recorded.
        recorded: Status,
        /// How it ended now.
        now: Status,
    },
    /// An output that is not recorded.
    Added {
        /// Which of the cell's outputs, from 0.
        output: usize,
        /// The difference: each line is new.
        diff: String,
    },
    /// A recorded output that did not come.
    Gone {
        /// Which of the cell's outputs, from 0.
        output: usize,
        /// The line in the file on which its text begins, from 1.
        line: usize,
        /// The difference: each line is gone.
        diff: String,
    },
    /// An output of another language.
    Language {
        /// Which of the cell's outputs, from 0.
        output: usize,
        /// The recorded fence's.
        recorded: String,
        /// The new one's.
        now: String,
    },
    /// An output whose text says something else.
    Text {
        /// Which of the cell's outputs, from 0.
        output: usize,
        /// The first line in the file that differs, from 1.
        line: usize,
        /// Hunks of a unified diff; their numbers are those of the file's lines. What may differ reads as recorded.
        diff: String,
    },
}

impl Drift {
    /// The hunks of its unified diff; empty where no text differs.
    pub fn diff(&self) -> &str {
        match self {
            Self::Source { .. } | Self::Status { .. } | Self::Language { .. } => "",
            Self::Added { diff, .. } | Self::Gone { diff, .. } | Self::Text { diff, .. } => diff,
        }
    }

    /// The line in the file that it is about, from 1, where there is one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Gone { line, .. } | Self::Text { line, .. } => Some(*line),
            _ => None,
        }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source { .. } => f.write_str("its source has changed since its output was recorded"),
            Self::Status { recorded, now } => {
                write!(f, "it ended otherwise: recorded is {}, now it is {}", recorded.as_str(), now.as_str())
            }
            Self::Added { output, .. } => write!(f, "output {} is not recorded", output + 1),
            Self::Gone { output, .. } => write!(f, "output {} is recorded, and did not come", output + 1),
            Self::Language { output, recorded, now } => {
                write!(f, "output {} is `{now}`, recorded is `{recorded}`", output + 1)
            }
            Self::Text { output: 0, .. } => f.write_str("its output says something else"),
            Self::Text { output, .. } => write!(f, "output {} says something else", output + 1),
        }
    }
}
