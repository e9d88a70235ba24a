//! The invariants on generated markdown and on CommonMark's examples.

use proptest::prelude::*;

use super::fuzz::notebook;
use super::{corpus, generate};

/// At least 2,000; more by `PROPTEST_CASES`.
fn cases() -> u32 {
    ProptestConfig::default().cases.max(2_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hold_for_any_markdown(text in generate::text()) {
        notebook::hold(&text).map_err(TestCaseError::fail)?;
    }
}

#[test]
fn hold_for_commonmarks_examples() {
    let examples = corpus::commonmark();
    if examples.is_empty() {
        eprintln!("cargo's home holds no sources of pulldown-cmark: its examples are not tested");
        return;
    }
    assert!(examples.len() > 600, "only {} examples were found", examples.len());
    for example in &examples {
        notebook::hold(example).unwrap_or_else(|error| panic!("{error}"));
        // A cell ahead of it, after it, and in a list or quote around it.
        for around in [
            format!("```rhai\n1\n```\n{example}"),
            format!("{example}\n```rhai {{name=a}}\n1\n```"),
            format!("- ```rhai\n  1\n  ```\n{}", indent(example, "  ")),
            format!("> ```rhai\n> 1\n> ```\n{}", indent(example, "> ")),
            example.replace('\n', "\r\n") + "\r\n```rhai\r\n1\r\n```\r\n",
            // Every code block is a cell.
            example.replace("```", "```rhai").replace("```rhai\n", "```\n"),
        ] {
            notebook::hold(&around).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

fn indent(text: &str, prefix: &str) -> String {
    text.lines().map(|line| format!("{prefix}{line}\n")).collect()
}
