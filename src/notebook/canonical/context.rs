//! What the words around a number make of it.

use super::known::Known;
use super::layout::GAP;

/// Whether the duration that follows is one that somebody has set: it is compared as it stands.
pub(super) fn states_a_setting(before: &str) -> bool {
    const SETTINGS: [&str; 8] =
        ["timeout", "period", "delay", "interval", "ttl", "grace", "tolerationseconds", "deadline"];
    let is_setting = |word: &str| SETTINGS.iter().any(|setting| word.contains(setting));
    if before.ends_with(" for ") && (before.contains("op=") || before.contains(":No")) {
        return true; // a toleration, as `describe` shows it
    }
    // In a sentence: `the Pod's grace period of 5s`.
    let said = before.strip_suffix(" of ").and_then(|before| before.rsplit(' ').next());
    if said.is_some_and(|word| is_setting(&word.to_ascii_lowercase())) {
        return true;
    }
    key(before).is_some_and(|key| {
        let key = key.to_ascii_lowercase();
        key.starts_with("--") || is_setting(&key)
    })
}

/// Whether `100m` is a tenth of a CPU and not a hundred minutes.
pub(super) fn is_cpu(before: &str, after: &str) -> bool {
    // `100m (5%)` in describe's tables.
    let share = after.strip_prefix(" (").and_then(|rest| rest.split_once("%)"));
    if share.is_some_and(|(share, _)| share.bytes().all(|letter| letter.is_ascii_digit())) {
        return true;
    }
    let word = before.trim_end_matches([' ', GAP, ':', '"', '=', '\'']);
    let start = word.rfind(|letter: char| !letter.is_alphanumeric() && letter != '.').map_or(0, |end| end + 1);
    word.get(start..).is_some_and(|word| word == "cpu" || word.ends_with(".cpu"))
}

/// The key whose value follows: `"revision":`, `resourceVersion: "`, `--timeout=`.
pub(super) fn key(before: &str) -> Option<&str> {
    let before = before.trim_end_matches(['"', '\'', ' ', GAP]).strip_suffix([':', '='])?;
    let before = before.trim_end_matches(['"', '\'', ' ']);
    let is_key = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/');
    let start = before.rfind(|letter| !is_key(letter)).map_or(0, |end| end + 1);
    before.get(start..).filter(|key| !key.is_empty())
}

/// Whether an integer is a revision: a field says so, or the run has seen such a revision and nothing says otherwise.
/// A bare number that the run has also seen in a field of another type is none: it may be that one.
pub(super) fn is_revision(line: &str, at: usize, length: usize, known: &Known) -> bool {
    const REVISIONS: [&str; 5] =
        ["resourceVersion", "mod_revision", "create_revision", "ModRevision", "CreateRevision"];
    const SEEN: [&str; 5] = ["revision", "Revision", "rev", "rv", "resource_version"];
    const UNITS: [&str; 10] = ["s", "ms", "seconds", "second", "minutes", "hours", "bytes", "Ki", "Mi", "times"];
    let number = &line[at..at + length];
    let after = &line[at + length..];
    if let Some(key) = key(&line[..at]) {
        return REVISIONS.contains(&key) || (SEEN.contains(&key) && known.is_revision(number));
    }
    if !known.is_revision(number) {
        return false;
    }
    // `the key's mod_revision 8143`
    let word = line[..at].trim_end().rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_').next();
    if word.is_some_and(|word| REVISIONS.contains(&word) || SEEN.contains(&word)) {
        return true;
    }
    let unit = after.trim_start().split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    let fraction = after.strip_prefix('.').is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()));
    let ratio = after.starts_with(['%', '/']) || line[..at].ends_with('/');
    length >= 3 && !fraction && !ratio && !UNITS.contains(&unit) && !known.is_other_integer(number)
}
