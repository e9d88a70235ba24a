//! `trap`: what is done on signals.

use crate::sandbox::host::process::{SIGNALS, signal_number};
use crate::sandbox::host::shell::{Flavor, Shell};

impl Shell {
    pub(super) async fn trap(&mut self, args: &[String]) -> i32 {
        if args.is_empty() {
            let mut text = String::new();
            for (signal, action) in &self.traps {
                let name = usize::try_from(signal - 1).ok().and_then(|at| SIGNALS.get(at)).copied().unwrap_or("EXIT");
                let name =
                    if self.flavor == Flavor::Bash && *signal != 0 { format!("SIG{name}") } else { name.to_owned() };
                text += &format!("trap -- '{}' {name}\n", action.replace('\'', "'\\''"));
            }
            self.sys.out(text).await;
            return 0;
        }
        let args = if args[0] == "--" { &args[1..] } else { args };
        let lone = args.len() == 1;
        let (action, names) = if lone { ("-", args) } else { (args[0].as_str(), &args[1..]) };
        for name in names {
            let Some(signal) = signal_number(name) else {
                let why = if self.flavor == Flavor::Bash { "invalid signal specification" } else { "bad trap" };
                let text = if self.flavor == Flavor::Bash {
                    format!("trap: {name}: {why}")
                } else {
                    format!("trap: {name}: bad trap")
                };
                self.complain(&text).await;
                return 1;
            };
            let kind = match action {
                "-" => {
                    self.traps.remove(&signal);
                    0
                }
                "" => {
                    self.traps.remove(&signal);
                    1
                }
                action => {
                    self.traps.insert(signal, action.to_owned());
                    2
                }
            };
            if signal != 0 {
                self.sys
                    .process(move |process| {
                        process.handled.remove(&signal);
                        process.ignored.remove(&signal);
                        match kind {
                            1 => drop(process.ignored.insert(signal)),
                            2 => drop(process.handled.insert(signal)),
                            _ => {}
                        }
                    })
                    .await;
            }
        }
        0
    }
}
