//! The one list of what a script can call, and its way into a session.

use std::any::TypeId;
use std::sync::Arc;

use rhai::{
    Array, Blob, Dynamic, Engine, EvalAltResult, FLOAT, FnPtr, FuncRegistration, INT, ImmutableString, Map, Module,
    NativeCallContext,
};

use super::{Binding, Call, CallError, Workspace, docker, etcd, general, k8s};
use crate::client::FailureKind;
use crate::script::{Host, Misuse, Thrown};

/// All functions: the general ones, then `k8s::`, `docker::` and `etcd::`.
pub fn registry() -> impl Iterator<Item = &'static Binding> {
    [general::BINDINGS, k8s::BINDINGS, docker::BINDINGS, etcd::BINDINGS].into_iter().flatten()
}

/// Registers all of them, each for every number of arguments that it takes, whatever their types.
pub(super) fn install(engine: &mut Engine, host: &Host, workspace: &Arc<Workspace>) {
    for namespace in ["k8s", "docker", "etcd"] {
        let mut module = Module::new();
        for binding in registry() {
            if let Some(name) = binding.name.strip_prefix(namespace).and_then(|rest| rest.strip_prefix("::")) {
                for count in binding.arities() {
                    set(&mut module, name, count, Native { binding, host: host.clone(), workspace: workspace.clone() });
                }
            }
        }
        engine.register_static_module(namespace, module.into());
    }
    for binding in registry().filter(|binding| !binding.name.contains("::")) {
        for count in binding.arities() {
            let native = Native { binding, host: host.clone(), workspace: workspace.clone() };
            let call = move |context: NativeCallContext<'_>, args: &mut [&mut Dynamic]| native.call(&context, args);
            engine.register_raw_fn(binding.name, vec![TypeId::of::<Dynamic>(); count], call.clone());
            if count == 1 && BUILT_IN.contains(&binding.name) {
                for exact in built_in_types() {
                    engine.register_raw_fn(binding.name, [exact], call.clone());
                }
            }
        }
    }
    // What `print` and `debug` return is handed to these; they have printed it already.
    engine.on_print(|_| {}).on_debug(|_, _, _| {});
}

/// Functions that Rhai has too. It prefers its own for the types that they name.
const BUILT_IN: &[&str] = &["print", "debug", "sleep"];

fn built_in_types() -> [TypeId; 10] {
    [
        TypeId::of::<ImmutableString>(),
        TypeId::of::<char>(),
        TypeId::of::<bool>(),
        TypeId::of::<()>(),
        TypeId::of::<INT>(),
        TypeId::of::<FLOAT>(),
        TypeId::of::<Array>(),
        TypeId::of::<Map>(),
        TypeId::of::<Blob>(),
        TypeId::of::<FnPtr>(),
    ]
}

/// A binding within a session.
#[derive(Clone)]
struct Native {
    binding: &'static Binding,
    host: Host,
    workspace: Arc<Workspace>,
}

impl Native {
    fn call(&self, context: &NativeCallContext<'_>, args: &[&mut Dynamic]) -> Result<Dynamic, Box<EvalAltResult>> {
        // An argument may be a variable of the script: it is read, not taken.
        let args = args.iter().map(|arg| arg.flatten_clone()).collect();
        let mut call = Call { host: &self.host, workspace: &self.workspace, context, args };
        (self.binding.call)(&mut call).map_err(|error| {
            let mut error = thrown(error, self.binding, &self.host);
            // Rhai does so itself for functions outside a namespace only.
            if error.position().is_none() {
                error.set_position(context.call_position());
            }
            error
        })
    }
}

/// Puts a binding with `count` arguments into a module, for which Rhai takes typed closures only.
fn set(module: &mut Module, name: &str, count: usize, native: Native) {
    macro_rules! arities {
        ($($number:literal: $($arg:ident)*;)+) => {
            match count {
                $($number => {
                    FuncRegistration::new(name).set_into_module(
                        module,
                        move |context: NativeCallContext<'_>, $(mut $arg: Dynamic),*| {
                            native.call(&context, &[$(&mut $arg),*])
                        },
                    );
                })+
                _ => unreachable!("{name} takes more arguments than any binding may"),
            }
        };
    }
    arities! { 0:; 1: a; 2: a b; 3: a b c; 4: a b c d; 5: a b c d e; 6: a b c d e f; }
}

/// What a script sees of an error.
fn thrown(error: CallError, binding: &Binding, host: &Host) -> Box<EvalAltResult> {
    let (failure, command) = match error {
        CallError::Failure(failure) => (failure, String::new()),
        CallError::Command(failure, command) => (failure, command),
        CallError::Argument(message) => return Misuse { message, signature: binding.signature }.error(),
        CallError::Script(error) => return error,
    };
    match host.stop() {
        Some(stop) if matches!(failure.kind, FailureKind::Interrupted | FailureKind::Timeout) => stop.error(),
        _ => Thrown { failure, command }.error(),
    }
}
