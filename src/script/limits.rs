//! What a script may use up: the same in debug and in release builds, where Rhai's own defaults differ.

use rhai::Engine;

/// How deep functions may call each other.
pub(super) const CALLS: usize = 64;

/// How deep expressions may nest in a cell, and in a function.
const EXPRESSIONS: (usize, usize) = (64, 64);

/// Steps of one cell; a loop that does nothing else takes about a minute to get there.
const OPERATIONS: u64 = 2_000_000_000;

/// Enough for [`CALLS`] nested calls of nested expressions in a debug build, in bytes; only what is used takes memory.
const STACK: usize = 512 << 20;

/// What may stand on a stack before a script starts, in bytes.
const BEFORE: usize = 16 << 20;

/// Runs `work` on a stack that holds the deepest calls of a script, and gives it one where the thread's own is too small.
///
/// Each cell does so. Who runs many does it around all of them: a new stack has to be mapped, and its pages to be touched
/// for the first time, which takes longer than a short cell.
pub fn with_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK, STACK + BEFORE, work)
}

pub(super) fn install(engine: &mut Engine) {
    engine.set_max_call_levels(CALLS);
    engine.set_max_expr_depths(EXPRESSIONS.0, EXPRESSIONS.1);
    engine.set_max_operations(OPERATIONS);
    // No limits on sizes: Rhai would measure an array anew at each call. See `memory`.
    engine.set_max_array_size(0).set_max_map_size(0).set_max_string_size(0);
}
