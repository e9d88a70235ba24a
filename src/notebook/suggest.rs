//! "Did you mean …?"

/// The word of `known` that `word` is most likely a slip for: at most a third of its letters differ.
pub fn closest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().map(|candidate| (distance(word, candidate), *candidate)).min()?;
    (near.0 <= word.chars().count().max(3) / 3).then_some(near.1)
}

/// A hint for an unknown word: the nearest known one first, then all.
pub(super) fn hint(word: &str, known: &[&str]) -> String {
    match closest(word, known) {
        Some(near) => format!("did you mean `{near}`? Known: {}", known.join(", ")),
        None => format!("known: {}", known.join(", ")),
    }
}

/// Letters inserted, deleted, replaced, or swapped with their neighbour, to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_nothing_else() {
        let known = ["name", "timeout", "skip", "expect"];
        assert_eq!(closest("timeot", &known), Some("timeout"));
        assert_eq!(closest("nmae", &known), Some("name"));
        assert_eq!(closest("colour", &known), None);
        assert_eq!(closest("x", &known), None);
        assert_eq!(closest("k8s::gte", &["k8s::get", "k8s::list"]), Some("k8s::get"));
    }
}
