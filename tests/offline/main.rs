//! Tests that need no cluster: the command line; properties of notebooks, on CommonMark's examples and on markdown that nobody here wrote.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may panic

mod check;
mod cli;
mod corpus;
mod disk;
#[path = "../forms/mod.rs"]
mod forms;
#[path = "../../fuzz/src/lib.rs"]
mod fuzz;
mod generate;
mod identity;
mod kind;
mod neighbours;
mod properties;
mod readme;
mod real;
mod replay;
mod reports;
mod sandbox;
mod stable;
