//! Expressions from their words, by rank.

use super::functions::NAMES;
use super::lex::Token;
use super::parse::{Expr, Parsed, Parser};
use super::value::regex;

impl Parser {
    /// Expressions up to a closing sign.
    pub(super) fn list(&mut self, end: &str) -> Parsed<Vec<Expr>> {
        let mut all = Vec::new();
        self.newlines();
        if self.sign(end) {
            return Ok(all);
        }
        loop {
            all.push(self.expr()?);
            self.newlines();
            if self.sign(end) {
                return Ok(all);
            }
            self.expect(",")?;
            self.newlines();
        }
    }

    pub(super) fn expr(&mut self) -> Parsed<Expr> {
        let left = self.choice()?;
        let is_place = matches!(left, Expr::Variable(_) | Expr::Field(_) | Expr::Item(..));
        for (sign, operator) in [
            ("=", None),
            ("+=", Some('+')),
            ("-=", Some('-')),
            ("*=", Some('*')),
            ("/=", Some('/')),
            ("%=", Some('%')),
            ("^=", Some('^')),
        ] {
            if is_place && self.sign(sign) {
                self.newlines();
                return Ok(Expr::Assign(Box::new(left), operator, Box::new(self.expr()?)));
            }
        }
        Ok(left)
    }

    fn choice(&mut self) -> Parsed<Expr> {
        let condition = self.or()?;
        if !self.sign("?") {
            return Ok(condition);
        }
        self.newlines();
        let yes = self.expr()?;
        self.newlines();
        self.expect(":")?;
        self.newlines();
        Ok(Expr::Choice(Box::new(condition), Box::new(yes), Box::new(self.expr()?)))
    }

    /// What a sign joins, from left to right.
    fn joined(
        &mut self,
        sign: &str,
        next: fn(&mut Self) -> Parsed<Expr>,
        made: fn(Box<Expr>, Box<Expr>) -> Expr,
    ) -> Parsed<Expr> {
        let mut left = next(self)?;
        while self.sign(sign) {
            self.newlines();
            left = made(Box::new(left), Box::new(next(self)?));
        }
        Ok(left)
    }

    fn or(&mut self) -> Parsed<Expr> {
        self.joined("||", Self::and, Expr::Or)
    }

    fn and(&mut self) -> Parsed<Expr> {
        self.joined("&&", Self::membership, Expr::And)
    }

    fn membership(&mut self) -> Parsed<Expr> {
        let mut left = self.matching()?;
        while self.word("in") {
            let Some(Token::Name(array)) = self.peek().cloned() else { return self.wrong() };
            self.at += 1;
            left = Expr::In(vec![left], array);
        }
        Ok(left)
    }

    fn matching(&mut self) -> Parsed<Expr> {
        let mut left = self.comparison()?;
        loop {
            let not = self.is("!~");
            if !self.sign("~") && !self.sign("!~") {
                return Ok(left);
            }
            left = Expr::Matches(Box::new(left), not, Box::new(self.comparison()?));
        }
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let left = self.concat()?;
        for sign in ["<=", ">=", "==", "!=", "<", ">"] {
            if (sign != ">" || !self.printing) && self.sign(sign) {
                return Ok(Expr::Compare(sign, Box::new(left), Box::new(self.concat()?)));
            }
        }
        Ok(left)
    }

    pub(super) fn concat(&mut self) -> Parsed<Expr> {
        let mut left = self.sum()?;
        loop {
            let more = match self.peek() {
                Some(Token::Number(_) | Token::Text(_) | Token::Name(_) | Token::Call(_) | Token::Regex(_)) => true,
                Some(Token::Sign(sign)) => matches!(*sign, "(" | "$" | "!" | "-" | "+" | "++" | "--"),
                _ => false,
            };
            if !more {
                return Ok(left);
            }
            left = Expr::Concat(Box::new(left), Box::new(self.sum()?));
        }
    }

    /// What operators of one rank join, from left to right.
    fn computed(&mut self, operators: &str, next: fn(&mut Self) -> Parsed<Expr>) -> Parsed<Expr> {
        let mut left = next(self)?;
        loop {
            let operator = match self.peek() {
                Some(Token::Sign(sign)) if sign.len() == 1 => sign.chars().find(|sign| operators.contains(*sign)),
                _ => None,
            };
            let Some(operator) = operator else { return Ok(left) };
            self.at += 1;
            left = Expr::Arithmetic(operator, Box::new(left), Box::new(next(self)?));
        }
    }

    fn sum(&mut self) -> Parsed<Expr> {
        self.computed("+-", Self::product)
    }

    fn product(&mut self) -> Parsed<Expr> {
        self.computed("*/%", Self::unary)
    }

    fn unary(&mut self) -> Parsed<Expr> {
        if self.sign("!") {
            return Ok(Expr::Not(Box::new(self.unary()?)));
        }
        if self.sign("-") {
            return Ok(Expr::Negative(Box::new(self.unary()?)));
        }
        if self.sign("+") {
            return Ok(Expr::Number1(Box::new(self.unary()?)));
        }
        let base = self.step()?;
        if self.sign("^") {
            return Ok(Expr::Arithmetic('^', Box::new(base), Box::new(self.unary()?)));
        }
        Ok(base)
    }

    fn step(&mut self) -> Parsed<Expr> {
        for (sign, by) in [("++", 1.0), ("--", -1.0)] {
            if self.sign(sign) {
                return Ok(Expr::Step(Box::new(self.primary()?), by, true));
            }
        }
        let place = self.primary()?;
        if matches!(place, Expr::Variable(_) | Expr::Field(_) | Expr::Item(..)) {
            for (sign, by) in [("++", 1.0), ("--", -1.0)] {
                if self.sign(sign) {
                    return Ok(Expr::Step(Box::new(place), by, false));
                }
            }
        }
        Ok(place)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let Some(token) = self.peek().cloned() else { return self.wrong() };
        self.at += 1;
        Ok(match token {
            Token::Number(number) => Expr::Number(number),
            Token::Text(text) => Expr::Text(text),
            Token::Regex(text) => Expr::Regex(regex(&text)?),
            Token::Name(name) if name == "length" => Expr::Call(name, Vec::new()),
            Token::Name(name) if self.sign("[") => Expr::Item(name, self.list("]")?),
            Token::Name(name) => Expr::Variable(name),
            Token::Call(name) => {
                self.at += 1;
                let outer = std::mem::replace(&mut self.printing, false);
                let values = self.list(")")?;
                self.printing = outer;
                if !NAMES.contains(&name.as_str()) {
                    return Err(format!("function {name} never defined"));
                }
                Expr::Call(name, values)
            }
            Token::Sign("$") => {
                if self.sign("-") {
                    Expr::Field(Box::new(Expr::Negative(Box::new(self.primary()?))))
                } else {
                    for (sign, by) in [("++", 1.0), ("--", -1.0)] {
                        if self.sign(sign) {
                            return Ok(Expr::Field(Box::new(Expr::Step(Box::new(self.primary()?), by, true))));
                        }
                    }
                    Expr::Field(Box::new(self.primary()?))
                }
            }
            Token::Sign("(") => {
                let outer = std::mem::replace(&mut self.printing, false);
                let mut list = self.list(")")?;
                self.printing = outer;
                match (list.len(), self.word("in")) {
                    (_, true) => {
                        let Some(Token::Name(array)) = self.peek().cloned() else { return self.wrong() };
                        self.at += 1;
                        Expr::In(list, array)
                    }
                    // In parentheses it is no place to assign to, as far as that matters here.
                    (1, false) => list.remove(0),
                    _ => return self.wrong(),
                }
            }
            _ => {
                self.at -= 1;
                return self.wrong();
            }
        })
    }
}
