//! `member list`.

use serde_json::Value;

use super::Command;
use super::format::{Kind, header_fields, quoted, table};
use super::json::Object;
use crate::client::Failure;
use crate::client::etcd::Member;

impl Command<'_> {
    pub(super) async fn member_list(&self) -> Result<i32, Failure> {
        let answer = self.etcd.members().await?;
        let members = &answer.members;
        let text = match self.format.kind {
            Kind::Simple => members.iter().map(|member| format!("{}\n", row(member).join(", "))).collect(),
            Kind::Table => {
                let titles = ["ID", "STATUS", "NAME", "PEER ADDRS", "CLIENT ADDRS", "IS LEARNER"];
                table(&titles, &members.iter().map(row).collect::<Vec<_>>())
            }
            Kind::Fields => {
                let members: String = members.iter().map(fields).collect();
                format!("{}{members}", header_fields(&answer.header))
            }
            Kind::Json => {
                let members: Value = members.iter().map(json).collect();
                Object::headed(&answer.header).with("members", members).line()
            }
        };
        self.out(&text);
        Ok(0)
    }
}

fn row(member: &Member) -> Vec<String> {
    let status = if member.name.is_empty() { "unstarted" } else { "started" };
    vec![
        format!("{:x}", member.id),
        status.to_owned(),
        member.name.clone(),
        member.peer_urls.join(","),
        member.client_urls.join(","),
        member.is_learner.to_string(),
    ]
}

fn fields(member: &Member) -> String {
    let urls = |name: &str, urls: &[String]| -> String {
        urls.iter().map(|url| format!("\"{name}\" : {}\n", quoted(url.as_bytes()))).collect()
    };
    format!(
        "\"ID\" : {}\n\"Name\" : {}\n{}{}\"IsLearner\" : {}\n\n",
        member.id,
        quoted(member.name.as_bytes()),
        urls("PeerURL", &member.peer_urls),
        urls("ClientURL", &member.client_urls),
        member.is_learner
    )
}

fn json(member: &Member) -> Value {
    Object::default()
        .with("ID", member.id)
        .with_set("name", member.name.as_str())
        .with_set("peerURLs", member.peer_urls.clone())
        .with_set("clientURLs", member.client_urls.clone())
        .with_set("isLearner", member.is_learner)
        .into()
}
