//! The imports between modules are those that ARCHITECTURE.md lists.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may panic

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Rules = BTreeMap<String, BTreeSet<String>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The list in ARCHITECTURE.md's `imports` fence.
fn rules() -> Rules {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, list) = text.split_once("```imports\n").expect("ARCHITECTURE.md has a fence of imports");
    let (list, _) = list.split_once("```").unwrap();
    list.lines()
        .map(|line| {
            let (module, imports) = line.split_once(':').expect("module: imports");
            (module.to_owned(), imports.split_whitespace().map(str::to_owned).collect())
        })
        .collect()
}

/// The modules that a source file imports from the crate: `crate::a::…` and `crate::{a::…, b}`.
fn imports(source: &str) -> BTreeSet<String> {
    let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(group_heads(group)),
            None => found.extend([head(rest)]),
        }
    }
    found
}

fn head(path: &str) -> String {
    path.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect()
}

/// The first names of a group's paths, up to its closing brace.
fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut heads) = (0, 0, Vec::new());
    for (at, char) in group.char_indices() {
        match char {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                heads.push(head(group[start..at].trim_start()));
                start = at + 1;
                if char == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// `src/client/k8s/watch.rs` and `src/clock.rs` belong to `client` and `clock`; `lib.rs` and `main.rs` to none.
fn module_of(path: &Path) -> Option<String> {
    let below = path.strip_prefix(root().join("src")).unwrap();
    let first = below.components().next().unwrap().as_os_str().to_str().unwrap();
    let module = first.trim_end_matches(".rs");
    (!matches!(module, "lib" | "main")).then(|| module.to_owned())
}

#[test]
fn modules_import_only_what_the_list_allows() {
    let rules = rules();
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let mut broken = Vec::new();
    for path in files {
        let Some(module) = module_of(&path) else { continue };
        let allowed = rules.get(&module).unwrap_or_else(|| panic!("ARCHITECTURE.md does not list {module}"));
        for import in imports(&fs::read_to_string(&path).unwrap()) {
            if import != module && !allowed.contains(&import) {
                broken.push(format!("{}: {module} imports {import}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_list_has_every_module_and_no_circle() {
    let rules = rules();
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let modules: BTreeSet<String> =
        lib.lines().filter_map(|line| Some(line.strip_prefix("pub mod ")?.trim_end_matches(';').to_owned())).collect();
    assert_eq!(modules, rules.keys().cloned().collect::<BTreeSet<_>>());
    // Taking away modules that import only what was taken away before must leave none.
    let mut left = rules;
    while !left.is_empty() {
        let known: BTreeSet<String> = left.keys().cloned().collect();
        let before = left.len();
        left.retain(|_, imports| !imports.is_disjoint(&known));
        assert!(left.len() < before, "a circle among {known:?}");
    }
}

#[test]
fn what_is_pure_does_no_io() {
    let mut files = vec![root().join("src/clock.rs")];
    sources(&root().join("src/notebook"), &mut files);
    sources(&root().join("src/render"), &mut files);
    for path in files {
        let source = fs::read_to_string(&path).unwrap();
        for io in
            ["std::fs", "TcpStream", "UdpSocket", "std::process", "tokio::fs", "tokio::net", "std::env", "println!"]
        {
            assert!(!source.contains(io), "{} uses {io}", path.display());
        }
    }
}

#[test]
fn finds_imports_in_all_forms() {
    let source = "use crate::client::{Failure, k8s::K8s};\nuse crate::{clock::Clock, script::{Host, Piece}, render};\n\
                  /// crate::bindings\nfn f() -> crate::cluster::Cluster {}\n";
    let expected = ["client", "clock", "cluster", "render", "script"];
    assert_eq!(imports(source), expected.map(str::to_owned).into());
}
