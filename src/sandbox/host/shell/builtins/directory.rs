//! `cd`.

use crate::sandbox::host::files::absolute;
use crate::sandbox::host::shell::{Flavor, Shell};

impl Shell {
    pub(super) async fn change_directory(&mut self, to: Option<&str>) -> i32 {
        let to = match to {
            None => self.get("HOME").unwrap_or_else(|| "/".to_owned()),
            Some("-") => self.get("OLDPWD").unwrap_or_else(|| "/".to_owned()),
            Some(to) => to.to_owned(),
        };
        let path = absolute(&self.cwd, &to);
        let found = self
            .sys
            .files(move |files, _| match (files.resolve(&path), files.get(&path)) {
                (Some(path), Some(entry)) if entry.is_dir() => Ok(path),
                (_, Some(_)) => Err("Not a directory"),
                _ => Err("No such file or directory"),
            })
            .await;
        match found {
            Ok(path) => {
                let old = std::mem::replace(&mut self.cwd, path.clone());
                self.set("OLDPWD", old);
                self.set("PWD", path.clone());
                self.sys.process(move |process| process.cwd = path).await;
                0
            }
            Err(why) => {
                let text = match self.flavor {
                    Flavor::Bash => format!("cd: {to}: {why}"),
                    _ => format!("cd: can't cd to {to}"),
                };
                self.complain(&text).await;
                if self.flavor == Flavor::Dash { 2 } else { 1 }
            }
        }
    }
}
