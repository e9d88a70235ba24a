//! Broken input on the command line, without a cluster: the message, and the exit code.

use std::path::Path;
use std::process::Command;

/// Runs kpnb in a folder with nothing of this machine's settings; returns exit code, stdout, stderr.
pub(crate) fn kpnb(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kpnb"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

pub(crate) fn with_notebook(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.md"), text).unwrap();
    folder
}

/// That `kpnb run ARGS` on a notebook ends so and says so, and leaves the file alone.
fn run_says(notebook: &str, args: &[&str], code: i32, message: &str) {
    let folder = with_notebook(notebook);
    let (got, _, stderr) = kpnb(folder.path(), &[&["run", "a.md"], args].concat());
    assert!(stderr.contains(message), "{stderr}");
    assert_eq!(got, code, "{stderr}");
    assert_eq!(std::fs::read_to_string(folder.path().join("a.md")).unwrap(), notebook);
}

#[test]
fn a_mistake_in_a_notebook_is_shown_with_its_place() {
    run_says("```rhai {foo=1}\n1\n```\n", &["--cluster", "kind-x"], 2, "a.md:1:10: error:");
    run_says("text\n\n```rhai\n1\n", &["--cluster", "kind-x"], 2, "a.md:3:1: error:");
    run_says("```rhai {name=a}\n```\n\n```rhai {name=a}\n```\n", &["--cluster", "kind-x"], 2, "a.md:4:");
}

#[test]
fn a_missing_file_or_cell_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, stderr) = kpnb(folder.path(), &["run", "nope.md"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("nope.md"), "{stderr}");
    run_says("```rhai {name=a}\n```\n", &["--only", "b"], 2, "a.md has no cell \"b\"\nhint: its cells: a");
}

#[test]
fn a_cluster_has_to_be_known() {
    let cell = "```rhai\n1\n```\n";
    run_says(cell, &["--cluster", "kind-x"], 4, "no context \"kind-x\" in the kubeconfig");
}

/// A kubeconfig whose server nobody listens on; Docker does not run either.
fn with_kubeconfig(context: &str) -> tempfile::TempDir {
    let folder = with_notebook("```rhai\n1\n```\n");
    std::fs::create_dir(folder.path().join(".kube")).unwrap();
    let config = format!(
        "apiVersion: v1\nkind: Config\nclusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:1'}}}}]\n\
         users: [{{name: u, user: {{token: t}}}}]\n\
         contexts: [{{name: {context}, context: {{cluster: c, user: u}}}}]\ncurrent-context: {context}\n"
    );
    std::fs::write(folder.path().join(".kube/config"), config).unwrap();
    folder
}

#[test]
fn a_cluster_that_is_no_playground_is_refused() {
    let folder = with_kubeconfig("prod");
    let (code, _, stderr) = kpnb(folder.path(), &["run", "a.md", "--cluster", "prod"]);
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("prod is not shown to be a playground"), "{stderr}");
    assert!(stderr.contains("--allow-cluster prod"), "{stderr}");
    let (code, _, stderr) = kpnb(folder.path(), &["run", "a.md", "--cluster", "prod", "--allow-cluster", "pro"]);
    assert_eq!(code, 2, "{stderr}");
    // Allowed, but nobody is there.
    let (code, _, stderr) = kpnb(folder.path(), &["run", "a.md", "--cluster", "prod", "--allow-cluster", "prod"]);
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("127.0.0.1:1"), "{stderr}");
}

#[test]
fn a_file_that_cannot_be_written_is_found_before_anything_runs() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = with_notebook("```rhai\n1\n```\n");
    let file = folder.path().join("a.md");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o444)).unwrap();
    let (code, _, stderr) = kpnb(folder.path(), &["run", "a.md", "--cluster", "kind-x"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("cannot write a.md: the file is read-only"), "{stderr}");
}

#[test]
fn new_never_writes_over_a_file() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(kpnb(folder.path(), &["new", "my-thing"]).0, 0);
    for file in ["notebooks/my-thing.md", "manifests/my-thing.yaml", "stdlib/my-thing.rhai"] {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
    std::fs::remove_file(folder.path().join("notebooks/my-thing.md")).unwrap();
    let (code, _, stderr) = kpnb(folder.path(), &["new", "my-thing"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("is there already"), "{stderr}");
    assert!(!folder.path().join("notebooks/my-thing.md").exists(), "nothing was written");
}

#[test]
fn doc_tells_what_a_function_does() {
    let folder = tempfile::tempdir().unwrap();
    let (code, stdout, _) = kpnb(folder.path(), &["doc", "k8s::get"]);
    assert_eq!(code, 0);
    assert!(stdout.starts_with("k8s::get(kind, name[, ns])\n"), "{stdout}");
    assert_eq!(kpnb(folder.path(), &["doc", "no-such-function"]).0, 2);
}

#[test]
fn completions_name_the_commands_and_their_options() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let (code, stdout, _) = kpnb(folder.path(), &["completions", shell]);
        assert_eq!(code, 0);
        assert!(stdout.contains("recover") && stdout.contains("no-write"), "{shell}: {stdout}");
    }
    assert_eq!(kpnb(folder.path(), &["completions", "no-such-shell"]).0, 2);
}

#[test]
fn lint_compiles_cells_and_looks_for_manifests() {
    let text = "---\nmanifests: [more]\n---\n- item\n\n  ```rhai\n  let x = ;\n  ```\n\n```rhai\nfn yaml(x) { }\n```\n\n\
                ```rhai\nexpect(1 == 1, \"a claim\");\nshow(\"kubectl apply -f there.yaml -f gone.yaml\");\n```\n\n\
                ```rhai {expect=error}\nk8s::apply(\"expected.yaml\")\n```\n";
    let folder = with_notebook(text);
    std::fs::create_dir(folder.path().join("manifests")).unwrap();
    std::fs::write(folder.path().join("manifests/there.yaml"), "").unwrap();
    let (code, _, stderr) = kpnb(folder.path(), &["lint", "a.md"]);
    assert_eq!(code, 1, "{stderr}");
    let places: Vec<&str> = stderr.lines().filter(|line| line.starts_with("a.md:")).collect();
    let [manifests, syntax, taken, gone] = places[..] else { panic!("{stderr}") };
    assert_eq!(manifests, "a.md:2:13: warning: front matter: manifests: there is no folder more");
    assert!(syntax.starts_with("a.md:7:"), "{syntax}");
    assert!(taken.starts_with("a.md:11:4: error: yaml is already defined"), "{taken}");
    assert_eq!(gone, "a.md:16:38: warning: there is no manifest gone.yaml");
}

#[test]
fn a_kubeconfigs_mistake_has_its_place_and_a_file_that_is_missing_is_named() {
    let folder = with_notebook("```rhai\n1\n```\n");
    let run = |text: Option<&str>| {
        std::fs::create_dir_all(folder.path().join(".kube")).unwrap();
        let config = folder.path().join(".kube/config");
        match text {
            Some(text) => std::fs::write(config, text).unwrap(),
            None => std::fs::remove_file(config).unwrap(),
        }
        let (code, _, stderr) = kpnb(folder.path(), &["run", "a.md", "--cluster", "kind-x"]);
        assert_eq!(code, 4, "{stderr}");
        stderr
    };
    let stderr = run(Some("kind: Config\nusers:\n  - token: [secret\n"));
    assert!(
        stderr.contains(".kube/config:3:") && stderr.contains("\nhint: ") && !stderr.contains("secret"),
        "{stderr}"
    );
    let stderr = run(Some("contexts: [{name: kind-y, context: {cluster: c, user: u}}]"));
    assert!(stderr.contains("no context \"kind-x\"") && stderr.contains("did you mean kind-y?"), "{stderr}");
    let stderr = run(None);
    assert!(stderr.contains(".kube/config, which is not there"), "{stderr}");
}
