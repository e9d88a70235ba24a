//! `wait`: the ends of jobs.

use crate::sandbox::host::shell::{Flavor, Shell};

impl Shell {
    pub(super) async fn wait(&mut self, args: &[String]) -> i32 {
        let jobs = self.jobs.clone();
        if args.is_empty() {
            for job in jobs {
                let code = self.wait_for_child(job, true).await;
                if self.sys.process(|process| !process.pending.is_empty()).await {
                    self.jobs.push(job);
                    return code;
                }
            }
            return 0;
        }
        let mut code = 127;
        for arg in args {
            let wanted = match arg.strip_prefix('%') {
                Some(number) => number.parse::<usize>().ok().and_then(|number| jobs.get(number - 1).copied()),
                None => jobs.iter().find(|(_, pid)| pid.to_string() == *arg).copied(),
            };
            match wanted {
                Some(job) => {
                    code = self.wait_for_child(job, true).await;
                    if self.sys.process(|process| !process.pending.is_empty()).await {
                        self.jobs.push(job);
                    }
                }
                None if self.flavor == Flavor::Bash => {
                    self.complain(&format!("wait: pid {arg} is not a child of this shell")).await;
                    code = 127;
                }
                None => code = 127,
            }
        }
        code
    }
}
