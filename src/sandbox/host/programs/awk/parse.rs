//! Programs from their words.

use regex::Regex;

use super::lex::{Token, lex};

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

pub(super) struct Parser {
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    /// In `print`, where `>` says whereto.
    pub(super) printing: bool,
}

pub(super) type Parsed<T> = Result<T, String>;

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
    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    pub(super) fn sign(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(found)) if *found == word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn newlines(&mut self) {
        while self.peek() == Some(&Token::Newline) {
            self.at += 1;
        }
    }

    fn skip(&mut self) {
        while self.peek() == Some(&Token::Newline) || self.is(";") {
            self.at += 1;
        }
    }

    pub(super) fn wrong<T>(&self) -> Parsed<T> {
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

    pub(super) fn expect(&mut self, sign: &str) -> Parsed<()> {
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
}
