//! Cuts a new line into literals and tokens, and matches a recorded line against it.

use super::age::{Age, age};
use super::context::{is_cpu, is_revision, key, states_a_setting};
use super::known::Known;
use super::renaming::{Identity, Pair};
use super::{MaskedClass, shape};

/// A part of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Segment<'t> {
    /// Stays.
    Literal(&'t str),
    /// Differs from run to run.
    Token(Token, &'t str),
}

/// What a token may stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token {
    /// Another of its class, in a one-to-one map.
    Same(Identity),
    /// Another moment, written in the same way.
    Time(u8),
    /// Another duration near it.
    Age(Age),
    /// A duration in a claim that the run has proved: how far it may be off stands in the claim's condition.
    Proved,
}

impl Token {
    /// Whether another token could be in its place as far as their kinds tell.
    pub(super) fn stands_for(self, other: Self) -> bool {
        match (self, other) {
            (Self::Same(one), Self::Same(other)) => one == other,
            (Self::Time(one), Self::Time(other)) => one == other,
            (Self::Age(_), Self::Age(_)) | (Self::Proved, Self::Proved) => true,
            _ => false,
        }
    }

    /// What differs where such tokens do.
    fn class(self) -> MaskedClass {
        match self {
            Self::Same(identity) => identity.class(),
            Self::Time(_) => MaskedClass::Moment,
            Self::Age(_) | Self::Proved => MaskedClass::Duration,
        }
    }
}

/// How a claim that was proved begins.
const CLAIM: &str = "✓ ";

/// How much of what is at the start of `text` can be such a token.
fn scan(token: Token, new: &str, text: &str) -> Option<usize> {
    match token {
        Token::Same(Identity::Suffix) => shape::suffix(text),
        Token::Same(Identity::TemplateHash) => shape::template_hash(text),
        Token::Same(Identity::Uid) => shape::uid(text),
        Token::Same(Identity::Ip) => shape::ip(text),
        Token::Same(Identity::Revision) => shape::integer(text),
        Token::Same(Identity::Container) => shape::container_id(text).filter(|length| *length == new.len()),
        Token::Same(Identity::EtcdId) => shape::etcd_id(text),
        Token::Same(Identity::Moment) => shape::time(text).filter(|(way, _)| *way == 0).map(|(_, length)| length),
        Token::Time(wanted) => shape::time(text).filter(|(way, _)| *way == wanted).map(|(_, length)| length),
        Token::Age(_) | Token::Proved => age(text).map(|age| age.length),
    }
}

/// Cuts a line of the new run into literals and tokens.
pub(super) fn cut<'t>(line: &'t str, known: &Known) -> Vec<Segment<'t>> {
    let mut segments = Vec::new();
    let (mut literal, mut at) = (0, 0);
    let command = line.starts_with("$ ");
    while at < line.len() {
        let before = line[..at].chars().next_back();
        let begins = before.is_none_or(|letter| !letter.is_alphanumeric() && !matches!(letter, '_' | '.' | '-'));
        if begins && line.as_bytes()[at].is_ascii_alphanumeric() {
            let tokens = tokens(line, at, known);
            // What was typed is typed again: only what the script put in may differ.
            let tokens = tokens.into_iter().filter(|(token, _)| !command || matches!(token, Token::Same(_)));
            for (token, range) in tokens {
                if literal < range.start {
                    segments.push(Segment::Literal(&line[literal..range.start]));
                }
                literal = range.end;
                segments.push(Segment::Token(token, &line[range]));
            }
            at = literal.max(at);
            let word = line[at..].find(|letter: char| !letter.is_ascii_alphanumeric());
            at += word.unwrap_or(line.len() - at);
        }
        at += line[at..].chars().next().map_or(0, char::len_utf8);
    }
    if literal < line.len() {
        segments.push(Segment::Literal(&line[literal..]));
    }
    segments
}

/// The tokens of the word that begins at `at`.
fn tokens(line: &str, at: usize, known: &Known) -> Vec<(Token, std::ops::Range<usize>)> {
    let rest = &line[at..];
    let one = |token: Token, length: usize| vec![(token, at..at + length)];
    if let Some((way, length)) = shape::time(rest) {
        return one(if way == 0 { Token::Same(Identity::Moment) } else { Token::Time(way) }, length);
    }
    if let Some(length) = shape::uid(rest) {
        return one(Token::Same(Identity::Uid), length);
    }
    if let Some(length) = shape::ip(rest) {
        return one(Token::Same(Identity::Ip), length);
    }
    if let Some(length) = shape::container_id(rest).filter(|length| *length == 64 || known.is_container(rest)) {
        return one(Token::Same(Identity::Container), length);
    }
    if let Some(age) = age(rest) {
        let set = states_a_setting(&line[..at])
            || is_cpu(&line[..at], &rest[age.length..]) && rest[..age.length].ends_with('m');
        let token = if line.starts_with(CLAIM) { Token::Proved } else { Token::Age(age) };
        return if set { Vec::new() } else { one(token, age.length) };
    }
    let etcd_key =
        || key(&line[..at]).is_some_and(|key| matches!(key, "member_id" | "cluster_id" | "MemberID" | "ClusterID"));
    if let Some(length) = shape::etcd_id(rest).filter(|length| known.is_etcd_id(&rest[..*length]) || etcd_key()) {
        return one(Token::Same(Identity::EtcdId), length);
    }
    if let Some(length) = shape::integer(rest) {
        return if is_revision(line, at, length, known) {
            one(Token::Same(Identity::Revision), length)
        } else {
            Vec::new()
        };
    }
    name(rest, known).into_iter().map(|(token, range)| (Token::Same(token), at + range.start..at + range.end)).collect()
}

/// The generated parts of a name: `deployment-65cd5869f-rwzjn` has a pod-template-hash and a suffix, the ReplicaSet's
/// name only the hash.
fn name(rest: &str, known: &Known) -> Vec<(Identity, std::ops::Range<usize>)> {
    let end = rest.find(|letter: char| !letter.is_ascii_lowercase() && !letter.is_ascii_digit() && letter != '-');
    let word = rest[..end.unwrap_or(rest.len())].trim_end_matches('-');
    let looks_hashed = |part: &str| shape::template_hash(part) == Some(part.len());
    // Alone it might be a number or a word.
    let is_hash = |part: &str| {
        let mixed = || {
            part.bytes().any(|letter| letter.is_ascii_digit()) && part.bytes().any(|letter| letter.is_ascii_lowercase())
        };
        looks_hashed(part) && (mixed() || known.is_hash(part))
    };
    if is_hash(word) {
        return vec![(Identity::TemplateHash, 0..word.len())];
    }
    let Some((stem, last)) = word.rsplit_once('-') else { return Vec::new() };
    let last = (last, stem.len() + 1..word.len());
    if is_hash(last.0) {
        return vec![(Identity::TemplateHash, last.1)];
    }
    let hash = stem.rsplit_once('-').filter(|(_, hash)| is_hash(hash) || (looks_hashed(hash) && known.is_name(word)));
    if shape::suffix(last.0) != Some(last.0.len()) || (hash.is_none() && !known.is_name(word)) {
        return Vec::new();
    }
    let hash = hash.map(|(owner, hash)| (Identity::TemplateHash, owner.len() + 1..owner.len() + 1 + hash.len()));
    hash.into_iter().chain([(Identity::Suffix, last.1)]).collect()
}

/// A place inside a cut line: which segment, and which byte of it.
pub(super) type Cursor = (usize, usize);

/// Matches `old` against a cut line from `cursor` on; where the match ends in the cut line, and which tokens stand
/// for each other. `elapsed` is the time that the run took so far, in seconds: an age beyond it belongs to something
/// that was there before, and tells nothing.
pub(super) fn matches<'o, 't>(
    segments: &[Segment<'t>],
    cursor: Cursor,
    old: &'o str,
    elapsed: f64,
) -> Option<(Cursor, Vec<Pair<'o, 't>>)> {
    let (mut segment, mut offset) = cursor;
    let mut rest = old;
    let mut pairs = Vec::new();
    while !rest.is_empty() {
        match segments.get(segment)? {
            Segment::Literal(literal) => {
                let literal = &literal[offset..];
                if literal.len() > rest.len() {
                    literal.starts_with(rest).then_some(())?;
                    return Some(((segment, offset + rest.len()), pairs));
                }
                rest = rest.strip_prefix(literal)?;
            }
            Segment::Token(token, new) => {
                let length = scan(*token, new, rest)?;
                match token {
                    Token::Same(identity) => pairs.push(Pair { identity: *identity, old: &rest[..length], new }),
                    Token::Age(new) => {
                        let before = new.seconds + new.step > elapsed + 1.0;
                        (before || new.is_near(age(rest)?)).then_some(())?;
                    }
                    Token::Time(_) | Token::Proved => {}
                }
                rest = &rest[length..];
            }
        }
        (segment, offset) = (segment + 1, 0);
    }
    Some(((segment, offset), pairs))
}

/// Whether all of `old` matches all of a cut line; the tokens that stand for each other.
pub(super) fn matches_whole<'o, 't>(segments: &[Segment<'t>], old: &'o str, elapsed: f64) -> Option<Vec<Pair<'o, 't>>> {
    let ((segment, _), pairs) = matches(segments, (0, 0), old, elapsed)?;
    (segment == segments.len()).then_some(pairs)
}

/// Whether a recorded line looks like a cut one, whatever its durations are.
pub(super) fn has_shape_of(segments: &[Segment<'_>], old: &str) -> bool {
    matches_whole(segments, old, f64::NEG_INFINITY).is_some()
}

/// What differs between a cut line and a recorded one that matches it, with its class.
pub(super) fn differences<'o, 't>(segments: &[Segment<'t>], old: &'o str) -> Vec<(MaskedClass, &'o str, &'t str)> {
    let mut found = Vec::new();
    let mut rest = old;
    for segment in segments {
        let length = match segment {
            Segment::Literal(literal) => literal.len(),
            Segment::Token(token, new) => {
                let length = scan(*token, new, rest).unwrap_or_default();
                if rest[..length] != **new {
                    found.push((token.class(), &rest[..length], *new));
                }
                length
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    found
}

/// The tokens in a text of the new run that are the same wherever they stand.
pub(in crate::notebook) fn identities(text: &str, known: &Known) -> Vec<(Identity, String)> {
    let mut found = Vec::new();
    for line in super::layout::lines(text) {
        for segment in cut(&line.text, known) {
            if let Segment::Token(Token::Same(identity), token) = segment {
                found.push((identity, identity.key(token).to_owned()));
            }
        }
    }
    found
}
