//! What needs attention first: failed, then running with the longest in front, then the rest.

use jiff::Timestamp;

use crate::report::places::Place;
use crate::report::state::{RunState, Standing};

/// The places of a run by how urgent they are, as positions in the state's list.
#[derive(Clone, Debug, Default)]
pub(super) struct Triage {
    /// Where something failed or was rolled back, in the order of the plan.
    pub failed: Vec<usize>,
    /// Where something is being worked on, what has been for longest first.
    pub running: Vec<usize>,
    /// Where something has not begun, and nothing is being worked on.
    pub waiting: Vec<usize>,
    /// Where everything ended, some of it without being started.
    pub skipped: Vec<usize>,
    /// Where everything ended well.
    pub done: Vec<usize>,
}

impl Triage {
    /// Returns the places of a run in their order.
    pub fn of(state: &RunState) -> Self {
        let mut triage = Self::default();
        for (position, place) in state.places.iter().enumerate() {
            triage.of_standing(place).push(position);
        }
        let since = longest(state);
        // Stable: of those that began together, the plan's order stays.
        triage.running.sort_by_key(|&place| since[place]);
        triage
    }

    fn of_standing(&mut self, place: &Place) -> &mut Vec<usize> {
        match place {
            place if has_failed(place) => &mut self.failed,
            place if place.running > 0 => &mut self.running,
            place if place.waiting() > 0 => &mut self.waiting,
            place if place.ended.skipped > 0 => &mut self.skipped,
            _ => &mut self.done,
        }
    }

    /// Returns every place, the most urgent first.
    pub fn all(&self) -> impl Iterator<Item = usize> + '_ {
        let rest = self.waiting.iter().chain(&self.skipped).chain(&self.done);
        self.failed.iter().chain(&self.running).chain(rest).copied()
    }
}

/// Whether something in a place failed or was rolled back.
pub(super) fn has_failed(place: &Place) -> bool {
    place.ended.failed + place.ended.rolled_back > 0
}

/// Returns for each place since when something has been worked on in it.
fn longest(state: &RunState) -> Vec<Option<Timestamp>> {
    let mut since: Vec<Option<Timestamp>> = vec![None; state.places.len()];
    for &position in &state.running {
        if let Standing::Running(running) = &state.instances[position].standing {
            let of_place = &mut since[state.place_of(position)];
            *of_place = Some(of_place.map_or(running.since, |since| since.min(running.since)));
        }
    }
    since
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Outcome, StackAction};
    use crate::report::recorded::Recording;

    #[test]
    fn what_failed_comes_first_and_what_is_done_last() {
        let paths = ["a/x", "b/x", "c/x", "d/x", "e/x", "f/x", "f/y", "g/x"];
        let state = Recording::apply(&paths)
            .begins("d/x", StackAction::Create)
            .after_ms(5)
            .begins("b/x", StackAction::Create)
            .begins("c/x", StackAction::Create)
            .ends("a/x", Outcome::Unchanged)
            .ends("e/x", Outcome::Failed)
            .ends("f/x", Outcome::Created)
            .ends("g/x", Outcome::Skipped)
            .state();
        let accounts: Vec<_> =
            Triage::of(&state).all().map(|place| state.places[place].account.to_string()).collect();
        assert_eq!(accounts, ["e", "d", "b", "c", "f", "g", "a"]);
    }
}
