//! `type` and `command -v`.

use super::is;
use crate::sandbox::host::programs;
use crate::sandbox::host::shell::{Flavor, Shell};

impl Shell {
    pub(super) async fn describe(&mut self, names: &[String], brief: bool) -> i32 {
        let mut code = 0;
        for name in names {
            let (env, cwd, wanted) = (self.variables.clone(), self.cwd.clone(), name.clone());
            let found = self.sys.files(move |files, _| programs::find(files, &env, &cwd, &wanted)).await;
            let text = match found {
                _ if is(name) && brief => format!("{name}\n"),
                _ if is(name) => format!("{name} is a shell builtin\n"),
                Ok(path) if brief => format!("{path}\n"),
                Ok(path) => format!("{name} is {path}\n"),
                Err(_) => {
                    code = if self.flavor == Flavor::Bash { 1 } else { 127 };
                    if !brief {
                        self.sys.err(format!("{name}: not found\n")).await;
                    }
                    String::new()
                }
            };
            self.sys.out(text).await;
        }
        code
    }
}
