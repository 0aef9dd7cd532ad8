//! Signs of life: what of a run is slow enough that a reader of its log may wonder.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::spoken;
use crate::event::AnnouncedInstance;
use crate::name::InstanceId;
use crate::report::fold::lifecycle::{InstanceStatus, elapsed};
use crate::report::fold::running::Running;
use crate::report::fold::state::RunState;
use crate::report::text::prose;

/// How often a sign of life is given, and how long something is quiet before it gets one.
const PERIOD: Duration = Duration::from_secs(60);

/// Above this many that are quiet, they share one line.
const FEW: usize = 5;

/// How many of those are named.
const NAMED: usize = 3;

/// Remembers what was last said of each stack instance that runs.
#[derive(Clone, Debug, Default)]
pub struct Heartbeat {
    next: Option<Timestamp>,
    said: BTreeMap<InstanceId, Timestamp>,
}

impl Heartbeat {
    /// Takes in that a line told of a stack instance.
    pub fn said(&mut self, instance: &InstanceId, at: Timestamp) {
        self.said.insert(instance.clone(), at);
    }

    /// Returns what is to be said at `now` and of which stack instance, if it is time for it: of
    /// each that was quiet for a minute, or of all of them together if they are many.
    pub fn beat(&mut self, state: &RunState, now: Timestamp) -> Vec<(Option<InstanceId>, String)> {
        let next = *self.next.get_or_insert_with(|| after_a_period(now));
        if now < next {
            return Vec::new();
        }
        self.next = Some(after_a_period(now));
        let mut running: Vec<(&AnnouncedInstance, &Running)> =
            state.running.iter().filter_map(|&at| running_part(state, at)).collect();
        self.said.retain(|id, _| running.iter().any(|(announced, _)| announced.id == *id));
        running.sort_by_key(|(_, running)| running.since);
        let is_quiet = |(announced, running): &&(&AnnouncedInstance, &Running)| {
            let said = self.said.get(&announced.id).copied().unwrap_or(running.since);
            elapsed(said.max(running.since), now) >= PERIOD
        };
        let quiet: Vec<_> = running.iter().filter(is_quiet).collect();
        if quiet.len() > FEW {
            return vec![(None, together(&running, state, now))];
        }
        let each = quiet.into_iter().map(|(announced, running)| {
            let time = spoken(elapsed(running.since, now));
            let done = running.progress().map(|done| format!("{done} resources, "));
            let text = format!("still {}, {}{time}", running.phase(), done.unwrap_or_default());
            (Some(announced.id.clone()), text)
        });
        each.collect()
    }
}

fn after_a_period(now: Timestamp) -> Timestamp {
    now.checked_add(PERIOD).unwrap_or(Timestamp::MAX)
}

fn running_part(state: &RunState, position: usize) -> Option<(&AnnouncedInstance, &Running)> {
    let instance = state.instances.get(position)?;
    match &instance.status {
        InstanceStatus::Running(running) => Some((&instance.announced, running)),
        InstanceStatus::Waiting | InstanceStatus::Finished(_) => None,
    }
}

/// Returns one sentence for all that run, of which the slowest come first.
fn together(
    running: &[(&AnnouncedInstance, &Running)],
    state: &RunState,
    now: Timestamp,
) -> String {
    let named = running.iter().take(NAMED).map(|(announced, running)| {
        let done = running.progress().map(|done| format!(" {done}")).unwrap_or_default();
        let time = spoken(elapsed(running.since, now));
        let label = state.label(&announced.id);
        format!("{label} ({}{done}, {time})", running.phase())
    });
    let named: Vec<String> = named.collect();
    let count = prose::counted(running.len(), "stack instance");
    format!("{count} still running, slowest: {}", named.join(", "))
}
