//! How long stack instances take, by template and by what is done: as those that ended did, else as
//! those that run come along.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::event::StackAction;
use crate::report::fold::lifecycle::{FinishedInstance, InstanceStatus, elapsed};
use crate::report::fold::running::Running;
use crate::report::fold::state::RunState;

/// How long some stack instances took.
#[derive(Debug, Default)]
pub(super) struct Times(Vec<Duration>);

impl Times {
    /// Returns how many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns what as many took longer as shorter than; zero if there are none.
    pub fn median(&self) -> Duration {
        self.0.get(self.0.len().saturating_sub(1) / 2).copied().unwrap_or_default()
    }

    /// Returns what nine in ten stay within; zero if there are none.
    pub fn most(&self) -> Duration {
        self.0.get(self.0.len().saturating_sub(1) * 9 / 10).copied().unwrap_or_default()
    }
}

/// How long stack instances with one template take.
#[derive(Debug, Default)]
struct OfTemplate {
    all: Times,
    by_action: BTreeMap<StackAction, Times>,
    /// Only those that ended.
    ended: BTreeMap<StackAction, Times>,
}

/// How long everything takes of which something ended well or comes along.
///
/// Those that end first are the fastest of all, so that those that run have a say as well.
#[derive(Debug, Default)]
pub(super) struct Peers<'a> {
    by_template: BTreeMap<&'a str, OfTemplate>,
    all: Times,
}

impl<'a> Peers<'a> {
    /// Returns the times of a run as it is at `now`.
    pub fn of(state: &'a RunState, now: Timestamp) -> Self {
        let mut peers = Self::default();
        for instance in &state.instances {
            let template = instance.announced.template.as_str();
            match &instance.status {
                InstanceStatus::Waiting => {}
                InstanceStatus::Running(running) => peers.add_running(template, running, now),
                InstanceStatus::Finished(finished) => peers.add_ended(template, finished),
            }
        }
        peers.all.0.sort_unstable();
        for of_template in peers.by_template.values_mut() {
            of_template.all.0.sort_unstable();
            let by_action = of_template.by_action.values_mut();
            let all = by_action.chain(of_template.ended.values_mut());
            all.for_each(|times| times.0.sort_unstable());
        }
        peers
    }

    /// Returns how long an action takes on stacks with a template, if that is known of any.
    pub fn of_action(&self, template: &str, action: StackAction) -> Option<&Times> {
        self.by_template.get(template)?.by_action.get(&action)
    }

    /// Returns how long an action took on stacks with a template, if any ended.
    pub fn ended(&self, template: &str, action: StackAction) -> Option<&Times> {
        self.by_template.get(template)?.ended.get(&action)
    }

    /// Returns how long stack instances with a template take, whatever is to do.
    pub fn of_template(&self, template: &str) -> Option<&Times> {
        self.by_template.get(template).map(|of_template| &of_template.all)
    }

    /// Returns how long all of them take.
    pub fn all(&self) -> &Times {
        &self.all
    }

    fn add_ended(&mut self, template: &'a str, finished: &FinishedInstance) {
        if !finished.end.outcome.is_good() {
            return;
        }
        self.add(template, finished.action, finished.moved);
        if let (Some(action), Some(of_template)) =
            (finished.action, self.by_template.get_mut(template))
        {
            of_template.ended.entry(action).or_default().0.push(finished.moved);
        }
    }

    fn add_running(&mut self, template: &'a str, running: &Running, now: Timestamp) {
        if let Some(takes) = by_progress(running, now).filter(|_| !running.is_rolling_back()) {
            self.add(template, running.action, takes);
        }
    }

    fn add(&mut self, template: &'a str, action: Option<StackAction>, takes: Duration) {
        self.all.0.push(takes);
        // A record from before templates were told says nothing of who is a peer.
        if template.is_empty() {
            return;
        }
        let of_template = self.by_template.entry(template).or_default();
        of_template.all.0.push(takes);
        if let Some(action) = action {
            of_template.by_action.entry(action).or_default().0.push(takes);
        }
    }
}

/// Returns how long an operation takes in all if the rest goes on as its resources did so far.
pub(super) fn by_progress(running: &Running, now: Timestamp) -> Option<Duration> {
    let takes = elapsed(running.moving_since?, now);
    let done = u32::try_from(running.resources_done()).ok().filter(|done| *done > 0)?;
    let total = u32::try_from(running.resources_total()?).ok()?;
    takes.checked_mul(total.max(done)).map(|all| all / done)
}
