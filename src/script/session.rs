//! One session: what a cell or a line defines is there for the next.

use std::path::PathBuf;

use rhai::module_resolvers::DummyModuleResolver;
use rhai::{AST, Dynamic, Engine, EvalAltResult, ModuleResolver, Position, Scope};

use super::explain::Explainer;
use super::modules::functions_of;
use super::{
    Embedded, Host, ModuleFunction, Modules, Piece, ScriptError, Sources, lexer, limits, panic, printed, source,
    thrown, traps, value,
};

/// A Rhai scope with its functions and imports, kept from cell to cell and from line to line.
pub struct Session {
    engine: Engine,
    host: Host,
    sources: Sources,
    modules: Modules,
    scope: Scope<'static>,
    /// All functions that cells have defined.
    functions: AST,
    /// What can be called besides, with signatures: names that no cell may take for a function of its own.
    bindings: Vec<(String, String)>,
    /// Aliases of modules that cells have imported, with the modules' names.
    imports: Vec<(String, String)>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("imports", &self.imports).finish_non_exhaustive()
    }
}

/// What a session is made of.
pub struct Parts<'a> {
    /// What surrounds the scripts.
    pub host: Host,
    /// Registers what scripts can call.
    pub install: &'a dyn Fn(&mut Engine),
    /// Names (`k8s::get`) and signatures of what `install` registers.
    pub bindings: Vec<(String, String)>,
    /// Folders of an author's own modules, in order.
    pub folders: Vec<PathBuf>,
    /// Modules that come with the program.
    pub embedded: &'static [Embedded],
}

impl std::fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("folders", &self.folders).finish_non_exhaustive()
    }
}

impl Session {
    /// A session without variables.
    pub fn new(parts: Parts<'_>) -> Self {
        let Parts { host, install, bindings, folders, embedded } = parts;
        let sources = host.sources().clone();
        let modules = Modules::new(folders, embedded, sources.clone());
        let mut engine = Engine::new();
        engine.set_module_resolver(DummyModuleResolver::new());
        limits::install(&mut engine);
        traps::install(&mut engine, &host);
        thrown::install(&mut engine);
        printed::install(&mut engine);
        let watched = host.clone();
        engine.on_progress(move |_| if watched.is_stopped() { watched.stop().map(Dynamic::from) } else { None });
        install(&mut engine);
        engine.set_module_resolver(modules.clone());
        Self {
            engine,
            host,
            sources,
            modules,
            scope: Scope::new(),
            functions: AST::empty(),
            bindings,
            imports: Vec::new(),
        }
    }

    /// Runs a cell or a line, which starts at `first_line` (from 1) of `file`, and shows the value of its last
    /// expression. Blocks the calling thread, on a stack that holds the deepest calls allowed.
    ///
    /// # Errors
    /// What stopped it. What it had shown by then is in the host's output.
    pub fn eval(&mut self, text: &str, file: &str, first_line: usize) -> Result<(), ScriptError> {
        let Some(line) = self.sources.add_cell(file, first_line, text) else {
            let long = format!("a cell has fewer than {} lines", source::MOST_LINES);
            return Err(self.explain(EvalAltResult::ErrorRuntime(long.into(), Position::NONE)));
        };
        let padded = format!("{}{text}", "\n".repeat(line - 1));
        let outcome = match limits::with_stack(|| panic::caught(|| self.run(&padded, text, line))) {
            Ok(outcome) => outcome,
            Err(panic) => {
                self.host.end_own_deadlines();
                return Err(panic.error());
            }
        };
        let imported = self.keep_imports(text, line);
        match outcome {
            Ok(shown) => {
                if let Some(piece) = shown {
                    self.host.show(piece);
                }
                imported.map_err(|error| self.explain(*error))
            }
            Err(error) => Err(self.explain(*error)),
        }
    }

    /// Compiles a cell without running it.
    ///
    /// # Errors
    /// What is wrong with its syntax, or a function of its own with a binding's name.
    pub fn check(&mut self, text: &str, file: &str, first_line: usize) -> Result<(), ScriptError> {
        // A cell with too many lines is told when it runs.
        let Some(line) = self.sources.add_cell(file, first_line, text) else { return Ok(()) };
        let padded = format!("{}{text}", "\n".repeat(line - 1));
        let compiled = limits::with_stack(|| self.compile(&padded, text, line).map(|_| ()));
        compiled.map_err(|error| self.explain(*error))
    }

    fn compile(&self, padded: &str, text: &str, line: usize) -> Result<AST, Box<EvalAltResult>> {
        let mut ast = self.engine.compile(padded).map_err(|error| EvalAltResult::ErrorParsing(*error.0, error.1))?;
        ast.set_source(source::CELLS);
        self.check_names(&ast, text, line)?;
        Ok(ast)
    }

    fn run(&mut self, padded: &str, text: &str, line: usize) -> Result<Option<Piece>, Box<EvalAltResult>> {
        let ast = self.compile(padded, text, line)?;
        let merged = self.functions.merge(&ast);
        if ast.has_functions() {
            self.functions = merged.clone_functions_only();
            self.sources.keep_cell();
        }
        let _watch = self.host.watch();
        let result = self.engine.eval_ast_with_scope::<Dynamic>(&mut self.scope, &merged)?;
        // To Rhai `f();` has the value of `f()`; here a semicolon says that it is not wanted.
        let statement = lexer::tokens(text).last().is_some_and(|token| token.text == ";");
        if statement { Ok(None) } else { self.shown(result) }
    }

    /// The value of a last expression as it is shown; unit is not.
    fn shown(&self, result: Dynamic) -> Result<Option<Piece>, Box<EvalAltResult>> {
        if result.is_unit() || result.read_lock::<super::Printed>().is_some_and(|printed| printed.shown) {
            return Ok(None);
        }
        if let Some(block) = result.read_lock::<super::Block>() {
            return Ok(Some(Piece::Block(block.clone())));
        }
        let text = if value::is_known(&result) {
            value::text_of(&result)
        } else {
            let mut scope = Scope::new();
            scope.push("value", result);
            self.engine.eval_expression_with_scope::<String>(&mut scope, "value.to_string()")?
        };
        let newline = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
        Ok((!text.is_empty()).then(|| Piece::Text(format!("{text}{newline}"))))
    }

    /// Rhai would silently call a cell's function in place of a binding of that name.
    fn check_names(&self, ast: &AST, text: &str, line: usize) -> Result<(), Box<EvalAltResult>> {
        for function in ast.iter_functions() {
            let Some((name, signature)) = self.bindings.iter().find(|(name, _)| name == function.name) else {
                continue;
            };
            let taken = rhai::LexError::Runtime(format!("{name} is already defined: {signature}"));
            let place = position(text, lexer::definition(text, name).unwrap_or(0), line);
            return Err(EvalAltResult::ErrorParsing(rhai::ParseErrorType::BadInput(taken), place).into());
        }
        Ok(())
    }

    /// Rhai forgets a cell's imports at its end; as static modules they last, and functions see them too.
    fn keep_imports(&mut self, text: &str, line: usize) -> Result<(), Box<EvalAltResult>> {
        for lexer::Import { path, span, alias } in lexer::imports(text) {
            if self.bindings.iter().any(|(binding, _)| binding.split("::").next() == Some(alias.as_str())) {
                let taken = format!("{alias} is already defined: import the module under another name");
                let place = lexer::tokens(text).iter().find(|token| token.text == alias).map_or(0, |token| token.start);
                return Err(EvalAltResult::ErrorRuntime(taken.into(), position(text, place, line)).into());
            }
            // Where it fails, the cell has said so itself.
            let between = || self.modules.asked(position(text, span.0, line), position(text, span.1, line));
            let Some(name) = path.or_else(between) else { continue };
            let modules = self.modules.clone();
            let engine = &self.engine;
            let Ok(module) = modules.resolve(engine, None, &name, Position::NONE) else { continue };
            self.engine.register_static_module(alias.as_str(), module);
            self.imports.retain(|(known, _)| *known != alias);
            self.imports.push((alias, name));
        }
        Ok(())
    }

    fn explain(&self, error: EvalAltResult) -> ScriptError {
        let functions = self.callable();
        let error = Explainer { sources: &self.sources, scope: &self.scope, functions: &functions }.explain(error);
        let hint = error.hint.map(|hint| self.host.mask(&hint));
        ScriptError { message: self.host.mask(&error.message), hint, ..error }
    }

    fn callable(&self) -> Vec<(String, String)> {
        let own = self.functions().into_iter().map(|function| (function.name, function.signature));
        self.bindings.iter().cloned().chain(own).collect()
    }

    /// The functions that cells have defined, and those of the modules they have imported (`node::containers`).
    pub fn functions(&self) -> Vec<ModuleFunction> {
        let mut functions = functions_of(&self.functions);
        for (alias, name) in &self.imports {
            for function in self.modules.functions(&self.engine, name).unwrap_or_default() {
                functions.push(ModuleFunction {
                    name: format!("{alias}::{}", function.name),
                    signature: format!("{alias}::{}", function.signature),
                    doc: function.doc,
                });
            }
        }
        functions
    }

    /// The variables in scope and their types, sorted by name.
    pub fn variables(&self) -> Vec<(String, String)> {
        let mut variables: Vec<(String, String)> =
            self.scope.iter_raw().map(|(name, _, value)| (name.to_owned(), short_type(value))).collect();
        variables.sort();
        variables.dedup_by(|a, b| a.0 == b.0);
        variables
    }

    /// What can be imported.
    pub fn modules(&self) -> &Modules {
        &self.modules
    }

    /// Rhai, as this session has set it up; for highlighting and for looking into modules.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether `text` goes on in a next line: a bracket, a literal or a comment is open.
    pub fn is_open(text: &str) -> bool {
        lexer::is_open(text)
    }

    /// What surrounds the scripts.
    pub fn host(&self) -> &Host {
        &self.host
    }
}

/// A type without its article.
fn short_type(value: &Dynamic) -> String {
    let name = value::type_of(value);
    name.strip_prefix("a ").or_else(|| name.strip_prefix("an ")).unwrap_or(name).to_owned()
}

/// The position of byte `at` of a cell that Rhai sees from `line` on.
fn position(text: &str, at: usize, line: usize) -> Position {
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = line + before.matches('\n').count();
    let column = before[start..].chars().count() + 1;
    // Both fit: a cell with more lines was refused; a column that does not is unknown.
    u16::try_from(line).map_or(Position::NONE, |line| Position::new(line, u16::try_from(column).unwrap_or(1)))
}
