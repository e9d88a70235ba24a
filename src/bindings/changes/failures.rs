//! Failures of several objects, worded as kubectl words them.

use crate::client::Failure;

/// `error when creating "a.yaml": …`: names the file that an object came from. Without one the failure stays as it is.
///
/// Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/cmd/util/helpers.go`, `AddSourceToErr`.
#[must_use]
pub fn with_source(doing: &str, source: &str, mut failure: Failure) -> Failure {
    if source.is_empty() {
        return failure;
    }
    if failure.answer.is_empty() {
        failure.message = format!("error: error when {doing} {source:?}: {}", plain(&failure.message));
        return failure;
    }
    failure.answer = format!("error when {doing} {source:?}: {}", failure.answer);
    // kubectl words an invalid object by its causes alone.
    if failure.reason != "Invalid" {
        failure.message = of_the_server(&failure);
    }
    failure
}

/// One failure for all of them: each has its own line. None for none.
///
/// Source: kubernetes v1.20 `staging/src/k8s.io/kubectl/pkg/cmd/util/helpers.go`, `MultipleErrors`.
pub fn all_of(mut failures: Vec<Failure>) -> Option<Failure> {
    if failures.len() < 2 {
        return failures.pop();
    }
    let lines: Vec<String> = failures
        .iter()
        .map(
            |failure| {
                if failure.answer.is_empty() { plain(&failure.message).to_owned() } else { of_the_server(failure) }
            },
        )
        .collect();
    let mut first = failures.swap_remove(0);
    first.message = lines.join("\n");
    Some(first)
}

/// What is wrong with the files that `-f` named, to stand beside the failures of objects: kubectl then puts it on one line.
///
/// Source: k8s.io/cli-runtime v0.20 `pkg/resource/visitor.go`, `EagerVisitorList`, whose aggregate is nested in another.
#[must_use]
pub fn on_one_line(unusable: Vec<Failure>) -> Option<Failure> {
    let lines: Vec<&str> = unusable.iter().map(|failure| plain(&failure.message)).collect();
    match lines.as_slice() {
        [] | [_] => unusable.into_iter().next(),
        lines => Some(Failure::usage(format!("error: [{}]", lines.join(", ")))),
    }
}

fn plain(message: &str) -> &str {
    message.strip_prefix("error: ").unwrap_or(message)
}

fn of_the_server(failure: &Failure) -> String {
    match failure.reason.as_str() {
        "" => format!("Error from server: {}", failure.answer),
        reason => format!("Error from server ({reason}): {}", failure.answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invalid() -> Failure {
        Failure {
            answer: "Pod \"a\" is invalid: spec: no".to_owned(),
            reason: "Invalid".to_owned(),
            ..Failure::answer("The Pod \"a\" is invalid: spec: no")
        }
    }

    #[test]
    fn names_the_file() {
        assert_eq!(with_source("creating", "a.yaml", invalid()).message, "The Pod \"a\" is invalid: spec: no");
        let plain = with_source("creating", "a.yaml", Failure::usage("error: no name"));
        assert_eq!(plain.message, "error: error when creating \"a.yaml\": no name");
    }

    #[test]
    fn gives_each_its_line() {
        let failures = vec![with_source("creating", "a.yaml", invalid()), Failure::usage("error: no name")];
        assert_eq!(
            all_of(failures).unwrap().message,
            "Error from server (Invalid): error when creating \"a.yaml\": Pod \"a\" is invalid: spec: no\nno name"
        );
        assert!(all_of(Vec::new()).is_none());
        let unusable = vec![Failure::usage("error: no kind"), Failure::usage("error: no name")];
        assert_eq!(on_one_line(unusable).unwrap().message, "error: [no kind, no name]");
    }
}
