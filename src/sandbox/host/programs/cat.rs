//! `cat`, `tac` and `tee`.

use super::arguments::{lines, options};
use super::inputs;
use crate::sandbox::host::files::absolute;
use crate::sandbox::host::sys::Sys;

pub(super) async fn cat(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, paths) = options(args, "");
    if paths.is_empty() && flags.is_empty() && args[0] == "cat" {
        // As it comes: the writer may never end.
        loop {
            let some = sys.read().await;
            if some.is_empty() {
                return 0;
            }
            sys.out(some).await;
        }
    }
    let (found, code) = inputs(sys, &args[0], &paths).await;
    let mut number = 0;
    for (_, content) in found {
        if args[0] == "tac" {
            let text: String = lines(&content).into_iter().rev().map(|line| line + "\n").collect();
            sys.out(text).await;
        } else if flags.contains('n') {
            let mut text = String::new();
            for line in lines(&content) {
                number += 1;
                text += &format!("{number:>6}\t{line}\n");
            }
            sys.out(text).await;
        } else {
            sys.out(content).await;
        }
    }
    code
}

pub(super) async fn tee(sys: &Sys, args: &[String]) -> i32 {
    let (flags, _, paths) = options(args, "");
    let cwd = sys.process(|process| process.cwd.clone()).await;
    let paths: Vec<String> = paths.iter().map(|path| absolute(&cwd, path)).collect();
    let (wanted, append) = (paths.clone(), flags.contains('a'));
    sys.files(move |files, now| {
        for path in wanted {
            if !append || files.get(&path).is_none() {
                // Where it cannot be written, only the copy is missing.
                let _ = files.write(&path, "", now);
            }
        }
    })
    .await;
    loop {
        let some = sys.read().await;
        if some.is_empty() {
            return 0;
        }
        let (wanted, bytes) = (paths.clone(), some.clone());
        sys.files(move |files, now| wanted.iter().for_each(|path| files.append(path, &bytes, now))).await;
        sys.out(some).await;
    }
}
