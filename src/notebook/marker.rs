//! The comment ahead of an output: `<!-- kpnb:output cell=NAME src=HASH status=ok on=WHERE -->`.

use std::fmt;

use super::suggest;

/// What marks an output as a cell's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// Whose output it is.
    pub cell: CellRef,
    /// [`Cell::src`](super::Cell::src) when it was made.
    pub src: String,
    /// How the cell ended.
    pub status: Status,
    /// Where it was made: `kind-k8splayground/v1.20.2`.
    pub on: String,
}

/// How a marker names its cell.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CellRef {
    /// By its name.
    Name(String),
    /// A cell without a name, by its place among all cells, from 1; written `#3`.
    Place(usize),
}

/// How a cell ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It did what it says; also a cell with `expect=error` that threw.
    Ok,
    /// An error, or a failed `expect`.
    Failed,
    /// It took longer than its timeout.
    Timeout,
    /// Ctrl-C.
    Interrupted,
}

impl Status {
    const ALL: [Self; 4] = [Self::Ok, Self::Failed, Self::Timeout, Self::Interrupted];

    /// As markers write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for CellRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Place(place) => write!(f, "#{place}"),
        }
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cell, src, status, on } = self;
        write!(f, "<!-- kpnb:output cell={cell} src={src} status={} on={} -->", status.as_str(), escape(on))
    }
}

/// A context may be called anything; a marker's value holds neither spaces nor the end of a comment.
fn escape(on: &str) -> String {
    let mut escaped = String::with_capacity(on.len());
    for letter in on.chars() {
        if letter.is_whitespace() || letter.is_control() || matches!(letter, '"' | '<' | '>' | '%') {
            let mut buffer = [0; 4];
            for byte in letter.encode_utf8(&mut buffer).bytes() {
                escaped.push_str(&format!("%{byte:02X}"));
            }
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

/// Undoes [`escape`]; a `%` that begins no escape stands for itself.
fn unescape(on: &str) -> String {
    let mut bytes = Vec::with_capacity(on.len());
    let mut rest = on.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = (*first == b'%')
            .then(|| tail.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()))
            .flatten();
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| on.to_owned())
}

/// Whether a line is meant to be a marker, well-formed or not.
pub(super) fn is_meant(line: &str) -> bool {
    line.trim_start().strip_prefix("<!--").is_some_and(|rest| rest.trim_start().starts_with("kpnb:"))
}

/// Reads a marker from its line.
///
/// # Errors
/// What is malformed, and a hint.
pub(super) fn parse(line: &str) -> Result<Marker, (String, String)> {
    const FORM: &str = "a marker is `<!-- kpnb:output cell=NAME src=HASH status=ok on=WHERE -->` on one line";
    let malformed = |what: &str| (format!("malformed output marker: {what}"), FORM.to_owned());

    let inside = line.trim().strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->"));
    let mut words = inside.ok_or_else(|| malformed("the comment does not end on its line"))?.split_whitespace();
    match words.next() {
        Some("kpnb:output") => {}
        Some(other) => return Err((format!("unknown marker `{other}`"), FORM.to_owned())),
        None => return Err(malformed("it is empty")),
    }
    let (mut cell, mut src, mut status, mut on) = (None, None, None, None);
    for word in words {
        let (key, value) = word.split_once('=').ok_or_else(|| malformed(&format!("`{word}` has no value")))?;
        let slot = match key {
            "cell" => &mut cell,
            "src" => &mut src,
            "status" => &mut status,
            "on" => &mut on,
            _ => {
                let hint = suggest::hint(key, &["cell", "src", "status", "on"]);
                return Err((format!("malformed output marker: unknown field `{key}`"), hint));
            }
        };
        if slot.replace(value).is_some() {
            return Err(malformed(&format!("`{key}` stands twice")));
        }
    }
    let cell = match cell.ok_or_else(|| malformed("`cell` is missing"))? {
        name if super::attributes::is_name(name) => CellRef::Name(name.to_owned()),
        place => match place.strip_prefix('#').and_then(|number| number.parse().ok()) {
            Some(place) => CellRef::Place(place),
            None => return Err(malformed(&format!("`{place}` is no cell"))),
        },
    };
    let src = src.ok_or_else(|| malformed("`src` is missing"))?.to_owned();
    let status = status.ok_or_else(|| malformed("`status` is missing"))?;
    let status = Status::ALL.into_iter().find(|known| known.as_str() == status).ok_or_else(|| {
        let hint = suggest::hint(status, &Status::ALL.map(Status::as_str));
        (format!("malformed output marker: unknown status `{status}`"), hint)
    })?;
    Ok(Marker { cell, src, status, on: unescape(on.unwrap_or_default()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for on in ["kind-k8splayground/v1.20.2", "", "my cluster --> \"x\" 100%", "größe/v1"] {
            for cell in [CellRef::Name("delete-namespace".into()), CellRef::Place(3)] {
                let marker = Marker { cell, src: "3f9c1a2b".into(), status: Status::Timeout, on: on.into() };
                assert_eq!(parse(&marker.to_string()), Ok(marker));
            }
        }
    }

    #[test]
    fn says_what_is_malformed() {
        let message = |line| parse(line).unwrap_err().0;
        assert!(message("<!-- kpnb:output cell=a src=1").contains("does not end"));
        assert!(message("<!-- kpnb:output src=1 status=ok -->").contains("`cell` is missing"));
        assert!(message("<!-- kpnb:output cell=a src=1 status=okay -->").contains("unknown status"));
        assert!(message("<!-- kpnb:output cell=a cell=b src=1 status=ok -->").contains("twice"));
        assert!(message("<!-- kpnb:output cell=A src=1 status=ok -->").contains("no cell"));
        assert!(message("<!-- kpnb:ouput cell=a src=1 status=ok -->").contains("kpnb:ouput"));
        assert!(is_meant("  <!--kpnb:x -->") && !is_meant("<!-- other -->"));
    }
}
