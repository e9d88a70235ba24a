//! What must hold for any input, on inputs near those of the corpus: pieces taken out, doubled, and put in from others.
//! `PROPTEST_CASES` says how many a target, and then looks elsewhere each time; without it they are few, and the same. Unlike cargo-fuzz it does not see which code runs, but shrinks what it finds.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;

use super::fuzz::{SEPARATOR, TARGETS};

/// What is odd in most languages.
const ODD: [&str; 36] = [
    "",
    "\0",
    "\n",
    "\r\n",
    "\t",
    " ",
    "\"",
    "'",
    "\\",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "`",
    "```",
    "-1",
    "0",
    "1e400",
    "99999999999999999999",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "--",
    "=",
    ",",
    ":",
    ".",
    "|",
    "*",
    "null",
    "\u{feff}",
    "\u{2028}ä",
    "€",
    "<!--",
];

/// How many inputs a target gets where nobody asks for a search.
const FEW: u32 = 20;

/// One change: from where, how much goes, what comes.
type Edit = (Index, u8, Index);

fn changed(input: &[u8], edits: &[Edit], pieces: &[Vec<u8>]) -> Vec<u8> {
    let mut data = input.to_vec();
    for (start, length, piece) in edits {
        let start = start.index(data.len() + 1);
        let end = (start + usize::from(*length)).min(data.len());
        data.splice(start..end, piece.get::<Vec<u8>>(pieces).iter().copied());
    }
    data
}

/// Words, lines and records of all inputs, and odd ones.
fn pieces(inputs: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut pieces: BTreeSet<Vec<u8>> = ODD.iter().map(|odd| odd.as_bytes().to_vec()).collect();
    pieces.insert(vec![SEPARATOR]);
    for input in inputs {
        for ends in [&[SEPARATOR][..], b"\n", b" ", b" \n.,:=|(){}[]\"'"] {
            pieces.extend(input.split(|byte| ends.contains(byte)).map(<[u8]>::to_vec));
        }
    }
    pieces.retain(|piece| piece.len() < 4096);
    pieces.into_iter().collect()
}

fn hold(target: &str, few: u32) {
    let (_, check) = TARGETS.iter().find(|(name, _)| *name == target).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let inputs: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    let pieces = pieces(&inputs);
    let searches = std::env::var_os("PROPTEST_CASES").is_some();
    let few = ProptestConfig { cases: few, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() };
    let config = if searches { ProptestConfig::default() } else { few };
    let config = ProptestConfig { failure_persistence: None, max_shrink_iters: 400, ..config };
    let edit = (any::<Index>(), prop_oneof![3 => Just(0u8), 2 => 0..4u8, 1 => any::<u8>()], any::<Index>());
    proptest!(config, |(input in any::<Index>(), edits in prop::collection::vec(edit, 1..5))| {
        check(&changed(input.get::<Vec<u8>>(&inputs), &edits, &pieces));
    });
}

macro_rules! neighbours {
    ($($target:ident)*) => {
        $(
            #[test]
            fn $target() {
                hold(stringify!($target), FEW);
            }
        )*
    };
}

/// Each input has a cluster of its own, and a minute in it: fewer of them take as long.
#[test]
fn sandbox() {
    hold("sandbox", 12);
}

neighbours! {
    decode docker etcdctl front_matter jsonpath kubectl line marker merge notebook objects session stable text
}
