//! Programs from their words.

use regex::Regex;

use super::lex::{Token, lex};
use super::value::regex;

#[derive(Debug, Clone)]
pub(super) enum Expr {
    Number(f64),
    Text(String),
    /// Alone it is matched with the record.
    Regex(Regex),
    Variable(String),
    Field(Box<Expr>),
    Item(String, Vec<Expr>),
    Assign(Box<Expr>, Option<char>, Box<Expr>),
    /// The variable, what is added, whether the new value is meant.
    Step(Box<Expr>, f64, bool),
    Choice(Box<Expr>, Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Number1(Box<Expr>),
    Arithmetic(char, Box<Expr>, Box<Expr>),
    Compare(&'static str, Box<Expr>, Box<Expr>),
    Concat(Box<Expr>, Box<Expr>),
    Matches(Box<Expr>, bool, Box<Expr>),
    In(Vec<Expr>, String),
    Call(String, Vec<Expr>),
}

#[derive(Debug, Clone)]
pub(super) enum Statement {
    Expr(Expr),
    Print(Vec<Expr>, Option<(&'static str, Expr)>),
    Printf(Vec<Expr>, Option<(&'static str, Expr)>),
    If(Expr, Vec<Statement>, Vec<Statement>),
    While(Expr, Vec<Statement>),
    Do(Vec<Statement>, Expr),
    For(Box<Option<Statement>>, Option<Expr>, Box<Option<Statement>>, Vec<Statement>),
    Each(String, String, Vec<Statement>),
    Break,
    Continue,
    Next,
    Exit(Option<Expr>),
    Delete(String, Vec<Expr>),
}

#[derive(Debug, Clone)]
pub(super) enum Pattern {
    Begin,
    End,
    Always,
    When(Expr),
    /// From one to the other, and whether it is within.
    Range(Expr, Expr),
}

#[derive(Debug, Default)]
pub(super) struct Program {
    pub rules: Vec<(Pattern, Option<Vec<Statement>>)>,
}

impl Program {
    /// Whether there is more to do than what BEGIN says.
    pub(super) fn reads(&self) -> bool {
        self.rules.iter().any(|(pattern, _)| !matches!(pattern, Pattern::Begin))
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// In `print`, where `>` says whereto.
    printing: bool,
}

type Parsed<T> = Result<T, String>;

/// # Errors
/// What mawk says after the line's number.
pub(super) fn parse(text: &str) -> Parsed<Program> {
    let mut parser = Parser { tokens: lex(text)?, at: 0, printing: false };
    let mut program = Program::default();
    loop {
        parser.skip();
        if parser.peek().is_none() {
            return Ok(program);
        }
        let pattern = if parser.word("BEGIN") {
            Pattern::Begin
        } else if parser.word("END") {
            Pattern::End
        } else if parser.is("{") {
            Pattern::Always
        } else {
            let from = parser.expr()?;
            if parser.sign(",") { Pattern::Range(from, parser.expr()?) } else { Pattern::When(from) }
        };
        let action = if parser.is("{") { Some(parser.block()?) } else { None };
        program.rules.push((pattern, action));
    }
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(found)) if *found == word);
        self.at += usize::from(found);
        found
    }

    fn newlines(&mut self) {
        while self.peek() == Some(&Token::Newline) {
            self.at += 1;
        }
    }

    fn skip(&mut self) {
        while self.peek() == Some(&Token::Newline) || self.is(";") {
            self.at += 1;
        }
    }

    fn wrong<T>(&self) -> Parsed<T> {
        Err(match self.peek() {
            None => "syntax error at or near end of line".to_owned(),
            Some(Token::Newline) => "syntax error at or near unexpected newline".to_owned(),
            Some(Token::Sign(sign)) => format!("syntax error at or near {sign}"),
            Some(Token::Word(word @ ("function" | "getline" | "return"))) => {
                format!("{word} is not modelled in kpnb's sandbox")
            }
            Some(Token::Word(word)) => format!("syntax error at or near {word}"),
            Some(Token::Name(name) | Token::Call(name) | Token::Text(name) | Token::Regex(name)) => {
                format!("syntax error at or near {name}")
            }
            Some(Token::Number(number)) => format!("syntax error at or near {number}"),
        })
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.sign(sign) { Ok(()) } else { self.wrong() }
    }

    fn block(&mut self) -> Parsed<Vec<Statement>> {
        self.expect("{")?;
        let mut all = Vec::new();
        loop {
            self.skip();
            if self.sign("}") {
                return Ok(all);
            }
            all.push(self.statement()?);
        }
    }

    /// A block, one statement, or none.
    fn body(&mut self) -> Parsed<Vec<Statement>> {
        self.newlines();
        if self.is("{") {
            return self.block();
        }
        if self.sign(";") {
            return Ok(Vec::new());
        }
        Ok(vec![self.statement()?])
    }

    /// The end of a simple statement.
    fn ended<T>(&mut self, done: T) -> Parsed<T> {
        match self.peek() {
            Some(Token::Newline | Token::Sign(";")) => {
                self.at += 1;
                Ok(done)
            }
            None | Some(Token::Sign("}")) => Ok(done),
            _ => self.wrong(),
        }
    }

    fn condition(&mut self) -> Parsed<Expr> {
        self.expect("(")?;
        let condition = self.expr()?;
        self.expect(")")?;
        Ok(condition)
    }

    fn statement(&mut self) -> Parsed<Statement> {
        if self.is("{") {
            let block = self.block()?;
            return Ok(Statement::If(Expr::Number(1.0), block, Vec::new()));
        }
        if self.word("if") {
            let condition = self.condition()?;
            let yes = self.body()?;
            let before = self.at;
            self.skip();
            if self.word("else") {
                return Ok(Statement::If(condition, yes, self.body()?));
            }
            self.at = before;
            return Ok(Statement::If(condition, yes, Vec::new()));
        }
        if self.word("while") {
            let condition = self.condition()?;
            return Ok(Statement::While(condition, self.body()?));
        }
        if self.word("do") {
            let body = self.body()?;
            self.skip();
            if !self.word("while") {
                return self.wrong();
            }
            let condition = self.condition()?;
            return self.ended(Statement::Do(body, condition));
        }
        if self.word("for") {
            return self.for_loop();
        }
        let simple = self.simple()?;
        self.ended(simple)
    }

    fn for_loop(&mut self) -> Parsed<Statement> {
        self.expect("(")?;
        if let [Token::Name(name), Token::Word("in"), Token::Name(array), Token::Sign(")"), ..] =
            &self.tokens[self.at..]
        {
            let (name, array) = (name.clone(), array.clone());
            self.at += 4;
            return Ok(Statement::Each(name, array, self.body()?));
        }
        let first = if self.is(";") { None } else { Some(self.simple()?) };
        self.expect(";")?;
        self.newlines();
        let condition = if self.is(";") { None } else { Some(self.expr()?) };
        self.expect(";")?;
        self.newlines();
        let step = if self.is(")") { None } else { Some(self.simple()?) };
        self.expect(")")?;
        Ok(Statement::For(Box::new(first), condition, Box::new(step), self.body()?))
    }

    fn simple(&mut self) -> Parsed<Statement> {
        let ends = |parser: &Self| matches!(parser.peek(), None | Some(Token::Newline | Token::Sign(";" | "}")));
        if self.word("break") {
            return Ok(Statement::Break);
        }
        if self.word("continue") {
            return Ok(Statement::Continue);
        }
        if self.word("next") {
            return Ok(Statement::Next);
        }
        if self.word("exit") {
            return Ok(Statement::Exit(if ends(self) { None } else { Some(self.expr()?) }));
        }
        if self.word("delete") {
            let Some(Token::Name(name)) = self.peek().cloned() else { return self.wrong() };
            self.at += 1;
            let index = if self.sign("[") { self.list("]")? } else { Vec::new() };
            return Ok(Statement::Delete(name, index));
        }
        let formatted = self.word("printf");
        if formatted || self.word("print") {
            return self.print(formatted);
        }
        Ok(Statement::Expr(self.expr()?))
    }

    fn print(&mut self, formatted: bool) -> Parsed<Statement> {
        let mut values = Vec::new();
        let before = self.at;
        // `print (a, b)` has its list in parentheses, `print (a) b` has not.
        let mut grouped = false;
        if self.sign("(") {
            let outer = std::mem::replace(&mut self.printing, false);
            if let Ok(list) = self.list(")") {
                grouped =
                    matches!(self.peek(), None | Some(Token::Newline | Token::Sign(";" | "}" | ">" | ">>" | "|")));
                values = list;
            }
            self.printing = outer;
        }
        if !grouped {
            self.at = before;
            values.clear();
            let ends = matches!(self.peek(), None | Some(Token::Newline | Token::Sign(";" | "}" | ">" | ">>" | "|")));
            if !ends {
                let outer = std::mem::replace(&mut self.printing, true);
                loop {
                    values.push(self.expr()?);
                    if !self.sign(",") {
                        break;
                    }
                    self.newlines();
                }
                self.printing = outer;
            }
        }
        let mut whereto = None;
        for sign in [">", ">>", "|"] {
            if self.sign(sign) {
                let outer = std::mem::replace(&mut self.printing, true);
                whereto = Some((sign, self.concat()?));
                self.printing = outer;
            }
        }
        Ok(if formatted { Statement::Printf(values, whereto) } else { Statement::Print(values, whereto) })
    }

    /// Expressions up to a closing sign.
    fn list(&mut self, end: &str) -> Parsed<Vec<Expr>> {
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

    fn expr(&mut self) -> Parsed<Expr> {
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

    fn or(&mut self) -> Parsed<Expr> {
        let mut left = self.and()?;
        while self.sign("||") {
            self.newlines();
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed<Expr> {
        let mut left = self.membership()?;
        while self.sign("&&") {
            self.newlines();
            left = Expr::And(Box::new(left), Box::new(self.membership()?));
        }
        Ok(left)
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

    fn concat(&mut self) -> Parsed<Expr> {
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

    fn sum(&mut self) -> Parsed<Expr> {
        let mut left = self.product()?;
        loop {
            let operator = match self.peek() {
                Some(Token::Sign("+")) => '+',
                Some(Token::Sign("-")) => '-',
                _ => return Ok(left),
            };
            self.at += 1;
            left = Expr::Arithmetic(operator, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Parsed<Expr> {
        let mut left = self.unary()?;
        loop {
            let operator = match self.peek() {
                Some(Token::Sign("*")) => '*',
                Some(Token::Sign("/")) => '/',
                Some(Token::Sign("%")) => '%',
                _ => return Ok(left),
            };
            self.at += 1;
            left = Expr::Arithmetic(operator, Box::new(left), Box::new(self.unary()?));
        }
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
                if !super::functions::NAMES.contains(&name.as_str()) {
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
