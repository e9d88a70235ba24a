//! Who may speak, of notebooks that run side by side: the first one, and each of the others when all before it have ended.
//! What they say is so in the order of the command line, as if they had run one after the other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::report;

/// The turns of all notebooks of a run.
#[derive(Debug, Default)]
pub(super) struct Turns(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Whose turn it is.
    now: usize,
    /// What the others have said meanwhile, and whether they have ended.
    others: Vec<Other>,
}

#[derive(Debug, Default)]
struct Other {
    said: Vec<Said>,
    ended: bool,
}

#[derive(Debug)]
enum Said {
    /// On standard error.
    Told(String),
    /// On standard output.
    Printed(String),
}

impl Turns {
    /// That of the notebook at this place.
    pub(super) fn turn(&self, at: usize) -> Turn {
        let mut state = lock(&self.0);
        while state.others.len() <= at {
            state.others.push(Other::default());
        }
        Turn { turns: Arc::clone(&self.0), at }
    }
}

/// One notebook's turn.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    turns: Arc<Mutex<State>>,
    at: usize,
}

impl Turn {
    /// Whether it has come.
    pub(super) fn has_come(&self) -> bool {
        lock(&self.turns).now == self.at
    }

    /// Says something on standard error, by `speak` if the turn has come, else later.
    pub(super) fn tell(&self, text: &str, speak: impl FnOnce(&str)) {
        self.say(text, speak, Said::Told);
    }

    /// The same on standard output.
    pub(super) fn print(&self, text: &str, speak: impl FnOnce(&str)) {
        self.say(text, speak, Said::Printed);
    }

    /// Nothing more will be said: the next one's turn has come, and what it has said already is said.
    pub(super) fn end(&self) {
        let mut state = lock(&self.turns);
        state.others[self.at].ended = true;
        while state.others.get(state.now).is_some_and(|now| now.ended) {
            state.now += 1;
            let now = state.now;
            for said in state.others.get_mut(now).map(|next| std::mem::take(&mut next.said)).unwrap_or_default() {
                match said {
                    Said::Told(text) => report::tell(&text),
                    Said::Printed(text) => report::print(&text),
                }
            }
        }
    }

    fn say(&self, text: &str, speak: impl FnOnce(&str), said: impl FnOnce(String) -> Said) {
        let mut state = lock(&self.turns);
        if state.now == self.at {
            speak(text);
        } else {
            state.others[self.at].said.push(said(text.to_owned()));
        }
    }
}

/// Texts and flags are whole at every moment, so a panic elsewhere cannot have broken them.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_before_its_turn_waits_for_it() {
        let turns = Turns::default();
        let (first, second, third) = (turns.turn(0), turns.turn(1), turns.turn(2));
        let mut spoken = Vec::new();
        third.tell("3", |_| unreachable!("its turn has not come"));
        first.tell("1", |text| spoken.push(text.to_owned()));
        second.end();
        assert!(!third.has_come());
        first.end();
        assert!(third.has_come());
        assert!(lock(&turns.0).others[2].said.is_empty());
        third.print("4", |text| spoken.push(text.to_owned()));
        assert_eq!(spoken, ["1", "4"]);
    }
}
