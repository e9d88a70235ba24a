//! `gzip`, `gunzip` and `zcat`.

use crate::sandbox::host::archive::{gunzip, gzip};
use crate::sandbox::host::files::absolute;
use crate::sandbox::host::programs::arguments::options;
use crate::sandbox::host::programs::inputs;
use crate::sandbox::host::sys::Sys;

pub(in crate::sandbox::host::programs) async fn packed(sys: &Sys, args: &[String]) -> i32 {
    let program = args[0].as_str();
    let (flags, _, paths) = options(args, "");
    let unpack = program != "gzip" || flags.contains('d');
    let to_stdout = program == "zcat" || flags.contains('c') || paths.is_empty();
    let cwd = sys.process(|process| process.cwd.clone()).await;
    let (found, mut code) = inputs(sys, program, &paths).await;
    for (path, content) in found {
        let name = if path.is_empty() { "stdin" } else { &path };
        let made = if unpack { gunzip(&content) } else { Some(gzip(&content)) };
        let target = if unpack { path.strip_suffix(".gz").map(str::to_owned) } else { Some(format!("{path}.gz")) };
        match (made, target) {
            (None, _) => {
                sys.err(format!("\n{program}: {name}: not in gzip format\n")).await;
                code = 1;
            }
            (Some(made), _) if to_stdout => sys.out(made).await,
            (Some(_), None) => {
                sys.err(format!("{program}: {path}: unknown suffix -- ignored\n")).await;
                code = 2;
            }
            (Some(made), Some(target)) => {
                let (from, to, keep) = (absolute(&cwd, &path), absolute(&cwd, &target), flags.contains('k'));
                let done = sys
                    .files(move |files, now| {
                        files.write(&to, made, now)?;
                        if !keep {
                            files.remove(&from);
                        }
                        Ok::<_, &str>(())
                    })
                    .await;
                if let Err(why) = done {
                    sys.err(format!("{program}: {target}: {why}\n")).await;
                    code = 1;
                }
            }
        }
    }
    code
}
