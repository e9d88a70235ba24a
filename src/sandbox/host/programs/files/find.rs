//! `find`.

use super::{clean, cwd};
use crate::sandbox::host::files::{Kind, absolute};
use crate::sandbox::host::programs::busybox;
use crate::sandbox::host::shell::matches;
use crate::sandbox::host::sys::Sys;

pub(in crate::sandbox::host::programs) async fn find(sys: &Sys, args: &[String]) -> i32 {
    let mut rest = args[1..].iter().peekable();
    let mut roots = Vec::new();
    while let Some(root) = rest.next_if(|arg| !arg.starts_with('-') && *arg != "!") {
        roots.push(root.clone());
    }
    if roots.is_empty() {
        roots.push(".".to_owned());
    }
    let (mut names, mut kind, mut deepest, mut shallowest, mut deletes) = (Vec::new(), None, usize::MAX, 0, false);
    let mut not = false;
    while let Some(arg) = rest.next() {
        let mut value = || rest.next().cloned().unwrap_or_default();
        match arg.as_str() {
            "-name" | "-iname" | "-path" => names.push((arg == "-path", std::mem::take(&mut not), value())),
            "-type" => kind = Some(value()),
            "-maxdepth" => deepest = value().parse().unwrap_or(usize::MAX),
            "-mindepth" => shallowest = value().parse().unwrap_or(0),
            "!" | "-not" => not = true,
            "-print" | "-a" => {}
            "-delete" => deletes = true,
            other => {
                sys.err(format!("find: {other} is not modelled in kpnb's sandbox\n")).await;
                return 1;
            }
        }
    }
    let (cwd, mut code) = (cwd(sys).await, 0);
    for root in roots {
        let cwd = cwd.clone();
        let (names, kind, shown) = (names.clone(), kind.clone(), root.clone());
        let found = sys
            .files(move |files, _| {
                files.get(&absolute(&cwd, &root))?;
                let (mut found, mut todo) = (Vec::new(), vec![(root.clone(), 0)]);
                while let Some((path, depth)) = todo.pop() {
                    let full = absolute(&cwd, &path);
                    let Some(entry) = files.own(&clean(files, &full)).or_else(|| files.get(&full)) else {
                        continue;
                    };
                    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                    let letter = match entry.kind {
                        Kind::Dir => "d",
                        Kind::File => "f",
                        Kind::Link(_) => "l",
                    };
                    let fits = names
                        .iter()
                        .all(|(whole, not, pattern)| matches(pattern, if *whole { &path } else { name }) != *not);
                    if fits && depth >= shallowest && kind.as_ref().is_none_or(|kind| kind == letter) {
                        found.push(path.clone());
                    }
                    if entry.is_dir() && depth < deepest {
                        let below = files.list(&full).into_iter().rev();
                        todo.extend(
                            below.map(|(name, _)| (format!("{}/{name}", path.trim_end_matches('/')), depth + 1)),
                        );
                    }
                }
                if deletes {
                    for path in &found {
                        files.remove(&clean(files, &absolute(&cwd, path)));
                    }
                }
                Some(found)
            })
            .await;
        match found {
            Some(found) if !deletes => sys.out(found.into_iter().map(|path| path + "\n").collect::<String>()).await,
            Some(_) => {}
            None => {
                let quote = if busybox(sys).await { shown.clone() } else { format!("'{shown}'") };
                sys.err(format!("find: {quote}: No such file or directory\n")).await;
                code = 1;
            }
        }
    }
    code
}
