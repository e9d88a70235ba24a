//! Processes below their parents.

use std::collections::BTreeMap;

use super::wanted::Tree;
use crate::sandbox::host::process::Process;

/// Puts children behind their parents, with what stands before their commands. Whose parent is not among them begins a tree,
/// the last such first; the children of pid 1 have no lines (`ps/display.c`: `show_forest`). `above`: what stands before the roots,
/// where they are themselves below another machine's processes.
pub(super) fn arrange<'a>(processes: &[&'a Process], tree: Tree, above: Option<&str>) -> Vec<(&'a Process, String)> {
    let mut children: BTreeMap<u32, Vec<&Process>> = BTreeMap::new();
    let mut roots = Vec::new();
    for process in processes {
        if processes.iter().any(|other| other.pid == process.ppid) {
            children.entry(process.ppid).or_default().push(process);
        } else {
            roots.push(*process);
        }
    }
    let mut arranged = Vec::new();
    // What is to be shown, the next one last: a process, what stands before its children's commands, and its own.
    let before = above.unwrap_or_default();
    let below = " ".repeat(before.len());
    let mut todo: Vec<_> = roots.into_iter().map(|root| (root, below.clone(), before.to_owned())).collect();
    while let Some((process, below, before)) = todo.pop() {
        arranged.push((process, before));
        let own = children.remove(&process.pid).unwrap_or_default();
        let last = own.len().saturating_sub(1);
        for (at, child) in own.into_iter().enumerate().rev() {
            let (within, before) = match tree {
                Tree::Blanks => (format!("{below}  "), format!("{below}  ")),
                Tree::Lines if process.pid == 1 && above.is_none() => (String::new(), String::new()),
                Tree::Lines if at == last => (format!("{below}    "), format!("{below} \\_ ")),
                Tree::Lines => (format!("{below} |  "), format!("{below} \\_ ")),
            };
            todo.push((child, within, before));
        }
    }
    arranged
}
