//! What must hold for any input, on the inputs that fuzzing has found: see fuzz/README.md.

use std::path::Path;
use std::time::Instant;

use super::fuzz::TARGETS;

/// How long one input may take, also on a slow machine and without optimization. All are small.
const SLOW_SECONDS: u64 = 10;

fn replay(target: &str) {
    let (_, check) = TARGETS.iter().find(|(name, _)| *name == target).unwrap();
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let inputs = |folder: &str| {
        let entries = std::fs::read_dir(fuzz.join(folder).join(target)).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let corpus = inputs("corpus");
    assert!(!corpus.is_empty(), "there is nothing to replay");
    // Where cargo-fuzz leaves what it has found: nothing, or work for whoever fuzzes here.
    for input in corpus.into_iter().chain(inputs("artifacts")) {
        let data = std::fs::read(&input).unwrap();
        let start = Instant::now();
        let held = std::panic::catch_unwind(|| check(&data));
        assert!(held.is_ok(), "{} does not hold", input.display());
        assert!(start.elapsed().as_secs() < SLOW_SECONDS, "{}: {:?}", input.display(), start.elapsed());
    }
}

macro_rules! replay {
    ($($target:ident)*) => {
        $(#[test] fn $target() { replay(stringify!($target)); })*

        #[test]
        fn all_targets_are_replayed() {
            assert_eq!(TARGETS.map(|(name, _)| name), [$(stringify!($target)),*]);
            for (name, _) in TARGETS {
                let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fuzz/fuzz_targets/{name}.rs"));
                assert!(file.is_file(), "{}", file.display());
            }
        }
    };
}

replay! {
    decode docker etcdctl front_matter jsonpath kubectl line marker merge notebook objects sandbox session stable text
}
