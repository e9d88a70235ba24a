//! Hands over to [`kpnb::cli`].

fn main() -> std::process::ExitCode {
    kpnb::cli::main()
}
