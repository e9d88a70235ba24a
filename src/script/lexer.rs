//! A script's source as tokens with their places: enough to find a call's arguments, imports and names in it. What is
//! no valid Rhai gives some tokens all the same; the compiler says what is wrong with it.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A name or a keyword.
    Word,
    /// A number.
    Number,
    /// A string or character literal, with its quotes.
    Text,
    /// Anything else; `::` is one token, all others are one character.
    Symbol,
}

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: TokenKind,
    pub(crate) text: &'a str,
    /// Where it starts, in bytes.
    pub(crate) start: usize,
}

impl Token<'_> {
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// All tokens, without spaces and comments.
pub(crate) fn tokens(source: &str) -> Vec<Token<'_>> {
    scan(source).0
}

/// Whether a bracket, a literal or a comment is still open at the end.
pub(crate) fn is_open(source: &str) -> bool {
    let (found, open_comment) = scan(source);
    let depth =
        found.iter().filter(|token| token.kind == TokenKind::Symbol).fold(0_i64, |depth, token| match token.text {
            "(" | "[" | "{" => depth + 1,
            ")" | "]" | "}" => depth - 1,
            _ => depth,
        });
    let open_text = found.last().is_some_and(|token| token.kind == TokenKind::Text && !is_closed(token.text));
    depth > 0 || open_text || open_comment
}

/// Whether a literal ends with the quote that it begins with. One that is open reaches to the end of the source.
fn is_closed(literal: &str) -> bool {
    let length = match literal.chars().next() {
        Some('`') => interpolated(&format!("{literal} ")),
        Some('#') => raw(&format!("{literal} ")),
        quote => quoted(&format!("{literal} "), quote.unwrap_or_default()),
    };
    length == literal.len()
}

/// The tokens, and whether a comment is open at the end.
fn scan(source: &str) -> (Vec<Token<'_>>, bool) {
    let mut found = Vec::new();
    let mut open_comment = false;
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        let rest = &source[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        if let Some((length, closed)) = comment(rest) {
            at += length;
            open_comment = !closed;
            continue;
        }
        let (kind, length) = token(rest, first);
        found.push(Token { kind, text: &rest[..length], start: at });
        at += length;
    }
    (found, open_comment)
}

/// The length of a comment at the start, and whether it is closed.
fn comment(rest: &str) -> Option<(usize, bool)> {
    if rest.starts_with("//") {
        return Some((rest.find('\n').unwrap_or(rest.len()), true));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some((at, true));
            }
        } else {
            at += width(&rest[at..]);
        }
    }
    Some((rest.len(), false))
}

fn token(rest: &str, first: char) -> (TokenKind, usize) {
    match first {
        '"' | '\'' => (TokenKind::Text, quoted(rest, first)),
        '`' => (TokenKind::Text, interpolated(rest)),
        '#' if rest.trim_start_matches('#').starts_with('"') => (TokenKind::Text, raw(rest)),
        _ if first.is_ascii_digit() => (TokenKind::Number, number(rest)),
        _ if first.is_alphabetic() || first == '_' || first == '$' => {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$');
            (TokenKind::Word, end.unwrap_or(rest.len()))
        }
        ':' if rest.starts_with("::") => (TokenKind::Symbol, 2),
        _ => (TokenKind::Symbol, first.len_utf8()),
    }
}

/// The length of a literal between quotes, with escapes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a literal between backticks: two of them stand for one, and `${…}` holds code.
fn interpolated(rest: &str) -> usize {
    let mut at = 1;
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("``") {
            at += 2;
        } else if here.starts_with('`') {
            return at + 1;
        } else if let Some(inner) = here.strip_prefix("${") {
            at += 2 + code(inner);
        } else {
            at += width(here);
        }
    }
    rest.len()
}

/// The length of code up to and with the brace that closes it.
fn code(rest: &str) -> usize {
    let (mut depth, mut at) = (1_usize, 0);
    while let Some(first) = rest[at..].chars().next() {
        let here = &rest[at..];
        let length = comment(here).map_or_else(|| token(here, first).1, |(length, _)| length);
        match &here[..length] {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        at += length;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of `#"…"#`.
fn raw(rest: &str) -> usize {
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let end = format!("\"{}", "#".repeat(hashes));
    rest[hashes + 1..].find(&end).map_or(rest.len(), |at| hashes + 1 + at + end.len())
}

/// The length of a number; `1..5` is a range.
fn number(rest: &str) -> usize {
    let mut end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    if rest[end..].starts_with('.') && rest[end + 1..].starts_with(|c: char| c.is_ascii_digit()) {
        let fraction = &rest[end + 1..];
        end += 1 + fraction.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(fraction.len());
    }
    end
}

fn width(text: &str) -> usize {
    text.chars().next().map_or(1, char::len_utf8)
}

/// The first argument of the call whose name starts at `start`, as it is written: byte range without outer spaces.
pub(crate) fn first_argument(source: &str, start: usize) -> Option<std::ops::Range<usize>> {
    let found = tokens(source);
    let name = found.iter().position(|token| token.start == start)?;
    let open = found.get(name + 1).filter(|token| token.text == "(")?;
    let mut depth = 0_usize;
    let mut end = None;
    for token in &found[name + 1..] {
        match token.text {
            "(" | "[" | "{" if token.kind == TokenKind::Symbol => depth += 1,
            ")" | "]" | "}" if token.kind == TokenKind::Symbol => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    end = Some(token.start);
                    break;
                }
            }
            // A closure's parameters may hold commas: `|a, b| …`; a first argument that starts with one is no condition.
            "," if depth == 1 => {
                end = Some(token.start);
                break;
            }
            _ => {}
        }
    }
    let inside = &source[open.end()..end?];
    let from = open.end() + (inside.len() - inside.trim_start().len());
    Some(from..from + inside.trim().len())
}

/// `import "path" as alias;` outside of any block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// The path, where it is written out; what is computed only a run can tell.
    pub(crate) path: Option<String>,
    /// Where the path's expression starts, and the end of it, in bytes.
    pub(crate) span: (usize, usize),
    /// The name that the module gets.
    pub(crate) alias: String,
}

/// The imports outside of any block.
pub(crate) fn imports(source: &str) -> Vec<Import> {
    let found = tokens(source);
    let mut depth = 0_usize;
    let mut imports = Vec::new();
    for (at, token) in found.iter().enumerate() {
        match token.text {
            "{" if token.kind == TokenKind::Symbol => depth += 1,
            "}" if token.kind == TokenKind::Symbol => depth = depth.saturating_sub(1),
            "import" if depth == 0 && token.kind == TokenKind::Word => {
                let rest = &found[at + 1..];
                let end = rest.iter().position(|token| token.text == ";").unwrap_or(rest.len());
                if let Some(r#as) = rest[..end].iter().rposition(|token| token.text == "as")
                    && let (Some(first), Some(alias)) = (rest.first(), rest.get(r#as + 1))
                {
                    let written = r#as == 1 && first.kind == TokenKind::Text && !first.text.contains("${");
                    let path = written.then(|| first.text.trim_matches(['"', '`']).to_owned());
                    imports.push(Import { path, span: (first.start, alias.start), alias: alias.text.to_owned() });
                }
            }
            _ => {}
        }
    }
    imports
}

/// Where the function `name` is defined: the byte of its name.
pub(crate) fn definition(source: &str, name: &str) -> Option<usize> {
    let found = tokens(source);
    found.windows(2).find(|pair| pair[0].text == "fn" && pair[1].text == name).map(|pair| pair[1].start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        tokens(source).iter().map(|token| token.text).collect()
    }

    #[test]
    fn cuts_where_rhai_cuts() {
        assert_eq!(texts("a.b::c(1.5,1..2)"), ["a", ".", "b", "::", "c", "(", "1.5", ",", "1", ".", ".", "2", ")"]);
        assert_eq!(texts("x /* a /* b */ c */ y // z\nw"), ["x", "y", "w"]);
        assert_eq!(texts("\"a\\\"b\" 'c' #\"d\"e\"#"), ["\"a\\\"b\"", "'c'", "#\"d\"e\"#"]);
        assert_eq!(texts("`a ${ f(\"}\") + `${b}` } ``c` d"), ["`a ${ f(\"}\") + `${b}` } ``c`", "d"]);
        assert_eq!(texts("#{a: \"ü\"}"), ["#", "{", "a", ":", "\"ü\"", "}"]);
        assert_eq!(texts("\"open"), ["\"open"]);
    }

    #[test]
    fn knows_what_is_open() {
        for open in ["f(", "let x = #{", "`a", "\"a", "\"a\\\"", "/* /* */", "`${f(`b"] {
            assert!(is_open(open), "{open}");
        }
        for closed in ["f()", "}", "// (", "`a`", "\"(\"", "/* ( */", "1 + ", ""] {
            assert!(!is_open(closed), "{closed}");
        }
    }

    #[test]
    fn finds_arguments_imports_and_definitions() {
        let source = "expect( f(a, [1, 2]) == \"x,y\" , \"claim\")";
        assert_eq!(&source[first_argument(source, 0).unwrap()], "f(a, [1, 2]) == \"x,y\"");
        let source = "import \"node\" as node;\nfn f() { import \"b\" as b; }\nimport `c` as d;";
        let found = |source| imports(source).into_iter().map(|import| (import.path, import.alias)).collect::<Vec<_>>();
        assert_eq!(found(source), [(Some("node".into()), "node".into()), (Some("c".into()), "d".into())]);
        assert_eq!(found("import names[f(\"as\")] as n; import `${x}` as y"), [(None, "n".into()), (None, "y".into())]);
        assert_eq!(definition("// fn g\nfn f() {} fn  g() {}", "g"), Some(22));
    }
}
