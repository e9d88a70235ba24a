//! Modules that scripts import: an author's own, then the embedded ones.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rhai::{AST, Engine, EvalAltResult, Module, ModuleResolver, Position, Scope, Shared};

use super::Sources;

/// A module that comes with the program: its name and its text.
pub type Embedded = (&'static str, &'static str);

/// Finds `import "name"`: `name.rhai` in one of the author's folders, in order, else the embedded one. Cheap to clone.
#[derive(Clone)]
pub struct Modules(Arc<Inner>);

struct Inner {
    folders: Vec<PathBuf>,
    embedded: &'static [Embedded],
    sources: Sources,
    loaded: Mutex<HashMap<String, Shared<Module>>>,
    /// Which cells have asked for, and where.
    asked: Mutex<HashMap<Position, String>>,
    /// Which are being loaded just now, each because the one before it imports it.
    loading: Mutex<Vec<String>>,
}

impl std::fmt::Debug for Modules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Modules").field("folders", &self.0.folders).finish_non_exhaustive()
    }
}

/// A function of a module, for docs and completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleFunction {
    /// Without its module: `containers`.
    pub name: String,
    /// `containers(node)`.
    pub signature: String,
    /// Its doc comment without the slashes; markdown.
    pub doc: String,
}

impl Modules {
    pub(super) fn new(folders: Vec<PathBuf>, embedded: &'static [Embedded], sources: Sources) -> Self {
        Self(Arc::new(Inner {
            folders,
            embedded,
            sources,
            loaded: Mutex::default(),
            asked: Mutex::default(),
            loading: Mutex::default(),
        }))
    }

    /// The file's name and text.
    fn find(&self, name: &str) -> Option<(String, String)> {
        // A name is no path: whatever leads out of the folders is not found.
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            return None;
        }
        let file = format!("{name}.rhai");
        for folder in &self.0.folders {
            let Ok(path) = folder.join(&file).canonicalize() else { continue };
            if folder.canonicalize().is_ok_and(|folder| path.starts_with(folder))
                // A pipe would never end.
                && path.is_file()
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                return Some((folder.join(&file).display().to_string(), text));
            }
        }
        let (_, text) = self.0.embedded.iter().find(|(embedded, _)| *embedded == name)?;
        Some((format!("stdlib/{file}"), (*text).to_owned()))
    }

    /// The module that an `import` of a cell has asked for, whose path's expression stands between these places: the place
    /// that Rhai gives an expression is that of any part of it.
    pub(super) fn asked(&self, from: Position, to: Position) -> Option<String> {
        let asked = lock(&self.0.asked);
        asked.iter().find(|(place, _)| (from..to).contains(place)).map(|(_, path)| path.clone())
    }

    /// The names that can be imported, sorted.
    pub fn names(&self) -> Vec<String> {
        let stem = |path: &Path| {
            (path.extension()? == "rhai").then(|| path.file_stem()?.to_str().map(str::to_owned)).flatten()
        };
        let own = self.0.folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
        let mut names: Vec<String> = own.filter_map(|entry| stem(&entry.ok()?.path())).collect();
        names.extend(self.0.embedded.iter().map(|(name, _)| (*name).to_owned()));
        names.sort();
        names.dedup();
        names
    }

    /// The functions of a module.
    ///
    /// # Errors
    /// A module that does not exist or does not compile.
    pub fn functions(&self, engine: &Engine, name: &str) -> Result<Vec<ModuleFunction>, Box<EvalAltResult>> {
        let ast = self.compile(engine, name, Position::NONE)?;
        Ok(functions_of(&ast))
    }

    fn compile(&self, engine: &Engine, name: &str, pos: Position) -> Result<AST, Box<EvalAltResult>> {
        let (file, text) = self.find(name).ok_or_else(|| EvalAltResult::ErrorModuleNotFound(name.to_owned(), pos))?;
        self.0.sources.add_module(&file, &text);
        let mut ast = engine.compile(text).map_err(|error| {
            let inner = EvalAltResult::ErrorParsing(*error.0, error.1);
            EvalAltResult::ErrorInModule(file.clone(), inner.into(), pos)
        })?;
        ast.set_source(file);
        Ok(ast)
    }

    fn load(&self, engine: &Engine, name: &str, pos: Position) -> Result<Module, Box<EvalAltResult>> {
        let ast = self.compile(engine, name, pos)?;
        let mut module = Module::eval_ast_as_new(Scope::new(), &ast, engine)
            .map_err(|error| EvalAltResult::ErrorInModule(ast.source().unwrap_or_default().to_owned(), error, pos))?;
        module.build_index();
        Ok(module)
    }
}

/// The public functions that a module's source defines, for who has no session; none when it does not compile.
pub fn functions_in(source: &str) -> Vec<ModuleFunction> {
    let mut engine = Engine::new();
    super::limits::install(&mut engine);
    engine.compile(source).map(|ast| functions_of(&ast)).unwrap_or_default()
}

/// The public functions that a source defines.
pub(super) fn functions_of(ast: &AST) -> Vec<ModuleFunction> {
    let comment = |line: &str| {
        let line = line.strip_prefix("///").or_else(|| line.strip_prefix("/**")).unwrap_or(line);
        let line = line.strip_suffix("*/").unwrap_or(line);
        line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()
    };
    let mut functions: Vec<ModuleFunction> = ast
        .iter_functions()
        .filter(|function| function.access == rhai::FnAccess::Public && !function.name.starts_with("anon$"))
        .map(|function| ModuleFunction {
            name: function.name.to_owned(),
            signature: format!("{}({})", function.name, function.params.join(", ")),
            doc: function.comments.iter().flat_map(|text| text.lines()).map(comment).collect::<Vec<_>>().join("\n"),
        })
        .collect();
    functions.sort_by(|a, b| a.signature.cmp(&b.signature));
    functions
}

impl ModuleResolver for Modules {
    fn resolve(
        &self,
        engine: &Engine,
        source: Option<&str>,
        path: &str,
        pos: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        if source == Some(super::source::CELLS) {
            lock(&self.0.asked).insert(pos, path.to_owned());
        }
        if let Some(module) = lock(&self.0.loaded).get(path) {
            return Ok(Shared::clone(module));
        }
        if lock(&self.0.loading).iter().any(|name| name == path) {
            let round = format!("modules import each other: {} -> {path}", lock(&self.0.loading).join(" -> "));
            return Err(EvalAltResult::ErrorRuntime(round.into(), pos).into());
        }
        // No lock is held meanwhile: a module may import others.
        lock(&self.0.loading).push(path.to_owned());
        let module = self.load(engine, path, pos);
        lock(&self.0.loading).pop();
        let module = Shared::new(module?);
        lock(&self.0.loaded).insert(path.to_owned(), Shared::clone(&module));
        Ok(module)
    }
}

/// Both collections are whole at every moment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
