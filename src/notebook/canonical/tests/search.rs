//! How a renaming is found: what failed leaves no trace, patterns, any order, bounded time.

use super::{Comparison, Known, Solver, equal, seen};

#[test]
fn an_output_that_differs_leaves_no_trace_in_the_renaming() {
    let known = Known::new(&seen());
    let mut solver = Solver::new(&known);
    let mut compare =
        |old, new| solver.compare(Comparison { old, new, unordered: false, pattern: false, elapsed: 1.0 });
    assert!(!compare("kindnet-bbbbb\nRunning", "kindnet-7xk2p\nPending"));
    assert!(!compare("kindnet-bbbbb kindnet-bbbbb", "kindnet-7xk2p kindnet-9zq4w"));
    assert!(compare("kindnet-bbbbb", "kindnet-9zq4w"));
    assert!(!compare("kindnet-bbbbb", "kindnet-7xk2p"));
    assert!(compare("kindnet-ccccc", "kindnet-7xk2p"));
}

#[test]
fn patterns_stand_for_lines_and_text() {
    let known = Known::new(&seen());
    let compare =
        |old, new| Solver::new(&known).compare(Comparison { old, new, unordered: false, pattern: true, elapsed: 1.0 });
    for (old, new) in [
        ("a\n...\nz", "a\nz"),
        ("a\n...\nz", "a\nb\nz\nz"),
        ("...", ""),
        ("[..] deleted", "kindnet-7xk2p deleted"),
        ("took [..] for kindnet-bbbbb", "took 90 units for kindnet-7xk2p"),
        ("[..]b[..]", "abc"),
        (
            "NAME        READY   AGE\n...\nsome-name   1/1     5s",
            "NAME        READY   AGE\na           0/1     1s\nsome-name   1/1     5s",
        ),
    ] {
        assert!(compare(old, new), "{old:?} {new:?}");
    }
    for (old, new) in [
        ("a\n...\nz", "a\nb"),
        ("a\n...", "b"),
        ("[..] deleted", "kindnet-7xk2p created"),
        ("[..]b", "abc"),
        ("kindnet-bbbbb [..]", "kindnet-7xk2p"),
        ("kindnet-bbbbb kindnet-bbbbb[..]", "kindnet-7xk2p kindnet-9zq4w!"),
    ] {
        assert!(!compare(old, new), "{old:?} {new:?}");
    }
    // Without `match` they stand for themselves.
    let plain = Comparison { old: "...", new: "a", unordered: false, pattern: false, elapsed: 1.0 };
    assert!(!Solver::new(&known).compare(plain));
}

#[test]
fn unordered_lines_come_in_any_order() {
    let known = Known::new(&seen());
    let compare =
        |old, new| Solver::new(&known).compare(Comparison { old, new, unordered: true, pattern: false, elapsed: 1.0 });
    assert!(compare("a\nb\nkindnet-bbbbb", "kindnet-7xk2p\nb\na"));
    assert!(!compare("a\na\nb", "a\nb\nb"));
}

#[test]
fn many_rows_that_fit_nowhere_end_in_bounded_time() {
    let letters = ["b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p"];
    let rows = |end: &str| -> String {
        letters.iter().map(|letter| format!("x-65cd5869f-bbbb{letter} Running\n")).chain([end.to_owned()]).collect()
    };
    // All rows are alike, and the last line contradicts every renaming of them.
    let old = rows("x-65cd5869f-bbbbb x-65cd5869f-bbbbb");
    let new = rows("x-65cd5869f-bbbbb x-65cd5869f-bbbbc");
    assert!(!equal(&[(&old, &new)]));
}
