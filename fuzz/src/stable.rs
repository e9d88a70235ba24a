//! The comparison of outputs. Records: the recorded text, the new one, and tokens, one a line: a class's digit, the token.

use std::time::Duration;

use kpnb::notebook::{CellOutput, Change, OutputPiece, Run, Status, TokenClass, clean, parse, update};

const CLASSES: [TokenClass; 7] = [
    TokenClass::GeneratedName,
    TokenClass::Uid,
    TokenClass::Ip,
    TokenClass::Revision,
    TokenClass::ContainerId,
    TokenClass::Timestamp,
    TokenClass::EtcdId,
];

/// What equals itself is kept, what was written is kept the next time, and the cell around it stays.
pub fn check(data: &[u8]) {
    let mut records = super::texts(data);
    let [old, new, tokens] = std::array::from_fn(|_| records.next().unwrap_or_default());
    let tokens: Vec<(String, TokenClass)> = tokens
        .lines()
        .filter_map(|line| line.split_at_checked(1))
        .filter_map(|(class, token)| Some((token.to_owned(), *CLASSES.get(class.parse::<usize>().ok()?)?)))
        .collect();
    for attributes in ["", " {check=exact}", " {check=unordered}", " {match}", " {check=status}"] {
        let cell = format!("```rhai{attributes}\n1\n```\n");
        let write = |text: &str, over: &str| {
            let pieces = vec![OutputPiece::new("text", text, None)];
            let elapsed = Duration::from_secs(30);
            let output = CellOutput { cell: 0, status: Status::Ok, on: "x".to_owned(), pieces, elapsed };
            let run = Run { outputs: vec![output], tokens: tokens.clone(), refresh: false };
            update(&parse("n.md", over), &run)
        };
        let recorded = write(&old, &cell).text;
        let same = write(&old, &recorded);
        assert_eq!((same.changes[0].1, &same.text), (Change::Kept, &recorded), "{attributes}: {old:?} is not itself");
        let written = write(&new, &recorded);
        assert_eq!(clean(&parse("n.md", written.text.as_str())), cell, "{attributes}: {old:?} → {new:?}");
        if written.changes[0].1 == Change::Kept {
            assert_eq!(written.text, recorded, "{attributes}: {old:?} → {new:?}");
        } else {
            assert_eq!(write(&new, &written.text).text, written.text, "{attributes}: {old:?} → {new:?}");
        }
    }
}
