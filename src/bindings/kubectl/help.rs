//! `--help`, and the answer to an unknown word.

use super::super::flags::Flag;
use super::{Kubectl, VERBS, Verb, refused};
use crate::client::Failure;

/// What may stand without a verb.
pub(super) const FLAGS: &[Flag] = &[Flag::switch("help", Some('h'))];

/// Whether `--help` or `-h` is among a verb's words, before `--`.
pub(super) fn is_asked(words: &[String]) -> bool {
    words.iter().take_while(|word| *word != "--").any(|word| word == "--help" || word == "-h")
}

/// `kubectl`, `kubectl --help`, `kubectl help`.
pub(super) fn overview(kubectl: &Kubectl<'_>) -> Result<i32, Failure> {
    kubectl.out("kubectl controls the Kubernetes cluster manager.\n\nCommands:\n");
    for verb in VERBS {
        kubectl.out(&format!("  {:<14} {}\n", verb.name, verb.about));
    }
    kubectl.out(
        "\nFlags of every command:\n  -n, --namespace NAME       instead of the context's namespace, or default\n      \
         --request-timeout 10s  how long one request, or a watch, may take\n\n\
         Use \"kubectl <command> --help\" for more about a command.\n",
    );
    Ok(0)
}

/// `kubectl get --help`.
pub(super) fn of_verb(kubectl: &Kubectl<'_>, verb: &Verb) -> Result<i32, Failure> {
    kubectl.out(&format!("{}\n\n{}", verb.about, verb.help));
    Ok(0)
}

/// `kubectl help get`.
pub(super) fn topic(kubectl: &Kubectl<'_>, words: &[String]) -> Result<i32, Failure> {
    let Some(name) = words.first() else { return overview(kubectl) };
    match VERBS.iter().find(|verb| verb.name == name) {
        Some(verb) => of_verb(kubectl, verb),
        None => Err(refused::failure(name).unwrap_or_else(|| Failure::usage(format!("Unknown help topic [`{name}`]")))),
    }
}

/// The answer to a word that is no verb, with those that come near it.
///
/// Source: spf13/cobra v1.1 `command.go`, `SuggestionsFor`: an edit distance of at most 2, or a prefix.
pub(super) fn unknown_command(word: &str) -> Failure {
    let mut message = format!("Error: unknown command {word:?} for \"kubectl\"\n");
    let near: Vec<&str> = refused::KUBECTL_VERBS
        .iter()
        .copied()
        .filter(|verb| distance(word, verb) <= 2 || verb.starts_with(&word.to_lowercase()))
        .collect();
    if !near.is_empty() {
        message.push_str("\nDid you mean this?\n");
        near.iter().for_each(|verb| message.push_str(&format!("\t{verb}\n")));
        message.push('\n');
    }
    message.push_str("Run 'kubectl --help' for usage.");
    Failure::usage(message)
}

/// Levenshtein's distance, without regard to case.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_as_cobra_does() {
        assert_eq!(
            unknown_command("gett").message,
            "Error: unknown command \"gett\" for \"kubectl\"\n\nDid you mean this?\n\tset\n\tget\n\nRun 'kubectl --help' for usage."
        );
        assert_eq!(
            unknown_command("xyzzy").message,
            "Error: unknown command \"xyzzy\" for \"kubectl\"\nRun 'kubectl --help' for usage."
        );
    }
}
