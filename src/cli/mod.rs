//! The command line: one file per subcommand.
//!
//! Each has its arguments (`Args`) and `run`, which returns how the program ends or the error that ends it.

mod accept;
mod check;
mod clean;
mod cluster;
mod completions;
mod doc;
mod doctor;
mod file;
mod folders;
mod lint;
mod lock;
mod new;
mod recorded;
mod recover;
mod repl;
mod run;
mod runtime;
mod sandbox;
mod workspace;

use clap::{Parser, Subcommand};

use crate::report::{self, ColorChoice, Style};
use crate::script::with_stack;

const EXAMPLES: &str = "\
Examples:
  kpnb run notebooks/finalizers.md
  kpnb run --cluster kind-k8splayground notebooks/finalizers.md
  kpnb check --cluster kind-k8splayground notebooks/*.md
  kpnb doctor --cluster kind-k8splayground notebooks/*.md
  kpnb repl
  kpnb sandbox --speed 60
  kpnb new my-exploration

Exit codes: 0 ok, 1 a cell failed, 2 usage or unreadable notebook, 3 drift (check, accept), 4 cluster unreachable or
refused, 130 interrupted.";

/// Run explorations of Kubernetes behaviour that are written as markdown notebooks.
///
/// A notebook is markdown whose rhai cells carry out the experiment that the prose describes, on the Kubernetes API,
/// etcd and the nodes' containers alike. kpnb runs the cells and writes what happened back into the file.
#[derive(Debug, Parser)]
#[command(name = "kpnb", version, after_help = EXAMPLES, disable_help_subcommand = true)]
struct Cli {
    /// When to color messages and differences.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: ColorChoice,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Accept(accept::Args),
    Check(check::Args),
    Clean(clean::Args),
    Completions(completions::Args),
    Doc(doc::Args),
    Doctor(doctor::Args),
    Lint(lint::Args),
    New(new::Args),
    Recover(recover::Args),
    Repl(repl::Args),
    Run(run::Args),
    Sandbox(sandbox::Args),
}

/// Runs the program.
pub fn main() -> std::process::ExitCode {
    crate::script::quiet_panics();
    let cli = Cli::parse();
    let style = Style::of_stderr(cli.color);
    let end = with_stack(|| match cli.command {
        Command::Accept(args) => accept::run(&args, style, Style::of_stdout(cli.color)),
        Command::Check(args) => check::run(&args, style, Style::of_stdout(cli.color)),
        Command::Clean(args) => clean::run(&args, style),
        Command::Completions(args) => completions::run(&args),
        Command::Doc(args) => doc::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Lint(args) => lint::run(&args, style),
        Command::New(args) => new::run(&args),
        Command::Recover(args) => recover::run(&args, style),
        Command::Repl(args) => repl::run(&args, style),
        Command::Run(args) => run::run(&args, style),
        Command::Sandbox(args) => sandbox::run(&args, style),
    });
    end.unwrap_or_else(|error| {
        report::tell(&report::describe(&*error.report, style));
        error.exit
    })
    .into()
}
