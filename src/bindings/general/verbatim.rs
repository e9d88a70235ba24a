//! `kubectl`, `docker`, `etcdctl`: command lines as a person would type them, and `show`, which shows one.

use rhai::{Array, Dynamic};

use crate::bindings::command::{Line, Program, Streams};
use crate::bindings::{Binding, Call, CallError, wrong_type};
use crate::client::Failure;
use crate::script::{Piece, Printed, text_of};

pub(super) const KUBECTL: Binding = Binding {
    name: "kubectl",
    signature: "kubectl(args)",
    doc: "Runs kubectl, built in, with the arguments as one text or as an array of words, and returns \
          `#{stdout, stderr, code}`, which prints as its stdout. Throws kubectl's own message where the code is not 0. \
          The output may go through `| grep`, `wc`, `head`, `tail`, `sort`, `uniq` and `cut`. What the command reads on \
          its standard input stands in lines below it, between `<<'EOF'` and `EOF`.\n\n\
          ```rhai\nprint(kubectl(\"get nodes -o name\"));\n```",
    arity: (1, 1),
    call: |call| run(call, Program::Kubectl),
};

pub(super) const DOCKER: Binding = Binding {
    name: "docker",
    signature: "docker(args)",
    doc: "Runs docker, built in, on the cluster's containers; otherwise as `kubectl`.\n\n\
          ```rhai\nprint(docker(\"exec k8splayground-worker ps -e -o comm= | sort | uniq -c\"));\n```",
    arity: (1, 1),
    call: |call| run(call, Program::Docker),
};

pub(super) const ETCDCTL: Binding = Binding {
    name: "etcdctl",
    signature: "etcdctl(args)",
    doc: "Runs etcdctl, built in; otherwise as `kubectl`.\n\n\
          ```rhai\nprint(etcdctl(\"get /registry/pods/ --prefix --keys-only\"));\n```",
    arity: (1, 1),
    call: |call| run(call, Program::Etcdctl),
};

pub(super) const SHOW: Binding = Binding {
    name: "show",
    signature: "show(command)",
    doc: "Shows a command as a terminal would: the line after `$ `, then all that it prints. Does not throw where the \
          command fails; returns `#{stdout, stderr, code}`.\n\n\
          ```rhai\nshow(\"kubectl get pods -A -o wide | grep -w k8splayground-worker\");\n```",
    arity: (1, 1),
    call: show,
};

fn run(call: &mut Call<'_, '_>, program: Program) -> Result<Dynamic, CallError> {
    let line = match call.args[0].read_lock::<Array>() {
        Some(words) => {
            // A number is a word, too: `["scale", "deployment/x", "--replicas", 3]`.
            if let Some(odd) = words.iter().find(|word| !word.is_string() && !word.is_int()) {
                return Err(wrong_type("each word", "a string", odd));
            }
            Line::of_words(program, words.iter().map(text_of).collect())?
        }
        None => Line::of(program, &call.text(0, "args")?)?,
    };
    let streams = Streams::default();
    let ran = call.block_on(line.run(call.workspace, &streams))?;
    let output = streams.output();
    if let Some(failure) = ran.failure {
        return Err(CallError::Command(failure, line.text));
    }
    if ran.code != 0 {
        let told = output.stderr.trim();
        let message = if told.is_empty() { format!("{}: exit code {}", line.text, ran.code) } else { told.to_owned() };
        return Err(CallError::Command(Failure { code: ran.code.into(), ..Failure::answer(message) }, line.text));
    }
    Ok(Dynamic::from(Printed { stdout: output.stdout, stderr: output.stderr, code: 0, shown: false }))
}

fn show(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    let line = Line::parse(&call.text(0, "command")?)?;
    call.host.print(&format!("$ {}", line.text));
    let streams = Streams::default();
    let result = call.block_on(line.run(call.workspace, &streams));
    let output = streams.output();
    if !output.terminal.is_empty() {
        let newline = if output.terminal.ends_with('\n') { "" } else { "\n" };
        call.host.show(Piece::Text(format!("{}{newline}", output.terminal)));
    }
    let code = result?.code.into();
    Ok(Dynamic::from(Printed { stdout: output.stdout, stderr: output.stderr, code, shown: true }))
}
