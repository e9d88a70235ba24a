//! What busybox's httpd answers on one connection: busybox 1.35 `networking/httpd.c`.

use jiff::Timestamp;

use super::super::fd::Fd;
use super::super::files::{Files, absolute};
use super::super::sys::Sys;

/// Suffixes and what they are; of the rest nothing is known.
const TYPES: [(&str, &str); 14] = [
    ("txt", "text/plain"),
    ("h", "text/plain"),
    ("c", "text/plain"),
    ("cc", "text/plain"),
    ("cpp", "text/plain"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("css", "text/css"),
    ("js", "application/javascript"),
];

/// Reads a request and answers it; what sends none gets no answer.
pub(super) async fn serve(sys: &Sys, reader: Fd, writer: Fd, home: &str) -> i32 {
    let mut asked = Vec::new();
    while !asked.windows(4).any(|end| end == b"\r\n\r\n") && !asked.windows(2).any(|end| end == b"\n\n") {
        let bytes = reader.clone().read(sys, usize::MAX).await;
        if bytes.is_empty() {
            break;
        }
        asked.extend(bytes);
    }
    let first = String::from_utf8_lossy(&asked).lines().next().unwrap_or_default().to_owned();
    if first.is_empty() {
        return 0;
    }
    let cwd = sys.process(|process| process.cwd.clone()).await;
    let home = absolute(&cwd, home);
    let answered = sys.files(move |files, now| answer(files, &home, &first, now)).await;
    writer.write(sys, answered).await;
    0
}

/// The answer to a request's first line.
fn answer(files: &Files, home: &str, line: &str, now: Timestamp) -> Vec<u8> {
    let mut words = line.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = path.split('?').next().unwrap_or_default();
    if words.next().is_none() {
        return refused(now, "400 Bad Request", "Unsupported method");
    }
    if !matches!(method, "GET" | "HEAD") {
        return refused(now, "501 Not Implemented", "The requested method is not recognized");
    }
    let below = absolute(home, path.trim_start_matches('/'));
    let below = below.trim_end_matches('/');
    let file = match files.get(below) {
        Some(found) if found.is_dir() && !path.ends_with('/') => {
            return format!("{}Location: {path}/\r\n\r\n", head(now, "302 Found", "text/html")).into_bytes();
        }
        Some(found) if found.is_dir() => format!("{below}/index.html"),
        _ => below.to_owned(),
    };
    let Some(entry) = files.get(&file).filter(|entry| !entry.is_dir()) else {
        return refused(now, "404 Not Found", "The requested URL was not found");
    };
    let suffix = file.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, suffix)| suffix);
    let kind = TYPES.iter().find(|(known, _)| *known == suffix).map_or("application/octet-stream", |(_, kind)| kind);
    let (changed, size) = (entry.mtime.as_second(), entry.content.len());
    let head = format!(
        "{}Accept-Ranges: bytes\r\nLast-Modified: {}\r\nETag: \"{changed:x}-{size:x}\"\r\nContent-Length: {size}\r\n\r\n",
        head(now, "200 OK", kind),
        date(entry.mtime)
    );
    let content = if method == "HEAD" { &[][..] } else { &entry.content[..] };
    [head.as_bytes(), content].concat()
}

fn head(now: Timestamp, status: &str, kind: &str) -> String {
    format!("HTTP/1.1 {status}\r\nDate: {}\r\nConnection: close\r\nContent-type: {kind}\r\n", date(now))
}

fn refused(now: Timestamp, status: &str, why: &str) -> Vec<u8> {
    let page = format!("<HTML><HEAD><TITLE>{status}</TITLE></HEAD>\n<BODY><H1>{status}</H1>\n{why}\n</BODY></HTML>\n");
    format!("{}\r\n{page}", head(now, status, "text/html")).into_bytes()
}

fn date(time: Timestamp) -> String {
    jiff::fmt::strtime::format("%a, %d %b %Y %H:%M:%S GMT", time).unwrap_or_default()
}
