//! `touch`, `mkdir`, `rm`, `rmdir`.

use super::{clean, cwd};
use crate::sandbox::host::files::{Entry, Files, absolute};
use crate::sandbox::host::programs::arguments::options;
use crate::sandbox::host::programs::busybox;
use crate::sandbox::host::runtime::make_dirs;
use crate::sandbox::host::sys::Sys;

pub(in crate::sandbox::host::programs) async fn change(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, paths) = options(args, if args[0] == "rm" { "" } else { "m" });
    let (cwd, mut code) = (cwd(sys).await, 0);
    for path in paths {
        let (full, flags, program) = (absolute(&cwd, &path), flags.clone(), args[0].clone());
        let done = sys.files(move |files, now| change_one(files, now, &program, &flags, &full)).await;
        if let Err(why) = done {
            code = 1;
            let text = match args[0].as_str() {
                program if busybox(sys).await => {
                    let did = match program {
                        "mkdir" => "can't create directory ",
                        "touch" => "",
                        "rmdir" => "",
                        _ => "can't remove ",
                    };
                    let path = if did.is_empty() { path } else { format!("'{path}'") };
                    format!("{program}: {did}{path}: {why}\n")
                }
                "mkdir" => format!("mkdir: cannot create directory '{path}': {why}\n"),
                "touch" => format!("touch: cannot touch '{path}': {why}\n"),
                "rmdir" => format!("rmdir: failed to remove '{path}': {why}\n"),
                _ => format!("rm: cannot remove '{path}': {why}\n"),
            };
            sys.err(text).await;
        }
    }
    code
}

fn change_one(
    files: &mut Files,
    now: jiff::Timestamp,
    program: &str,
    flags: &str,
    full: &str,
) -> Result<(), &'static str> {
    let found = files.own(&clean(files, full));
    match (program, found) {
        ("mkdir", Some(_)) if flags.contains('p') => Ok(()),
        ("mkdir", Some(_)) => Err("File exists"),
        ("mkdir", None) => {
            if flags.contains('p') {
                make_dirs(files, full, now);
            }
            files.put(full, Entry::dir(0o755, now))
        }
        ("touch", Some(_)) => files.change(full, |entry| entry.mtime = now),
        ("touch", None) => files.put(full, Entry::file(0o644, "", now)),
        (_, None) if flags.contains('f') => Ok(()),
        (_, None) => Err("No such file or directory"),
        ("rmdir", Some(entry)) if !entry.is_dir() => Err("Not a directory"),
        ("rmdir", Some(_)) if files.held(&clean(files, full)).is_some() => {
            Err(files.held(&clean(files, full)).unwrap_or_default())
        }
        ("rmdir", Some(_)) if !files.list(full).is_empty() => Err("Directory not empty"),
        ("rm", Some(entry)) if entry.is_dir() && !flags.contains(['r', 'R']) => Err("Is a directory"),
        _ => {
            let path = clean(files, full);
            match files.held(&path) {
                Some(why) => Err(why),
                None => {
                    files.remove(&path);
                    Ok(())
                }
            }
        }
    }
}
