//! `etcd::status`, `etcd::members`: etcd itself.

use rhai::{Array, Dynamic};

use super::value::map;
use crate::bindings::Binding;
use crate::client::Failure;

pub(super) const STATUS: Binding = Binding {
    name: "etcd::status",
    signature: "etcd::status()",
    doc: "What the first member says about itself: `#{endpoint, version, revision, db_size, db_size_in_use, member_id,
leader, is_leader, raft_term, raft_index}`. Ids are hexadecimal, as etcdctl prints them.

```rhai
etcd::status().revision
```",
    arity: (0, 0),
    call: |call| {
        let etcd = call.workspace.etcd()?;
        let endpoint = etcd.endpoints().next().unwrap_or_default();
        let status = call.block_on(etcd.status(endpoint))?;
        Ok(map([
            ("endpoint", endpoint.to_owned().into()),
            ("version", status.version.into()),
            ("revision", status.header.revision.into()),
            ("db_size", status.db_size.into()),
            ("db_size_in_use", status.db_size_in_use.into()),
            ("member_id", id(status.header.member_id)),
            ("leader", id(status.leader)),
            ("is_leader", (status.leader == status.header.member_id).into()),
            ("raft_term", integer(status.raft_term)?),
            ("raft_index", integer(status.raft_index)?),
        ]))
    },
};

pub(super) const MEMBERS: Binding = Binding {
    name: "etcd::members",
    signature: "etcd::members()",
    doc: "The members of etcd: an array of `#{id, name, peer_urls, client_urls, is_learner}`.

```rhai
etcd::members().len()
```",
    arity: (0, 0),
    call: |call| {
        let etcd = call.workspace.etcd()?;
        let members = call.block_on(etcd.members())?.members;
        let strings = |urls: Vec<String>| Dynamic::from(urls.into_iter().map(Dynamic::from).collect::<Array>());
        let member = |member: crate::client::etcd::Member| {
            map([
                ("id", id(member.id)),
                ("name", member.name.into()),
                ("peer_urls", strings(member.peer_urls)),
                ("client_urls", strings(member.client_urls)),
                ("is_learner", member.is_learner.into()),
            ])
        };
        Ok(members.into_iter().map(member).collect::<Array>().into())
    },
};

fn id(id: u64) -> Dynamic {
    format!("{id:x}").into()
}

fn integer(value: u64) -> Result<Dynamic, Failure> {
    i64::try_from(value).map(Dynamic::from).map_err(|_| Failure::answer(format!("{value} is no 64-bit integer")))
}
