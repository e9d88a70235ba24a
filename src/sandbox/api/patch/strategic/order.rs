//! The order of a merged list.

use serde_json::Value;

/// `merged` in the order that the patch and the server give together: what `named` names keeps the order of `named`, the
/// rest that of `before`, and one of each kind the order that both had before; what was not there before comes first.
pub(super) fn arrange(merged: Vec<Value>, named: &[Value], before: &[Value], key: Option<&str>) -> Vec<Value> {
    let place = |list: &[Value], element: &Value| {
        list.iter().position(|other| match key {
            Some(key) => other.get(key) == element.get(key),
            None => other == element,
        })
    };
    let (mut ours, mut rest): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|element| place(named, element).is_some());
    ours.sort_by_key(|element| place(named, element));
    rest.sort_by_key(|element| place(before, element));
    let (mut ours, mut rest) = (ours.into_iter().peekable(), rest.into_iter().peekable());
    let mut arranged = Vec::new();
    loop {
        let next = match (rest.peek(), ours.peek()) {
            (None, _) => ours.next(),
            (Some(_), None) => rest.next(),
            (Some(left), Some(right)) => match (place(before, left), place(before, right)) {
                (Some(left), Some(right)) if left < right => rest.next(),
                _ => ours.next(),
            },
        };
        let Some(next) = next else { return arranged };
        arranged.push(next);
    }
}
