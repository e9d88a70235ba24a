//! Pairs of outputs: those that say the `same`, those that say something `other`, and the `search` between them.

mod other;
mod same;
mod search;

use super::{Comparison, Known, Solver, TokenClass};

/// What a run has seen.
fn seen() -> Vec<(String, TokenClass)> {
    let names = ["deployment-65cd5869f-rwzjn", "deployment-65cd5869f-fqns6", "kindnet-7xk2p", "kindnet-9zq4w"];
    let names = names.map(|name| (name.to_owned(), TokenClass::GeneratedName));
    let revisions = ["300", "1507", "1508", "2110"].map(|number| (number.to_owned(), TokenClass::Revision));
    // Fields are noted by their names, so some hold what their class does not look like.
    let odd =
        [("k8splayground-worker", TokenClass::Uid), ("None", TokenClass::Ip), ("web-0", TokenClass::GeneratedName)];
    let odd = odd.map(|(token, class)| (token.to_owned(), class));
    let ids = [("7587881214568345093", TokenClass::EtcdId), ("0b9978f61d9c", TokenClass::ContainerId)];
    let ids = ids.map(|(token, class)| (token.to_owned(), class));
    names.into_iter().chain(revisions).chain(odd).chain(ids).collect()
}

/// Compares outputs one after the other under one renaming; whether all are equal.
fn equal(pairs: &[(&str, &str)]) -> bool {
    let known = Known::new(&seen());
    let mut solver = Solver::new(&known);
    pairs
        .iter()
        .all(|(old, new)| solver.compare(Comparison { old, new, unordered: false, pattern: false, elapsed: 400.0 }))
}

const PODS: &str = "\
NAME                         READY   STATUS    RESTARTS   AGE   IP           NODE
deployment-65cd5869f-rwzjn   1/1     Running   0          5s    10.244.1.7   k8splayground-worker
";
