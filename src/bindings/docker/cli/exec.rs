//! `docker exec`.

use super::{arguments, parse, write};
use crate::bindings::command::Streams;
use crate::bindings::flags::{Flag, Takes};
use crate::client::Failure;
use crate::client::docker::{Docker, ExecOptions};

const FLAGS: &[Flag] = &[
    Flag::value("env", Some('e')),
    Flag::value("workdir", Some('w')),
    Flag::value("user", Some('u')),
    Flag::switch("interactive", Some('i')),
    Flag::switch("tty", Some('t')),
    Flag::switch("detach", Some('d')),
    Flag::switch("privileged", None),
];

pub(super) async fn exec(
    docker: &Docker,
    words: &[String],
    stdin: Option<&str>,
    streams: &Streams,
) -> Result<i32, Failure> {
    // What follows the container is the command's own, flags included.
    let (own, command) = words.split_at(container_place(words));
    let mut flags = parse("exec", own, FLAGS, (0, None))?;
    flags.args.extend(command.iter().cloned());
    let [container, argv @ ..] = &flags.args[..] else {
        return Err(arguments("exec", 2, None));
    };
    if argv.is_empty() {
        return Err(arguments("exec", 2, None));
    }
    if flags.switch("tty", false)? {
        return Err(Failure::refused("the input device is not a TTY")
            .with_hint("a notebook has no terminal: run the command itself, as in docker exec NODE sh -c '…'"));
    }
    let interactive = flags.switch("interactive", false)?;
    let options = ExecOptions {
        env: flags.all("env").to_vec(),
        workdir: flags.get("workdir").map(str::to_owned),
        user: flags.get("user").map(str::to_owned),
        privileged: flags.switch("privileged", false)?,
        stdin: interactive.then(|| stdin.unwrap_or_default().to_owned()),
        detach: flags.switch("detach", false)?,
    };
    let code = docker.exec_with(container, argv, &options, |part| write(streams, part)).await?;
    Ok(i32::try_from(code).unwrap_or(1))
}

/// Where the container's name stands: the first word that is neither a flag nor a flag's value.
fn container_place(words: &[String]) -> usize {
    let mut place = 0;
    while let Some(word) = words.get(place).filter(|word| word.starts_with('-') && word.len() > 1) {
        let flag = match word.strip_prefix("--") {
            Some(long) => FLAGS.iter().find(|flag| flag.long == long),
            // Of short flags in a group the last one may take the next word.
            None => FLAGS.iter().find(|flag| flag.short == word.chars().last() && word.len() == 2),
        };
        place += if flag.is_some_and(|flag| flag.takes == Takes::Value) { 2 } else { 1 };
    }
    place.min(words.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_flags_are_its_own() {
        let place = |line: &str| container_place(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(place("node ps -ef"), 0);
        assert_eq!(place("-e A=b --user root -i node sh -c x"), 5);
        assert_eq!(place("--workdir=/tmp node ls"), 1);
    }
}
