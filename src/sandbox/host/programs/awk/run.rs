//! Running a program: its rules and statements.

use std::collections::BTreeMap;

use super::array::Array;
use super::parse::{Pattern, Program, Statement};
use super::value::Value;
use crate::sandbox::host::programs::Env;

/// What ends a statement before its end.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stop {
    Break,
    Continue,
    Next,
    Exit(i32),
    Failed(String),
}

/// Whereto something is printed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sink {
    Out,
    Err,
    File { path: String, append: bool },
}

pub(super) type Done<T> = Result<T, Stop>;

/// How much a program may do between two records: it takes no virtual time.
const MOST: u64 = 5_000_000;

pub(super) struct Run {
    rules: Vec<(Pattern, Option<Vec<Statement>>)>,
    within: Vec<bool>,
    pub(super) variables: BTreeMap<String, Value>,
    pub(super) arrays: BTreeMap<String, Array>,
    /// `$0`, and what follows it.
    pub(super) fields: Vec<String>,
    pub(super) output: Vec<(Sink, String)>,
    /// What is to be the input of commands, at the end.
    pub(super) pipes: Vec<(String, String)>,
    opened: Vec<String>,
    code: i32,
    steps: u64,
    /// Whether a division by zero is infinite, as in mawk.
    pub(super) divides: bool,
    pub(super) random: fastrand::Rng,
}

impl Run {
    pub(super) fn new(program: Program, env: &Env, operands: &[String]) -> Self {
        let text = |text: &str| Value::Text(text.to_owned());
        let variables = [
            ("FS", text(" ")),
            ("OFS", text(" ")),
            ("RS", text("\n")),
            ("ORS", text("\n")),
            ("SUBSEP", text("\u{1c}")),
            ("CONVFMT", text("%.6g")),
            ("OFMT", text("%.6g")),
            ("RSTART", Value::Number(0.0)),
            ("RLENGTH", Value::Number(-1.0)),
            ("FILENAME", Value::None),
        ];
        let mut variables: BTreeMap<String, Value> =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for name in ["NR", "FNR", "NF"] {
            variables.insert(name.to_owned(), Value::Number(0.0));
        }
        let mut arrays = BTreeMap::new();
        let input = |value: &String| Value::Input(value.clone());
        arrays.insert("ENVIRON".to_owned(), env.iter().map(|(name, value)| (name.clone(), input(value))).collect());
        let argv: Array = std::iter::once(&"awk".to_owned())
            .chain(operands)
            .enumerate()
            .map(|(n, operand)| (n.to_string(), input(operand)))
            .collect();
        #[allow(clippy::cast_precision_loss)] // A command line.
        variables.insert("ARGC".to_owned(), Value::Number(argv.len() as f64));
        arrays.insert("ARGV".to_owned(), argv);
        let within = vec![false; program.rules.len()];
        Self {
            rules: program.rules,
            within,
            variables,
            arrays,
            fields: vec![String::new()],
            output: Vec::new(),
            pipes: Vec::new(),
            opened: Vec::new(),
            code: 0,
            divides: false,
            steps: 0,
            random: fastrand::Rng::with_seed(0),
        }
    }

    /// `-v NAME=VALUE`.
    pub(super) fn assign(&mut self, name: &str, value: &str) {
        let value = crate::sandbox::host::programs::escapes(value).0;
        self.variables.insert(name.to_owned(), Value::Input(value));
    }

    /// `RS`.
    pub(super) fn separator(&self) -> String {
        self.variable_text("RS")
    }

    pub(super) fn variable_text(&self, name: &str) -> String {
        self.variables.get(name).map(|value| value.text("%.6g")).unwrap_or_default()
    }

    /// Another file begins.
    pub(super) fn file(&mut self, name: &str) {
        self.variables.insert("FILENAME".to_owned(), Value::Text(name.to_owned()));
        self.variables.insert("FNR".to_owned(), Value::Number(0.0));
    }

    pub(super) fn begin(&mut self) -> Done<()> {
        self.those(|pattern| matches!(pattern, Pattern::Begin))
    }

    /// What END says; the exit code that `exit` gave before holds.
    pub(super) fn end(&mut self) -> Done<()> {
        self.those(|pattern| matches!(pattern, Pattern::End))?;
        if self.code == 0 { Ok(()) } else { Err(Stop::Exit(self.code)) }
    }

    fn those(&mut self, wanted: fn(&Pattern) -> bool) -> Done<()> {
        let rules = std::mem::take(&mut self.rules);
        let mut done = Ok(());
        for (_, action) in rules.iter().filter(|(pattern, _)| wanted(pattern)) {
            done = self.all(action.as_deref().unwrap_or_default());
            if done.is_err() {
                break;
            }
        }
        self.rules = rules;
        done
    }

    /// Does what the rules say of one record.
    pub(super) fn record(&mut self, record: String) -> Done<()> {
        self.steps = 0;
        for name in ["NR", "FNR"] {
            let next = self.variables.get(name).map_or(0.0, Value::number) + 1.0;
            self.variables.insert(name.to_owned(), Value::Number(next));
        }
        self.set_record(record);
        let rules = std::mem::take(&mut self.rules);
        let done = self.rules_on_record(&rules);
        self.rules = rules;
        match done {
            Err(Stop::Next) => Ok(()),
            other => other,
        }
    }

    fn rules_on_record(&mut self, rules: &[(Pattern, Option<Vec<Statement>>)]) -> Done<()> {
        for (n, (pattern, action)) in rules.iter().enumerate() {
            let chosen = match pattern {
                Pattern::Begin | Pattern::End => false,
                Pattern::Always => true,
                Pattern::When(condition) => self.evaluate(condition)?.is_true(),
                Pattern::Range(from, to) => {
                    let chosen = self.within[n] || self.evaluate(from)?.is_true();
                    self.within[n] = chosen && !self.evaluate(to)?.is_true();
                    chosen
                }
            };
            match action {
                Some(action) if chosen => self.all(action)?,
                None if chosen => {
                    let text = self.fields[0].clone() + self.variable_text("ORS").as_str();
                    self.put(Sink::Out, &text);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn all(&mut self, statements: &[Statement]) -> Done<()> {
        statements.iter().try_for_each(|statement| self.one(statement))
    }

    /// One turn of a loop: whether it goes on.
    fn turn(&mut self, body: &[Statement]) -> Done<bool> {
        match self.all(body) {
            Ok(()) | Err(Stop::Continue) => Ok(true),
            Err(Stop::Break) => Ok(false),
            Err(other) => Err(other),
        }
    }

    fn one(&mut self, statement: &Statement) -> Done<()> {
        self.steps += 1;
        if self.steps > MOST {
            return Err(Stop::Failed("not modelled in kpnb's sandbox: a loop that long".to_owned()));
        }
        match statement {
            Statement::Expr(expr) => drop(self.evaluate(expr)?),
            Statement::If(condition, yes, no) => {
                let chosen = self.evaluate(condition)?.is_true();
                self.all(if chosen { yes } else { no })?;
            }
            Statement::While(condition, body) => while self.evaluate(condition)?.is_true() && self.turn(body)? {},
            Statement::Do(body, condition) => while self.turn(body)? && self.evaluate(condition)?.is_true() {},
            Statement::For(first, condition, step, body) => {
                first.iter().try_for_each(|first| self.one(first))?;
                while condition.as_ref().map_or(Ok(true), |c| self.evaluate(c).map(|v| v.is_true()))?
                    && self.turn(body)?
                {
                    step.iter().try_for_each(|step| self.one(step))?;
                }
            }
            Statement::Each(name, array, body) => {
                let keys = self.arrays.get(array).map(Array::keys).unwrap_or_default();
                for key in keys {
                    self.variables.insert(name.clone(), Value::Input(key));
                    if !self.turn(body)? {
                        break;
                    }
                }
            }
            Statement::Print(values, whereto) => {
                let format = self.variable_text("OFMT");
                let mut texts = Vec::new();
                for value in values {
                    texts.push(self.evaluate(value)?.text(&format));
                }
                let text = if values.is_empty() {
                    self.fields[0].clone()
                } else {
                    texts.join(self.variable_text("OFS").as_str())
                };
                self.print(&(text + self.variable_text("ORS").as_str()), whereto.as_ref())?;
            }
            Statement::Printf(values, whereto) => {
                let text = self.sprintf(values)?;
                self.print(&text, whereto.as_ref())?;
            }
            Statement::Break => return Err(Stop::Break),
            Statement::Continue => return Err(Stop::Continue),
            Statement::Next => return Err(Stop::Next),
            Statement::Exit(code) => {
                if let Some(code) = code {
                    // As exit(2) takes it.
                    #[allow(clippy::cast_possible_truncation)]
                    let code = self.evaluate(code)?.number() as i32;
                    self.code = code;
                }
                return Err(Stop::Exit(self.code));
            }
            Statement::Delete(array, index) if index.is_empty() => drop(self.arrays.remove(array)),
            Statement::Delete(array, index) => {
                let key = self.key(index)?;
                if let Some(array) = self.arrays.get_mut(array) {
                    array.remove(&key);
                }
            }
        }
        Ok(())
    }

    fn print(&mut self, text: &str, whereto: Option<&(&'static str, super::parse::Expr)>) -> Done<()> {
        let Some((sign, target)) = whereto else {
            self.put(Sink::Out, text);
            return Ok(());
        };
        let target = self.evaluate(target)?.text("%.6g");
        match (*sign, target.as_str()) {
            ("|", _) => match self.pipes.iter_mut().find(|(command, _)| *command == target) {
                Some((_, all)) => all.push_str(text),
                None => self.pipes.push((target, text.to_owned())),
            },
            (_, "/dev/stdout" | "-") => self.put(Sink::Out, text),
            (_, "/dev/stderr") => self.put(Sink::Err, text),
            _ => {
                // What was opened once is written on.
                let append = *sign == ">>" || self.opened.contains(&target);
                self.opened.push(target.clone());
                self.put(Sink::File { path: target, append }, text);
            }
        }
        Ok(())
    }

    fn put(&mut self, sink: Sink, text: &str) {
        match self.output.last_mut() {
            Some((last, all)) if *last == sink => all.push_str(text),
            _ => self.output.push((sink, text.to_owned())),
        }
    }
}
