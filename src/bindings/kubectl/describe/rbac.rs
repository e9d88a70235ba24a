//! Roles and their bindings.

use serde_json::Value;

use super::json::{items, text};
use super::page::Page;
use super::{Describer, Related, Result, meta};

const GROUP: &str = "rbac.authorization.k8s.io";

const fn describer(kind: &'static str, write: super::Write) -> Describer {
    Describer { group: GROUP, kind, events: false, ..Describer::new(write) }
}

pub(super) const ROLE: Describer = describer("Role", write_role);
pub(super) const CLUSTER_ROLE: Describer = describer("ClusterRole", write_role);
pub(super) const ROLE_BINDING: Describer = describer("RoleBinding", write_binding);
pub(super) const CLUSTER_ROLE_BINDING: Describer = describer("ClusterRoleBinding", write_binding);

fn write_role(page: &mut Page, role: &Value, _: &Related) -> Result {
    page.field(0, "Name", text(&role["metadata"]["name"]));
    meta::labels_and_annotations(page, role);
    page.line(0, "PolicyRule:");
    page.head(
        1,
        &["Resources", "Non-Resource URLs", "Resource Names", "Verbs"],
        &["---------", "-----------------", "--------------", "-----"],
    );
    for rule in compact(items(&role["rules"])) {
        let [urls, names, verbs] = [&rule.urls, &rule.names, &rule.verbs].map(|list| list.join(" "));
        page.line(1, format!("{}\t[{urls}]\t[{names}]\t[{verbs}]", rule.resource()));
    }
    Ok(())
}

/// What may be done to one resource, one object of it, or one URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Rule<'a> {
    verbs: Vec<&'a str>,
    group: Vec<&'a str>,
    resource: Vec<&'a str>,
    names: Vec<&'a str>,
    urls: Vec<&'a str>,
}

impl Rule<'_> {
    /// `deployments.apps/scale`
    fn resource(&self) -> String {
        let Some(resource) = self.resource.first() else { return String::new() };
        let (resource, subresource) = resource.split_once('/').map_or((*resource, None), |(a, b)| (a, Some(b)));
        let group = self.group.iter().filter(|group| !group.is_empty()).map(|group| format!(".{group}"));
        let subresource = subresource.map(|subresource| format!("/{subresource}"));
        [resource.to_owned()].into_iter().chain(group).chain(subresource).collect()
    }

    /// The text by which kubectl sorts.
    fn key(&self) -> String {
        let [verbs, group, resource, names, urls] =
            [&self.verbs, &self.group, &self.resource, &self.names, &self.urls].map(|list| list.join(" "));
        format!("Verbs:[{verbs}],APIGroups:[{group}],Resources:[{resource}],ResourceNames:[{names}],URLs:[{urls}]")
    }
}

/// The rules taken apart to single resources, with the verbs of each put together again.
///
/// Source: kubectl v1.20 `pkg/util/rbac`.
fn compact(rules: &[Value]) -> Vec<Rule<'_>> {
    let mut compacted: Vec<Rule<'_>> = Vec::new();
    let mut urls = Vec::new();
    for rule in rules {
        let verbs: Vec<&str> = items(&rule["verbs"]).iter().map(text).collect();
        for group in items(&rule["apiGroups"]).iter().map(text) {
            for resource in items(&rule["resources"]).iter().map(text) {
                for verb in &verbs {
                    let names: Vec<Vec<&str>> = match items(&rule["resourceNames"]) {
                        [] => vec![vec![]],
                        names => names.iter().map(|name| vec![text(name)]).collect(),
                    };
                    for names in names {
                        let known = compacted.iter_mut().find(|known| {
                            known.group == [group] && known.resource == [resource] && known.names == names
                        });
                        match known {
                            Some(known) if known.verbs.contains(verb) => {}
                            Some(known) => known.verbs.push(verb),
                            None => compacted.push(Rule {
                                verbs: vec![verb],
                                group: vec![group],
                                resource: vec![resource],
                                names,
                                urls: vec![],
                            }),
                        }
                    }
                }
            }
        }
        for url in items(&rule["nonResourceURLs"]).iter().map(text) {
            urls.extend(verbs.iter().map(|verb| Rule { verbs: vec![verb], urls: vec![url], ..Rule::default() }));
        }
    }
    compacted.extend(urls);
    compacted.sort_by_cached_key(Rule::key);
    compacted
}

fn write_binding(page: &mut Page, binding: &Value, _: &Related) -> Result {
    page.field(0, "Name", text(&binding["metadata"]["name"]));
    meta::labels_and_annotations(page, binding);
    page.line(0, "Role:");
    page.field(1, "Kind", text(&binding["roleRef"]["kind"]));
    page.field(1, "Name", text(&binding["roleRef"]["name"]));
    page.line(0, "Subjects:");
    page.head(1, &["Kind", "Name", "Namespace"], &["----", "----", "---------"]);
    for subject in items(&binding["subjects"]) {
        let [kind, name, namespace] = ["kind", "name", "namespace"].map(|field| text(&subject[field]));
        page.line(1, format!("{kind}\t{name}\t{namespace}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn puts_the_verbs_of_a_resource_together() {
        let rules = json!([
            {"apiGroups": ["", "apps"], "resources": ["pods", "deployments/scale"], "verbs": ["get", "list"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]},
            {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a", "b"], "verbs": ["get"]},
            {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
        ]);
        let lines: Vec<String> = compact(items(&rules))
            .iter()
            .map(|rule| format!("{} {:?} {:?} {:?}", rule.resource(), rule.urls, rule.names, rule.verbs))
            .collect();
        // Sorted by the text of the verbs first, in which a blank comes before a bracket.
        let expected = [
            r#"pods [] [] ["get", "list", "watch"]"#,
            r#"deployments/scale [] [] ["get", "list"]"#,
            r#"deployments.apps/scale [] [] ["get", "list"]"#,
            r#"pods.apps [] [] ["get", "list"]"#,
            r#" ["/metrics"] [] ["get"]"#,
            r#"secrets [] ["a"] ["get"]"#,
            r#"secrets [] ["b"] ["get"]"#,
        ];
        assert_eq!(lines, expected);
    }
}
