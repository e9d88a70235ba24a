//! Streams of commands.

use std::sync::{Arc, Mutex};

use crate::sandbox::host::fd::Fd;
use crate::sandbox::host::files::absolute;
use crate::sandbox::host::shell::ast::{Redirect, RedirectKind};
use crate::sandbox::host::shell::{Flavor, Shell};

impl Shell {
    /// Sets the streams of a command.
    pub(super) async fn redirect(&mut self, redirects: &[Redirect]) -> Result<(), String> {
        for redirect in redirects {
            let target = self.single(&redirect.word).await?;
            let fd = match redirect.kind {
                RedirectKind::Here => Fd::Text(Arc::new(Mutex::new(target.into_bytes().into()))),
                RedirectKind::Duplicate => match target.as_str() {
                    "0" => self.sys.io.stdin.clone(),
                    "1" => self.sys.io.stdout.clone(),
                    "2" => self.sys.io.stderr.clone(),
                    "-" => Fd::Null,
                    other => return Err(format!("{other}: bad file descriptor")),
                },
                kind => self.open(&target, kind).await?,
            };
            match redirect.fd {
                0 => self.sys.io.stdin = fd,
                1 => self.sys.io.stdout = fd,
                2 => self.sys.io.stderr = fd,
                other => return Err(format!("{other}: not modelled in the sandbox: streams beyond 2")),
            }
        }
        Ok(())
    }

    async fn open(&self, target: &str, kind: RedirectKind) -> Result<Fd, String> {
        let path = absolute(&self.cwd, target);
        match path.as_str() {
            "/dev/null" => return Ok(Fd::Null),
            "/dev/stdin" => return Ok(self.sys.io.stdin.clone()),
            "/dev/stdout" | "/dev/fd/1" => return Ok(self.sys.io.stdout.clone()),
            "/dev/stderr" | "/dev/fd/2" => return Ok(self.sys.io.stderr.clone()),
            "/proc/1/fd/1" | "/proc/1/fd/2" => {
                let stream = if path.ends_with('1') { "stdout" } else { "stderr" };
                let container = self.sys.process(|process| process.container.clone()).await;
                return Ok(container.map_or(Fd::NodeLog(1), |id| Fd::Log { container: Arc::from(id), stream }));
            }
            _ => {}
        }
        let flavor = self.flavor;
        let shown = target.to_owned();
        self.sys
            .files(move |files, now| {
                if kind == RedirectKind::Read {
                    return match files.get(&path) {
                        Some(entry) if !entry.is_dir() => {
                            Ok(Fd::Text(Arc::new(Mutex::new(entry.content.to_vec().into()))))
                        }
                        Some(_) => Err(format!("{shown}: Is a directory")),
                        None => Err(match flavor {
                            Flavor::Bash => format!("{shown}: No such file or directory"),
                            Flavor::Dash => format!("cannot open {shown}: No such file"),
                            Flavor::Busybox => format!("can't open {shown}: no such file"),
                        }),
                    };
                }
                let exists = files.get(&path).is_some_and(|entry| !entry.is_dir());
                if kind == RedirectKind::Write || !exists {
                    files.write(&path, "", now).map_err(|why| match (flavor, why) {
                        (Flavor::Dash, crate::sandbox::host::files::NOT_FOUND) => {
                            format!("cannot create {shown}: Directory nonexistent")
                        }
                        (Flavor::Busybox, crate::sandbox::host::files::NOT_FOUND) => {
                            format!("can't create {shown}: nonexistent directory")
                        }
                        (Flavor::Bash, why) => format!("{shown}: {why}"),
                        (Flavor::Dash, why) => format!("cannot create {shown}: {why}"),
                        (Flavor::Busybox, why) => format!("can't create {shown}: {why}"),
                    })?;
                } else {
                    files.may(&path, 2).map_err(|why| match flavor {
                        Flavor::Bash => format!("{shown}: {why}"),
                        Flavor::Dash => format!("cannot create {shown}: {why}"),
                        Flavor::Busybox => format!("can't create {shown}: {why}"),
                    })?;
                }
                Ok(Fd::File(Arc::from(path)))
            })
            .await
    }
}
