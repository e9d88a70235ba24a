//! Two namespaces of one form, in which kpnb's kubectl and the real one do the same.

use libtest_mimic::Failed;

use crate::lab::{native, real};

/// A namespace of each kubectl; both go when the test ends, however it ends.
pub struct Twins(&'static str);

impl Twins {
    /// Makes the namespaces.
    pub fn new(name: &'static str) -> Self {
        let twins = Self(name);
        for namespace in [twins.ours(), twins.theirs()] {
            real("kubectl", &["create", "namespace", &namespace], "");
        }
        twins
    }

    fn ours(&self) -> String {
        format!("kpnb-write-{}-a", self.0)
    }

    fn theirs(&self) -> String {
        format!("kpnb-write-{}-b", self.0)
    }

    /// Runs the line with both and compares what they print; `NS` in it stands for the namespace.
    pub fn same(&self, line: &str, stdin: &str) -> Result<(), Failed> {
        let words = |namespace: &str| -> Vec<String> {
            let line = shell_words::split(line).unwrap();
            let words = line.iter().map(|word| word.replace("NS", namespace));
            // Behind `--` a flag would be part of a command.
            ["-n".to_owned(), namespace.to_owned()].into_iter().chain(words).collect()
        };
        let (ours, theirs) = (words(&self.ours()), words(&self.theirs()));
        let refs = |words: &'_ [String]| words.iter().map(String::as_str).collect::<Vec<_>>().join("\u{1}");
        let (ours, theirs) = (refs(&ours), refs(&theirs));
        let ours = native(&ours.split('\u{1}').collect::<Vec<_>>(), &stdin.replace("NS", &self.ours()));
        let theirs = real("kubectl", &theirs.split('\u{1}').collect::<Vec<_>>(), &stdin.replace("NS", &self.theirs()));
        let neutral = |text: &str| text.replace(&self.ours(), "NS").replace(&self.theirs(), "NS");
        let shown = |stdout: &str, stderr: &str, code: i32| format!("{}{}{code}", neutral(stdout), neutral(stderr));
        let (ours, theirs) =
            (shown(&ours.stdout, &ours.stderr, ours.code), shown(&theirs.stdout, &theirs.stderr, theirs.code));
        if ours == theirs { Ok(()) } else { Err(format!("$ {line}\nkpnb:\n{ours}\nkubectl:\n{theirs}").into()) }
    }
}

impl Drop for Twins {
    fn drop(&mut self) {
        real("kubectl", &["delete", "namespace", &self.ours(), &self.theirs(), "--wait=false"], "");
    }
}
