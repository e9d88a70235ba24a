//! `cp`, `mv`, `ln`.

use super::{clean, cwd};
use crate::sandbox::host::files::{Entry, Files, absolute};
use crate::sandbox::host::programs::arguments::options;
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
        let (program, flags, text) = (args[0].clone(), flags.clone(), from.clone());
        let done = sys
            .files(move |files, now| {
                if files.get(&target).is_some_and(|entry| entry.is_dir()) {
                    target =
                        format!("{target}/{}", source.trim_end_matches('/').rsplit('/').next().unwrap_or_default());
                }
                if program == "ln" && flags.contains('s') {
                    return files.put(&target, Entry::link(&text, now));
                }
                let entry = files.get(&source).ok_or("No such file or directory")?;
                let (source, target) = (clean(files, &source), clean(files, &target));
                if entry.is_dir() && program != "mv" && !flags.contains(['r', 'R', 'a']) {
                    return Err("omitting directory");
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
                sys.err(format!("{}: cannot stat '{from}': {why}\n", args[0])).await;
                code = 1;
            }
        }
    }
    code
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
