//! `expect`: proves a sentence of the prose.

use rhai::{Dynamic, Engine, EvalAltResult, EvalContext, Expression, ImmutableString, LexError, Map, Scope};

use crate::bindings::{Binding, Call, CallError};
use crate::script::lexer::{self, TokenKind};
use crate::script::{Claim, FailedClaim, Host, Misuse, Place, text_of, to_json, type_of};

pub(super) const BINDING: Binding = Binding {
    name: "expect",
    signature: "expect(condition, claim[, seen])",
    doc: "Proves a claim: prints `✓ claim` where the condition is true. Where it is false it prints `✗ claim` and what \
          was seen, or without `seen` the condition as it is written and its variables' values, and fails the cell.\n\n\
          ```rhai\nlet pods = 2;\nexpect(pods == 2, `there are ${pods} Pods`);\n```",
    arity: (2, 3),
    call,
};

/// Reached only as a function pointer or method, where there is no source to show.
fn call(call: &mut Call<'_, '_>) -> Result<Dynamic, CallError> {
    let condition =
        call.args[0].as_bool().map_err(|_| crate::bindings::wrong_type("condition", "a bool", &call.args[0]))?;
    let claim = call.text(1, "claim")?;
    let seen = call.args.get(2).map(evidence);
    judge(call.host, condition, claim, seen).map_err(CallError::Script)
}

/// `expect` is syntax and no function, so that it knows its condition's source and can look at the variables in it.
pub(super) fn install(engine: &mut Engine, host: &Host) {
    let host = host.clone();
    engine.register_custom_syntax_with_state_raw("expect", parse, false, move |context, inputs, _| {
        evaluate(context, inputs, &host)
    });
}

/// `expect ( condition , claim [ , seen ] )`, then a mark with the position of `expect` itself.
fn parse(
    symbols: &[ImmutableString],
    next: &str,
    _: &mut Dynamic,
) -> Result<Option<ImmutableString>, rhai::ParseError> {
    let signature = || {
        let wrong = format!("{} takes 2 or 3 arguments: {}", BINDING.name, BINDING.signature);
        LexError::Runtime(wrong).into_err(rhai::Position::NONE)
    };
    let arguments = symbols.iter().filter(|symbol| *symbol == "$expr$").count();
    Ok(Some(match (symbols.last().map(ImmutableString::as_str), arguments) {
        // One token: the unit.
        (Some("expect"), _) if next == "()" => return Err(signature()),
        (Some("expect"), _) => "(".into(),
        (Some("(" | ","), _) if next == ")" => return Err(signature()),
        (Some("(" | ","), _) => "$expr$".into(),
        (Some("$expr$"), 2 | 3) if next == ")" => ")".into(),
        (Some("$expr$"), 1 | 2) if next == "," => ",".into(),
        (Some("$expr$"), 1) if next == ")" => return Err(signature()),
        (Some("$expr$"), 3) if next == "," => return Err(signature()),
        // Something that ends no argument: the compiler says that a comma or a bracket is missing.
        (Some("$expr$"), 1) => ",".into(),
        (Some("$expr$"), _) => ")".into(),
        _ => "$$expect".into(),
    }))
}

fn evaluate(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    inputs: &[Expression<'_>],
    host: &Host,
) -> Result<Dynamic, Box<EvalAltResult>> {
    // The parser has seen to it: two or three arguments and the mark.
    let [condition, claim, rest @ .., mark] = inputs else { return Ok(Dynamic::UNIT) };
    let misuse = |message| Misuse { message, signature: BINDING.signature }.error();
    let held = context.eval_expression_tree(condition)?;
    let held = held.as_bool().map_err(|_| misuse(format!("condition must be a bool, not {}", type_of(&held))))?;
    let claim = context.eval_expression_tree(claim)?;
    let claim = claim.into_string().map_err(|other| misuse(format!("claim must be a string, not {other}")))?;
    let seen = match rest.first() {
        Some(seen) => Some(evidence(&context.eval_expression_tree(seen)?)),
        None if held => None,
        None => host
            .sources()
            .place(context.source(), mark.position())
            .and_then(|place| condition_and_values(&place, context.scope())),
    };
    let position = mark.position();
    judge(host, held, claim, seen).map_err(|mut error| {
        error.set_position(position);
        error
    })
}

/// Prints the verdict and notes the claim.
fn judge(host: &Host, proved: bool, text: String, seen: Option<String>) -> Result<Dynamic, Box<EvalAltResult>> {
    host.print(&format!("{} {text}", if proved { '✓' } else { '✗' }));
    if let Some(seen) = seen.as_ref().filter(|_| !proved) {
        for line in seen.lines() {
            host.print(&format!("  {line}"));
        }
    }
    host.note_claim(Claim { text: text.clone(), proved, evidence: seen });
    if proved { Ok(Dynamic::UNIT) } else { Err(FailedClaim(text).error()) }
}

/// What was seen, as text.
fn evidence(value: &Dynamic) -> String {
    if let Some(block) = value.read_lock::<crate::script::Block>() {
        return block.to_string();
    }
    if value.is_string() { text_of(value) } else { short(&to_json(value).to_string()) }
}

/// The first argument of a running call, as it is written: `|| node::is_ready(worker)`.
pub(super) fn written(call: &Call<'_, '_>) -> Option<String> {
    let place = call.host.sources().place(call.context.call_source(), call.context.call_position())?;
    let source = &place.text[lexer::first_argument(&place.text, place.offset())?];
    Some(source.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The condition as it is written, and what its variables and their fields were.
fn condition_and_values(place: &Place, scope: &Scope<'_>) -> Option<String> {
    let source = &place.text[lexer::first_argument(&place.text, place.offset())?];
    let mut lines = vec![source.split_whitespace().collect::<Vec<_>>().join(" ")];
    for (path, value) in values(source, scope) {
        let line = format!("{path} = {}", short(&to_json(&value).to_string()));
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    Some(lines.join("\n"))
}

/// The variables that a condition names, each with as many of its fields as are named: `pod.status.phase`.
fn values(source: &str, scope: &Scope<'_>) -> Vec<(String, Dynamic)> {
    let tokens = lexer::tokens(source);
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_field = at > 0 && matches!(text(at - 1), "." | "::");
        if token.kind != TokenKind::Word || is_field || matches!(text(at + 1), "(" | "::") {
            continue;
        }
        let Some(mut value) = scope.get_value::<Dynamic>(token.text) else { continue };
        let mut path = token.text.to_owned();
        let mut next = at + 1;
        while text(next) == "." && text(next + 2) != "(" {
            let field = value.read_lock::<Map>().and_then(|fields| fields.get(text(next + 1)).cloned());
            let Some(field) = field else { break };
            path = format!("{path}.{}", text(next + 1));
            value = field;
            next += 2;
        }
        found.push((path, value));
    }
    found
}

/// Enough of a value to see what is wrong.
fn short(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
