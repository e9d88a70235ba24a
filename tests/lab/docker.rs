//! `docker::` functions, and docker beside the real client.

use libtest_mimic::Trial;

/// The tests of this file.
pub(crate) fn trials() -> Vec<Trial> {
    Vec::new()
}
