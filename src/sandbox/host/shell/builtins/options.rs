//! `set`.

use crate::sandbox::host::shell::Shell;

impl Shell {
    pub(super) async fn set_options(&mut self, args: &[String]) -> i32 {
        let mut rest = args.iter();
        if args.is_empty() {
            let all: String = self.variables.iter().map(|(name, value)| format!("{name}='{value}'\n")).collect();
            self.sys.out(all).await;
        }
        while let Some(arg) = rest.next() {
            match arg.as_str() {
                "--" => {
                    self.arguments = rest.cloned().collect();
                    return 0;
                }
                "-o" | "+o" => match rest.next().map(String::as_str) {
                    Some("errexit") => drop(self.options.insert('e')),
                    Some("nounset") => drop(self.options.insert('u')),
                    Some("xtrace") => drop(self.options.insert('x')),
                    _ => {}
                },
                flags if flags.starts_with('-') => self.options.extend(flags[1..].chars().filter(|c| *c != 'o')),
                flags if flags.starts_with('+') => self.options.retain(|c| !flags[1..].contains(*c)),
                _ => {
                    self.arguments = std::iter::once(arg).chain(rest).cloned().collect();
                    return 0;
                }
            }
        }
        0
    }
}
