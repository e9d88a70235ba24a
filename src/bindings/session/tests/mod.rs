//! The session as notebooks use it, as far as it needs no cluster.

mod strangers;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::bindings::{Workspace, session};
use crate::cluster::Cluster;
use crate::script::{Block, Host, Limit, Piece, ScriptError, ScriptErrorKind, Session};

/// A session on a cluster that does not answer.
struct Bench {
    session: Session,
    host: Host,
    workspace: Arc<Workspace>,
    // Last, so that it outlives what runs on it.
    _runtime: Runtime,
}

impl Bench {
    fn new() -> Self {
        Self::with_modules(Vec::new())
    }

    fn with_modules(stdlib: Vec<PathBuf>) -> Self {
        let runtime = Runtime::new().unwrap();
        let cluster = Arc::new(runtime.block_on(async { Cluster::none() }).unwrap());
        let host = Host::new(runtime.handle().clone(), Arc::clone(&cluster.clock));
        let workspace = Arc::new(Workspace { stdlib, ..Workspace::new(cluster, PathBuf::new()) });
        let session = session(host.clone(), Arc::clone(&workspace));
        Self { session, host, workspace, _runtime: runtime }
    }

    /// Runs a cell that stands on line 10.
    fn run(&mut self, text: &str) -> Result<String, ScriptError> {
        let result = self.session.eval(text, "notebook.md", 10);
        let output: String = self.host.take_output().iter().map(shown).collect();
        result.map(|()| output)
    }

    fn output(&mut self, text: &str) -> String {
        self.run(text).unwrap_or_else(|error| panic!("{text}: {}", error.plain()))
    }

    fn error(&mut self, text: &str) -> ScriptError {
        match self.run(text) {
            Ok(output) => panic!("{text}: no error but {output:?}"),
            Err(error) => error,
        }
    }
}

fn shown(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => text.clone(),
        Piece::Block(Block { language, text }) => format!("```{language}\n{text}```\n"),
    }
}

#[test]
fn definitions_last_from_cell_to_cell() {
    let mut bench = Bench::new();
    bench.output("let x = 1; fn twice(n) { n * 2 } let f = |n| n + x;");
    assert_eq!(bench.output("x += 4; twice(x)"), "10\n");
    assert_eq!(bench.output("f.call(1)"), "6\n");
    bench.output("import \"workload\" as workload;");
    assert_eq!(bench.output("workload::is_ready(#{status: #{}})"), "false\n");
    bench.output("fn ready() { workload::is_ready(#{status: #{conditions: [#{type: \"Ready\", status: \"True\"}]}}) }");
    assert_eq!(bench.output("ready()"), "true\n");
    // A cell that fails leaves what it did before.
    bench.error("let y = 7; throw \"no\";");
    assert_eq!(bench.output("y"), "7\n");
    let names: Vec<String> = bench.session.functions().into_iter().map(|function| function.signature).collect();
    assert!(names.contains(&"twice(n)".to_owned()) && names.contains(&"workload::is_ready(pod)".to_owned()));
    assert!(bench.session.variables().contains(&("x".to_owned(), "integer".to_owned())));
}

#[test]
fn values_show_as_in_a_repl() {
    let mut bench = Bench::new();
    for (cell, output) in [
        ("1 + 1", "2\n"),
        ("1 + 1;", ""),
        ("()", ""),
        ("\"a\\nb\"", "a\nb\n"),
        ("#{b: 1, a: [1, 2.5]}", "{\n  \"a\": [\n    1,\n    2.5\n  ],\n  \"b\": 1\n}\n"),
        ("json(#{a: 1})", "```json\n{\n  \"a\": 1\n}\n```\n"),
        ("print(yaml(#{a: 1})); 5", "```yaml\na: 1\n```\n5\n"),
        (
            "print(); print(1); print(true); print(#{}); print([]); print('c'); print(1.5); print(())",
            "\n1\ntrue\n{}\n[]\nc\n1.5\n\n",
        ),
        ("debug(\"a\"); debug(1); debug(())", "\"a\"\n1\nnull\n"),
        ("diff(\"a\\nb\\n\", \"a\\nc\\n\")", "```diff\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n```\n"),
        ("table([#{a: 1, b: \"x\"}])", "A   B\n1   x\n"),
        (
            "try { kubectl(\"nothing\") } catch (e) { print(e); print(e.code); print(e[\"reason\"]); print(e.command) }",
            "Error: unknown command \"nothing\" for \"kubectl\"\nRun 'kubectl --help' for usage.\n1\n\nkubectl nothing\n",
        ),
    ] {
        assert_eq!(bench.output(cell), output, "{cell}");
    }
}

#[test]
fn errors_say_where_and_what_to_do() {
    let mut bench = Bench::new();
    let error = bench.error("let a = 1;\n  foo(a)");
    let place = error.place.clone().unwrap();
    assert_eq!((&*place.file, place.line, place.column), ("notebook.md", 11, 3));
    assert_eq!(error.plain(), "error: unknown function foo(integer)\n2 |   foo(a)\n  |   ^\n");
    assert_eq!(bench.error("wait_untill(|| true, 1)").hint.as_deref(), Some("did you mean wait_until?"));
    assert_eq!(bench.error("let abc = 1; abd").hint.as_deref(), Some("did you mean abc?"));
    let arity = bench.error("k8s::get(\"pod\")");
    assert_eq!(arity.message, "k8s::get does not take 1 argument");
    assert!(arity.hint.unwrap().starts_with("k8s::get(kind, name"));
    let misuse = bench.error("\n\nsleep(\"soon\")");
    assert_eq!(misuse.place.unwrap().line, 12);
    assert_eq!(misuse.hint.as_deref(), Some("sleep(duration)"));
    // Where a function of an earlier cell failed, and how it was reached.
    bench.session.eval("fn inner() {\n  nope\n}\nfn outer() { inner() }", "notebook.md", 90_000).unwrap();
    let deep = bench.error("outer()");
    assert_eq!(deep.place.as_ref().unwrap().line, 90_001);
    let calls: Vec<(&str, usize)> =
        deep.calls.iter().map(|call| (&*call.function, call.place.as_ref().unwrap().line)).collect();
    assert_eq!(calls, [("inner", 90_003), ("outer", 10)]);
    let syntax = bench.error("let x = ;");
    assert_eq!((syntax.kind, syntax.place.unwrap().column), (ScriptErrorKind::Syntax, 9));
    assert!(bench.error("let x = #{\n  a: 1").place.is_some());
    bench.output("let seen = 1; fn blind() { seen }");
    assert!(bench.error("blind()").hint.unwrap().contains("do not see a cell's variables"));
    let report = format!("{:?}", miette::Report::new(bench.error("\n  foo(1)")));
    assert!(report.contains("notebook.md:11:3"), "{report}");
}

#[test]
fn traps_are_closed() {
    let mut bench = Bench::new();
    let shadow = bench.error("let a = 1;\nfn wait_until(a, b) { true }");
    assert_eq!(shadow.kind, ScriptErrorKind::Syntax);
    assert_eq!((shadow.place.unwrap().line, shadow.message.contains("wait_until is already defined")), (11, true));
    bench.error("import \"node\" as k8s;");
    for cell in ["exit()", "exit(3)", "let f = Fn(\"exit\"); f.call()", "eval(\"1\")"] {
        let error = bench.error(cell);
        let told = format!("{} {:?}", error.message, error.hint);
        assert!(told.contains("disabled"), "{cell}: {told}");
    }
    for cell in ["\"3\" == 3", "3 != \"3\"", "\"a\" < 1.5", "let x = \"3\"; x == 3", "[1].contains(\"1\")"] {
        assert!(bench.error(cell).message.starts_with("cannot compare"), "{cell}");
    }
    assert_eq!(
        bench.output("[\"a\" == \"a\", 1 == 1.0, () == 3, \"a\" != (), 'a' == \"a\"]").replace(['\n', ' '], ""),
        "[true,true,false,true,true]"
    );
    assert_eq!(bench.output("let t = timestamp(); sleep(0.02); t.elapsed >= 0.02 && timestamp() - t > 0.0"), "true\n");
    assert!(bench.error("fn f() { f() } f()").message.contains("too many nested calls"));
    assert!(bench.error("fn f(n) { 1 + [f(n + 1)][0] } try { f(0) } catch { 1 }").message.contains("nested calls"));
    assert_eq!(bench.output("fn depth(n) { if n == 0 { 0 } else { 1 + depth(n - 1) } } depth(60)"), "60\n");
    bench.error(&format!("{}1{}", "(".repeat(500), ")".repeat(500)));
    for cell in ["[].pad(1000000000000, 0)", "\"\".pad(1000000000000, 'x')", "blob(1000000000000)"] {
        assert!(bench.error(cell).message.contains("too long"), "{cell}");
    }
    let doubled = bench.error("let s = \"0123456789\"; loop { s += s; }");
    assert!(doubled.message.contains("memory"), "{}", doubled.message);
    assert_eq!(bench.output("let a = []; for i in 0..10000 { a.push(i) } a.len()"), "10000\n");
}

#[test]
fn ctrl_c_ends_everything_at_once() {
    for cell in [
        "loop { }",
        "sleep(\"1m\")",
        "try { sleep(\"1m\") } catch { print(\"caught\") }",
        "loop { try { loop { } } catch { } }",
        "wait_until(|| false, \"1m\")",
        "hold(|| true, \"1m\")",
        "within(\"1m\", || sleep(\"30s\"))",
        "try { within(\"1m\", || { try { sleep(\"30s\") } catch { sleep(\"30s\") } }) } catch { loop { } }",
        "fn f(n) { for i in 0..10 { if n > 0 { f(n - 1) } } } f(30)",
    ] {
        let mut bench = Bench::new();
        let host = bench.host.clone();
        let pressed = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(150));
            host.interrupt();
            Instant::now()
        });
        let error = bench.error(cell);
        let took = pressed.join().unwrap().elapsed();
        assert_eq!(error.kind, ScriptErrorKind::Interrupted, "{cell}: {}", error.message);
        // The machine may be busy; 100 ms is what a person may notice.
        assert!(took < Duration::from_millis(100), "{cell}: {took:?}");
        bench.host.reset_interrupt();
        assert_eq!(bench.output("1"), "1\n");
    }
}

#[test]
fn deadlines_end_what_they_are_around() {
    let mut bench = Bench::new();
    assert_eq!(bench.output("within(\"5s\", || 3)"), "3\n");
    assert_eq!(
        bench.output("try { within(\"30ms\", || sleep(\"1m\")) } catch (e) { print(e) }"),
        "timed out after 30ms\n"
    );
    assert_eq!(
        bench.output("try { within(0.05, || loop { }) } catch (e) { print(e.message) } 4"),
        "timed out after 50ms\n4\n"
    );
    // The inner one is longer: the outer one ends both.
    assert_eq!(
        bench.output("try { within(\"50ms\", || { try { within(\"1m\", || sleep(\"2m\")) } catch { print(\"inner\") } }) } catch { print(\"outer\") }"),
        "outer\n"
    );
    for cell in [
        "try { sleep(\"1m\") } catch { }",
        "try { within(\"1m\", || loop { }) } catch { }",
        "wait_until(|| false, \"1m\")",
    ] {
        let deadline = bench.host.push_deadline(Duration::from_millis(60));
        let error = bench.error(cell);
        bench.host.pop_deadline(deadline.id);
        assert_eq!((error.kind, &*error.message), (ScriptErrorKind::Timeout, "timed out after 60ms"), "{cell}");
    }
    let limit = Limit { of: "the limit of this cell", set: "set by --timeout", hint: "give it more" };
    let deadline = bench.host.push_limit(Duration::ZERO, Duration::from_secs(5), limit);
    let error = bench.error("try { loop { } } catch { }");
    bench.host.pop_deadline(deadline.id);
    assert_eq!(error.message, "timed out after 5s: the limit of this cell, set by --timeout");
    assert_eq!(error.hint.as_deref(), Some("give it more"));
    assert_eq!(bench.output("1"), "1\n");
}

#[test]
fn waits_tell_what_was_seen_last() {
    let mut bench = Bench::new();
    assert_eq!(bench.output("let n = 0; wait_until(|| { n += 1; n == 3 }, \"5s\") < 1.0"), "true\n");
    let error = bench.error("let x = #{};\nwait_until(|| x.status.phase == \"Running\",\n  \"50ms\")");
    assert!(
        error.message.starts_with("timed out after 50ms waiting until || x.status.phase == \"Running\"\nlast error: "),
        "{}",
        error.message
    );
    assert_eq!((error.kind, error.place.unwrap().line), (ScriptErrorKind::Failed, 11));
    let error = bench.error("wait_until(|| 1 > 2, \"10ms\")");
    assert!(error.message.ends_with("last value: false"), "{}", error.message);
    // Mistakes are told at once.
    for cell in [
        "wait_until(|| nope, \"1m\")",
        "wait_until(|| nope(1), \"1m\")",
        "wait_until(|| 5, \"1m\")",
        "wait_until(|| sleep(\"x\"), \"1m\")",
    ] {
        let start = Instant::now();
        bench.error(cell);
        assert!(start.elapsed() < Duration::from_secs(5), "{cell}");
    }
    let down = bench.error("wait_until(|| k8s::find(\"pod\", \"x\") == (), \"300ms\")");
    assert!(
        down.message.contains("last error: The connection to the server 127.0.0.1:1 was refused"),
        "{}",
        down.message
    );
    assert!(bench.error("let n = 0; hold(|| { n += 1; n < 3 }, \"5s\")").message.contains("did not hold"));
    assert!(bench.host.waiting().is_none());
}

#[test]
fn claims_are_proved_or_fail_with_what_was_seen() {
    let mut bench = Bench::new();
    assert_eq!(bench.output("expect(1 < 2, \"one is less\")"), "✓ one is less\n");
    assert_eq!(bench.output("let n = 3; expect(n == 3, `there are ${n}`, n)"), "✓ there are 3\n");
    let result = bench.session.eval(
        "let pod = #{status: #{phase: \"Pending\"}};\nfn f(want, pod) {\n  expect(pod.status.phase ==\n    want, \"it runs\");\n}\nf(\"Running\", pod)",
        "notebook.md", 10,
    );
    let error = result.unwrap_err();
    assert_eq!((error.kind, &*error.message), (ScriptErrorKind::Claim, "claim failed: it runs"));
    assert_eq!((error.place.as_ref().unwrap().line, error.place.unwrap().column), (12, 3));
    assert_eq!(
        bench.host.take_output().iter().map(shown).collect::<String>(),
        "✗ it runs\n  pod.status.phase == want\n  pod.status.phase = \"Pending\"\n  want = \"Running\"\n"
    );
    bench.error("expect(false, \"no\", [1, 2])");
    let claims = bench.host.take_claims();
    assert_eq!(claims.iter().map(|claim| claim.proved).collect::<Vec<_>>(), [true, true, false, false]);
    assert_eq!(claims[3].evidence.as_deref(), Some("[1,2]"));
    for (cell, hint) in
        [("expect(1, \"x\")", true), ("expect(true)", false), ("expect(true, 1)", true), ("expect()", false)]
    {
        let error = bench.error(cell);
        let told = error.hint.as_deref() == Some("expect(condition, claim[, seen])")
            || error.message.contains("expect(condition");
        assert!(told, "{cell}: {} {hint}", error.message);
    }
    // It can be caught, and the claim is noted all the same.
    assert_eq!(
        bench.output("try { expect(false, \"no\", 1) } catch (e) { print(e) }"),
        "✗ no\n  1\nclaim failed: no\n"
    );
}

#[test]
fn commands_are_read_checked_and_run() {
    let mut bench = Bench::new();
    for cell in [
        "kubectl(\"get pods --context x\")",
        "docker([\"-H\", \"x\", \"ps\"])",
        "show(\"ls\")",
        "undo(\"rm -r\")",
        "kubectl(\"get pods; ls\")",
    ] {
        bench.error(cell);
    }
    let out = bench.output("let r = show(\"kubectl nothing\"); r.code");
    assert!(
        out.starts_with("$ kubectl nothing\nError: unknown command \"nothing\" for \"kubectl\"\n")
            && out.ends_with("\n1\n"),
        "{out}"
    );
    assert_eq!(bench.output("show(\"kubectl nothing | wc -l\")").lines().last(), Some("0"));
    bench.output("undo(\"kubectl uncordon a\"); undo(\"kubectl nothing\")");
    let told = std::sync::Mutex::new(Vec::new());
    let tell = |text: &str| told.lock().unwrap().push(text.to_owned());
    let left = bench.host.runtime().block_on(crate::bindings::undo(&bench.workspace, &tell));
    assert_eq!(*told.lock().unwrap(), ["undo: kubectl nothing", "undo: kubectl uncordon a"]);
    assert!(left[0].message.starts_with("undo failed: kubectl nothing: "), "{}", left[0].message);
    assert_eq!(bench.workspace.journal.len(), left.len(), "what failed stays");
    let out = bench.output(
        "let task = background(\"kubectl nothing\"); let r = task.wait(\"5s\"); [r.code, task.code, task.running]",
    );
    assert_eq!(out.replace(['\n', ' '], ""), "[1,1,false]");
}

#[test]
fn an_authors_own_modules_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("node.rhai", "/// Mine.\n///\n///     indented\nfn whose() { \"mine\" }");
    write("a.rhai", "import \"b\" as b;\nfn f() { 1 }");
    write("b.rhai", "import \"a\" as a;\nfn f() { 1 }");
    write("bad.rhai", "fn f() {\n  let = 1;\n}");
    write("fails.rhai", "fn f() {\n  nope\n}");
    let mut bench = Bench::with_modules(vec![folder.path().to_owned()]);
    assert_eq!(bench.output("import \"node\" as node; node::whose()"), "mine\n");
    let docs = bench.session.functions();
    assert_eq!(docs[0].doc, "Mine.\n\n    indented");
    assert!(bench.error("import \"a\" as a;").message.contains("import each other"));
    let bad = bench.error("import \"bad\" as bad;");
    assert_eq!((bad.kind, bad.place.unwrap().line), (ScriptErrorKind::Syntax, 2));
    let fails = bench.error("import \"fails\" as fails; fails::f()");
    assert_eq!(fails.place.as_ref().unwrap().line, 2, "{}", fails.plain());
    assert!(fails.plain().contains("stdlib/fails.rhai"), "{}", fails.plain());
    assert!(bench.error("import \"../x\" as x;").message.contains("unknown module"));
    assert!(bench.session.modules().names().contains(&"finalizer".to_owned()));
}
