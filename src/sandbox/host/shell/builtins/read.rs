//! `read`.

use crate::sandbox::host::shell::Shell;

impl Shell {
    pub(super) async fn read(&mut self, args: &[String]) -> i32 {
        let raw = args.iter().any(|arg| arg == "-r");
        let mut names: Vec<String> = args.iter().filter(|arg| !arg.starts_with('-')).cloned().collect();
        if names.is_empty() {
            names.push("REPLY".to_owned());
        }
        let (mut line, mut ended) = (Vec::new(), true);
        loop {
            let byte = self.sys.io.stdin.clone().read(&self.sys, 1).await;
            match byte.first() {
                None => break,
                Some(b'\n') => {
                    ended = false;
                    break;
                }
                Some(b'\\') if !raw => line.extend(self.sys.io.stdin.clone().read(&self.sys, 1).await),
                Some(byte) => line.push(*byte),
            }
        }
        let text = String::from_utf8_lossy(&line).into_owned();
        let separators = self.get("IFS").unwrap_or_default();
        let mut rest = text.trim_matches(|c: char| c.is_whitespace() && separators.contains(c));
        let count = names.len();
        for (n, name) in names.into_iter().enumerate() {
            let (value, left) = match rest.find(|c| separators.contains(c)).filter(|_| n + 1 < count) {
                Some(at) => (&rest[..at], rest[at..].trim_start_matches(|c| separators.contains(c))),
                None => (rest, ""),
            };
            self.set(&name, value.to_owned());
            rest = left;
        }
        i32::from(ended)
    }
}
