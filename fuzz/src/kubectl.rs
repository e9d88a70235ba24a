//! kubectl. Records: its arguments, standard input, and the API server's answers.

use kpnb::bindings::command::Program;

/// Whatever is typed and whatever the server says: no panic, and it ends or can be cut off.
pub fn check(data: &[u8]) {
    command(Program::Kubectl, data);
}

/// Runs a command line on a world that answers as the input says.
pub(super) fn command(program: Program, data: &[u8]) {
    let mut records = super::records(data);
    let line = String::from_utf8_lossy(records.next().unwrap_or_default()).into_owned();
    let stdin = String::from_utf8_lossy(records.next().unwrap_or_default()).into_owned();
    // A line that is refused is not run: `line` is the target for those.
    let Ok(line) = kpnb::bindings::command::Line::of(program, &line) else { return };
    let world = &*super::world::WORLD;
    world.answer(records.map(<[u8]>::to_vec));
    world.run(program, &line.words, Some(&stdin).filter(|text| !text.is_empty()).map(String::as_str));
}
