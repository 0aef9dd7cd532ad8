//! What needs attention first: failed, then running with what is on its way back or slow in front,
//! then the rest.

use std::cmp::Reverse;

use jiff::Timestamp;

use crate::report::fold::account_region::AccountRegion;
use crate::report::fold::lifecycle::InstanceStatus;
use crate::report::fold::state::RunState;
use crate::report::forecast::Forecast;

/// The places of a run by how urgent they are, as positions in the state's list, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranking {
    /// Where something failed or was rolled back, and nothing is being worked on.
    pub failed: Vec<usize>,
    /// Where something is being worked on and nothing failed: what is on its way back first, then
    /// what is slow, then what has been for longest.
    pub running: Vec<usize>,
    /// Where something failed or was rolled back while the rest goes on, in the same order.
    pub failing: Vec<usize>,
    /// Where something has not begun, and nothing is being worked on.
    pub waiting: Vec<usize>,
    /// Where everything ended, some of it without being started.
    pub skipped: Vec<usize>,
    /// Where everything ended well.
    pub done: Vec<usize>,
}

impl Ranking {
    /// Returns the places of a run in their order.
    pub fn of(state: &RunState, forecast: &Forecast) -> Self {
        let mut ranking = Self::default();
        for (position, place) in state.places.iter().enumerate() {
            ranking.of_standing(place).push(position);
        }
        let urgency = urgencies(state, forecast);
        // Stable: of those that began together, the plan's order stays.
        ranking.running.sort_by_key(|&place| urgency[place]);
        ranking.failing.sort_by_key(|&place| urgency[place]);
        ranking
    }

    fn of_standing(&mut self, place: &AccountRegion) -> &mut Vec<usize> {
        match place {
            place if place.running > 0 && has_failed(place) => &mut self.failing,
            place if place.running > 0 => &mut self.running,
            place if has_failed(place) => &mut self.failed,
            place if place.waiting() > 0 => &mut self.waiting,
            place if place.ended.skipped > 0 => &mut self.skipped,
            _ => &mut self.done,
        }
    }

    /// Returns the same of some places only.
    pub fn only(mut self, is_one: impl Fn(usize) -> bool) -> Self {
        let Self { failed, running, failing, waiting, skipped, done } = &mut self;
        for places in [failed, running, failing, waiting, skipped, done] {
            places.retain(|&place| is_one(place));
        }
        self
    }

    /// Returns every place but those that only failed, the most urgent first.
    pub fn but_failed(&self) -> impl Iterator<Item = usize> + '_ {
        let rest = self.waiting.iter().chain(&self.skipped).chain(&self.done);
        self.at_work().chain(rest.copied())
    }

    /// Returns every place where something is being worked on, those where nothing failed first.
    pub fn at_work(&self) -> impl Iterator<Item = usize> + '_ {
        self.running.iter().chain(&self.failing).copied()
    }

    /// Returns every place where something failed or was rolled back.
    pub fn with_failure(&self) -> impl Iterator<Item = usize> + '_ {
        self.failed.iter().chain(&self.failing).copied()
    }
}

/// Whether something in a place failed or was rolled back.
pub(super) fn has_failed(place: &AccountRegion) -> bool {
    place.ended.failed + place.ended.rolled_back > 0
}

/// What a place where something is being worked on is ranked by, the most urgent first: whether
/// something in it is on its way back, whether something is slow, and since when it goes on.
type Urgency = (Reverse<bool>, Reverse<bool>, Option<Timestamp>);

/// Returns how urgent each place is.
fn urgencies(state: &RunState, forecast: &Forecast) -> Vec<Urgency> {
    let mut urgencies: Vec<Urgency> =
        vec![(Reverse(false), Reverse(false), None); state.places.len()];
    for &position in &state.running {
        if let InstanceStatus::Running(running) = &state.instances[position].status {
            let (is_going_back, is_slow, since) = &mut urgencies[state.place_of(position)];
            is_going_back.0 |= running.is_rolling_back();
            is_slow.0 |= forecast.is_slow(position);
            *since = Some(since.map_or(running.since, |since| since.min(running.since)));
        }
    }
    urgencies
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Outcome, StackAction};
    use crate::report::recorded::Recording;

    #[test]
    fn what_runs_comes_first_and_what_is_done_last() {
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
        let ranking = Ranking::of(&state, &Forecast::default());
        let account = |place: usize| state.places[place].account.to_string();
        assert_eq!(ranking.failed.iter().map(|&place| account(place)).collect::<Vec<_>>(), ["e"]);
        let others: Vec<_> = ranking.but_failed().map(account).collect();
        assert_eq!(others, ["d", "b", "c", "f", "g", "a"]);
    }

    #[test]
    fn where_the_rest_goes_on_after_a_failure_stands_after_what_runs_well() {
        let state = Recording::apply(&["a/x", "a/y", "b/x"])
            .begins("a/x", StackAction::Create)
            .begins("a/y", StackAction::Create)
            .begins("b/x", StackAction::Create)
            .ends("a/x", Outcome::Failed)
            .state();
        let ranking = Ranking::of(&state, &Forecast::default());
        assert_eq!(ranking.at_work().collect::<Vec<_>>(), [1, 0]);
        assert_eq!(ranking.with_failure().collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn what_is_on_its_way_back_comes_before_what_has_been_running_for_longer() {
        let state = Recording::apply(&["a/x", "b/x"])
            .begins("a/x", StackAction::Create)
            .after_ms(5)
            .begins("b/x", StackAction::Create)
            .stack("b/x", "ROLLBACK_IN_PROGRESS")
            .state();
        assert_eq!(Ranking::of(&state, &Forecast::default()).running, [1, 0]);
    }
}
