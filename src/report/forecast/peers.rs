//! How long stack instances that ended took, by template and by what was done.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::event::StackAction;
use crate::report::state::{Finished, RunState, Standing};

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
        let middle = self.0.len().saturating_sub(1) / 2;
        self.0.get(middle).copied().unwrap_or_default()
    }
}

/// How long stack instances with one template took.
#[derive(Debug, Default)]
struct OfTemplate {
    all: Times,
    by_action: BTreeMap<StackAction, Times>,
}

/// How long everything that ended well took.
#[derive(Debug, Default)]
pub(super) struct Peers<'a> {
    by_template: BTreeMap<&'a str, OfTemplate>,
    all: Times,
}

impl<'a> Peers<'a> {
    /// Returns the times of what ended well so far.
    pub fn of(state: &'a RunState) -> Self {
        let mut peers = Self::default();
        if state.counts.total() == state.counts.not_good() {
            return peers;
        }
        for instance in &state.instances {
            if let Standing::Finished(finished) = &instance.standing
                && finished.end.outcome.is_good()
            {
                peers.add(&instance.announced.template, finished);
            }
        }
        peers.all.0.sort_unstable();
        for of_template in peers.by_template.values_mut() {
            of_template.all.0.sort_unstable();
            of_template.by_action.values_mut().for_each(|times| times.0.sort_unstable());
        }
        peers
    }

    /// Returns how long an action took on stacks with a template, if any ended.
    pub fn of_action(&self, template: &str, action: StackAction) -> Option<&Times> {
        self.by_template.get(template)?.by_action.get(&action)
    }

    /// Returns how long stack instances with a template took, whatever was to do.
    pub fn of_template(&self, template: &str) -> Option<&Times> {
        self.by_template.get(template).map(|of_template| &of_template.all)
    }

    /// Returns how long all that ended well took.
    pub fn all(&self) -> &Times {
        &self.all
    }

    fn add(&mut self, template: &'a str, finished: &Finished) {
        self.all.0.push(finished.moved);
        // A record from before templates were told says nothing of who is a peer.
        if template.is_empty() {
            return;
        }
        let of_template = self.by_template.entry(template).or_default();
        of_template.all.0.push(finished.moved);
        if let Some(action) = finished.action {
            of_template.by_action.entry(action).or_default().0.push(finished.moved);
        }
    }
}
