//! Scripts. Records: cells, one after the other in one session, on a cluster that answers well.

use std::time::Duration;

use kpnb::bindings::session;
use kpnb::script::Host;

use super::world::WORLD;

/// How long a cell may take.
const TIMEOUT: Duration = Duration::from_millis(200);

/// A cell ends by itself or at its deadline, and says where it failed: on a line that it has.
pub fn check(data: &[u8]) {
    const FIRST_LINE: usize = 10;
    let world = &*WORLD;
    world.answer(std::iter::empty());
    let host = Host::new(world.runtime.handle().clone(), world.workspace.cluster.clock.clone());
    let mut session = session(host.clone(), world.workspace.clone());
    for cell in super::texts(data).take(4) {
        let deadline = host.push_deadline(TIMEOUT);
        let result = session.eval(&cell, "n.md", FIRST_LINE);
        host.pop_deadline(deadline.id);
        host.take_output();
        host.take_claims();
        if let Err(error) = result {
            assert!(!error.plain().is_empty());
            let calls = error.calls.iter().filter_map(|call| call.place.as_ref());
            for place in error.place.iter().chain(calls) {
                // One past the last: where more was expected.
                let last = place.first_line + place.text.lines().count();
                assert!((place.first_line..=last).contains(&place.line) && place.column > 0, "{cell:?}: {error:?}");
            }
        }
    }
    world.workspace.journal.pending().iter().for_each(|entry| world.workspace.journal.done(entry.n));
}
