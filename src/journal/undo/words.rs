//! What a person is told of changes that are taken back.

use super::{Inverse, Left};
use crate::client::Failure;
use crate::journal::place::Target;

/// `pods/x in default`
pub(super) fn object(path: &str) -> String {
    let Some(target) = Target::parse(path) else { return path.to_owned() };
    let kind = if target.group.is_empty() { target.plural } else { format!("{}.{}", target.plural, target.group) };
    let name = target.name.map_or_else(String::new, |name| format!("/{name}"));
    let namespace = target.namespace.map_or_else(String::new, |namespace| format!(" -n {namespace}"));
    format!("{kind}{name}{namespace}")
}

/// What could not be taken back, and how to do it by hand.
pub(super) fn left(inverse: &Inverse, failure: &Failure) -> Left {
    let (what, mend) = match inverse {
        Inverse::Delete { path, .. } => {
            let object = object(path);
            let delete = format!("kubectl delete {object}");
            (delete.clone(), format!("`{delete}`; if it stays, `kubectl get {object} -o yaml` names what holds it"))
        }
        Inverse::DeleteGenerated { collection, prefix, .. } => {
            let object = object(collection);
            (format!("delete {object} named {prefix}…"), format!("look for it with `kubectl get {object}`"))
        }
        Inverse::Restore { path, .. } => {
            let object = object(path);
            (format!("restore {object}"), format!("the journal has it as it was; `kubectl edit {object}`"))
        }
        Inverse::Create { path, .. } => {
            (format!("create {} again", object(path)), "the journal has its manifest".to_owned())
        }
        Inverse::Put { key, .. } | Inverse::DeleteKey { key } => {
            let key = super::keys::shown(key);
            (format!("restore the key {key}"), format!("the journal has its value; `etcdctl get {key}`"))
        }
        Inverse::Node(node) => {
            let name = &node.name;
            (format!("restore the node {name}"), format!("`docker ps -a` shows its state; `docker start {name}`"))
        }
        Inverse::Command { command } => (command.clone(), format!("run it by hand: {command}")),
    };
    let message = format!("undo failed: {what}: {}", failure.message.trim_end());
    Left { message, mend: failure.hint.clone().unwrap_or(mend) }
}
