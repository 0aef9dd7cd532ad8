//! The way back of a run: what it changed is put back, in reverse order.

use std::collections::BTreeMap;

use super::Running;
use crate::engine::instance::{Message, Work};
use crate::engine::order::wave_of;
use crate::engine::rollback::{Extent, backwards, waves_that_go_back};
use crate::engine::schedule::{EntryIndex, SkipCause};
use crate::engine::settings::Run;
use crate::engine::skipped;
use crate::engine::undo::{self, Undo};
use crate::event::{InstanceEnd, Operation, Outcome, What};

/// What goes back, in the schedule's order.
pub(super) struct WayBack {
    pub going: Vec<usize>,
    pub position: BTreeMap<usize, EntryIndex>,
    pub has_failed: bool,
}

impl Running {
    /// Begins to put back what the run changed, if that is wanted and anything is.
    pub(super) async fn turn_back(&mut self, run: &Run, only_back: bool) -> bool {
        if self.operation != Operation::Apply
            || (!only_back && (self.is_cancelled || self.unkept.is_some()))
        {
            return false;
        }
        let extent = if only_back { Some(Extent::Run) } else { self.extent_to_go_back(run) };
        let Some(extent) = extent else { return false };
        if !self.unknown.is_empty() && !only_back {
            let unknown = std::mem::take(&mut self.unknown);
            self.voice.say(What::RollbackPostponed { unknown }).await;
            return false;
        }
        let meant = self.past.going_back();
        let goes = |index: &usize| {
            let id = &self.plan.instances[*index].id;
            let is_meant = meant.is_empty() || meant.contains(id);
            is_meant && self.change(*index).is_some() && extent.holds(wave_of(&self.plan, *index))
        };
        let going: Vec<usize> = (0..self.plan.instances.len()).filter(goes).collect();
        if going.is_empty() {
            return false;
        }
        if meant.is_empty() {
            let ids = going.iter().map(|&index| self.plan.instances[index].id.clone()).collect();
            self.voice.say(What::RollbackStarted { instances: ids }).await;
        }
        self.schedule = backwards(&self.plan, &going, run.limits.max_concurrent);
        let position =
            going.iter().enumerate().map(|(at, index)| (*index, EntryIndex(at))).collect();
        self.way_back = Some(WayBack { going, position, has_failed: false });
        let decisions = self.schedule.begin();
        self.obey(decisions).await;
        true
    }

    fn extent_to_go_back(&self, run: &Run) -> Option<Extent> {
        let stopped = self.schedule.stopped().into_iter().map(|wave| {
            let wave = self.waves[wave];
            let planned = self.plan.environments[wave.environment].pace.on_failure;
            (wave, run.limits.on_failure.unwrap_or(planned))
        });
        waves_that_go_back(stopped)
    }

    /// Returns how the run left a stack instance that it created or updated.
    fn change(&self, index: usize) -> Option<&InstanceEnd> {
        self.changed.get(&index).or_else(|| self.past.change(&self.plan.instances[index].id))
    }

    /// Returns whether a stack instance went back before the run was gone on with, if that ended.
    pub(super) fn went_back_before(&mut self, index: usize) -> Option<bool> {
        let end =
            self.past.end(&self.plan.instances[index].id).filter(|_| self.past.goes_back())?;
        let is_back = end.outcome == Outcome::RolledBack;
        self.way_back.iter_mut().for_each(|way| way.has_failed |= !is_back);
        Some(is_back)
    }

    /// Begins to put a stack instance back.
    pub(super) async fn start_back(&mut self, index: usize) {
        let instance = &self.plan.instances[index];
        let Some(end) = self.change(index).cloned() else { return };
        let request = (end.outcome == Outcome::Updated)
            .then(|| self.work.befores.request(instance).map_err(|why| undo::unknown(&why)));
        let sent = self.past.sent(&instance.id).cloned();
        let work = Work { index, sent, ..self.work.clone() };
        self.voice.say(What::InstanceStarted { instance: instance.id.clone() }).await;
        self.tasks.spawn(async move {
            let end = Box::pin(undo::undo(&work, Undo { end, request })).await;
            work.send(Message::Ended(index, Box::new(end))).await;
        });
    }

    /// Leaves a stack instance as the run left it, because something else does not go back.
    pub(super) async fn stay(&mut self, index: usize, because: SkipCause, going: &[usize]) {
        let failure = match because {
            SkipCause::NeedFailed { need } => {
                undo::is_needed(&self.plan.instances[going[need.0]].id)
            }
            SkipCause::Cancelled
            | SkipCause::WaveStopped { .. }
            | SkipCause::NotSucceeded { .. } => match &self.unkept {
                Some(reason) => skipped::unkept(reason),
                None => skipped::cancelled(),
            },
        };
        let Some(end) = self.change(index) else { return };
        let end = undo::stays(end, failure);
        self.has_bad = true;
        self.way_back.iter_mut().for_each(|way| way.has_failed = true);
        self.voice.say(What::InstanceFinished { end }).await;
    }
}
