//! Kubeconfigs as people have them: each way to say who one is, several files and contexts, and mistakes.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::lab::{self, real};

/// A notebook that needs the API to know us.
pub(crate) const CELL: &str = "```rhai\nprint(\"nodes: \" + k8s::list(\"nodes\").len());\n```\n";

pub(crate) fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// A kubeconfig of one cluster and one user, to be changed and used.
pub(crate) struct Kubeconfig {
    pub(crate) cluster: Value,
    pub(crate) user: Value,
}

impl Kubeconfig {
    /// What the tests' own kubeconfig says about their cluster.
    pub(crate) fn of_test_cluster() -> Self {
        let kubeconfig = kpnb::cluster::kubeconfig::read().unwrap();
        let kubeconfig = serde_json::to_value(kubeconfig).unwrap();
        let named = |list: &str, name: &Value, what: &str| {
            let found = kubeconfig[list].as_array().unwrap().iter().find(|one| one["name"] == *name);
            found.unwrap_or_else(|| panic!("no {name} in {list}"))[what].clone()
        };
        let context = named("contexts", &json!(lab::name().unwrap()), "context");
        let kubeconfig = Self {
            cluster: named("clusters", &context["cluster"], "cluster"),
            user: named("users", &context["user"], "user"),
        };
        assert!(kubeconfig.user["client-key-data"].is_string(), "the tests' kubeconfig has its certificates inline");
        kubeconfig
    }

    /// The cluster's CA, as PEM.
    pub(crate) fn ca(&self) -> String {
        decoded(&self.cluster["certificate-authority-data"])
    }

    /// A folder with `config`, whose context is called `context`, and with `a.md`.
    pub(crate) fn written(&self, context: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let text = self.text(context);
        std::fs::write(folder.path().join("config"), text).unwrap();
        std::fs::write(folder.path().join("a.md"), CELL).unwrap();
        folder
    }

    fn text(&self, context: &str) -> String {
        json!({"apiVersion": "v1", "kind": "Config",
            "clusters": [{"name": "c", "cluster": self.cluster}], "users": [{"name": "u", "user": self.user}],
            "contexts": [{"name": context, "context": {"cluster": "c", "user": "u"}}]})
        .to_string()
    }

    /// Runs the cell on the context `context`: exit code, the file afterwards, stderr.
    pub(crate) fn run(&self, context: &str, args: &[&str]) -> (i32, String, String) {
        let folder = self.written(context);
        run(folder.path(), &folder.path().join("config").to_string_lossy(), context, args)
    }
}

/// Runs the cell of a folder with `KUBECONFIG` set.
fn run(folder: &Path, kubeconfig: &str, context: &str, args: &[&str]) -> (i32, String, String) {
    let output = lab::kpnb()
        .args(["run", "a.md", "--cluster", context])
        .args(args)
        .env("KUBECONFIG", kubeconfig)
        .current_dir(folder)
        .output()
        .unwrap();
    let after = std::fs::read_to_string(folder.join("a.md")).unwrap();
    (output.status.code().unwrap_or(-1), after, String::from_utf8(output.stderr).unwrap())
}

fn decoded(value: &Value) -> String {
    let bytes = base64::engine::general_purpose::STANDARD.decode(value.as_str().unwrap()).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// A service account that may do everything, for as long as this lives.
struct Account {
    token: String,
}

const ACCOUNT: &str = "kpnb-kubeconfig-test";

impl Account {
    fn new() -> Self {
        let account = format!("kube-system:{ACCOUNT}");
        drop(Self { token: String::new() });
        real("kubectl", &["create", "serviceaccount", ACCOUNT, "-n", "kube-system"], "");
        let role = ["create", "clusterrolebinding", ACCOUNT, "--clusterrole=cluster-admin"];
        real("kubectl", &[&role[..], &["--serviceaccount", &account]].concat(), "");
        let path = format!("/api/v1/namespaces/kube-system/serviceaccounts/{ACCOUNT}/token");
        let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
        let answer = real("kubectl", &["create", "--raw", &path, "-f", "-"], &request.to_string());
        let answer: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{answer:?}"));
        Self { token: answer["status"]["token"].as_str().unwrap().to_owned() }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        real("kubectl", &["delete", "clusterrolebinding", ACCOUNT, "--ignore-not-found"], "");
        real("kubectl", &["delete", "serviceaccount", ACCOUNT, "-n", "kube-system", "--ignore-not-found"], "");
    }
}

/// A credential plugin that prints this and ends with this code.
fn plugin(folder: &Path, prints: &str, code: i32) -> Value {
    let program = folder.join("plugin");
    std::fs::write(folder.join("printed"), prints).unwrap();
    std::fs::write(&program, format!("#!/bin/sh\ncat \"$(dirname \"$0\")/printed\"\nexit {code}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": program}})
}

fn credential(status: &Value) -> String {
    json!({"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential", "status": status})
        .to_string()
}

/// That the API knows who this user is.
fn works(user: Value) {
    let name = lab::name().unwrap();
    let (code, after, stderr) = Kubeconfig { user, ..Kubeconfig::of_test_cluster() }.run(&name, &[]);
    assert_eq!(code, 0, "{stderr}");
    assert!(after.contains("nodes: "), "{after}");
}

/// That a run as this user ends with exit code 4 and these words.
fn fails(user: Value, said: &[&str]) {
    let name = lab::name().unwrap();
    let (code, after, stderr) = Kubeconfig { user, ..Kubeconfig::of_test_cluster() }.run(&name, &[]);
    assert_eq!(code, 4, "{stderr}");
    for said in said {
        assert!(stderr.contains(said), "{said}: {stderr}");
    }
    assert_eq!(after, CELL);
}

pub fn trials() -> Vec<Trial> {
    vec![
        lab::shared("kubeconfig::a_token_in_it_or_in_a_file_or_from_a_plugin", || {
            let (account, folder) = (Account::new(), tempfile::tempdir()?);
            works(json!({"token": account.token}));
            let file = folder.path().join("token");
            std::fs::write(&file, format!("{}\n", account.token))?;
            works(json!({"tokenFile": file}));
            works(plugin(folder.path(), &credential(&json!({"token": account.token})), 0));
            let soon = "2100-01-01T00:00:00Z";
            let expiring = json!({"token": account.token, "expirationTimestamp": soon});
            works(plugin(folder.path(), &credential(&expiring), 0));
            Ok(())
        }),
        lab::shared("kubeconfig::certificates_in_files_or_from_a_plugin", || {
            let (mut kubeconfig, folder) = (Kubeconfig::of_test_cluster(), tempfile::tempdir()?);
            let user = kubeconfig.user.clone();
            let (certificate, key) = (decoded(&user["client-certificate-data"]), decoded(&user["client-key-data"]));
            let status = json!({"clientCertificateData": certificate, "clientKeyData": key});
            works(plugin(folder.path(), &credential(&status), 0));
            // Relative paths count from the kubeconfig's folder, wherever one is.
            kubeconfig.cluster = json!({"server": kubeconfig.cluster["server"], "certificate-authority": "ca.crt"});
            kubeconfig.user = json!({"client-certificate": "user.crt", "client-key": "user.key"});
            let name = lab::name().unwrap();
            let written = kubeconfig.written(&name);
            let inside = |file: &str| written.path().join(file);
            std::fs::write(inside("ca.crt"), Kubeconfig::of_test_cluster().ca())?;
            std::fs::write(inside("user.crt"), certificate)?;
            std::fs::write(inside("user.key"), key)?;
            std::fs::write(folder.path().join("a.md"), CELL)?;
            let (code, _, stderr) = run(folder.path(), &inside("config").to_string_lossy(), &name, &[]);
            assert_eq!(code, 0, "{stderr}");
            Ok(())
        }),
        lab::shared("kubeconfig::several_files_are_one", || {
            let (name, folder) = (lab::name().unwrap(), tempfile::tempdir()?);
            let ours = Kubeconfig::of_test_cluster().written(&name);
            let other = json!({"contexts": [{"name": "kind-other", "context": {"cluster": "x", "user": "x"}}]});
            std::fs::write(folder.path().join("other"), other.to_string())?;
            std::fs::write(folder.path().join("a.md"), CELL)?;
            let list = format!(":missing:other:{}", ours.path().join("config").display());
            let (code, _, stderr) = run(folder.path(), &list, &name, &[]);
            assert_eq!(code, 0, "{stderr}");
            let (code, _, stderr) = run(folder.path(), &list, &format!("{name}z"), &[]);
            assert_eq!(code, 4, "{stderr}");
            let hint = format!("hint: did you mean {name}? The kubeconfig has: kind-other, {name}\n");
            assert!(stderr.contains(&hint), "{stderr}");
            Ok(())
        }),
        lab::shared("kubeconfig::who_is_not_known_is_told_so", || {
            let unauthorized = ["error: You must be logged in to the server (Unauthorized)\n", "hint: "];
            fails(json!({"token": "nonsense"}), &unauthorized);
            let folder = tempfile::tempdir()?;
            fails(plugin(folder.path(), &credential(&json!({"token": "nonsense"})), 0), &unauthorized);
            fails(json!({}), &["error: Error from server (Forbidden): ", "hint: notebooks need an administrator"]);
            Ok(())
        }),
        lab::shared("kubeconfig::credentials_that_do_not_come", || {
            let folder = tempfile::tempdir()?;
            let secret = "the-secret-of-the-plugin";
            for (user, said) in [
                (json!({"tokenFile": folder.path().join("none")}), "the token file "),
                (json!({"client-certificate": "none.crt", "client-key": "none.key"}), "none.crt"),
                (json!({"exec": {"command": "kpnb-no-such-plugin"}}), "the credential plugin cannot be started"),
                (plugin(folder.path(), secret, 0), "the credential plugin printed no ExecCredential"),
            ] {
                fails(user, &["error: Unable to connect to the server: ", said, "hint: "]);
            }
            let user = plugin(folder.path(), secret, 3);
            let (code, _, stderr) =
                Kubeconfig { user, ..Kubeconfig::of_test_cluster() }.run(&lab::name().unwrap(), &[]);
            assert_eq!(code, 4);
            assert!(stderr.contains("getting credentials: plugin failed with exit status: 3"), "{stderr}");
            assert!(!stderr.contains(secret), "{stderr}");
            Ok(())
        }),
        lab::shared("kubeconfig::a_server_that_is_not_there", || {
            let name = lab::name().unwrap();
            let mut kubeconfig = Kubeconfig::of_test_cluster();
            kubeconfig.cluster["server"] = json!("https://127.0.0.1:1");
            let (code, _, stderr) = kubeconfig.run(&name, &[]);
            assert_eq!(code, 4, "{stderr}");
            assert!(stderr.contains("The connection to the server 127.0.0.1:1 was refused"), "{stderr}");
            assert!(stderr.contains("hint: nothing listens there"), "{stderr}");
            kubeconfig.cluster["server"] = json!("https://no-such-host.invalid:6443");
            let (code, _, stderr) = kubeconfig.run(&name, &[]);
            assert_eq!(code, 4, "{stderr}");
            assert!(stderr.contains("dial tcp: lookup no-such-host.invalid: no such host"), "{stderr}");
            Ok(())
        }),
    ]
}
