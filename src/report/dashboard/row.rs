//! A place as a row: its account, its stacks in order, and what is being done in it.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::line::seconds;
use super::ranking::has_failed;
use super::scene::Scene;
use crate::event::{Failure, Outcome, OutcomeKind};
use crate::report::fold::account_region::AccountRegion;
use crate::report::fold::lifecycle::{InstanceState, InstanceStatus, elapsed};
use crate::report::fold::running::Running;
use crate::report::fold::state::RunState;
use crate::report::text::mark::Mark;
use crate::report::text::outcome_look::look;
use crate::report::text::tone::Tone;
use crate::report::text::words;

/// What a row says of a place, before it is known how much room there is.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Where the place stands.
    pub mark: Mark,
    /// The account, with its environment in front where there are several.
    pub name: String,
    /// The Region, where there are several.
    pub region: Option<String>,
    /// Its stacks in order.
    pub stacks: Vec<Cell>,
    /// The stack that the row is about, with its progress: one on its way back, else the one that
    /// has been worked on for longest, or that failed.
    pub focus: String,
    /// That stack's progress alone.
    pub progress: String,
    /// What is being done to it, or how it ended.
    pub doing: &'static str,
    /// How long that has taken.
    pub time: String,
    /// Whether that takes longer than it should.
    pub is_slow: bool,
}

/// A stack in a row.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// Where it stands.
    pub mark: Mark,
    /// The stack's key.
    pub name: String,
    /// How many of its resources are done, while it is being worked on.
    pub progress: String,
    /// The widest that its progress can become.
    pub widest_progress: usize,
}

impl Row {
    /// Returns the row of the place at a position.
    pub fn of(position: usize, scene: Scene<'_>) -> Self {
        let Scene { state, forecast, now, .. } = scene;
        let place = &state.places[position];
        let instances = || place.instances.iter().map(|&at| (at, &state.instances[at]));
        let running = || instances().filter_map(|(at, i)| Some((at, i, running_part(i)?)));
        let urgency = |running: &Running| (Reverse(running.is_rolling_back()), running.since);
        let longest = running().min_by_key(|(_, _, running)| urgency(running));
        let (doing, time) = match longest {
            Some((_, _, running)) => (doing(place, running, state), elapsed_in(running, now)),
            None => (ending(place, state), String::new()),
        };
        Self {
            mark: mark(place, longest.map(|(_, _, running)| running)),
            name: state.account_label(&place.environment, &place.account),
            region: scene.has_several_regions.then(|| place.region.to_string()),
            stacks: instances().map(|(_, instance)| Cell::of(instance)).collect(),
            focus: focus(longest.map(|(_, instance, _)| instance), place, state),
            progress: longest.and_then(|(_, _, running)| running.progress()).unwrap_or_default(),
            doing,
            time,
            is_slow: running().any(|(at, _, _)| forecast.is_slow(at)),
        }
    }

    /// Returns the tone of the account's name.
    pub fn tone(&self) -> Tone {
        match self.mark {
            Mark::Failed | Mark::RolledBack => Tone::Bad,
            Mark::Running | Mark::RollingBack => Tone::Plain,
            Mark::Waiting | Mark::Done | Mark::Unchanged | Mark::Skipped => Tone::Faint,
        }
    }
}

impl Cell {
    fn of(instance: &InstanceState) -> Self {
        let name = instance.announced.id.stack.to_string();
        let digits = instance.announced.resources.to_string().len();
        let (mark, progress) = match &instance.status {
            InstanceStatus::Waiting => (Mark::Waiting, String::new()),
            InstanceStatus::Running(running) if running.is_rolling_back() => {
                (Mark::RollingBack, running.progress().unwrap_or_default())
            }
            InstanceStatus::Running(running) => {
                (Mark::Running, running.progress().unwrap_or_default())
            }
            InstanceStatus::Finished(finished) => (look(finished.end.outcome).mark, String::new()),
        };
        Self { mark, name, widest_progress: progress.len().max(2 * digits + 1), progress }
    }
}

fn running_part(instance: &InstanceState) -> Option<&Running> {
    match &instance.status {
        InstanceStatus::Running(running) => Some(running),
        InstanceStatus::Waiting | InstanceStatus::Finished(_) => None,
    }
}

fn mark(place: &AccountRegion, longest: Option<&Running>) -> Mark {
    match (longest, &place.ended) {
        _ if place.ended.failed > 0 => Mark::Failed,
        _ if has_failed(place) => Mark::RolledBack,
        (Some(running), _) if running.is_rolling_back() => Mark::RollingBack,
        (Some(_), _) => Mark::Running,
        (None, _) if place.waiting() > 0 => Mark::Waiting,
        (None, ended) if ended.skipped > 0 => Mark::Skipped,
        (None, ended) if ended.unchanged == ended.total() => Mark::Unchanged,
        (None, _) => Mark::Done,
    }
}

fn doing(place: &AccountRegion, running: &Running, state: &RunState) -> &'static str {
    let key = (place.environment.clone(), place.account.clone());
    match running.action {
        None if !state.accounts.contains_key(&key) => "entering",
        _ => running.phase(),
    }
}

fn elapsed_in(running: &Running, now: Timestamp) -> String {
    seconds(elapsed(running.since, now))
}

/// Returns how a place in which nothing is being worked on stands.
fn ending(place: &AccountRegion, state: &RunState) -> &'static str {
    let bad = place.instances.iter().find_map(|&at| bad_end(&state.instances[at]));
    match bad {
        Some(word) => word,
        None if place.waiting() > 0 => "waiting",
        None if place.ended.skipped > 0 => "skipped",
        None => "done",
    }
}

/// Returns the word for an instance that failed or was rolled back.
fn bad_end(instance: &InstanceState) -> Option<&'static str> {
    let InstanceStatus::Finished(finished) = &instance.status else { return None };
    let end = &finished.end;
    let is_entry = end.failure.as_ref().is_some_and(Failure::is_entry);
    match end.outcome.kind() {
        OutcomeKind::Failed if is_entry && end.outcome == Outcome::Failed => Some("not entered"),
        OutcomeKind::Failed => Some(words::ending(end.outcome, end.failure.as_ref())),
        OutcomeKind::Changed | OutcomeKind::Unchanged | OutcomeKind::Skipped => None,
    }
}

fn focus(longest: Option<&InstanceState>, place: &AccountRegion, state: &RunState) -> String {
    let failed = || {
        let mut all = place.instances.iter().map(|&at| &state.instances[at]);
        all.find(|instance| bad_end(instance).is_some())
    };
    let Some(instance) = longest.or_else(failed) else { return String::new() };
    let mut focus = instance.announced.id.stack.to_string();
    let progress = running_part(instance).and_then(Running::progress);
    focus.extend(progress.map(|progress| format!(" {progress}")));
    if place.running > 1 {
        focus += &format!(" +{}", place.running - 1);
    }
    focus
}
