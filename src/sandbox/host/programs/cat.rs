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
    let (flags, _, named) = options(args, "");
    let cwd = sys.process(|process| process.cwd.clone()).await;
    let paths: Vec<String> = named.iter().map(|path| absolute(&cwd, path)).collect();
    let (wanted, append) = (paths.clone(), flags.contains('a'));
    let refused = sys
        .files(move |files, now| {
            let mut refused = Vec::new();
            for (at, path) in wanted.iter().enumerate() {
                let done =
                    if append && files.get(path).is_some() { files.may(path, 2) } else { files.write(path, "", now) };
                refused.extend(done.err().map(|why| (at, why)));
            }
            refused
        })
        .await;
    for (at, why) in &refused {
        sys.err(format!("tee: {}: {why}\n", named[*at])).await;
    }
    let code = i32::from(!refused.is_empty());
    loop {
        let some = sys.read().await;
        if some.is_empty() {
            return code;
        }
        let (wanted, bytes) = (paths.clone(), some.clone());
        sys.files(move |files, now| wanted.iter().for_each(|path| files.append(path, &bytes, now))).await;
        sys.out(some).await;
    }
}
