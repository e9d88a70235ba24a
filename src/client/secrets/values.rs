//! Secret values that are known, and where they stand in a text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, Input, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{redacted, shapes};

/// A value of fewer bytes is left as it is: it would be found in many a text that has nothing to do with it.
const SHORTEST: usize = 6;
/// Likewise in base64, of which 8 characters are hardly ever a word.
const SHORTEST_ENCODED: usize = 4;
/// A value of fewer bytes counts only where it is a word of its own.
const SHORT: usize = 16;

/// The values that are known.
#[derive(Default)]
pub(super) struct Values {
    /// What is searched for.
    needles: BTreeMap<String, Needle>,
    /// Made when it is first needed after a value was added.
    finder: Option<AhoCorasick>,
}

struct Needle {
    /// What stands in its place.
    shown: String,
    /// Whether it counts only where it is no part of a longer word.
    word: bool,
}

impl Values {
    /// Adds a value in each form in which it may be printed: as it is, a line at a time where it has several (YAML indents
    /// them), escaped as in JSON, in base64. A value that is known keeps its first name.
    pub(super) fn add(&mut self, what: &str, value: &[u8]) {
        if value.len() >= SHORTEST_ENCODED {
            self.needle(STANDARD.encode(value), what, false);
        }
        let Ok(text) = std::str::from_utf8(value) else { return };
        let text = text.trim_end_matches(['\n', '\r']);
        if text.len() < SHORTEST {
            return;
        }
        if let Ok(quoted) = serde_json::to_string(text)
            && quoted.len() > text.len() + 2
        {
            self.needle(quoted[1..quoted.len() - 1].to_owned(), what, false);
        }
        if text.contains('\n') {
            let lines = text.lines().map(str::trim).filter(|line| line.len() >= SHORT && !line.starts_with("-----"));
            for line in lines {
                self.needle(line.to_owned(), what, false);
            }
        }
        self.needle(text.to_owned(), what, text.len() < SHORT);
    }

    fn needle(&mut self, needle: String, what: &str, word: bool) {
        self.needles.entry(needle).or_insert_with(|| {
            self.finder = None;
            Needle { shown: redacted(what), word }
        });
    }

    /// `text` without the known values.
    pub(super) fn mask<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        if self.needles.is_empty() || text.len() < SHORTEST {
            return Cow::Borrowed(text);
        }
        if self.finder.is_none() {
            let builder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(self.needles.keys());
            // Fails only beyond 2³¹ bytes of secrets, which no process holds; then their shapes are still hidden.
            self.finder = builder.ok();
        }
        let Some(finder) = &self.finder else { return Cow::Borrowed(text) };
        let needles: Vec<&Needle> = self.needles.values().collect();
        let kept = shapes::redactions(text);
        let mut masked = String::new();
        let (mut written, mut at) = (0, 0);
        while let Some(found) = finder.find(Input::new(text).range(at..)) {
            let needle = needles[found.pattern().as_usize()];
            let inside = kept.iter().find(|kept| kept.start < found.end() && found.start() < kept.end);
            if let Some(kept) = inside {
                at = kept.end;
            } else if needle.word && !is_word(text, found.start(), found.end()) {
                at = text.ceil_char_boundary(found.start() + 1);
            } else {
                masked += &text[written..found.start()];
                masked += &needle.shown;
                (written, at) = (found.end(), found.end());
            }
        }
        if written == 0 && masked.is_empty() {
            return Cow::Borrowed(text);
        }
        masked += &text[written..];
        Cow::Owned(masked)
    }
}

/// Whether no letter or digit continues what stands there, on either side.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let joins =
        |a: Option<char>, b: Option<char>| a.is_some_and(char::is_alphanumeric) && b.is_some_and(char::is_alphanumeric);
    let inside = &text[start..end];
    !joins(text[..start].chars().next_back(), inside.chars().next())
        && !joins(inside.chars().next_back(), text[end..].chars().next())
}
