//! The turn of a stack instance on the way forward: it starts, is read, or is skipped.

use std::collections::BTreeMap;

use super::Running;
use super::left::Moving;
use crate::engine::instance::{Message, Work};
use crate::engine::job::{self, Job};
use crate::engine::schedule::SkipCause;
use crate::engine::secrets::Secrets;
use crate::engine::{ending, skipped, survey};
use crate::event::{Failure, Operation, What};
use crate::plan::Purpose;

impl Running {
    /// Returns whether a stack instance ended well before the run was gone on with, if it ended;
    /// nothing is left to do on it then.
    pub(super) fn ended_before(&mut self, index: usize) -> Option<bool> {
        let end = self.past.end(&self.plan.instances[index].id)?;
        let is_good = end.outcome.is_good();
        // What a journal may not hold is read again.
        if is_good && end.outputs.values().any(|value| Secrets::is_masked(value)) {
            return None;
        }
        if is_good {
            self.known.keep(index, end.outputs.clone());
        }
        self.has_bad |= !is_good;
        Some(is_good)
    }

    pub(super) async fn start(&mut self, index: usize) {
        let instance = &self.plan.instances[index];
        let sent = self.past.sent(&instance.id).cloned();
        let cancelled = self.past.cancelled(&instance.id);
        let work = Work { index, sent, cancelled, ..self.work.clone() };
        if instance.purpose == Purpose::Read || self.past.end(&instance.id).is_some() {
            let operation = self.operation;
            self.tasks.spawn(async move {
                let read = match operation {
                    Operation::Apply | Operation::Plan => survey::read(&work).await,
                    // What takes nothing down needs no outputs either.
                    Operation::Destroy => Ok(BTreeMap::new()),
                };
                work.send(Message::Read(index, Box::new(read))).await;
            });
            return;
        }
        self.voice.say(What::InstanceStarted { instance: instance.id.clone() }).await;
        let job = match self.operation {
            Operation::Destroy => Ok(Job::Destroy),
            Operation::Apply => self.known.request(&self.plan, index).map(Job::Apply),
            Operation::Plan => self.foreseen.draft(&self.plan, index).map(Job::Preview),
        };
        let secrets = job.as_ref().map(Job::secrets).unwrap_or_default();
        secrets.iter().for_each(|value| self.voice.keep_secret(value));
        self.tasks.spawn(async move {
            let end = job::carry_out(&work, job).await;
            work.send(Message::Ended(index, Box::new(end))).await;
        });
    }

    pub(super) async fn skip(&mut self, index: usize, because: SkipCause) {
        let instance = &self.plan.instances[index];
        if instance.purpose == Purpose::Read {
            return;
        }
        if let Some(end) = self.past.end(&instance.id) {
            self.has_bad |= !end.outcome.is_good();
            return;
        }
        let end = match self.past.sent(&instance.id) {
            Some(sent) => self.left(&instance.id, Some(&Moving::from(sent))),
            None => ending::skipped(&instance.id, self.why_skipped(because)),
        };
        self.has_bad = true;
        self.voice.say(What::InstanceFinished { end }).await;
    }

    fn why_skipped(&self, because: SkipCause) -> Failure {
        let plan = &self.plan;
        match because {
            SkipCause::Cancelled => match &self.unkept {
                Some(reason) => skipped::unkept(reason),
                None => skipped::cancelled(),
            },
            SkipCause::NeedFailed { need } if self.unread.contains_key(&need.0) => {
                self.unread[&need.0].clone()
            }
            SkipCause::NeedFailed { need } => skipped::need_failed(plan, self.operation, need.0),
            SkipCause::WaveStopped { wave, failed } => {
                skipped::wave_stopped(plan, self.waves[wave], failed.0)
            }
            SkipCause::NotSucceeded { wave } => skipped::environment_failed(plan, self.waves[wave]),
        }
    }
}
