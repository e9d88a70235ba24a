//! What can be called, for people: the bindings, and the library's functions.

use super::{STDLIB, registry};
use crate::script::functions_in;

/// A function and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doc {
    /// `k8s::get`, `node::containers`.
    pub name: String,
    /// `k8s::get(kind, name[, ns])`.
    pub signature: String,
    /// Markdown, first a sentence.
    pub text: String,
}

impl Doc {
    /// The sentence that says what it does.
    pub fn summary(&self) -> &str {
        let first = self.text.split("\n\n").next().unwrap_or_default();
        first.split_once(". ").map_or(first, |(sentence, _)| sentence).trim_end_matches('.')
    }

    /// All of it, for a terminal.
    pub fn page(&self) -> String {
        format!("{}\n\n{}\n", self.signature, self.text.trim_end())
    }
}

/// All functions, those of the library after the bindings.
pub fn docs() -> Vec<Doc> {
    let bindings = registry().map(|binding| Doc {
        name: binding.name.to_owned(),
        signature: binding.signature.to_owned(),
        text: binding.doc.to_owned(),
    });
    let library = STDLIB.iter().flat_map(|(module, source)| {
        functions_in(source).into_iter().map(move |function| Doc {
            name: format!("{module}::{}", function.name),
            signature: format!("{module}::{}", function.signature),
            text: function.doc,
        })
    });
    bindings.chain(library).collect()
}

/// The functions that `name` means: one of that name, those of a namespace (`node`), else those that contain it.
pub fn find<'a>(docs: &'a [Doc], name: &str) -> Vec<&'a Doc> {
    let name = name.trim_end_matches("()");
    let all = |test: &dyn Fn(&Doc) -> bool| -> Vec<&'a Doc> { docs.iter().filter(|doc| test(doc)).collect() };
    let exact = all(&|doc| doc.name == name);
    if !exact.is_empty() {
        return exact;
    }
    let prefix = format!("{}::", name.trim_end_matches("::"));
    let within = all(&|doc| doc.name.starts_with(&prefix));
    if within.is_empty() { all(&|doc| doc.name.contains(name)) } else { within }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_says_what_it_does() {
        let docs = docs();
        for doc in &docs {
            assert!(!doc.summary().is_empty(), "{} has no doc", doc.name);
            assert!(doc.signature.starts_with(&doc.name), "{}: {}", doc.name, doc.signature);
        }
        assert!(docs.iter().any(|doc| doc.name == "node::containers"));
    }

    #[test]
    fn finds_by_name_namespace_and_part() {
        let docs = docs();
        let names = |name: &str| find(&docs, name).into_iter().map(|doc| doc.name.clone()).collect::<Vec<_>>();
        assert_eq!(names("k8s::get"), ["k8s::get"]);
        assert!(names("node").iter().all(|name| name.starts_with("node::")));
        assert!(names("taint").contains(&"k8s::taint".to_owned()));
        assert!(names("no-such-thing").is_empty());
    }
}
