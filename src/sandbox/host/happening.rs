//! What happened to the nodes' containers, for the Docker Engine to tell.

use jiff::Timestamp;

use crate::sandbox::World;

/// Something that happened to a node's container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub time: Timestamp,
    /// The node's name.
    pub node: String,
    /// What.
    pub what: What,
}

/// Of which kind it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// To the container itself: `die`, with what more is told of it.
    Container(String, Vec<(&'static str, String)>),
    /// It was connected to the nodes' network, or disconnected from it.
    Network(&'static str),
}

/// Writes down what happened, and wakes those who listen.
pub fn happened(world: &mut World, node: &str, what: What) {
    let happening = Happening { time: world.now(), node: node.to_owned(), what };
    world.hosts.happenings.push(happening);
    world.hosts.active();
}
