//! The verbs that change nodes, against the real kubectl on the same node, one after the other.

use libtest_mimic::{Failed, Trial};

use crate::lab::{Printed, exclusive, name, native, real};

/// The node that these tests change, and give back as it was.
struct Node(String);

impl Node {
    fn new() -> Self {
        Self(format!("{}-worker2", name().unwrap().trim_start_matches("kind-")))
    }

    fn words(&self, line: &str) -> Vec<String> {
        shell_words::split(line).unwrap().iter().map(|word| word.replace("NODE", &self.0)).collect()
    }

    fn real(&self, line: &str) -> Printed {
        let words = self.words(line);
        real("kubectl", &words.iter().map(String::as_str).collect::<Vec<_>>(), "")
    }

    /// Runs the line with both, each from the state that `before` makes, and compares what they print.
    fn same(&self, before: &str, line: &str) -> Result<(), Failed> {
        let words = self.words(line);
        self.real(before);
        let ours = native(&words.iter().map(String::as_str).collect::<Vec<_>>(), "");
        self.real(before);
        let theirs = self.real(line);
        if ours == theirs { Ok(()) } else { Err(format!("$ {line}\nkpnb: {ours:?}\nkubectl: {theirs:?}").into()) }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.real("taint node NODE kpnb-a-");
        self.real("uncordon NODE");
    }
}

fn taints() -> Result<(), Failed> {
    let node = Node::new();
    let bare = "taint node NODE kpnb-a-";
    let tainted = "taint node NODE kpnb-a=1:PreferNoSchedule --overwrite";
    for (before, line) in [
        (bare, "taint node NODE kpnb-a=1:PreferNoSchedule"),
        (bare, "taint nodes NODE kpnb-a=1:PreferNoSchedule --dry-run=server"),
        (bare, "taint nodes NODE kpnb-a=1:PreferNoSchedule --dry-run=client -o name"),
        (bare, "taint node NODE kpnb-a-"),
        (bare, "taint node NODE kpnb-a:PreferNoSchedule- kpnb-b-"),
        (tainted, "taint node NODE kpnb-a=2:PreferNoSchedule"),
        (tainted, "taint node NODE kpnb-a=2:PreferNoSchedule --overwrite"),
        (tainted, "taint node NODE kpnb-a-"),
        (tainted, "taint node NODE kpnb-a=1:PreferNoSchedule-"),
        (bare, "taint node NODE kpnb-a=b:Foo"),
        (bare, "taint node NODE kpnb-a=b"),
        (bare, "taint node NODE kpnb-a"),
        (bare, "taint node NODE kpnb-a=1:NoExecute kpnb-a=2:NoExecute"),
        (bare, "taint node NODE kpnb-a:PreferNoSchedule kpnb-a:PreferNoSchedule-"),
        (bare, "taint node NODE kpnb-a:PreferNoSchedule NODE"),
        (bare, "taint node kpnb-a:PreferNoSchedule"),
        (bare, "taint node missing kpnb-a:PreferNoSchedule"),
        (bare, "taint node --all -l a=b kpnb-a:PreferNoSchedule"),
        (bare, "taint node -l none=none kpnb-a:PreferNoSchedule"),
        (bare, "taint cm NODE kpnb-a:PreferNoSchedule"),
        (bare, "taint kpnb-a:PreferNoSchedule"),
    ] {
        node.same(before, line)?;
    }
    Ok(())
}

fn cordons() -> Result<(), Failed> {
    let node = Node::new();
    for (before, line) in [
        ("uncordon NODE", "cordon NODE"),
        ("cordon NODE", "cordon NODE"),
        ("cordon NODE", "uncordon NODE"),
        ("uncordon NODE", "uncordon NODE"),
        ("uncordon NODE", "cordon NODE --dry-run=client"),
        ("uncordon NODE", "cordon NODE --dry-run=server"),
        ("uncordon NODE", "cordon NODE missing"),
        ("uncordon NODE", "drain NODE"),
        ("uncordon NODE", "drain NODE --ignore-daemonsets --dry-run=client"),
    ] {
        node.same(before, line)?;
    }
    Ok(())
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        exclusive("nodes::taints_as_the_real_kubectl_does", taints),
        exclusive("nodes::cordons_and_refuses_to_drain_as_the_real_kubectl_does", cordons),
    ]
}
