//! What etcdctl prints about itself, for the commands that kpnb has.

use super::GLOBAL;
use crate::bindings::flags::Flag;

/// What `etcdctl version` prints: the version whose words kpnb speaks.
pub(super) const VERSION: &str = "etcdctl version: 3.4.23\nAPI version: 3.4\n";

/// A command: its flags and what its help says.
pub(super) struct Spec {
    /// `lease grant`.
    path: &'static str,
    about: &'static str,
    /// What follows its name in the usage line.
    usage: &'static str,
    pub(super) flags: &'static [Flag],
    /// The flags as help shows them, sorted: `      --prefix[=false]` and what it does.
    options: &'static [(&'static str, &'static str)],
    description: &'static str,
}

const fn spec(
    path: &'static str,
    about: &'static str,
    usage: &'static str,
    flags: &'static [Flag],
    options: &'static [(&'static str, &'static str)],
) -> Spec {
    Spec { path, about, usage, flags, options, description: "" }
}

const CLUSTER: &[Flag] = &[Flag::switch("cluster", None)];
const CLUSTER_OPTION: (&str, &str) = ("      --cluster[=false]", "use all endpoints from the cluster member list");

const COMMANDS: &[Spec] = &[
    spec("alarm disarm", "Disarms all alarms", "", &[], &[]),
    spec("alarm list", "Lists all alarms", "", &[], &[]),
    spec(
        "compaction",
        "Compacts the event history in etcd",
        " [options] <revision>",
        &[Flag::switch("physical", None)],
        &[("      --physical[=false]", "'true' to wait for compaction to physically remove all old revisions")],
    ),
    spec("defrag", "Defragments the storage of the etcd members with given endpoints", "", CLUSTER, &[CLUSTER_OPTION]),
    spec(
        "del",
        "Removes the specified key or range of keys [key, range_end)",
        " [options] <key> [range_end]",
        &[Flag::switch("prefix", None), Flag::switch("prev-kv", None), Flag::switch("from-key", None)],
        &[
            (
                "      --from-key[=false]",
                "delete keys that are greater than or equal to the given key using byte compare",
            ),
            ("      --prefix[=false]", "delete keys with matching prefix"),
            ("      --prev-kv[=false]", "return deleted key-value pairs"),
        ],
    ),
    spec(
        "endpoint hashkv",
        "Prints the KV history hash for each endpoint in --endpoints",
        "",
        &[Flag::switch("cluster", None), Flag::value("rev", None)],
        &[CLUSTER_OPTION, ("      --rev=0", "maximum revision to hash (default: all revisions)")],
    ),
    spec(
        "endpoint health",
        "Checks the healthiness of endpoints specified in `--endpoints` flag",
        "",
        CLUSTER,
        &[CLUSTER_OPTION],
    ),
    Spec {
        path: "endpoint status",
        about: "Prints out the status of endpoints specified in `--endpoints` flag",
        usage: "",
        flags: CLUSTER,
        options: &[CLUSTER_OPTION],
        description: "When --write-out is set to simple, this command prints out comma-separated status lists for each \
                      endpoint.\nThe items in the lists are endpoint, ID, version, db size, is leader, is learner, raft \
                      term, raft index, raft applied index, errors.",
    },
    spec(
        "get",
        "Gets the key or a range of keys",
        " [options] <key> [range_end]",
        &[
            Flag::value("consistency", None),
            Flag::switch("from-key", None),
            Flag::switch("keys-only", None),
            Flag::value("limit", None),
            Flag::value("order", None),
            Flag::switch("prefix", None),
            Flag::switch("print-value-only", None),
            Flag::value("rev", None),
            Flag::value("sort-by", None),
        ],
        &[
            ("      --consistency=\"l\"", "Linearizable(l) or Serializable(s)"),
            ("      --from-key[=false]", "Get keys that are greater than or equal to the given key using byte compare"),
            ("      --keys-only[=false]", "Get only the keys"),
            ("      --limit=0", "Maximum number of results"),
            ("      --order=\"\"", "Order of results; ASCEND or DESCEND (ASCEND by default)"),
            ("      --prefix[=false]", "Get keys with matching prefix"),
            ("      --print-value-only[=false]", "Only write values when using the \"simple\" output format"),
            ("      --rev=0", "Specify the kv revision"),
            ("      --sort-by=\"\"", "Sort target; CREATE, KEY, MODIFY, VALUE, or VERSION"),
        ],
    ),
    spec("lease grant", "Creates leases", " <ttl>", &[], &[]),
    spec(
        "lease keep-alive",
        "Keeps leases alive (renew)",
        " [options] <leaseID>",
        &[Flag::switch("once", None)],
        &[("      --once[=false]", "Resets the keep-alive time to its original value and exits immediately")],
    ),
    spec("lease list", "List all active leases", "", &[], &[]),
    spec("lease revoke", "Revokes leases", " <leaseID>", &[], &[]),
    spec(
        "lease timetolive",
        "Get lease information",
        " <leaseID> [options]",
        &[Flag::switch("keys", None)],
        &[("      --keys[=false]", "Get keys attached to this lease")],
    ),
    Spec {
        path: "member list",
        about: "Lists all members in the cluster",
        usage: "",
        flags: &[],
        options: &[],
        description: "When --write-out is set to simple, this command prints out comma-separated member lists for each \
                      endpoint.\nThe items in the lists are ID, Status, Name, Peer Addrs, Client Addrs, Is Learner.",
    },
    spec(
        "put",
        "Puts the given key into the store",
        " [options] <key> <value> (<value> can also be given from stdin)",
        &[
            Flag::switch("ignore-lease", None),
            Flag::switch("ignore-value", None),
            Flag::value("lease", None),
            Flag::switch("prev-kv", None),
        ],
        &[
            ("      --ignore-lease[=false]", "updates the key using its current lease"),
            ("      --ignore-value[=false]", "updates the key using its current value"),
            ("      --lease=\"0\"", "lease ID (in hexadecimal) to attach to the key"),
            ("      --prev-kv[=false]", "return the previous key-value pair before modification"),
        ],
    ),
    spec("snapshot save", "Stores an etcd node backend snapshot to a given file", " <filename>", &[], &[]),
    spec(
        "txn",
        "Txn processes all the requests in one transaction",
        " [options]",
        &[Flag::switch("interactive", Some('i'))],
        &[("  -i, --interactive[=false]", "Input transaction in interactive mode")],
    ),
    spec("version", "Prints the version of etcdctl", "", &[], &[]),
    spec(
        "watch",
        "Watches events stream on keys or prefixes",
        " [options] [key or prefix] [range_end]",
        &[Flag::switch("prefix", None), Flag::switch("prev-kv", None), Flag::value("rev", None)],
        &[
            ("      --prefix[=false]", "Watch on a prefix if prefix is set"),
            ("      --prev-kv[=false]", "get the previous key-value pair before the event happens"),
            ("      --rev=0", "Revision to start watching"),
        ],
    ),
];

const GLOBAL_OPTIONS: [(&str, &str); 2] = [
    ("      --hex[=false]", "print byte strings as hex encoded strings"),
    ("  -w, --write-out=\"simple\"", "set the output format (fields, json, simple, table)"),
];

const GROUPS: [(&str, &str); 5] = [
    ("alarm", "Alarm related commands"),
    ("endpoint", "Endpoint related commands"),
    ("lease", "Lease related commands"),
    ("member", "Membership related commands"),
    ("snapshot", "Manages etcd node snapshots"),
];

impl Spec {
    /// The command that the words begin with: one word or two.
    pub(super) fn path(words: &[String]) -> String {
        match words {
            [group, command, ..] if Self::is_group(group) => format!("{group} {command}"),
            [command, ..] if command == "compact" => "compaction".to_owned(),
            [command, ..] => command.clone(),
            [] => String::new(),
        }
    }

    pub(super) fn find(path: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|spec| spec.path == path)
    }

    pub(super) fn is_group(name: &str) -> bool {
        GROUPS.iter().any(|(group, _)| *group == name)
    }

    /// What `etcdctl help COMMAND` prints.
    pub(super) fn page(&self) -> String {
        let Self { path, about, usage, .. } = self;
        let command = path.rsplit(' ').next().unwrap_or(path);
        let help = format!("help for {command}");
        let mut options = self.options.to_vec();
        let place = options.iter().position(|(flag, _)| *flag > "      --help").unwrap_or(options.len());
        options.insert(place, ("  -h, --help[=false]", &help));
        let mut page = format!("NAME:\n\t{path} - {about}\n\nUSAGE:\n\tetcdctl {path}{usage} [flags]\n\n");
        if !self.description.is_empty() {
            page.push_str(&format!("DESCRIPTION:\n\t{}\n\n", self.description.replace('\n', "\n\t")));
        }
        page.push_str(&format!("OPTIONS:\n{}\nGLOBAL OPTIONS:\n{}\n", columns(&options), columns(&GLOBAL_OPTIONS)));
        page
    }
}

/// Whether there is help of its own about the words.
pub(super) fn is_topic(words: &[String]) -> bool {
    Spec::find(&Spec::path(words)).is_some() || words.first().is_some_and(|word| Spec::is_group(word))
}

/// What `etcdctl help` prints about the words that follow.
pub(super) fn page(words: &[String]) -> String {
    debug_assert_eq!(GLOBAL.len(), GLOBAL_OPTIONS.len() + 1, "each flag is shown, help apart");
    let api = "API VERSION:\n\t3.4\n\n\n";
    if let Some(spec) = Spec::find(&Spec::path(words)) {
        return spec.page();
    }
    let listed = |group: Option<&str>| -> String {
        let rows: Vec<(String, &str)> = COMMANDS
            .iter()
            .filter_map(|spec| match group {
                None => Some((format!("\t{}", spec.path), spec.about)),
                Some(group) => {
                    let command = spec.path.strip_prefix(group)?.strip_prefix(' ')?;
                    Some((format!("\t{command}"), spec.about))
                }
            })
            .collect();
        columns(&rows)
    };
    let group = words.first().and_then(|word| GROUPS.iter().find(|(name, _)| name == word));
    if let Some((name, about)) = group {
        let help = format!("help for {name}");
        return format!(
            "NAME:\n\t{name} - {about}\n\nUSAGE:\n\tetcdctl {name} <subcommand> [flags]\n\n{api}COMMANDS:\n{}\nOPTIONS:\n{}\n\
             GLOBAL OPTIONS:\n{}\n",
            listed(Some(name)),
            columns(&[("  -h, --help[=false]", help.as_str())]),
            columns(&GLOBAL_OPTIONS)
        );
    }
    let mut options = vec![("  -h, --help[=false]", "help for etcdctl")];
    options.extend(GLOBAL_OPTIONS);
    format!(
        "NAME:\n\tetcdctl - A simple command line client for etcd3.\n\nUSAGE:\n\tetcdctl [flags]\n\nVERSION:\n\t3.4.23\n\n\
         {api}COMMANDS:\n{}\nOPTIONS:\n{}\n",
        listed(None),
        columns(&options)
    )
}

/// Two columns aligned by tabs, as Go's tabwriter does it. A leading tab belongs to no column.
fn columns<T: AsRef<str>>(rows: &[(T, &str)]) -> String {
    let length = |cell: &T| cell.as_ref().trim_start_matches('\t').len();
    let width = rows.iter().map(|(cell, _)| length(cell) / 8 * 8 + 8).max().unwrap_or_default();
    rows.iter()
        .map(|(cell, text)| {
            let tabs = "\t".repeat((width - length(cell)).div_ceil(8));
            format!("{}{tabs}{text}\n", cell.as_ref())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_end_at_the_same_tab_stop() {
        assert_eq!(
            columns(&[("\tget", "Gets"), ("\talarm disarm", "Disarms")]),
            "\tget\t\tGets\n\talarm disarm\tDisarms\n"
        );
        assert_eq!(columns(&[("12345678", "a"), ("1", "b")]), "12345678\ta\n1\t\tb\n");
    }

    #[test]
    fn commands_are_sorted_and_each_has_its_flags_shown() {
        assert!(COMMANDS.is_sorted_by_key(|spec| spec.path));
        for spec in COMMANDS {
            assert_eq!(spec.flags.len(), spec.options.len(), "{}", spec.path);
            assert!(spec.flags.iter().all(|flag| spec.page().contains(&format!("--{}", flag.long))), "{}", spec.path);
        }
    }
}
