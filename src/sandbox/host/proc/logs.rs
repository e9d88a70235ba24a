//! The logs of containers as files of their node, made when they are read: `/var/log/pods`, and the links to them in
//! `/var/log/containers`. pkg/kubelet/kuberuntime/{helpers,legacy}.go.

use std::collections::BTreeMap;

use super::Proc;
use crate::sandbox::host::files::Entry;
use crate::sandbox::host::runtime::Container;

/// Where all logs of Pods are.
const PODS: &str = "/var/log/pods";
/// Where the links are.
const LINKS: &str = "/var/log/containers";

impl Proc {
    /// A path of such a file or folder, which only the node itself has.
    pub(in crate::sandbox::host) fn has_log(&self, path: &str) -> bool {
        let below = |dir: &str| path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
        self.container.is_none() && (below(PODS) || below(LINKS))
    }

    /// The files, with who writes them, and the links to them.
    fn logs(&self) -> impl Iterator<Item = (String, String, &Container)> {
        self.containers.values().filter_map(|container| {
            let pod = &self.sandboxes.get(&container.sandbox)?.pod;
            let (name, attempt) = (&container.spec.name, container.spec.attempt);
            let file = format!("{PODS}/{}_{}_{}/{name}/{attempt}.log", pod.namespace, pod.name, pod.uid);
            let link = format!("{LINKS}/{}_{}_{name}-{}.log", pod.name, pod.namespace, container.id);
            Some((file, link, container))
        })
    }

    pub(in crate::sandbox::host) fn log_entry(&self, path: &str) -> Option<Entry> {
        let path = path.trim_end_matches('/');
        self.logs().find_map(|(file, link, container)| {
            if file == path {
                return Some(Entry::file(0o640, text(container), self.now));
            }
            if link == path {
                return Some(Entry::link(&file, container.created_at));
            }
            let inside = file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
            inside.then(|| Entry::dir(0o755, container.created_at))
        })
    }

    pub(in crate::sandbox::host) fn log_list(&self, dir: &str) -> Vec<(String, Entry)> {
        let dir = dir.trim_end_matches('/');
        let mut names = BTreeMap::new();
        for path in self.logs().flat_map(|(file, link, _)| [file, link]) {
            if let Some(name) = path.strip_prefix(dir).and_then(|rest| rest.strip_prefix('/')?.split('/').next())
                && let Some(entry) = self.log_entry(&format!("{dir}/{name}"))
            {
                names.insert(name.to_owned(), entry);
            }
        }
        names.into_iter().collect()
    }
}

/// A log as containerd writes it: the time, the stream, whether a line is whole (`F`) or only its part (`P`), the line.
fn text(container: &Container) -> String {
    let lines = container.log.iter().map(|line| {
        let tag = if line.whole { 'F' } else { 'P' };
        format!("{:.9} {} {tag} {}\n", line.time, line.stream, line.text)
    });
    lines.collect()
}
