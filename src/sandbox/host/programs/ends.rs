//! `head` and `tail`.

use std::time::Duration;

use super::arguments::options;
use super::inputs;
use crate::sandbox::host::files::absolute;
use crate::sandbox::host::memory;
use crate::sandbox::host::sys::Sys;

pub(super) async fn ends(sys: &Sys, args: &[String]) -> i32 {
    // `-5` is `-n 5`.
    let digits = |arg: &String| arg.len() > 1 && arg[1..].chars().all(|c| c.is_ascii_digit());
    let args: Vec<String> = args
        .iter()
        .map(|arg| if arg.starts_with('-') && digits(arg) { format!("-n{}", &arg[1..]) } else { arg.clone() })
        .collect();
    let (flags, values, paths) = options(&args, "nc");
    let bytes = values.iter().find(|(flag, _)| *flag == 'c').map(|(_, value)| value.clone());
    let count = values.iter().find(|(flag, _)| *flag == 'n').map_or("10".to_owned(), |(_, value)| value.clone());
    let head = args[0] == "head";
    let asked = bytes.clone().unwrap_or(count);
    let Ok(number) = asked.trim_start_matches(['+', '-']).parse::<usize>() else {
        sys.err(format!("{}: invalid number of lines: '{asked}'\n", args[0])).await;
        return 1;
    };
    if head && paths.is_empty() && bytes.is_none() && !asked.starts_with('-') {
        return head_of_stream(sys, number).await;
    }
    if head && bytes.is_some() && paths == ["/dev/zero"] {
        sys.out(vec![0; number]).await;
        return 0;
    }
    if !head && paths == ["/dev/zero"] {
        // It keeps what it reads, as no line ever ends.
        memory::take(sys, None).await;
    }
    let (found, code) = inputs(sys, &args[0], &paths).await;
    let many = found.len() > 1 && !flags.contains('q');
    let follows = flags.to_lowercase().contains('f') && !head;
    for (n, (name, content)) in found.iter().enumerate() {
        if many {
            sys.out(format!("{}==> {name} <==\n", if n > 0 { "\n" } else { "" })).await;
        }
        let pieces: Vec<&[u8]> = if bytes.is_some() {
            content.chunks(1).collect()
        } else {
            content.split_inclusive(|byte| *byte == b'\n').collect()
        };
        let total = pieces.len();
        let range = match (head, asked.chars().next()) {
            (true, Some('-')) => 0..total.saturating_sub(number),
            (true, _) => 0..number.min(total),
            (false, Some('+')) => number.saturating_sub(1).min(total)..total,
            (false, _) => total.saturating_sub(number)..total,
        };
        sys.out(pieces[range].concat()).await;
    }
    if follows {
        return follow(sys, &paths).await;
    }
    code
}

async fn head_of_stream(sys: &Sys, mut number: usize) -> i32 {
    while number > 0 {
        let some = sys.read().await;
        if some.is_empty() {
            break;
        }
        let mut text = Vec::new();
        for line in some.split_inclusive(|byte| *byte == b'\n').take(number) {
            text.extend(line);
            number -= usize::from(line.ends_with(b"\n"));
        }
        sys.out(text).await;
    }
    0
}

/// Prints what is added to a file, looking once a second.
async fn follow(sys: &Sys, paths: &[String]) -> i32 {
    let Some(path) = paths.first() else { return sys.forever().await };
    let path = absolute(&sys.process(|process| process.cwd.clone()).await, path);
    let mut seen = None;
    loop {
        let wanted = path.clone();
        let content =
            sys.files(move |files, _| files.get(&wanted).map(|e| e.content.clone())).await.unwrap_or_default();
        let from = seen.unwrap_or(content.len()).min(content.len());
        sys.out(content.slice(from..)).await;
        seen = Some(content.len());
        sys.sleep(Duration::from_secs(1)).await;
    }
}
