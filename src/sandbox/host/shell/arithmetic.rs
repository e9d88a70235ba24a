//! `$(( ))`: whole numbers, C's operators.

/// The value of an expression whose parameters are expanded already, except for plain names. `set` hears of assignments.
///
/// # Errors
/// What is wrong.
pub(super) fn evaluate(
    text: &str,
    get: &dyn Fn(&str) -> Option<String>,
    set: &mut dyn FnMut(&str, i64),
) -> Result<i64, String> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0, get, set, depth: 0 };
    if reader.peek().is_none() {
        return Ok(0);
    }
    let value = reader.assignment()?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(format!("arithmetic expression: expecting EOF: \"{text}\"")),
    }
}

struct Reader<'a> {
    chars: Vec<char>,
    at: usize,
    get: &'a dyn Fn(&str) -> Option<String>,
    set: &'a mut dyn FnMut(&str, i64),
    depth: u32,
}

/// Operators by their precedence, loosest first.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Reader<'_> {
    fn peek(&mut self) -> Option<char> {
        while self.chars.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.chars.get(self.at).copied()
    }

    fn eat(&mut self, text: &str) -> bool {
        self.peek();
        let found = text.chars().enumerate().all(|(n, c)| self.chars.get(self.at + n) == Some(&c));
        if found {
            self.at += text.len();
        }
        found
    }

    fn name(&mut self) -> String {
        self.peek();
        let rest = &self.chars[self.at..];
        if rest.first().is_none_or(|c| c.is_ascii_digit()) {
            return String::new();
        }
        rest.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect()
    }

    fn assignment(&mut self) -> Result<i64, String> {
        let (start, name) = (self.at, self.name());
        if !name.is_empty() {
            self.peek();
            self.at += name.len();
            for op in ["+=", "-=", "*=", "/=", "%=", "="] {
                if op == "=" && {
                    self.peek();
                    self.chars.get(self.at + 1) == Some(&'=')
                } || !self.eat(op)
                {
                    continue;
                }
                let right = self.assignment()?;
                let left = self.variable(&name);
                let value = if op == "=" { right } else { apply(&op[..1], left, right)? };
                (self.set)(&name, value);
                return Ok(value);
            }
            self.at = start;
        }
        let condition = self.binary(0)?;
        if !self.eat("?") {
            return Ok(condition);
        }
        let yes = self.assignment()?;
        if !self.eat(":") {
            return Err("arithmetic expression: expecting ':'".to_owned());
        }
        let no = self.assignment()?;
        Ok(if condition == 0 { no } else { yes })
    }

    fn binary(&mut self, level: usize) -> Result<i64, String> {
        let Some(ops) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            self.peek();
            let rest = &self.chars[self.at..];
            let found = ops.iter().find(|op| {
                let doubled = op.len() == 1 && matches!(**op, "|" | "&" | "<" | ">") && rest.get(1) == rest.first();
                let assigns = rest.get(op.len()) == Some(&'=') && !matches!(**op, "==" | "!=" | "<=" | ">=");
                op.chars().enumerate().all(|(n, c)| rest.get(n) == Some(&c)) && !doubled && !assigns
            });
            let Some(op) = found else { return Ok(left) };
            self.at += op.len();
            let right = self.binary(level + 1)?;
            left = apply(op, left, right)?;
        }
    }

    fn unary(&mut self) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > 200 {
            return Err("arithmetic expression: too deep".to_owned());
        }
        let value = match self.peek() {
            Some('-') => {
                self.at += 1;
                self.unary()?.wrapping_neg()
            }
            Some('+') => {
                self.at += 1;
                self.unary()?
            }
            Some('!') => {
                self.at += 1;
                i64::from(self.unary()? == 0)
            }
            Some('~') => {
                self.at += 1;
                !self.unary()?
            }
            Some('(') => {
                self.at += 1;
                let value = self.assignment()?;
                if !self.eat(")") {
                    return Err("arithmetic expression: expecting ')'".to_owned());
                }
                value
            }
            Some(c) if c.is_ascii_digit() => {
                let digits: String = self.chars[self.at..].iter().take_while(|c| c.is_ascii_alphanumeric()).collect();
                self.at += digits.len();
                number(&digits).ok_or_else(|| format!("arithmetic expression: bad number: \"{digits}\""))?
            }
            _ => {
                let name = self.name();
                if name.is_empty() {
                    return Err("arithmetic expression: expecting primary".to_owned());
                }
                self.at += name.len();
                let value = self.variable(&name);
                if self.eat("++") {
                    (self.set)(&name, value + 1);
                } else if self.eat("--") {
                    (self.set)(&name, value - 1);
                }
                value
            }
        };
        self.depth -= 1;
        Ok(value)
    }

    fn variable(&self, name: &str) -> i64 {
        (self.get)(name).and_then(|value| number(value.trim())).unwrap_or(0)
    }
}

fn number(text: &str) -> Option<i64> {
    if let Some(minus) = text.strip_prefix('-') {
        return number(minus).map(i64::wrapping_neg);
    }
    match text.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None if text.len() > 1 && text.starts_with('0') => i64::from_str_radix(text, 8).ok(),
        None => text.parse().ok(),
    }
}

fn apply(op: &str, left: i64, right: i64) -> Result<i64, String> {
    let truth = i64::from;
    Ok(match op {
        "||" => truth(left != 0 || right != 0),
        "&&" => truth(left != 0 && right != 0),
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "==" => truth(left == right),
        "!=" => truth(left != right),
        "<=" => truth(left <= right),
        ">=" => truth(left >= right),
        "<" => truth(left < right),
        ">" => truth(left > right),
        "<<" => left.wrapping_shl(u32::try_from(right & 63).unwrap_or(0)),
        ">>" => left.wrapping_shr(u32::try_from(right & 63).unwrap_or(0)),
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        "/" | "%" if right == 0 => return Err("arithmetic expression: division by zero".to_owned()),
        "/" => left.wrapping_div(right),
        _ => left.wrapping_rem(right),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn operators_bind_as_in_c() {
        let get = |name: &str| (name == "x").then(|| "7".to_owned());
        for (text, value) in [
            ("1 + 2 * 3", 7),
            ("(1 + 2) * 3", 9),
            ("x % 4 == 3 && x > 2", 1),
            ("x<<1|1", 15),
            ("-x + 010", 1),
            ("x ? 5 : 6", 5),
            ("!x", 0),
            ("", 0),
            ("7 / 2", 3),
            ("x != 7 || 0", 0),
        ] {
            assert_eq!(evaluate(text, &get, &mut |_, _| ()), Ok(value), "{text}");
        }
        let mut set = None;
        evaluate("y += x + 1", &get, &mut |name, value| set = Some((name.to_owned(), value))).unwrap();
        assert_eq!(set, Some(("y".to_owned(), 8)));
        assert!(evaluate("1 / 0", &get, &mut |_, _| ()).is_err());
        assert!(evaluate("1 +", &get, &mut |_, _| ()).is_err());
    }
}
