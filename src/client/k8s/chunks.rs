//! Text that comes in pieces.

/// Turns bytes into text as they come. A character that is cut in two waits for its rest; what is no UTF-8 becomes
/// the replacement character.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    rest: Vec<u8>,
}

impl Chunks {
    /// The text that `bytes` complete.
    pub(super) fn push(&mut self, bytes: &[u8]) -> String {
        self.rest.extend_from_slice(bytes);
        let cut = self.rest.utf8_chunks().last().map_or(0, |last| beginning(last.invalid()));
        let whole = self.rest.len() - cut;
        let text = String::from_utf8_lossy(&self.rest[..whole]).into_owned();
        self.rest.drain(..whole);
        text
    }

    /// What is left when nothing more comes.
    pub(super) fn finish(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.rest)).into_owned()
    }
}

/// The length of `bytes` where they are the beginning of a character, else 0.
fn beginning(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::Chunks;

    #[test]
    fn joins_a_character_that_was_cut() {
        let mut chunks = Chunks::default();
        let bytes = "a✓b".as_bytes();
        assert_eq!(chunks.push(&bytes[..2]), "a");
        assert_eq!(chunks.push(&bytes[2..]), "✓b");
        assert_eq!(chunks.finish(), "");
    }

    #[test]
    fn replaces_what_is_no_text() {
        let mut chunks = Chunks::default();
        assert_eq!(chunks.push(b"a\xffb\xe2\x9c"), "a\u{fffd}b");
        assert_eq!(chunks.push(b"\x93c\xe2"), "✓c");
        assert_eq!(chunks.finish(), "\u{fffd}");
    }
}
