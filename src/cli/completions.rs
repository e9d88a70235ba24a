//! `kpnb completions`: what a shell needs to complete kpnb's command line.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::report::{self, Error, Exit};

const EXAMPLES: &str = "\
Examples:
  kpnb completions bash > ~/.local/share/bash-completion/completions/kpnb
  kpnb completions zsh > ~/.zfunc/_kpnb      # a folder of $fpath
  kpnb completions fish > ~/.config/fish/completions/kpnb.fish";

/// Print a script that completes kpnb's command line in a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<Exit, Error> {
    // Kept until it is whole: the generator panics where it cannot write, as into a pipe that is closed.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Cli::command(), "kpnb", &mut script);
    report::print(&String::from_utf8_lossy(&script));
    Ok(Exit::Ok)
}
