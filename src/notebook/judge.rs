//! Whether an output says the same as the recorded one, as its cell wants it compared.

use super::canonical::{Comparison, Solver};
use super::{Cell, CellOutput, Check, OutputPiece, Recorded};

/// How an output compares with the recorded one in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It says the same.
    Same,
    /// Its text says something else.
    Differs,
    /// It is another language's.
    Language,
}

/// Compares an output with the recorded one under the renaming of those before it.
pub(super) fn judge(
    cell: &Cell,
    output: &CellOutput,
    old: &Recorded,
    piece: &OutputPiece,
    solver: &mut Solver<'_>,
) -> Judgement {
    if old.language != piece.language {
        return Judgement::Language;
    }
    let same = match cell.attributes.check {
        _ if old.marker.status != output.status => false,
        Check::Status | Check::Off => true,
        Check::Exact if old.text != piece.text => false,
        Check::Exact | Check::Norm | Check::Unordered => solver.compare(comparison(cell, output, old, piece)),
    };
    if same { Judgement::Same } else { Judgement::Differs }
}

/// How a cell wants its output compared.
pub(super) fn comparison<'a>(
    cell: &Cell,
    output: &CellOutput,
    old: &'a Recorded,
    piece: &'a OutputPiece,
) -> Comparison<'a> {
    Comparison {
        old: &old.text,
        new: &piece.text,
        unordered: cell.attributes.check == Check::Unordered,
        pattern: cell.attributes.pattern,
        elapsed: output.elapsed.as_secs_f64(),
    }
}
