//! That no secret is shown, by whatever way it comes: outputs, errors, claims, progress, reports.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libtest_mimic::Trial;

use crate::lab;

const PASSWORD: &str = "correct horse battery staple";
const SHORT: &str = "hunter2";

/// A namespace with a Secret that the notebook does not hold; goes with it.
struct Space(&'static str);

impl Space {
    fn new(name: &'static str) -> Self {
        let space = Self(name);
        lab::real("kubectl", &["delete", "namespace", name, "--ignore-not-found"], "");
        lab::real("kubectl", &["create", "namespace", name], "");
        let manifest = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: {name}}}\n\
             stringData: {{password: {PASSWORD}, short: {SHORT}}}\n"
        );
        let applied = lab::real("kubectl", &["apply", "-f", "-"], &manifest);
        assert_eq!(applied.code, 0, "{}", applied.stderr);
        space
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        lab::real("kubectl", &["delete", "namespace", self.0, "--wait=false"], "");
    }
}

fn control_plane() -> String {
    format!("{}-control-plane", lab::name().unwrap().trim_start_matches("kind-"))
}

/// A file of the control plane's container.
fn file(path: &str) -> String {
    let output = Command::new("docker").args(["exec", &control_plane(), "cat", path]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Every way that a secret can take into a notebook, a cell each.
fn cells(space: &str) -> Vec<String> {
    let node = control_plane();
    let mut cells: Vec<String> = [
        "-o yaml",
        "-o json",
        "-o jsonpath={.data.password}",
        "-o jsonpath={.data}",
        "-o custom-columns=P:.data.password,S:.data.short",
        "-o yaml --show-managed-fields",
    ]
    .map(|form| format!("show(`kubectl get secret db --namespace {space} {form}`);"))
    .to_vec();
    cells.extend(
        [
            "print(k8s::get(\"secret\", \"db\", SPACE));",
            "yaml(k8s::get(\"secret\", \"db\", SPACE))",
            "json(k8s::list(\"secrets\", SPACE))",
            "k8s::get(\"secret\", \"db\", SPACE).data.password",
            "show(`kubectl get secrets --namespace ${SPACE} -o yaml`);",
            "show(`kubectl describe secrets --namespace ${SPACE}`);",
            "show(`kubectl get --raw /api/v1/namespaces/${SPACE}/secrets/db`);",
            "print(k8s::raw(\"GET\", `/api/v1/namespaces/${SPACE}/secrets`));",
            "etcd::get(`/registry/secrets/${SPACE}/db`)",
            "print(etcd::get(`/registry/secrets/${SPACE}/db`)[0].value);",
            "etcd::get(`/registry/secrets/${SPACE}/`, #{prefix: true})",
            "etcd::history(`/registry/secrets/${SPACE}/db`)",
            "etcd::decode(etcd::get(`/registry/secrets/${SPACE}/db`)[0])",
            "show(`etcdctl get /registry/secrets/${SPACE}/db`);",
            "show(`etcdctl get /registry/secrets/${SPACE}/db --print-value-only`);",
            "show(`etcdctl get --prefix /registry/secrets/${SPACE}/ -w json`);",
            "show(`etcdctl get --prefix /registry/secrets/${SPACE}/ -w fields`);",
            "show(`etcdctl get /registry/secrets/${SPACE}/db --hex`);",
            "show(`docker exec NODE cat /etc/kubernetes/pki/sa.key`);",
            "show(`docker exec NODE head -3 /etc/kubernetes/pki/sa.key`);",
            "print(docker::exec(\"NODE\", \"cat /etc/kubernetes/pki/sa.key\"));",
            "print(docker::exec(\"NODE\", \"base64 /etc/kubernetes/pki/sa.key\").stdout);",
            "print(docker::exec(\"NODE\", \"cat /etc/kubernetes/pki/sa.key\").stdout.split(\"\\n\")[3]);",
            "show(`docker exec NODE cat /etc/kubernetes/admin.conf`);",
            "throw k8s::get(\"secret\", \"db\", SPACE).data.password;",
            "expect(k8s::get(\"secret\", \"db\", SPACE).data.password == \"x\", \"it is x\");",
            "let p = k8s::get(\"secret\", \"db\", SPACE).data.password; expect(p == \"x\", `${p} is x`, p);",
            "wait_until(|| k8s::get(\"secret\", \"db\", SPACE).data.password == \"x\", \"300ms\");",
            "kubectl(`get ${k8s::get(\"secret\", \"db\", SPACE).data.password}`);",
        ]
        .map(|cell| {
            cell.replace("SPACE", "\"space\"")
                .replace("${\"space\"}", space)
                .replace("\"space\"", &format!("\"{space}\""))
        })
        .map(|cell| cell.replace("NODE", &node)),
    );
    cells
}

/// Runs a notebook of these cells; returns its text afterwards and all that was said.
fn run(cells: &[String]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let fails =
        |cell: &String| ["throw", "expect(", "wait_until", "kubectl(`get ${"].iter().any(|word| cell.contains(word));
    let text: String = cells
        .iter()
        .map(|cell| format!("```rhai{}\n{cell}\n```\n\n", if fails(cell) { " {expect=error}" } else { "" }))
        .collect();
    // The last fails for good, so that the summary and what is captured have their part.
    let text = text + "```rhai\nexpect(k8s::list(\"secrets\")[0].data.token == \"x\", \"the end\");\n```\n";
    std::fs::write(path("a.md"), &text).unwrap();
    let output = lab::kpnb()
        .args(["run", &path("a.md"), "--max-lines", "0", "--cluster", &lab::name().unwrap()])
        .args(["--report", &format!("json={}", path("r.json")), "--report", &format!("junit={}", path("r.xml"))])
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let after = std::fs::read_to_string(path("a.md")).unwrap();
    assert!(after.contains("cell=#") && !after.contains("error: this cell was to fail"), "{after}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let reports = ["r.json", "r.xml"].map(|name| std::fs::read_to_string(path(name)).unwrap());
    let said = [stderr, stdout, reports.concat()].concat();
    (after, said)
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![lab::shared("secrets::none_is_shown_by_whatever_way_it_comes", || {
        let space = Space::new("secrets-are-hidden");
        let (after, said) = run(&cells(space.0));
        let key = file("/etc/kubernetes/pki/sa.key");
        let admin = file("/etc/kubernetes/admin.conf");
        let admin_key = admin.lines().find_map(|line| line.trim().strip_prefix("client-key-data: ")).unwrap();
        let token =
            lab::real("kubectl", &["get", "secrets", "-n", space.0, "-o", "jsonpath={.items[*].data.token}"], "");
        let mut secrets =
            vec![PASSWORD.to_owned(), SHORT.to_owned(), STANDARD.encode(PASSWORD), STANDARD.encode(SHORT)];
        secrets.extend(key.lines().filter(|line| !line.starts_with('-')).map(str::to_owned));
        secrets.push(STANDARD.encode(&key)[..70].to_owned());
        secrets.push(admin_key[60..].to_owned());
        secrets.push(token.stdout.trim().to_owned());
        let decoded = String::from_utf8(STANDARD.decode(token.stdout.trim()).unwrap()).unwrap();
        secrets.push(decoded.rsplit('.').next().unwrap().to_owned());
        for secret in &secrets {
            assert!(secret.len() > 6);
            for text in [&after, &said] {
                let at = text.find(secret.as_str());
                let around = at.map(|at| &text[text.floor_char_boundary(at.saturating_sub(300))..at + secret.len()]);
                assert_eq!(around, None, "{secret:?} is shown");
            }
        }
        for wanted in ["secret secrets-are-hidden/db password", "private key", "stored secret", "token"] {
            assert!(after.contains(&format!("{wanted}>")), "{wanted}: {after}");
            assert!(said.contains(&format!("{wanted}>")), "{wanted}");
        }
        // What is hidden reads the same in each run; revisions beside it do not.
        let (again, _) = run(&cells(space.0));
        let hidden = |text: &str| {
            let parts = text.split('<').filter(|part| part.starts_with("redacted: "));
            parts.map(|part| part.split('>').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(hidden(&again), hidden(&after));
        Ok(())
    })]
}
