//! Scripts and commands as a notebook runs them, in a namespace of the test's own.

use std::sync::Arc;

use kpnb::bindings::command::{Line, Program, Streams};
use kpnb::bindings::{self, Workspace, session};
use kpnb::client::Failure;
use kpnb::script::{Host, Piece, ScriptError, Session};
use tokio::runtime::Runtime;

use crate::lab::{self, Printed, real};

/// A session on the cluster, and a namespace that is deleted at the end.
pub struct Scripts {
    pub namespace: String,
    pub workspace: Arc<Workspace>,
    session: Session,
    // Last, so that it outlives what runs on it.
    runtime: Runtime,
}

impl Scripts {
    /// Creates the namespace; scripts reach it as `ns`.
    pub fn in_namespace(namespace: &str) -> Self {
        let mut scripts = Self::without_namespace(namespace);
        scripts.run(&format!(
            "let ns = \"{namespace}\";
            if k8s::find(\"ns\", ns) != () {{ k8s::delete(\"ns\", ns); }}
            k8s::create(#{{apiVersion: \"v1\", kind: \"Namespace\", metadata: #{{name: ns}}}});
            k8s::wait(\"sa\", \"default\", \"jsonpath={{.secrets[0].name}}\", \"30s\", ns);"
        ));
        scripts
    }

    /// A session that has no namespace of its own; `name` is that of its output folder.
    pub fn without_namespace(name: &str) -> Self {
        let runtime = lab::runtime();
        let workspace = Arc::new(Workspace::new(runtime.block_on(lab::cluster()), std::env::temp_dir().join(name)));
        let host = Host::new(runtime.handle().clone(), Arc::clone(&workspace.cluster.clock));
        let session = session(host, Arc::clone(&workspace));
        Self { namespace: name.to_owned(), workspace, session, runtime }
    }

    /// Runs a cell that succeeds; returns the text that it shows.
    pub fn run(&mut self, text: &str) -> String {
        match self.try_run(text) {
            Ok(shown) => shown,
            Err(error) => panic!("{error}\nhint: {:?}\nin: {text}", error.hint),
        }
    }

    /// Runs a cell; returns the text that it shows, or why it failed.
    pub fn try_run(&mut self, text: &str) -> Result<String, ScriptError> {
        let outcome = self.session.eval(text, "test.md", 1);
        let pieces = self.session.host().take_output();
        outcome?;
        let text = |piece| match piece {
            Piece::Text(text) => text,
            Piece::Block(block) => block.text,
        };
        Ok(pieces.into_iter().map(text).collect())
    }

    /// Runs a cell that fails; returns the error.
    pub fn failure(&mut self, text: &str) -> ScriptError {
        self.try_run(text).expect_err(text)
    }

    /// Runs a future on the session's runtime.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// What one of kpnb's own tools prints, as a notebook runs it.
    pub fn tool(&self, program: Program, args: &[&str]) -> Printed {
        self.line(Line::of_words(program, args.iter().map(|word| (*word).to_owned()).collect()))
    }

    /// What a command line prints, as a notebook runs it.
    pub fn line(&self, line: Result<Line, Failure>) -> Printed {
        let streams = Streams::default();
        let ran = line.map(|line| self.block_on(line.run(&self.workspace, &streams)));
        let code = match ran.and_then(|ran| ran) {
            Ok(ran) => ran.code,
            Err(failure) => {
                streams.err(&format!("{failure}\n"));
                1
            }
        };
        let output = streams.output();
        Printed { stdout: output.stdout, stderr: output.stderr, code }
    }

    /// What kpnb's own kubectl prints in the namespace.
    pub fn kubectl(&self, args: &[&str]) -> Printed {
        let words: Vec<String> = ["-n", &self.namespace].iter().chain(args).map(|word| (*word).to_owned()).collect();
        let streams = Streams::default();
        let outcome = self.block_on(bindings::kubectl::run(&self.workspace, &words, None, &streams));
        let code = outcome.unwrap_or_else(|failure| {
            streams.err(&format!("{failure}\n"));
            1
        });
        let output = streams.output();
        Printed { stdout: output.stdout, stderr: output.stderr, code }
    }

    /// What the real kubectl prints in the namespace.
    pub fn real_kubectl(&self, args: &[&str]) -> Printed {
        real("kubectl", &[&["-n", self.namespace.as_str()], args].concat(), "")
    }

    /// Both print the same.
    pub fn same(&self, args: &[&str]) {
        assert_eq!(self.kubectl(args), self.real_kubectl(args), "kubectl {args:?}");
    }
}

impl Drop for Scripts {
    fn drop(&mut self) {
        let _ = self.session.eval("k8s::delete(\"ns\", ns, #{wait: false});", "test.md", 1);
    }
}
