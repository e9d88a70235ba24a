//! How much memory a script may take. Rhai's own limits measure an array anew at each call; the process is measured
//! every few milliseconds instead, and what allocates much in a single step is checked before it does.

/// What a running cell may add to the process, in bytes.
pub(super) const LIMIT: u64 = 1 << 30;

/// The longest array, in elements, and blob or string, in bytes, that one call may make out of a number.
pub(super) const LONGEST: i64 = 1 << 24;

/// Resident memory of this process in bytes; zero where the system does not tell (then nothing is bounded).
pub(super) fn used() -> u64 {
    // Linux: the second field is the resident set in pages. The page is 4 KiB on all platforms that kpnb is built for;
    // where it is larger the bound is only lower.
    const PAGE: u64 = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * PAGE
}
