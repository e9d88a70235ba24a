//! Rhai as it is, with its traps closed.

use std::time::Duration;

use rhai::{Array, Blob, Dynamic, Engine, EvalAltResult, ImmutableString, OptimizationLevel, Position};

use super::{Host, memory};

type Outcome<T> = Result<T, Box<EvalAltResult>>;

pub(super) fn install(engine: &mut Engine, host: &Host) {
    engine.disable_symbol("eval");
    // A function, which cannot be disabled as a symbol. Rhai's own would end the cell as if all were well.
    let exit = || fail::<()>("exit is disabled; a cell ends at its end, or with throw".to_owned());
    engine.register_fn("exit", exit);
    engine.register_fn("exit", move |_: Dynamic| exit());
    // Else constants would be folded, and built-in operators called, before what is registered here is asked.
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_fast_operators(false);
    comparisons(engine);
    timestamp(engine, host);
    lengths(engine);
}

/// Rhai finds a string and a number unequal, which hides that `"3" == 3` was meant.
fn comparisons(engine: &mut Engine) {
    macro_rules! refuse {
        ($operator:literal, $($number:ty),+) => {$(
            engine.register_fn($operator, |_: ImmutableString, _: $number| mixed("string", "number"));
            engine.register_fn($operator, |_: $number, _: ImmutableString| mixed("number", "string"));
        )+};
    }
    refuse!("==", i64, f64);
    refuse!("!=", i64, f64);
    refuse!("<", i64, f64);
    refuse!("<=", i64, f64);
    refuse!(">", i64, f64);
    refuse!(">=", i64, f64);
}

fn mixed(left: &str, right: &str) -> Outcome<bool> {
    fail(format!("cannot compare a {left} with a {right}: convert one, as in parse_int(x) or x.to_string()"))
}

fn fail<T>(message: String) -> Outcome<T> {
    Err(EvalAltResult::ErrorRuntime(message.into(), Position::NONE).into())
}

/// A moment on the cluster's clock, as `timestamp()` gives it.
#[derive(Clone)]
struct Moment {
    at: Duration,
    host: Host,
}

fn timestamp(engine: &mut Engine, host: &Host) {
    let host = host.clone();
    engine.register_type_with_name::<Moment>("timestamp");
    engine.register_fn("timestamp", move || Moment { at: host.clock().elapsed(), host: host.clone() });
    engine.register_get("elapsed", |moment: &mut Moment| {
        moment.host.clock().elapsed().saturating_sub(moment.at).as_secs_f64()
    });
    engine.register_fn("-", |a: Moment, b: Moment| a.at.as_secs_f64() - b.at.as_secs_f64());
    engine.register_fn("==", |a: Moment, b: Moment| a.at == b.at);
    engine.register_fn("!=", |a: Moment, b: Moment| a.at != b.at);
    engine.register_fn("<", |a: Moment, b: Moment| a.at < b.at);
    engine.register_fn("<=", |a: Moment, b: Moment| a.at <= b.at);
    engine.register_fn(">", |a: Moment, b: Moment| a.at > b.at);
    engine.register_fn(">=", |a: Moment, b: Moment| a.at >= b.at);
    engine.register_fn("to_string", |moment: &mut Moment| format!("{:.3}s", moment.at.as_secs_f64()));
}

/// Calls that make something long out of a number, which no look at the process' memory would see in time.
fn lengths(engine: &mut Engine) {
    engine.register_fn("pad", |array: &mut Array, length: i64, item: Dynamic| {
        let length = checked(length)?;
        if length > array.len() {
            array.resize(length, item);
        }
        Ok::<_, Box<EvalAltResult>>(())
    });
    engine.register_fn("pad", |text: &mut ImmutableString, length: i64, character: char| {
        let missing = checked(length)?.saturating_sub(text.chars().count());
        text.make_mut().extend(std::iter::repeat_n(character, missing));
        Ok::<_, Box<EvalAltResult>>(())
    });
    engine.register_fn("pad", |text: &mut ImmutableString, length: i64, padding: &str| {
        let length = checked(length)?;
        let mut missing = length.saturating_sub(text.chars().count());
        while missing > 0 && !padding.is_empty() {
            text.make_mut().extend(padding.chars().take(missing));
            missing = length.saturating_sub(text.chars().count());
        }
        Ok::<_, Box<EvalAltResult>>(())
    });
    engine.register_fn("pad", |blob: &mut Blob, length: i64, byte: i64| {
        let length = checked(length)?;
        if length > blob.len() {
            blob.resize(length, byte.to_le_bytes()[0]);
        }
        Ok::<_, Box<EvalAltResult>>(())
    });
    engine.register_fn("blob", |length: i64| Ok::<Blob, Box<EvalAltResult>>(vec![0; checked(length)?]));
    engine.register_fn("blob", |length: i64, byte: i64| {
        Ok::<Blob, Box<EvalAltResult>>(vec![byte.to_le_bytes()[0]; checked(length)?])
    });
}

fn checked(length: i64) -> Outcome<usize> {
    if length > memory::LONGEST {
        return fail(format!("{length} is too long; at most {}", memory::LONGEST));
    }
    // A negative length makes nothing longer.
    Ok(usize::try_from(length).unwrap_or(0))
}
