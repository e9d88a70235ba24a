//! What must hold for any input whatsoever, one file a target: `check` takes bytes and panics where it does not hold.
//!
//! libFuzzer runs them through `fuzz_targets/` and looks for new inputs; `tests/offline/replay.rs` runs them on those in
//! `corpus/`, with the plain compiler. README.md says what each covers.
//!
//! An input is text where it can be, so that a person can read and write one: records, with [`SEPARATOR`] between.

pub mod decode;
pub mod docker;
pub mod etcdctl;
pub mod front_matter;
pub mod jsonpath;
pub mod kubectl;
pub mod line;
pub mod marker;
pub mod merge;
pub mod notebook;
pub mod objects;
pub mod sandbox;
pub mod session;
pub mod stable;
pub mod text;
mod world;

/// What a target checks of an input.
pub type Check = fn(&[u8]);

/// All targets: the name of its folder in `corpus/`, and what it checks.
pub const TARGETS: [(&str, Check); 15] = [
    ("decode", decode::check),
    ("docker", docker::check),
    ("etcdctl", etcdctl::check),
    ("front_matter", front_matter::check),
    ("jsonpath", jsonpath::check),
    ("kubectl", kubectl::check),
    ("line", line::check),
    ("marker", marker::check),
    ("merge", merge::check),
    ("notebook", notebook::check),
    ("objects", objects::check),
    ("sandbox", sandbox::check),
    ("session", session::check),
    ("stable", stable::check),
    ("text", text::check),
];

/// ASCII's record separator: no text that kpnb reads has a use for it.
pub const SEPARATOR: u8 = 0x1e;

/// The bytes between the separators; at least one record, which may be empty.
fn records(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|byte| *byte == SEPARATOR)
}

/// The records as text; what is no UTF-8 becomes U+FFFD.
fn texts(data: &[u8]) -> impl Iterator<Item = String> {
    records(data).map(|record| String::from_utf8_lossy(record).into_owned())
}
