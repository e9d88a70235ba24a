//! `tar`: GNU's on nodes, busybox's in containers; and `gzip` with its like.
//!
//! - this file: what is asked for; `create`, `extract`: doing it; `packed`: `gzip`, `gunzip`, `zcat`

mod create;
mod extract;
mod packed;

use super::busybox;
use crate::sandbox::host::files::absolute;
use crate::sandbox::host::sys::Sys;

pub(super) use packed::packed;

/// busybox's, as `tar --help` has it.
const USAGE: &str = "\
BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n\nUsage: tar c|x|t [-ZzJjahmvokO] [-f TARFILE] [-C DIR] [FILE]...\n\n\
Create, extract, or list files from a tar file\n\n\tc\tCreate\n\tx\tExtract\n\tt\tList\n\t-f FILE\tName of TARFILE ('-' for stdin/out)\n\
\t-C DIR\tChange to DIR before operation\n\t-v\tVerbose\n\t-O\tExtract to stdout\n\t-m\tDon't restore mtime\n\
\t-o\tDon't restore user:group\n\t-k\tDon't replace existing files\n\t-Z\t(De)compress using compress\n\
\t-z\t(De)compress using gzip\n\t-J\t(De)compress using xz\n\t-j\t(De)compress using bzip2\n\t--lzma\t(De)compress using lzma\n\
\t-a\t(De)compress based on extension\n\t-h\tFollow symlinks\n\t--overwrite\t\tReplace existing files\n\
\t--strip-components NUM\tNUM of leading components to strip\n\t--no-recursion\t\tDon't descend in directories\n\
\t--numeric-owner\t\tUse numeric user:group\n\t--no-same-permissions\tDon't restore access permissions\n\
\t--to-command COMMAND\tPipe files to COMMAND\n";

/// What GNU's says last.
const TRY: &str = "Try 'tar --help' or 'tar --usage' for more information.\n";

/// Long options and the letter that does the same; those that end in `=` take a value. Those with no letter change nothing here.
const LONG: [(&str, char); 29] = [
    ("create", 'c'),
    ("extract", 'x'),
    ("get", 'x'),
    ("list", 't'),
    ("file=", 'f'),
    ("directory=", 'C'),
    ("verbose", 'v'),
    ("gzip", 'z'),
    ("gunzip", 'z'),
    ("bzip2", 'j'),
    ("xz", 'J'),
    ("lzma", 'J'),
    ("compress", 'Z'),
    ("to-stdout", 'O'),
    ("touch", 'm'),
    ("keep-old-files", 'k'),
    ("dereference", 'h'),
    ("auto-compress", 'a'),
    ("same-permissions", 'p'),
    ("preserve-permissions", 'p'),
    ("no-same-permissions", ' '),
    ("no-same-owner", 'o'),
    ("same-owner", ' '),
    ("numeric-owner", ' '),
    ("overwrite", ' '),
    ("strip-components=", 's'),
    ("exclude=", 'e'),
    ("help", '?'),
    ("version", '!'),
];

/// What a command line asks for.
#[derive(Default)]
struct Asked {
    letters: String,
    file: Option<String>,
    dir: Option<String>,
    strip: usize,
    exclude: Vec<String>,
    names: Vec<String>,
}

impl Asked {
    fn has(&self, letter: char) -> bool {
        self.letters.contains(letter)
    }

    fn take(&mut self, letter: char, value: String) {
        match letter {
            'f' => self.file = Some(value),
            'C' => self.dir = Some(value),
            's' => self.strip = value.parse().unwrap_or(0),
            _ => self.exclude.push(value),
        }
    }
}

/// Reads a command line; or what is wrong with it and the exit code.
fn read(args: &[String], ash: bool) -> Result<Asked, (String, i32)> {
    let wrong = |why: String, code: i32| {
        let more = if ash { USAGE } else { TRY };
        (format!("tar: {why}\n{more}"), if ash { 1 } else { code })
    };
    let known = if ash { "cxtZzJjahmvokOp" } else { "cxtZzJjahmvokOpP" };
    let mut asked = Asked::default();
    let mut rest = args[1..].iter().enumerate();
    while let Some((at, arg)) = rest.next() {
        if let Some(long) = arg.strip_prefix("--").filter(|long| !long.is_empty()) {
            let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let found = LONG
                .iter()
                .find(|(known, letter)| known.trim_end_matches('=') == name && !(ash && matches!(letter, 'e' | '!')));
            let Some((known, letter)) = found else {
                return Err(wrong(format!("unrecognized option '{arg}'"), 64));
            };
            if !known.ends_with('=') {
                asked.letters.push(*letter);
                continue;
            }
            let value = value.map(str::to_owned).or_else(|| rest.next().map(|(_, value)| value.clone()));
            let value = value.ok_or_else(|| wrong(format!("option '--{name}' requires an argument"), 64))?;
            asked.take(*letter, value);
            continue;
        }
        // The letters of the first word need no dash; their values are the words after it.
        let old = at == 0 && !arg.starts_with('-');
        let Some(letters) = arg.strip_prefix('-').filter(|letters| !letters.is_empty()).or(old.then_some(arg)) else {
            asked.names.push(arg.clone());
            continue;
        };
        for (place, letter) in letters.char_indices() {
            match letter {
                'f' | 'C' => {
                    let joined = &letters[place + 1..];
                    let value = match joined {
                        _ if old => rest.next().map(|(_, value)| value.clone()),
                        "" => rest.next().map(|(_, value)| value.clone()),
                        joined => Some(joined.to_owned()),
                    };
                    let why = if old && !ash {
                        format!("Old option '{letter}' requires an argument.")
                    } else {
                        format!("option requires an argument -- '{letter}'")
                    };
                    asked.take(letter, value.ok_or_else(|| wrong(why, 2))?);
                    if !old && !joined.is_empty() {
                        break;
                    }
                }
                _ if known.contains(letter) => asked.letters.push(letter),
                _ => return Err(wrong(format!("invalid option -- '{letter}'"), 64)),
            }
        }
    }
    Ok(asked)
}

pub(super) async fn tar(sys: &Sys, args: &[String]) -> i32 {
    let ash = busybox(sys).await;
    let asked = match read(args, ash) {
        Ok(asked) => asked,
        Err((text, code)) => {
            sys.err(text).await;
            return code;
        }
    };
    if asked.has('!') {
        sys.out("tar (GNU tar) 1.34\n").await;
        return 0;
    }
    if let Some(letter) = asked.letters.chars().find(|letter| "ZjJ".contains(*letter) || *letter == '?' && !ash) {
        sys.err(format!("tar: -{letter} is not modelled in kpnb's sandbox\n")).await;
        return 2;
    }
    if asked.has('?') || ash && !asked.letters.contains(['c', 'x', 't']) {
        sys.err(USAGE).await;
        return i32::from(!asked.has('?'));
    }
    let cwd = sys.process(|process| process.cwd.clone()).await;
    // GNU's opens the archive where it is called, busybox's likewise.
    let file = asked.file.clone().filter(|file| file != "-").map(|file| (absolute(&cwd, &file), file));
    let dir = asked.dir.as_ref().map_or(cwd.clone(), |dir| absolute(&cwd, dir));
    if asked.has('c') {
        create::create(sys, &asked, file, &dir, ash).await
    } else if asked.letters.contains(['x', 't']) {
        extract::extract(sys, &asked, file, &dir, ash).await
    } else {
        let why = "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options";
        sys.err(format!("tar: {why}\n{TRY}")).await;
        2
    }
}

/// Complains of a directory that is not there; whether it is.
async fn enter(sys: &Sys, asked: &Asked, dir: &str, ash: bool) -> bool {
    let path = dir.to_owned();
    let there = sys.files(move |files, _| files.get(&path).is_some_and(|entry| entry.is_dir())).await;
    if !there {
        let name = asked.dir.as_deref().unwrap_or(dir);
        let why = "No such file or directory";
        sys.err(if ash {
            format!("tar: can't change directory to '{name}': {why}\n")
        } else {
            format!("tar: {name}: Cannot open: {why}\ntar: Error is not recoverable: exiting now\n")
        })
        .await;
    }
    there
}

/// Complains of an archive that cannot be opened. The exit code.
async fn cannot_open(sys: &Sys, name: &str, why: &str, ash: bool) -> i32 {
    sys.err(if ash {
        format!("tar: can't open '{name}': {why}\n")
    } else {
        format!("tar: {name}: Cannot open: {why}\ntar: Error is not recoverable: exiting now\n")
    })
    .await;
    code(true, ash)
}

/// The exit code: GNU's knows two kinds of failures.
fn code(failed: bool, ash: bool) -> i32 {
    match (failed, ash) {
        (false, _) => 0,
        (true, true) => 1,
        (true, false) => 2,
    }
}
