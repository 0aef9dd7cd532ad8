//! A run that is left unfinished at a chosen moment, as if its process had been killed, and is resumed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use xdeploy::engine::{self, Limits, PastRun, Run, Stop};
use xdeploy::event::{self, KeepPriorStack, Keeper, Kept, Operation, RunEvent};
use xdeploy::name::RunId;
use xdeploy::plan::Plan;

use super::world::{Ran, World};

/// When a run is left unfinished.
#[derive(Clone, Copy, Debug)]
pub struct Unfinished {
    /// The event that is kept last.
    pub after: u64,
    /// How long it goes on from there without being able to keep more; absent if whoever waits for
    /// that event is not even told.
    pub then: Option<Duration>,
}

/// What happens to a run.
#[derive(Clone, Copy, Debug)]
pub enum Meets {
    /// It is left unfinished.
    End(Unfinished),
    /// Somebody wants it to stop, once an event is kept.
    Wish { after: u64, stop: Stop },
}

impl World {
    /// Carries out a plan until it is left unfinished, or ends before; returns what was kept of it.
    pub async fn leave_unfinished(
        &self,
        operation: Operation,
        plan: Arc<Plan>,
        limits: Limits,
        moment: Unfinished,
    ) -> Vec<RunEvent> {
        let id = RunId::new(self.clock.now(), fastrand::u32(..));
        let run = Run::new(id, operation, limits, self.clock);
        self.until(run, plan, Some(moment)).await
    }

    /// Resumes a run of which `kept` is known; returns all its events.
    pub async fn resume(&self, plan: Arc<Plan>, limits: Limits, kept: Vec<RunEvent>) -> Ran {
        Ran::new(self.resume_until(plan, limits, kept, None).await)
    }

    /// Resumes a run until it is left unfinished once more; returns what was kept of it in all.
    pub async fn resume_until(
        &self,
        plan: Arc<Plan>,
        limits: Limits,
        mut kept: Vec<RunEvent>,
        moment: Option<Unfinished>,
    ) -> Vec<RunEvent> {
        let mut past = PastRun::default();
        kept.iter().for_each(|event| past.on(event));
        let start = past.start.clone().expect("a run that began");
        let run = Run::new(start.run, start.operation, limits, self.clock);
        let run = Run { past: Some(past), ..run };
        kept.extend(self.until(run, plan, moment).await);
        kept
    }

    /// Carries out a run, or as much as there is of it until it is left unfinished; returns what was kept.
    pub async fn until(
        &self,
        run: Run,
        plan: Arc<Plan>,
        moment: Option<Unfinished>,
    ) -> Vec<RunEvent> {
        self.until_met(run, plan, moment.map(Meets::End)).await
    }

    /// Carries out a run, or as much as there is of it until something happens that ends it;
    /// returns what was kept.
    pub async fn until_met(
        &self,
        run: Run,
        plan: Arc<Plan>,
        meets: Option<Meets>,
    ) -> Vec<RunEvent> {
        let (keeping, Keeper { kept: keeper, mut prior_stacks }) = event::keeping();
        let run = Run { keeping, prior_stacks: self.prior_stacks(), ..run };
        let (wish, stop) = watch::channel(Stop::No);
        let cloud = self.cloud();
        let (sender, mut incoming) = event::channel();
        let mut kept = Vec::new();
        let follow = async {
            while let Some(event) = incoming.recv().await {
                let number = event.sequence;
                kept.push(event);
                match meets {
                    Some(Meets::End(Unfinished { after, then: None })) if number >= after => return,
                    Some(Meets::End(Unfinished { after, then: Some(then) })) if number >= after => {
                        keeper.send_replace(Kept::UpTo(number));
                        tokio::time::sleep(then).await;
                        return;
                    }
                    Some(Meets::Wish { after, stop }) if number == after => {
                        wish.send_replace(stop);
                        keeper.send_replace(Kept::UpTo(number));
                    }
                    _ => drop(keeper.send_replace(Kept::UpTo(number))),
                }
            }
        };
        let keep_prior_stacks = async {
            while let Some(KeepPriorStack { before, template, done, .. }) =
                prior_stacks.recv().await
            {
                self.keep_before(before, template.as_deref());
                let _ = done.send(Ok(()));
            }
        };
        let work =
            async { tokio::join!(engine::run(plan, &cloud, run, stop, sender), keep_prior_stacks) };
        tokio::select! {
            biased;
            () = follow => {}
            // Events that are on their way still count.
            _ = async { work.await; std::future::pending::<()>().await } => {}
        }
        kept
    }
}
