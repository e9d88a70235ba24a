//! Pairs of whole notebooks, a recorded one and what a new run brings: which pass `check`, and which must not.
//!
//! The outputs are what the three notebooks and the recordings of a real v1.20.2 cluster show. Names stand in braces:
//! `{A}` is a Pod, which has one name when it is recorded and another in the new run.

/// `kubectl get pods -o wide`'s header.
macro_rules! wide {
    ($($row:literal),*) => {
        concat!(
            "NAME                         READY   STATUS    RESTARTS   AGE   IP           NODE\n",
            $($row, "\n"),*
        )
    };
}

mod different;
mod equal;

use std::time::Duration;

use kpnb::notebook::{CellOutput, Checked, Notebook, OutputPiece, Run, Status, TokenClass, check, parse, update};

/// Placeholder, recorded, new, and as what the new run has seen it.
const NAMES: &[(&str, &str, &str, Option<TokenClass>)] = &[
    ("{A}", "deployment-65cd5869f-hkffm", "deployment-65cd5869f-x2vkq", Some(TokenClass::GeneratedName)),
    ("{B}", "deployment-65cd5869f-sqv98", "deployment-65cd5869f-fqns6", Some(TokenClass::GeneratedName)),
    ("{C}", "deployment-65cd5869f-zzbtk", "deployment-65cd5869f-4jw7c", Some(TokenClass::GeneratedName)),
    ("{N}", "deployment-7b46f9c68-m8rpd", "deployment-569d7c6b8c-vvx2l", Some(TokenClass::GeneratedName)),
    ("{rs}", "deployment-7b46f9c68", "deployment-569d7c6b8c", None),
    ("{D}", "kindnet-7xk2p", "kindnet-c4tqs", Some(TokenClass::GeneratedName)),
    ("{E}", "kindnet-9zq4w", "kindnet-m2v8z", Some(TokenClass::GeneratedName)),
    ("{S}", "default-token-7pchz", "default-token-kr2qr", Some(TokenClass::GeneratedName)),
    ("{ip}", "10.244.1.7", "10.244.1.140", Some(TokenClass::Ip)),
    ("{ip2}", "10.244.2.7", "10.244.2.31", Some(TokenClass::Ip)),
    ("{uid}", "fcd3d9f1-c4e5-4424-8880-0b9978f61d9c", "0d2f4a6c-6a1b-4c7e-9a55-3f7d1c2b4e6f", Some(TokenClass::Uid)),
    ("{uid2}", "a96de79b-1111-4a8b-8d39-6b1b1c0e7a10", "77e1b7a2-90ab-4f0e-8c11-0c9d8e7f6a5b", Some(TokenClass::Uid)),
    ("{rev}", "8143", "1507", Some(TokenClass::Revision)),
    ("{rev2}", "8150", "1519", Some(TokenClass::Revision)),
    ("{cid}", "0123456789ab", "fedcba987654", Some(TokenClass::ContainerId)),
    ("{cid2}", "abcdef012345", "0f1e2d3c4b5a", Some(TokenClass::ContainerId)),
    ("{lease}", "7587881214568349999", "7587881214568345093", Some(TokenClass::EtcdId)),
    ("{lease2}", "7587881214568350123", "7587881214568347777", Some(TokenClass::EtcdId)),
    ("{at}", "2026-11-24T15:23:08Z", "2027-01-02T03:04:05Z", Some(TokenClass::Timestamp)),
];

struct Pair {
    what: &'static str,
    /// A text for each cell.
    recorded: &'static [&'static str],
    new: &'static [&'static str],
}

const fn pair(what: &'static str, recorded: &'static [&'static str], new: &'static [&'static str]) -> Pair {
    Pair { what, recorded, new }
}

fn filled(text: &str, new: bool) -> String {
    NAMES
        .iter()
        .fold(text.to_owned(), |text, (place, recorded, now, _)| text.replace(place, if new { now } else { recorded }))
}

fn notebook(cells: usize) -> Notebook {
    parse(
        "n.md",
        (0..cells)
            .map(|cell| format!("# Step {cell}\n\n```rhai {{name=c{cell}}}\nstep({cell})\n```\n\n"))
            .collect::<String>(),
    )
}

fn run(texts: &[&str], new: bool) -> Run {
    let outputs = texts.iter().enumerate().map(|(cell, text)| CellOutput {
        cell,
        status: Status::Ok,
        on: "kind-k8splayground/v1.20.2".into(),
        pieces: [filled(text, new)]
            .iter()
            .filter(|text| !text.is_empty())
            .map(|text| OutputPiece::new("text", text, None))
            .collect(),
        elapsed: Duration::from_secs(400),
    });
    let names = NAMES.iter().filter_map(|(_, _, now, class)| Some(((*now).to_owned(), (*class)?)));
    // A young cluster: its revisions are as small as the numbers that people write.
    let small = ["300", "600"].map(|number| (number.to_owned(), TokenClass::Revision));
    let fields = ["300", "600", "137", "143"].map(|number| (number.to_owned(), TokenClass::Integer));
    Run { outputs: outputs.collect(), tokens: names.chain(small).chain(fields).collect(), refresh: false }
}

/// Records a notebook and checks it against a new run.
fn checked(pair: &Pair) -> Checked {
    assert_eq!(pair.recorded.len(), pair.new.len(), "{}", pair.what);
    let recorded = update(&notebook(pair.recorded.len()), &run(pair.recorded, false));
    check(&parse("n.md", recorded.text), &run(pair.new, true))
}

#[test]
fn only_what_says_the_same_passes() {
    assert!(equal::EQUAL.len() + different::DIFFERENT.len() >= 40 && different::DIFFERENT.len() >= equal::EQUAL.len());
    let drifts = |pair: &&Pair| checked(pair).has_drifted();
    let wrong: Vec<&str> = equal::EQUAL.iter().filter(drifts).map(|pair| pair.what).collect();
    assert_eq!(wrong, [""; 0], "these must pass");
    let wrong: Vec<&str> = different::DIFFERENT.iter().filter(|pair| !drifts(pair)).map(|pair| pair.what).collect();
    assert_eq!(wrong, [""; 0], "these must not pass");
}

#[test]
fn a_run_writes_exactly_what_check_finds() {
    for pair in equal::EQUAL.iter().chain(different::DIFFERENT) {
        let recorded = parse("n.md", update(&notebook(pair.recorded.len()), &run(pair.recorded, false)).text);
        let again = update(&recorded, &run(pair.new, true));
        let drifts = check(&recorded, &run(pair.new, true)).has_drifted();
        assert_eq!(again.text != recorded.text, drifts, "{}", pair.what);
    }
}

#[test]
fn what_broke_is_said_in_words() {
    let said = |what: &str| {
        let pair = different::DIFFERENT.iter().find(|pair| pair.what == what).unwrap();
        checked(pair).broken.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        said("a Pod that stayed is replaced"),
        ["deployment-65cd5869f-hkffm was one (cell c0, line 10; cell c2, line 34), and is now two: \
          deployment-65cd5869f-x2vkq and deployment-65cd5869f-fqns6"]
    );
    assert_eq!(
        said("a Pod that was replaced stays"),
        [
            "deployment-65cd5869f-hkffm (cell c0, line 10) and deployment-65cd5869f-sqv98 (cell c2, line 34) were two, and \
          are now one: deployment-65cd5869f-x2vkq"
        ]
    );
    assert_eq!(said("another phase"), [""; 0]);
}
