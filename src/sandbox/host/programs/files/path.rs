//! `readlink`, `realpath`, `basename`, `dirname`, `which`.

use super::{clean, cwd};
use crate::sandbox::host::files::{Kind, absolute};
use crate::sandbox::host::programs::Env;
use crate::sandbox::host::programs::arguments::options;
use crate::sandbox::host::sys::Sys;

pub(in crate::sandbox::host::programs) async fn path(sys: &Sys, args: &[String], env: &Env) -> i32 {
    let (_, _, paths) = options(args, "s");
    let (cwd, mut code) = (cwd(sys).await, 0);
    for (n, path) in paths.iter().enumerate() {
        let (full, program, name, env, cwd) =
            (absolute(&cwd, path), args[0].clone(), path.clone(), env.clone(), cwd.clone());
        let follows = args.iter().any(|arg| arg.starts_with('-') && (arg.contains('f') || arg.contains('e')));
        let text = match program.as_str() {
            "basename" => {
                let base = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let suffix = paths.get(1).map_or("", String::as_str);
                Some(if base == suffix { base } else { base.strip_suffix(suffix).unwrap_or(base) }.to_owned())
            }
            "dirname" => Some(match path.trim_end_matches('/').rsplit_once('/') {
                Some(("", _)) => "/".to_owned(),
                Some((dir, _)) => dir.to_owned(),
                None => ".".to_owned(),
            }),
            "which" => sys.files(move |files, _| super::super::find(files, &env, &cwd, &name).ok()).await,
            _ => {
                sys.files(move |files, _| {
                    if program == "realpath" || follows {
                        return files.resolve(&full).filter(|path| files.own(path).is_some());
                    }
                    match &files.own(&clean(files, &full))?.kind {
                        Kind::Link(to) => Some(to.clone()),
                        _ => None,
                    }
                })
                .await
            }
        };
        match text {
            Some(text) => sys.out(text + "\n").await,
            None => {
                if args[0] == "realpath" {
                    sys.err(format!("realpath: {path}: No such file or directory\n")).await;
                }
                code = 1;
            }
        }
        if args[0] == "basename" && n == 0 {
            break;
        }
    }
    code
}
