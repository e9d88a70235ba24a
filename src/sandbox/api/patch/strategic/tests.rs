//! Against what a v1.20.2 made of the same patches.
#![allow(clippy::unwrap_used, clippy::expect_used)]
