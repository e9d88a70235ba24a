//! What a person reads: tables, YAML, JSON, ages. Pure: no IO.
//!
//! Texts are byte for byte what kubectl 1.20 prints, which is what Go's libraries print.

mod age;
mod json;
pub mod jsonpath;
mod quantity;
mod table;
mod tabwriter;
mod yaml;

pub use self::yaml::yaml;
pub use age::age;
pub use json::{compact_json, compact_ordered_json, go_number, go_value, indented_json, ordered_json, served_json};
pub use quantity::Quantity;
pub use table::{Columns, align};
pub use tabwriter::tabbed;
