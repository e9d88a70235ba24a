//! `kpnb doc`: what a script can call.

use std::io::Write as _;

use crate::bindings::{docs, find};
use crate::report::{Error, Exit};

const EXAMPLES: &str = "\
Examples:
  kpnb doc
  kpnb doc wait_until
  kpnb doc k8s::get
  kpnb doc node

How to write a notebook, and what of the language surprises people: docs/guide.md in kpnb's repository.";

/// Show what a cell can call: all functions, or what one does, with an example.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A function, as in k8s::get; or a module, as in node; or a part of a name.
    name: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<Exit, Error> {
    let all = docs();
    let text = match &args.name {
        None => all.iter().map(|doc| format!("{}\n    {}\n", doc.signature, doc.summary())).collect::<String>(),
        Some(name) => {
            let found = find(&all, name);
            if found.is_empty() {
                let message = format!("there is no function {name:?}");
                return Err(Error::with_hint(Exit::Usage, message, "kpnb doc lists all of them"));
            }
            found.iter().map(|doc| doc.page()).collect::<Vec<_>>().join("\n")
        }
    };
    // A reader that has seen enough, such as `head`, is no error.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(Exit::Ok)
}
