//! Which lines of two outputs that differ are the same: what is left is the difference.

use similar::DiffOp;
use similar::algorithms::{Capture, myers};

use super::layout::Line;
use super::pattern;
use super::renaming::{Pair, Renaming};
use super::rows;
use super::template::{Segment, matches_whole};

/// How long the shortest difference is looked for.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(2);

/// A step from the recorded output to the new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// A recorded line that new ones say: one, or as many as `...` stands for.
    Equal(usize, std::ops::Range<usize>),
    /// A recorded line that is gone.
    Gone(usize),
    /// A new line, and the recorded one in whose place it stands.
    Come(usize, Option<usize>),
}

/// Two outputs.
#[derive(Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) old: &'a [Line],
    pub(super) new: &'a [Line],
    /// The new lines, cut.
    pub(super) cut: &'a [Vec<Segment<'a>>],
    pub(super) unordered: bool,
    pub(super) pattern: bool,
    pub(super) elapsed: f64,
}

impl<'a> Sides<'a> {
    /// The tokens of a recorded and a new line that stand for each other; none where the lines say something else.
    pub(super) fn pairs(&self, old: usize, new: usize) -> Option<Vec<Pair<'a, 'a>>> {
        let (old, new) = (&self.old[old].text, &self.cut[new]);
        if self.pattern {
            return pattern::matches_line(old, new, self.elapsed);
        }
        matches_whole(new, old, self.elapsed)
    }

    fn are_equal(&self, old: usize, new: usize, renaming: &Renaming) -> bool {
        self.pairs(old, new).is_some_and(|pairs| pairs.iter().all(|pair| renaming.allows(pair)))
    }

    /// What is the same under a renaming, and what differs.
    pub(super) fn align(&self, renaming: &Renaming) -> Vec<Row> {
        let order = self.order(renaming);
        let old: Vec<Old> = (0..self.old.len()).map(Old).collect();
        let new: Vec<New<'_>> = order.iter().map(|line| New { line: *line, sides: self, renaming }).collect();
        let mut capture = Capture::new();
        // Outputs of thousands of lines that have nothing in common are not worth the shortest difference.
        let deadline = Some(std::time::Instant::now() + LONGEST);
        // A capture takes all it is told.
        let Ok(()) = myers::diff_deadline_raw(&mut capture, &old, 0..old.len(), &new, 0..new.len(), deadline);
        let (mut rows, mut gone, mut come) = (Vec::new(), Vec::new(), Vec::new());
        for op in capture.into_ops() {
            if let DiffOp::Equal { old_index, new_index, len } = op {
                self.flush(&mut rows, &mut gone, &mut come);
                rows.extend((0..len).map(|place| {
                    let new = order[new_index + place];
                    Row::Equal(old_index + place, new..new + 1)
                }));
            } else {
                gone.extend(op.old_range());
                come.extend(op.new_range().map(|place| order[place]));
            }
        }
        self.flush(&mut rows, &mut gone, &mut come);
        rows
    }

    /// Takes in what lies between two equal lines.
    fn flush(&self, rows: &mut Vec<Row>, gone: &mut Vec<usize>, come: &mut Vec<usize>) {
        let any = gone.iter().position(|line| self.pattern && pattern::is_any_lines(&self.old[*line].text));
        if let Some(any) =
            any.filter(|_| come.len() + 1 >= gone.len() && come.windows(2).all(|two| two[0] + 1 == two[1]))
        {
            // `...` takes what the lines around it leave.
            let below = gone.len() - any - 1;
            let (above, rest) = come.split_at(any);
            let (middle, below) = rest.split_at(rest.len() - below);
            let start = middle.first().or(below.first()).copied().unwrap_or(above.last().map_or(0, |last| last + 1));
            Self::part(rows, &gone[..any], above);
            rows.push(Row::Equal(gone[any], start..start + middle.len()));
            Self::part(rows, &gone[any + 1..], below);
        } else {
            Self::part(rows, gone, come);
        }
        gone.clear();
        come.clear();
    }

    fn part(rows: &mut Vec<Row>, gone: &[usize], come: &[usize]) {
        rows.extend(gone.iter().map(|old| Row::Gone(*old)));
        rows.extend(come.iter().enumerate().map(|(place, new)| Row::Come(*new, gone.get(place).copied())));
    }

    /// The new lines in an order in which those that are sorted by nothing but generated tokens stand where the
    /// recorded ones of the same content do.
    fn order(&self, renaming: &Renaming) -> Vec<usize> {
        if self.pattern {
            return (0..self.new.len()).collect();
        }
        let mut order: Vec<usize> = Vec::with_capacity(self.new.len());
        while order.len() < self.new.len() {
            let first = order.len();
            let group = first..first + self.group(first);
            let mut places: Vec<(usize, usize)> = Vec::with_capacity(group.len());
            if group.len() > 1 {
                let mut taken = vec![false; self.old.len()];
                for new in group.clone() {
                    let free = (0..self.old.len()).find(|old| !taken[*old] && self.are_equal(*old, new, renaming));
                    if let Some(old) = free {
                        taken[old] = true;
                    }
                    places.push((free.or_else(|| self.known_place(new, renaming)).unwrap_or(usize::MAX), new));
                }
                places.sort();
                order.extend(places.into_iter().map(|(_, new)| new));
            } else {
                order.extend(group);
            }
        }
        order
    }

    /// How many new lines from `first` on stand in an order that says nothing.
    fn group(&self, first: usize) -> usize {
        if self.unordered {
            return self.new.len() - first;
        }
        let processes = self.new[first..].iter().take_while(|line| line.is_process).count();
        let generated = rows::prefix(&self.cut[first]).map_or(1, |prefix| {
            let keys = (first..self.new.len())
                .take_while(|line| rows::prefix(&self.cut[*line]) == Some(prefix))
                .map_while(|line| rows::key(&self.new[line].text, prefix));
            let keys: Vec<&str> = keys.collect();
            1 + keys.windows(2).take_while(|two| two[0] < two[1]).count()
        });
        processes.max(generated).max(1)
    }

    /// Where the recorded line is whose name a new one is known to have taken over.
    fn known_place(&self, new: usize, renaming: &Renaming) -> Option<usize> {
        (0..self.old.len()).find(|old| {
            let pairs = rows::key_pairs(&self.cut[new], &self.old[*old].text);
            pairs.is_some_and(|pairs| {
                pairs.iter().all(|pair| renaming.old_of(pair.identity, pair.new) == Some(pair.identity.key(pair.old)))
            })
        })
    }
}

/// A recorded line, by its number.
struct Old(usize);

/// A new line.
struct New<'s> {
    line: usize,
    sides: &'s Sides<'s>,
    renaming: &'s Renaming,
}

impl PartialEq<Old> for New<'_> {
    fn eq(&self, old: &Old) -> bool {
        self.sides.are_equal(old.0, self.line, self.renaming)
    }
}
