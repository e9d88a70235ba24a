//! Flags of the verbatim commands, read as kubectl, docker and etcdctl read theirs (Go's pflag): long and short forms,
//! `--flag value` and `--flag=value`, grouped short flags, flags between arguments, `--` to end them.

use std::collections::BTreeMap;

use crate::client::Failure;

/// One flag that a command takes.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// Without dashes: `namespace`.
    pub long: &'static str,
    /// `n`.
    pub short: Option<char>,
    /// Whether and how it takes a value.
    pub takes: Takes,
}

/// Whether a flag takes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// `--all`, or `--all=false`: never the next argument.
    Switch,
    /// `-n default`, `--namespace=default`.
    Value,
    /// As `Value`, but alone it means this: `--dry-run`.
    Optional(&'static str),
}

impl Flag {
    /// A switch.
    pub const fn switch(long: &'static str, short: Option<char>) -> Self {
        Self { long, short, takes: Takes::Switch }
    }

    /// A flag with a value.
    pub const fn value(long: &'static str, short: Option<char>) -> Self {
        Self { long, short, takes: Takes::Value }
    }
}

/// What was given.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// What is no flag, in order.
    pub args: Vec<String>,
    /// What stands after `--`; empty without one.
    pub after_dashes: Vec<String>,
    values: BTreeMap<&'static str, Vec<String>>,
    /// Whose flags these are: `kubectl get`.
    pub command: String,
}

impl Flags {
    /// Reads `words` as a command with the flags `known`; `command` is named in errors: `kubectl get`.
    ///
    /// # Errors
    /// An unknown flag or a missing value, in pflag's words.
    pub fn parse(command: &str, words: &[String], known: &[&[Flag]]) -> Result<Self, Failure> {
        let mut flags = Self { command: command.to_owned(), ..Self::default() };
        let mut words = words.iter();
        let fail = |what: String| Failure::usage(format!("Error: {what}\nSee '{command} --help' for usage."));
        let find =
            |test: &dyn Fn(&Flag) -> bool| known.iter().flat_map(|set| set.iter()).copied().find(|flag| test(flag));
        while let Some(word) = words.next() {
            if word == "--" {
                flags.after_dashes = words.by_ref().cloned().collect();
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, value) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (long, None),
                };
                let flag = find(&|flag| flag.long == name).ok_or_else(|| fail(format!("unknown flag: --{name}")))?;
                let value = match (value, flag.takes) {
                    (Some(value), _) => value,
                    (None, Takes::Switch) => "true".to_owned(),
                    (None, Takes::Optional(alone)) => alone.to_owned(),
                    (None, Takes::Value) => {
                        words.next().cloned().ok_or_else(|| fail(format!("flag needs an argument: --{name}")))?
                    }
                };
                flags.values.entry(flag.long).or_default().push(value);
            } else if word.len() > 1 && word.starts_with('-') {
                let group = &word[1..];
                for (place, short) in group.char_indices() {
                    let flag = find(&|flag| flag.short == Some(short))
                        .ok_or_else(|| fail(format!("unknown shorthand flag: {short:?} in {word}")))?;
                    let rest = &group[place + short.len_utf8()..];
                    let attached = rest.strip_prefix('=').or(Some(rest)).filter(|rest| !rest.is_empty());
                    let value = match (flag.takes, attached) {
                        (Takes::Switch, _) if rest.starts_with('=') => rest[1..].to_owned(),
                        (Takes::Switch, _) => {
                            flags.values.entry(flag.long).or_default().push("true".to_owned());
                            continue;
                        }
                        (_, Some(attached)) => attached.to_owned(),
                        (Takes::Optional(alone), None) => alone.to_owned(),
                        (Takes::Value, None) => words
                            .next()
                            .cloned()
                            .ok_or_else(|| fail(format!("flag needs an argument: {short:?} in {word}")))?,
                    };
                    flags.values.entry(flag.long).or_default().push(value);
                    break;
                }
            } else {
                flags.args.push(word.clone());
            }
        }
        Ok(flags)
    }

    /// The last value given.
    pub fn get(&self, long: &str) -> Option<&str> {
        self.values.get(long).and_then(|values| values.last()).map(String::as_str)
    }

    /// All values given, in order.
    pub fn all(&self, long: &str) -> &[String] {
        self.values.get(long).map_or(&[], Vec::as_slice)
    }

    /// A switch; `default` where it is not given.
    ///
    /// # Errors
    /// A value that is not a boolean, in pflag's words.
    pub fn switch(&self, long: &str, default: bool) -> Result<bool, Failure> {
        match self.get(long) {
            None => Ok(default),
            Some("true" | "1" | "t" | "T" | "TRUE" | "True") => Ok(true),
            Some("false" | "0" | "f" | "F" | "FALSE" | "False") => Ok(false),
            Some(other) => Err(Failure::usage(format!(
                "Error: invalid argument {other:?} for \"--{long}\" flag: strconv.ParseBool: parsing {other:?}: invalid syntax\nSee '{} --help' for usage.",
                self.command
            ))),
        }
    }

    /// An integer; none where it is not given.
    ///
    /// # Errors
    /// Another value, in pflag's words.
    pub fn integer(&self, long: &str) -> Result<Option<i64>, Failure> {
        self.get(long)
            .map(|text| {
                text.parse().map_err(|_| {
                    Failure::usage(format!(
                        "Error: invalid argument {text:?} for \"--{long}\" flag: strconv.ParseInt: parsing {text:?}: invalid syntax\nSee '{} --help' for usage.",
                        self.command
                    ))
                })
            })
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Flag] = &[
        Flag::value("namespace", Some('n')),
        Flag::value("output", Some('o')),
        Flag::switch("all-namespaces", Some('A')),
        Flag::switch("watch", Some('w')),
        Flag { long: "dry-run", short: None, takes: Takes::Optional("unchanged") },
    ];

    fn parse(line: &str) -> Result<Flags, String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Flags::parse("kubectl get", &words, &[KNOWN]).map_err(|failure| failure.message)
    }

    #[test]
    fn reads_all_forms() {
        let flags = parse("pods -n a -owide x -wA --namespace=b --dry-run y -- -z").unwrap();
        assert_eq!(flags.args, ["pods", "x", "y"]);
        assert_eq!(flags.after_dashes, ["-z"]);
        assert_eq!(flags.all("namespace"), ["a", "b"]);
        assert_eq!(flags.get("output"), Some("wide"));
        assert_eq!(flags.get("dry-run"), Some("unchanged"));
        assert!(flags.switch("watch", false).unwrap() && flags.switch("all-namespaces", false).unwrap());
    }

    #[test]
    fn speaks_as_pflag() {
        assert_eq!(parse("--foo").unwrap_err(), "Error: unknown flag: --foo\nSee 'kubectl get --help' for usage.");
        assert!(parse("-Az").unwrap_err().starts_with("Error: unknown shorthand flag: 'z' in -Az"));
        assert!(parse("-n").unwrap_err().starts_with("Error: flag needs an argument: 'n' in -n"));
        assert!(parse("--watch=maybe").unwrap().switch("watch", false).is_err());
    }
}
