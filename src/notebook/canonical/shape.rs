//! What tokens look like.

use std::net::Ipv6Addr;
use std::sync::LazyLock;

use regex::Regex;

/// The letters of generated suffixes: `k8s.io/apimachinery/pkg/util/rand`, without vowels and look-alikes.
const SUFFIX_LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// The letters of a pod-template-hash: a decimal number in `rand.SafeEncodeString`'s encoding.
const HASH_LETTERS: &[u8] = b"456789bcdf";

/// A pattern of this program.
#[expect(clippy::expect_used, reason = "all patterns are literals, and each is used in a test")]
pub(super) fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a valid pattern")
}

/// Whether nothing of a word is left.
fn ends(rest: &[u8]) -> bool {
    rest.first().is_none_or(|next| !next.is_ascii_alphanumeric() && *next != b'_')
}

/// How many letters from the start are accepted.
pub(super) fn run(text: &str, accept: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|letter| accept(*letter)).count()
}

/// A length, where the word ends there.
pub(super) fn whole(text: &str, length: usize) -> Option<usize> {
    ends(&text.as_bytes()[length..]).then_some(length)
}

/// Five generated letters: the end of a Pod's name.
pub(super) fn suffix(text: &str) -> Option<usize> {
    let length = run(text, |letter| SUFFIX_LETTERS.contains(&letter));
    (length == 5).then_some(5).and_then(|length| whole(text, length))
}

/// A pod-template-hash or controller-revision-hash.
pub(super) fn template_hash(text: &str) -> Option<usize> {
    let length = run(text, |letter| HASH_LETTERS.contains(&letter));
    (7..=10).contains(&length).then_some(length).and_then(|length| whole(text, length))
}

/// A UUID.
pub(super) fn uid(text: &str) -> Option<usize> {
    let mut length = 0;
    for (place, group) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if place > 0 {
            (text.as_bytes().get(length) == Some(&b'-')).then_some(())?;
            length += 1;
        }
        (run(&text[length..], |letter| letter.is_ascii_hexdigit()) == group).then_some(())?;
        length += group;
    }
    whole(text, length)
}

/// Hexadecimal digits of a container's id: 64, or Docker's and crictl's shortened 12 and 13.
pub(super) fn container_id(text: &str) -> Option<usize> {
    let length = run(text, |letter| letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter));
    matches!(length, 64 | 12 | 13).then_some(length).and_then(|length| whole(text, length))
}

/// An id of etcd's: hexadecimal (`8e9e05c52164694d`) or decimal.
pub(super) fn etcd_id(text: &str) -> Option<usize> {
    let length = run(text, |letter| letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter));
    (12..=20).contains(&length).then_some(length).and_then(|length| whole(text, length))
}

/// Decimal digits.
pub(super) fn integer(text: &str) -> Option<usize> {
    let length = run(text, |letter| letter.is_ascii_digit());
    (length > 0).then_some(length).and_then(|length| whole(text, length))
}

/// An IPv4 or IPv6 address, but for those that name no particular machine.
pub(super) fn ip(text: &str) -> Option<usize> {
    let length = run(text, |letter| letter.is_ascii_digit() || letter == b'.');
    let v4 = &text[..length].trim_end_matches('.');
    if let Ok(address) = v4.parse::<std::net::Ipv4Addr>() {
        let particular = !address.is_loopback() && !address.is_unspecified() && !address.is_broadcast();
        return particular.then_some(v4.len()).and_then(|length| whole(text, length));
    }
    let length = run(text, |letter| letter.is_ascii_hexdigit() || letter == b':');
    let v6 = &text[..length];
    let particular = v6.parse::<Ipv6Addr>().is_ok_and(|address| !address.is_loopback() && !address.is_unspecified());
    particular.then_some(length).and_then(|length| whole(text, length))
}

/// The ways in which moments are written; one stands for another only in the same way.
static TIMES: LazyLock<[Regex; 6]> = LazyLock::new(|| {
    [
        r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,9}(?:Z|[+-]\d\d:\d\d)",
        r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,5})?(?:Z|[+-]\d\d:\d\d)",
        r"^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|[A-Z]{3})",
        r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?: [+-]\d{4})?(?: [A-Z]{3,4})?(?: m=\+[\d.]+)?",
        r"^(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2} \d\d:\d\d(?::\d\d)?",
        r"^\d\d:\d\d:\d\d(?:\.\d+)?",
    ]
    .map(regex)
});

/// A moment: the way in which it is written, and its length. Way 0 tells microseconds, fine enough to be an identity.
pub(super) fn time(text: &str) -> Option<(u8, usize)> {
    let first = *text.as_bytes().first()?;
    if !first.is_ascii_digit() && !first.is_ascii_uppercase() {
        return None;
    }
    (0..).zip(TIMES.iter()).find_map(|(way, pattern)| {
        let length = pattern.find(text)?.end();
        Some((way, whole(text, length)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_tokens_by_their_shape() {
        assert_eq!(suffix("rwzjn 1/1"), Some(5));
        assert_eq!(suffix("first"), None);
        assert_eq!(suffix("rwzjnq"), None);
        assert_eq!(template_hash("65cd5869f-rwzjn"), Some(9));
        assert_eq!(template_hash("65ca5869f"), None);
        assert_eq!(uid("fcd3d9f1-c4e5-4424-8880-0b9978f61d9c,"), Some(36));
        assert_eq!(uid("fcd3d9f1-c4e5-4424-8880-0b9978f61d9"), None);
        assert_eq!(ip("10.244.1.7:80"), Some(10));
        assert_eq!(ip("fd00:10:244::5 "), Some(14));
        assert_eq!(ip("127.0.0.1"), None);
        assert_eq!(ip("v1.20.2"), None);
        assert_eq!(container_id(&"ab12".repeat(16)), Some(64));
        assert_eq!(container_id("0b9978f61d9c"), Some(12));
        assert_eq!(etcd_id("8e9e05c52164694d, 3.4.13"), Some(16));
    }

    #[test]
    fn recognizes_moments() {
        let way = |text| time(text).map(|(way, length)| (way, &text[length..]));
        assert_eq!(way("2026-11-24T15:22:48Z\""), Some((1, "\"")));
        assert_eq!(way("2026-11-24T15:22:48.123456789Z"), Some((0, "")));
        assert_eq!(way("Tue, 24 Nov 2026 15:22:48 +0000 x"), Some((2, " x")));
        assert_eq!(way("2026-11-24 15:22:48 +0000 UTC"), Some((3, "")));
        assert_eq!(way("Nov 24 15:22 kubelet"), Some((4, " kubelet")));
        assert_eq!(way("15:22:48"), Some((5, "")));
        assert_eq!(way("2026"), None);
    }
}
