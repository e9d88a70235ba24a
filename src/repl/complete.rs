//! What can stand at the cursor.

use crate::bindings::Doc;
use crate::script::lexer::{self, Token, TokenKind};

/// What the cursor is at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted<'a> {
    /// A function, variable or keyword.
    Word { start: usize, prefix: &'a str },
    /// A text argument of a function: its place, and the text arguments before it.
    Argument { start: usize, prefix: &'a str, function: String, place: usize, before: Vec<&'a str> },
    /// A word of a command line within a text: `show("kubectl get po`.
    Command { start: usize, prefix: &'a str, words: Vec<&'a str> },
    /// A command that begins with a colon.
    Colon { prefix: &'a str },
    /// Nothing that is known here.
    Nothing,
}

/// Functions whose text is a command line; those named as their program may leave its name out.
const COMMANDS: &[&str] = &["kubectl", "docker", "etcdctl", "show", "background", "undo"];

/// Looks at what stands before the cursor.
pub(super) fn wanted(before: &str) -> Wanted<'_> {
    if before.starts_with(':') {
        return Wanted::Colon { prefix: before };
    }
    let tokens = lexer::tokens(before);
    match tokens.last() {
        Some(last) if last.kind == TokenKind::Text && is_open(last.text) => in_text(before, &tokens),
        Some(last) if last.end() < before.len() => Wanted::Word { start: before.len(), prefix: "" },
        Some(last) if last.kind == TokenKind::Word || last.text == "::" => {
            let start = path_start(&tokens, tokens.len() - 1);
            let after_dot = tokens.iter().take_while(|token| token.start < start).last();
            if after_dot.is_some_and(|token| token.text == ".") {
                return Wanted::Nothing;
            }
            Wanted::Word { start, prefix: &before[start..] }
        }
        Some(last) if last.text == "." || last.kind != TokenKind::Symbol => Wanted::Nothing,
        _ => Wanted::Word { start: before.len(), prefix: "" },
    }
}

fn is_open(literal: &str) -> bool {
    let quote = literal.chars().next().unwrap_or_default();
    literal.len() == quote.len_utf8() || !literal.ends_with(quote)
}

/// Where the path `k8s::get` begins that ends with the token `last`.
fn path_start(tokens: &[Token<'_>], last: usize) -> usize {
    let mut first = last;
    while first > 0 {
        let (token, previous) = (&tokens[first], &tokens[first - 1]);
        let joined = previous.end() == token.start
            && ((token.text == "::" && previous.kind == TokenKind::Word) || previous.text == "::");
        if !joined {
            break;
        }
        first -= 1;
    }
    tokens[first].start
}

/// Within the literal that is the last token.
fn in_text<'a>(before: &'a str, tokens: &[Token<'a>]) -> Wanted<'a> {
    let Some((literal, earlier)) = tokens.split_last() else { return Wanted::Nothing };
    let text = &before[literal.start + 1..];
    let (mut depth, mut place, mut arguments) = (0, 0, Vec::new());
    for (at, token) in earlier.iter().enumerate().rev() {
        match token.text {
            ")" | "]" | "}" => depth += 1,
            "(" if depth == 0 => {
                let Some(name) = at.checked_sub(1).filter(|name| earlier[*name].kind == TokenKind::Word) else {
                    return Wanted::Nothing;
                };
                let function = &before[path_start(earlier, name)..earlier[name].end()];
                arguments.reverse();
                return argument(text, literal.start + 1, function, place, arguments);
            }
            "(" | "[" | "{" if depth > 0 => depth -= 1,
            "[" | "{" => return Wanted::Nothing,
            "," if depth == 0 => place += 1,
            _ if depth == 0 && token.kind == TokenKind::Text => {
                arguments.push(token.text.trim_matches(['"', '`']));
            }
            _ => {}
        }
    }
    Wanted::Nothing
}

fn argument<'a>(text: &'a str, start: usize, function: &'a str, place: usize, before: Vec<&'a str>) -> Wanted<'a> {
    if place > 0 || !COMMANDS.contains(&function) {
        return Wanted::Argument { start, prefix: text, function: function.to_owned(), place, before };
    }
    let word = text.rfind([' ', '|']).map_or(0, |space| space + 1);
    let mut words: Vec<&str> = text[..word].split_whitespace().collect();
    if matches!(function, "kubectl" | "docker" | "etcdctl") && words.first() != Some(&function) {
        words.insert(0, function);
    }
    Wanted::Command { start: start + word, prefix: &text[word..], words }
}

/// What names stand at an argument, as the function's signature calls it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Names<'a> {
    Kinds,
    Namespaces,
    Nodes,
    Containers,
    Objects { kind: &'a str, namespace: Option<&'a str> },
    Unknown,
}

/// What stands at argument `place` of a function.
pub(super) fn names_of_argument<'a>(doc: &Doc, place: usize, before: &[&'a str]) -> Names<'a> {
    let parameters = doc.signature.split_once('(').map_or("", |(_, rest)| rest);
    let parameter = parameters.split(',').nth(place).unwrap_or_default();
    match parameter.trim_matches([' ', '[', ']', ')']) {
        "kind" => Names::Kinds,
        name if name.starts_with("ns") || name == "namespace" => Names::Namespaces,
        "node" => Names::Nodes,
        "pod" => Names::Objects { kind: "pods", namespace: None },
        "container" | "c" if doc.name.starts_with("docker::") => Names::Containers,
        "name" => before.first().map_or(Names::Unknown, |kind| Names::Objects { kind, namespace: None }),
        _ => Names::Unknown,
    }
}

/// What stands at the end of a command line.
pub(super) fn names_of_command<'a>(words: &[&'a str]) -> Names<'a> {
    let last = words.last().copied().unwrap_or_default();
    match words.first().copied() {
        Some("docker") if words.len() >= 2 => Names::Containers,
        Some("kubectl") if matches!(last, "-n" | "--namespace") => Names::Namespaces,
        Some("kubectl") => {
            let flag = words.iter().position(|word| matches!(*word, "-n" | "--namespace"));
            let namespace = flag.and_then(|flag| words.get(flag + 1)).copied();
            let plain: Vec<&str> = words
                .iter()
                .enumerate()
                .filter(|(at, word)| !word.starts_with('-') && flag.is_none_or(|flag| *at != flag + 1))
                .map(|(_, word)| *word)
                .collect();
            match plain[..] {
                [_, "logs" | "exec"] => Names::Objects { kind: "pods", namespace },
                [_, "cordon" | "uncordon" | "drain"] | [_, "taint", "node" | "nodes"] => Names::Nodes,
                [_, "rollout", _] | [_, _] => Names::Kinds,
                [_, "rollout", _, kind, ..] | [_, _, kind, ..] => Names::Objects { kind, namespace },
                _ => Names::Unknown,
            }
        }
        _ => Names::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc(signature: &str) -> Doc {
        let name = signature.split('(').next().unwrap_or_default().to_owned();
        Doc { name, signature: signature.to_owned(), text: String::new() }
    }

    #[test]
    fn words_are_completed_with_their_namespace() {
        assert_eq!(wanted("let x = k8s::ge"), Wanted::Word { start: 8, prefix: "k8s::ge" });
        assert_eq!(wanted("k8s::"), Wanted::Word { start: 0, prefix: "k8s::" });
        assert_eq!(wanted("wait_until(|| no"), Wanted::Word { start: 14, prefix: "no" });
        assert_eq!(wanted("pod.sta"), Wanted::Nothing);
        assert_eq!(wanted(":he"), Wanted::Colon { prefix: ":he" });
    }

    #[test]
    fn an_argument_knows_its_function_and_what_came_before() {
        let Wanted::Argument { start, prefix, function, place, before } = wanted("k8s::get(\"pod\", \"a") else {
            panic!("no argument")
        };
        assert_eq!((start, prefix, function.as_str(), place, before), (17, "a", "k8s::get", 1, vec!["pod"]));
        let get = doc("k8s::get(kind, name[, ns])");
        assert_eq!(names_of_argument(&get, 0, &[]), Names::Kinds);
        assert_eq!(names_of_argument(&get, 1, &["pod"]), Names::Objects { kind: "pod", namespace: None });
        assert_eq!(names_of_argument(&get, 2, &["pod", "a"]), Names::Namespaces);
        assert_eq!(names_of_argument(&doc("docker::exec(container, command)"), 0, &[]), Names::Containers);
    }

    #[test]
    fn a_command_line_is_completed_word_by_word() {
        let words = |text| match wanted(text) {
            Wanted::Command { prefix, words, .. } => (prefix, words),
            other => panic!("{other:?}"),
        };
        assert_eq!(words("show(\"kubectl get po"), ("po", vec!["kubectl", "get"]));
        assert_eq!(words("kubectl(\"get pods "), ("", vec!["kubectl", "get", "pods"]));
        assert_eq!(names_of_command(&["kubectl", "get"]), Names::Kinds);
        assert_eq!(names_of_command(&["kubectl", "get", "-n"]), Names::Namespaces);
        let pods = Names::Objects { kind: "pods", namespace: Some("x") };
        assert_eq!(names_of_command(&["kubectl", "-n", "x", "get", "pods"]), pods);
        assert_eq!(names_of_command(&["kubectl", "drain"]), Names::Nodes);
        assert_eq!(names_of_command(&["docker", "exec"]), Names::Containers);
    }
}
