//! What of a run a person at the dashboard wants to see, and what the keys that are pressed there mean.

use crate::event::Control;
use crate::report::fold::account_region::AccountRegion;
use crate::report::fold::lifecycle::Cancel;
use crate::report::fold::state::RunState;

/// How long a filter may be.
const MOST_CHARACTERS: usize = 60;

/// What of a run is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Whether keys are heeded, and named below the run.
    pub has_keys: bool,
    /// What went wrong with the last thing that was asked of the run.
    pub trouble: Option<String>,
    pub(super) failures_only: bool,
    pub(super) shows_help: bool,
    filter: String,
    /// What is being typed in the filter's place.
    typed: Option<String>,
    /// What was asked of the run last.
    asked: Option<Control>,
}

/// A key that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PressedKey {
    /// A key that has a character.
    Character(char),
    /// The key that ends a line.
    Enter,
    /// The key that takes back what was begun.
    Escape,
    /// The key that takes away the last character.
    Backspace,
}

/// What somebody wants by a key that is no matter of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAction {
    /// Something of the run.
    Ask(Control),
    /// To see no more of it.
    Leave,
}

impl View {
    /// Returns the view of somebody whose keys are heeded.
    pub fn with_keys() -> Self {
        Self { has_keys: true, ..Self::default() }
    }

    /// Takes in a key; returns what it means to others.
    pub fn press(&mut self, key: PressedKey, state: &RunState) -> Option<KeyAction> {
        if self.typed.is_some() {
            self.type_key(key);
            return None;
        }
        match key {
            PressedKey::Character('p') => return self.pause_or_go_on(state),
            PressedKey::Character('c') => return self.ask(Control::Cancel, state),
            PressedKey::Character('q') => return Some(KeyAction::Leave),
            PressedKey::Character('f') => self.failures_only = !self.failures_only,
            PressedKey::Character('/') => self.typed = Some(self.filter.clone()),
            PressedKey::Character('?') => self.shows_help = !self.shows_help,
            PressedKey::Escape => {
                *self = Self { has_keys: self.has_keys, asked: self.asked, ..Self::default() };
            }
            PressedKey::Character(_) | PressedKey::Enter | PressedKey::Backspace => {}
        }
        None
    }

    fn type_key(&mut self, key: PressedKey) {
        let Some(typed) = &mut self.typed else { return };
        match key {
            PressedKey::Character(character) if typed.chars().count() < MOST_CHARACTERS => {
                typed.push(character);
            }
            PressedKey::Character(_) => {}
            PressedKey::Backspace => drop(typed.pop()),
            PressedKey::Enter => self.filter = self.typed.take().unwrap_or_default(),
            PressedKey::Escape => {
                self.typed = None;
                self.filter.clear();
            }
        }
    }

    fn pause_or_go_on(&mut self, state: &RunState) -> Option<KeyAction> {
        match state.paused_by {
            None => self.ask(Control::Pause, state),
            Some(_) => self.ask(Control::Continue, state),
        }
    }

    /// Asks something of a run that can still be asked.
    fn ask(&mut self, control: Control, state: &RunState) -> Option<KeyAction> {
        if state.cancel != Cancel::No || state.finish.is_some() {
            return None;
        }
        self.trouble = None;
        self.asked = Some(control);
        Some(KeyAction::Ask(control))
    }

    /// Returns what was asked of the run and is not so yet.
    pub(super) fn awaited(&self, state: &RunState) -> Option<Control> {
        let is_open = |asked: &Control| match asked {
            Control::Pause => state.paused_by.is_none(),
            Control::Continue => state.paused_by.is_some(),
            Control::Cancel => true,
        };
        self.asked.filter(|_| state.cancel == Cancel::No && self.trouble.is_none()).filter(is_open)
    }

    /// Returns what is being typed in the filter's place.
    pub(super) fn typed(&self) -> Option<&str> {
        self.typed.as_deref()
    }

    /// Returns what must stand in the names of what is shown; nothing where all is.
    pub(super) fn filter(&self) -> Option<&str> {
        Some(self.typed.as_deref().unwrap_or(&self.filter)).filter(|filter| !filter.is_empty())
    }

    /// Whether something of the run is left out.
    pub(super) fn leaves_out(&self) -> bool {
        self.failures_only || self.filter().is_some()
    }

    /// Whether a place is one of those that the filter is for: by its environment, account, Region, or the name of
    /// a stack there.
    pub(super) fn holds(&self, place: &AccountRegion, state: &RunState) -> bool {
        let Some(filter) = self.filter() else { return true };
        let filter = filter.to_lowercase();
        let has = |name: &str| name.to_lowercase().contains(&filter);
        let stacks = || {
            let announced = place.instances.iter().map(|&at| &state.instances[at].announced);
            let names = announced.map(|of| (of.id.stack.as_str(), of.stack_name.as_str()));
            names.into_iter().any(|(stack, name)| has(stack) || has(name))
        };
        has(place.account.as_str())
            || has(place.account_id.as_str())
            || has(place.region.as_str())
            || has(place.environment.as_str())
            || stacks()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventKind, Owner};
    use crate::report::recorded::Recording;

    fn pressed(view: &mut View, keys: &str, state: &RunState) -> Vec<KeyAction> {
        let key = |character| match character {
            '\n' => PressedKey::Enter,
            '\u{1b}' => PressedKey::Escape,
            '\u{8}' => PressedKey::Backspace,
            other => PressedKey::Character(other),
        };
        keys.chars().filter_map(|character| view.press(key(character), state)).collect()
    }

    #[test]
    fn p_pauses_a_run_and_has_a_paused_one_go_on() {
        let mut view = View::with_keys();
        let run = Recording::apply(&["dev/a"]);
        assert_eq!(pressed(&mut view, "p", &run.state()), [KeyAction::Ask(Control::Pause)]);
        assert_eq!(view.awaited(&run.state()), Some(Control::Pause));
        let paused = run.say(EventKind::RunPaused { owner: Owner::default() });
        assert_eq!(view.awaited(&paused.state()), None);
        assert_eq!(pressed(&mut view, "p", &paused.state()), [KeyAction::Ask(Control::Continue)]);
        let stopped = paused.say(EventKind::CancelRequested { at_once: false, owner: None });
        assert_eq!(pressed(&mut view, "pc", &stopped.state()), [], "it ends already");
        assert_eq!(pressed(&mut view, "q", &stopped.state()), [KeyAction::Leave]);
    }

    #[test]
    fn what_is_typed_into_the_filter_is_no_command() {
        let mut view = View::with_keys();
        let state = Recording::apply(&["pay-dev/app", "pay-prod/app", "hub/trust"]).state();
        let shown = |view: &View| {
            let held = state.places.iter().filter(|place| view.holds(place, &state));
            held.map(|place| place.account.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(pressed(&mut view, "/PAY-pq\u{8}", &state), []);
        assert_eq!(shown(&view), ["pay-prod"], "it counts while it is typed");
        assert_eq!(pressed(&mut view, "\n", &state), []);
        assert_eq!((shown(&view), view.typed()), (vec!["pay-prod".to_owned()], None));
        pressed(&mut view, "/\u{1b}", &state);
        assert_eq!(shown(&view).len(), 3);
        pressed(&mut view, "/trust\nf?", &state);
        assert_eq!(shown(&view), ["hub"], "stacks have names as well");
        pressed(&mut view, "\u{1b}", &state);
        assert_eq!(view, View::with_keys());
    }
}
