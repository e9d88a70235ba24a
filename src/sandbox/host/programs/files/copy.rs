//! `cp`, `mv`, `ln`.

use super::{clean, cwd};
use crate::sandbox::host::files::{Entry, Files, NOT_FOUND, absolute};
use crate::sandbox::host::programs::arguments::options;
use crate::sandbox::host::programs::busybox;
use crate::sandbox::host::sys::Sys;

pub(in crate::sandbox::host::programs) async fn copy(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, mut paths) = options(args, "");
    let (Some(to), false) = (paths.pop(), paths.is_empty()) else {
        sys.err(format!("{}: missing file operand\n", args[0])).await;
        return 1;
    };
    let (cwd, mut code) = (cwd(sys).await, 0);
    for from in paths {
        let (source, mut target) = (absolute(&cwd, &from), absolute(&cwd, &to));
        let symbolic = flags.contains('s');
        let (program, flags, text) = (args[0].clone(), flags.clone(), from.clone());
        let done = sys
            .files(move |files, now| {
                if files.get(&target).is_some_and(|entry| entry.is_dir()) {
                    target =
                        format!("{target}/{}", source.trim_end_matches('/').rsplit('/').next().unwrap_or_default());
                }
                if program == "ln" && flags.contains('s') {
                    if files.own(&target).is_some() && !flags.contains('f') {
                        return Err("File exists");
                    }
                    return files.put(&target, Entry::link(&text, now));
                }
                let entry = files.get(&source).ok_or(NOT_FOUND)?;
                let (source, target) = (clean(files, &source), clean(files, &target));
                if entry.is_dir() && program != "mv" && !flags.contains(['r', 'R', 'a']) {
                    return Err("omitting directory");
                }
                if program == "mv"
                    && let Some(why) = files.held(&source)
                {
                    return Err(why);
                }
                copy_tree(files, &source, &target)?;
                if program == "mv" {
                    files.remove(&source);
                }
                Ok(())
            })
            .await;
        match done {
            Ok(()) => {}
            Err("omitting directory") => {
                sys.err(format!("cp: -r not specified; omitting directory '{from}'\n")).await;
                code = 1;
            }
            Err(why) => {
                let name = from.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let dir = absolute(&cwd, &to);
                let into = sys.files(move |files, _| files.get(&dir).is_some_and(|entry| entry.is_dir())).await;
                let target = if into { format!("{}/{name}", to.trim_end_matches('/')) } else { to.clone() };
                let text = refused(&args[0], symbolic, &from, &target, why, busybox(sys).await);
                sys.err(text).await;
                code = 1;
            }
        }
    }
    code
}

/// What a program says that could not do it.
fn refused(program: &str, link: bool, from: &str, to: &str, why: &str, ash: bool) -> String {
    let missing = why == NOT_FOUND;
    match (program, ash) {
        ("cp", true) if missing => format!("cp: can't stat '{from}': {why}\n"),
        ("cp", true) => format!("cp: can't create '{to}': {why}\n"),
        ("mv", true) => format!("mv: can't rename '{from}': {why}\n"),
        (_, true) => format!("ln: {to}: {why}\n"),
        ("ln", false) if link => format!("ln: failed to create symbolic link '{to}': {why}\n"),
        ("ln", false) if missing => format!("ln: failed to access '{from}': {why}\n"),
        ("ln", false) => format!("ln: failed to create hard link '{to}' => '{from}': {why}\n"),
        ("cp", false) if !missing => format!("cp: cannot create regular file '{to}': {why}\n"),
        ("mv", false) if !missing => format!("mv: cannot remove '{from}': {why}\n"),
        _ => format!("{program}: cannot stat '{from}': {why}\n"),
    }
}

fn copy_tree(files: &mut Files, from: &str, to: &str) -> Result<(), &'static str> {
    let entry = files.own(from).ok_or("No such file or directory")?;
    let inside = if entry.is_dir() { files.list(from) } else { Vec::new() };
    files.put(to, entry)?;
    for (name, _) in inside {
        copy_tree(files, &format!("{from}/{name}"), &format!("{to}/{name}"))?;
    }
    Ok(())
}
