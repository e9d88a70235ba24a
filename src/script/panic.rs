//! A mistake in kpnb itself ends the cell that met it, or else the notebook, and nothing else: what cleans up still runs.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

use super::{ScriptError, ScriptErrorKind};

/// A caught panic.
#[derive(Debug)]
pub struct Panic {
    message: String,
    /// `src/client/watch.rs:12:5`; none where nobody has called [`quiet_panics`].
    place: Option<String>,
}

thread_local! {
    /// Where this thread panicked last, while it runs code whose panics are caught.
    static PLACE: RefCell<Option<Option<String>>> = const { RefCell::new(None) };
}

/// Panics that are caught and told as errors are not printed as well; all others are, as before.
pub fn quiet_panics() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
        let is_caught = PLACE.try_with(|place| {
            let mut place = place.borrow_mut();
            if place.is_some() {
                *place = Some(info.location().map(ToString::to_string));
            }
            place.is_some()
        });
        if is_caught != Ok(true) {
            others(info);
        }
    }));
}

/// Runs code whose panics do not end the program. What it shares with others must be whole at every moment: no lock of
/// [`super::Host`] is held while foreign code runs, and a session replaces its parts whole.
///
/// # Errors
/// The panic.
pub fn caught<T>(run: impl FnOnce() -> T) -> Result<T, Panic> {
    PLACE.set(Some(None));
    let outcome = catch_unwind(AssertUnwindSafe(run));
    let place = PLACE.take().flatten();
    outcome.map_err(|payload| Panic { message: message(&*payload), place })
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

impl Panic {
    /// `kpnb itself failed at src/client/watch.rs:12:5: no ground`.
    pub fn told(&self) -> String {
        let at = self.place.as_ref().map_or_else(String::new, |place| format!(" at {place}"));
        format!("kpnb itself failed{at}: {}", self.message)
    }

    pub(super) fn error(&self) -> ScriptError {
        ScriptError {
            kind: ScriptErrorKind::Panic,
            message: self.told(),
            place: None,
            calls: Vec::new(),
            hint: Some("this is a mistake in kpnb and not in the notebook: please report it, with the cell".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::clock::SystemClock;
    use crate::script::{Host, Parts, Session};

    #[test]
    fn a_cell_that_meets_one_fails_and_the_next_one_runs() {
        quiet_panics();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let host = Host::new(runtime.handle().clone(), Arc::new(SystemClock::default()));
        let within = host.clone();
        let mut session = Session::new(Parts {
            host,
            install: &move |engine| {
                let host = within.clone();
                engine.register_fn("fall", move || {
                    host.push_deadline(Duration::ZERO);
                    if host.stop().is_some() {
                        panic!("no ground at {}", 3)
                    }
                });
            },
            bindings: Vec::new(),
            folders: Vec::new(),
            embedded: &[],
        });
        session.eval("let a = 1;", "n.md", 1).unwrap();
        let error = session.eval("try { fall() } catch { }", "n.md", 3).unwrap_err();
        assert_eq!(error.kind, ScriptErrorKind::Panic);
        assert!(error.message.starts_with("kpnb itself failed at src/script/panic.rs:"), "{}", error.message);
        assert!(error.message.ends_with(": no ground at 3"), "{}", error.message);
        session.eval("if a != 1 { throw \"forgotten\"; }", "n.md", 5).unwrap();
        assert_eq!(session.host().take_output(), []);
    }
}
