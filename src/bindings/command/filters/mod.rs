//! The programs that may stand after a `|`. They print what GNU's do (coreutils 8, grep 3, in the C locale).

mod cut;
mod ends;
mod grep;
mod pattern;
mod sort;
mod uniq;
mod wc;

use crate::bindings::flags::{Flag, Flags};
use crate::client::Failure;

/// A filter with its flags.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    Grep(grep::Grep),
    Wc(wc::Wc),
    Head(ends::Head),
    Tail(ends::Tail),
    Sort(sort::Sort),
    Uniq(uniq::Uniq),
    Cut(cut::Cut),
}

/// What a filter printed, and its exit code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filtered {
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) code: i32,
}

impl Filtered {
    fn ok(stdout: String) -> Self {
        Self { stdout, ..Self::default() }
    }
}

impl Filter {
    /// Reads a command after a `|`.
    pub(super) fn parse(words: &[String]) -> Result<Self, Failure> {
        let (name, words) = words.split_first().map_or(("", words), |(name, rest)| (name.as_str(), rest));
        Ok(match name {
            "grep" => Self::Grep(grep::Grep::parse("grep", words, false)?),
            "egrep" => Self::Grep(grep::Grep::parse("egrep", words, true)?),
            "wc" => Self::Wc(wc::Wc::parse(words)?),
            "head" => Self::Head(ends::Head::parse(words)?),
            "tail" => Self::Tail(ends::Tail::parse(words)?),
            "sort" => Self::Sort(sort::Sort::parse(words)?),
            "uniq" => Self::Uniq(uniq::Uniq::parse(words)?),
            "cut" => Self::Cut(cut::Cut::parse(words)?),
            _ => {
                return Err(Failure::refused(format!(
                    "error: | {name}: no shell runs here; built in are grep, wc, head, tail, sort, uniq and cut"
                ))
                .with_hint("take the result's .stdout and go on in the script"));
            }
        })
    }

    /// Runs it on a text.
    pub(super) fn apply(&self, input: &str) -> Filtered {
        match self {
            Self::Grep(grep) => grep.apply(input),
            Self::Wc(wc) => wc.apply(input),
            Self::Head(head) => head.apply(input),
            Self::Tail(tail) => tail.apply(input),
            Self::Sort(sort) => sort.apply(input),
            Self::Uniq(uniq) => uniq.apply(input),
            Self::Cut(cut) => cut.apply(input),
        }
    }
}

/// Reads a filter's flags; it takes no files.
fn flags(name: &str, words: &[String], known: &[Flag], args: usize) -> Result<Flags, Failure> {
    let flags = Flags::parse(name, words, &[known]).map_err(|failure| {
        let what = failure.message.lines().next().unwrap_or_default().trim_start_matches("Error: ").to_owned();
        let has: Vec<String> = known.iter().filter_map(|flag| flag.short).map(|short| format!("-{short}")).collect();
        Failure::usage(format!("{name}: {what}")).with_hint(format!("the built-in {name} takes {}", has.join(" ")))
    })?;
    let extra = flags.args.iter().chain(&flags.after_dashes).nth(args);
    match extra {
        Some(file) => Err(Failure::usage(format!("{name}: {file}: after a | only the command's output is read"))),
        None => Ok(flags),
    }
}

/// A flag's number.
fn number(name: &str, text: &str) -> Result<usize, Failure> {
    text.parse().map_err(|_| Failure::usage(format!("{name}: {text:?} is no number")))
}

/// The lines of a text, each with its newline; the last one may lack it.
fn lines(input: &str) -> Vec<&str> {
    input.split_inclusive('\n').collect()
}

/// A line without its newline.
fn bare(line: &str) -> &str {
    line.strip_suffix('\n').unwrap_or(line)
}

#[cfg(test)]
fn run(line: &str, input: &str) -> Filtered {
    let words: Vec<String> = shell_words::split(line).unwrap();
    Filter::parse(&words).unwrap_or_else(|failure| panic!("{line}: {failure}")).apply(input)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;

    /// What the real program prints, where it is GNU's.
    fn real(line: &str, input: &str) -> Option<Filtered> {
        let words = shell_words::split(line).unwrap();
        let version = Command::new(&words[0]).arg("--version").output().ok()?;
        if !String::from_utf8_lossy(&version.stdout).contains("GNU") {
            return None;
        }
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that has seen enough closes its end.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Some(Filtered {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::new(),
            code: output.status.code().unwrap(),
        })
    }

    #[test]
    fn print_what_gnus_print() {
        let inputs = [
            "NAME   READY  AGE\npod-b  1/1    10s\npod-a  0/1    2m\npod-b  1/1    10s\n\nnode worker2\nnode worker\n",
            "a:1:x\nb:20:y\nc:3\nno colon\n:\na:1:x\na:1:x",
            "10\n9\n-3\n2.5\n  7\nx\n9\n",
            "",
            "\n",
        ];
        let lines = [
            "grep pod",
            "grep -v pod",
            "grep -c 1/1",
            "grep -w worker",
            "grep -n -i POD",
            "grep -E '^(pod|node)'",
            "grep -o 'pod-.'",
            "grep -F 1/1",
            "grep -e a -e b",
            "grep -x 'node worker'",
            "grep -A1 pod-a",
            "grep -B 1 node",
            "grep -n -A1 READY",
            "grep '^$'",
            "grep -vc '^$'",
            "grep 'pod-[ab]\\|READY'",
            "grep '1*'",
            "grep -E 'a+|b{2}'",
            "grep 'a\\+'",
            "grep -oE '[0-9]+'",
            "grep -on '[[:digit:]]'",
            "grep -ow 'wor[a-z]*'",
            "grep -v -n x",
            "grep -c nothing",
            "grep -q pod",
            "grep -m 1 pod",
            "egrep 'x|y'",
            "grep -C1 -n '20'",
            "grep -ic NODE",
            "grep 'pod-a\\b'",
            "grep -xF 9",
            "grep -we node -e pod",
            "wc",
            "wc -l",
            "wc -w",
            "wc -c",
            "wc -lw",
            "wc -m",
            "head",
            "head -n 2",
            "head -2",
            "head -n -1",
            "head -c 5",
            "tail",
            "tail -n 2",
            "tail -1",
            "tail -n +2",
            "tail -c 4",
            "head -n 0",
            "tail -n +0",
            "sort",
            "sort -r",
            "sort -n",
            "sort -nr",
            "sort -u",
            "sort -k2",
            "sort -k 2,2",
            "sort -t: -k2n",
            "sort -t : -k 2,2nr -k 1,1",
            "sort -nu",
            "sort -f",
            "sort -k2 -r",
            "sort -b -k 2",
            "sort -ru",
            "uniq",
            "uniq -c",
            "uniq -d",
            "uniq -u",
            "uniq -cd",
            "cut -d: -f1",
            "cut -d : -f 2-",
            "cut -d: -f1,3",
            "cut -c1-3",
            "cut -c -2",
            "cut -f2",
            "cut -s -d: -f2",
            "cut -d' ' -f1",
            "cut -b 2",
        ];
        let mut compared = 0;
        for line in lines {
            for input in inputs {
                let Some(real) = real(line, input) else { continue };
                let ours = Filtered { stderr: String::new(), ..run(line, input) };
                assert_eq!(ours, real, "{line} on {input:?}");
                compared += 1;
            }
        }
        if compared == 0 {
            eprintln!("no GNU tools here to compare with");
        }
    }

    #[test]
    fn refuses_files_and_unknown_flags() {
        for line in
            ["grep", "grep a file", "wc file", "sort --foo", "cut -c 0", "cut", "head -n x", "awk 1", "grep '['"]
        {
            let words = shell_words::split(line).unwrap();
            assert!(Filter::parse(&words).is_err(), "{line}");
        }
    }
}
