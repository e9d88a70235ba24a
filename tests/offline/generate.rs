//! Markdown made up of the pieces that could go wrong.

use proptest::prelude::*;

const TELLING: [&str; 25] = [
    "```rhai",
    "```rhai {name=a}",
    "```rhai {name=b timeout=3s}",
    "```",
    "````",
    "~~~",
    "~~~rhai",
    "```text",
    "```rhai {cleanup hide}",
    "```{rhai}",
    "``` rhai",
    "`````rhai",
    "<!-- kpnb:output cell=a src=00000000 status=ok on=x -->",
    "<!-- kpnb:output cell=#1 src=00000000 status=ok on=x -->",
    "<!-- kpnb:output cell=gone src=00000000 status=ok on=x -->",
    "<!-- kpnb:output cell=a",
    "<!-- kpnb:ouput -->",
    "-->",
    "<!--",
    "<details>",
    "</details>",
    "<pre>",
    "</pre>",
    "<table>",
    "<b>x</b>",
];

const OTHER: [&str; 24] = [
    "",
    "",
    "",
    "text",
    "# head",
    "---",
    "===",
    "- ",
    "-",
    "1.",
    "* x",
    "> ",
    ">",
    "...",
    "| a | b |",
    "    code",
    "[a]: b",
    "title: x",
    "print(1);",
    "`` ` ``",
    "\t",
    "\u{feff}",
    "ä\u{2028}",
    "x\r",
];

const PREFIXES: [&str; 14] = ["", "", "", "", "  ", "   ", "    ", "- ", "> ", "1. ", "\t", "> - ", "- > ", ">\t"];

fn line() -> impl Strategy<Value = String> {
    let content = prop_oneof![
        6 => prop::sample::select(&TELLING[..]).prop_map(str::to_owned),
        4 => prop::sample::select(&OTHER[..]).prop_map(str::to_owned),
        4 => Just("```".to_owned()),
        1 => "[ -~\t]{0,12}",
    ];
    (prop::sample::select(&PREFIXES[..]), content).prop_map(|(prefix, content)| format!("{prefix}{content}"))
}

/// A text of such lines, with the line ends of any system and maybe none at the end.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let line_ends = prop_oneof![3 => Just("\n"), 2 => Just("\r\n")];
    (prop::collection::vec(line(), 0..24), line_ends, any::<bool>()).prop_map(|(lines, line_end, ended)| {
        let mut text = lines.join(line_end);
        if ended {
            text.push_str(line_end);
        }
        text
    })
}
