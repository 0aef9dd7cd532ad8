//! Whether a new run is to begin: its guards, what needs what it deletes, and the person asked.

use std::sync::Arc;

use super::apply::NewRun;
use super::arguments::Global;
use super::confirm::{self, Consent};
use super::dependents::{self, Dependents};
use super::error::CommandError;
use super::guards::{self, Looked};
use super::on_dependents::DESTROY;
use super::planned_apply::NotExecutable;
use super::signals::NotBegun;
use super::{left_behind_dependents, warnings};
use crate::cloud::Cloud;
use crate::engine::{ChangeSetUse, Run};
use crate::event::Operation;
use crate::journal::RunFolder;
use crate::plan::Plan;
use crate::run;
use crate::sessions::Sessions;

/// What is known before a run begins: what needs what it deletes, its sessions, and where runs are kept.
pub(super) type KnownBefore<'a> = (&'a Dependents, &'a Sessions, &'a RunFolder);

impl NewRun<'_> {
    /// Asks whether the run is to begin, once its stacks are as a saved plan says if it carries out one, and no guard forbids
    /// it; the change sets of a run that is refused are deleted. Returns what was looked at.
    pub(super) async fn agreed(
        &self,
        (plan, cloud): (&Arc<Plan>, &Cloud),
        run: &Run,
        ((dependents, sessions, folder), not_begun): (KnownBefore<'_>, NotBegun),
        global: &Global,
    ) -> Result<Looked, CommandError> {
        let progress = self.change.run_args.progress;
        let shown = (progress, global);
        let allow = guards::allowed(run);
        let Some(planned) = self.planned else {
            let looked = match self.operation {
                Operation::Apply => {
                    let deployed_stacks = Arc::new(run::deployed_stacks(folder, plan));
                    let run = Run { deployed_stacks, ..run.clone() };
                    guards::look_ahead((plan, cloud), &run, not_begun, shown).await?
                }
                Operation::Destroy | Operation::Prune | Operation::Plan => {
                    let all = (0..plan.instances.len()).map(|at| (at, None)).collect();
                    let asked = (self.operation.as_str(), allow);
                    guards::check_deletions((plan, sessions), all, asked, progress).await?;
                    Looked { change_sets: ChangeSetUse::Read, not_begun }
                }
            };
            let agreed = self.confirm(plan, dependents, (sessions, folder), global).await;
            if agreed.is_err() {
                looked.discard(plan, sessions).await;
            }
            return agreed.map(|()| looked);
        };
        let executable = match planned.check_stacks(plan, sessions, shown).await {
            Ok(()) => guards::check_planned((plan, planned.saved()), allow, progress),
            Err(NotExecutable { error, is_in_use: true }) => return Err(error),
            Err(NotExecutable { error, is_in_use: false }) => Err(error),
        };
        let agreed = match executable {
            Ok(()) => self.confirm(plan, dependents, (sessions, folder), global).await,
            Err(refused) => Err(refused),
        };
        if agreed.is_err() {
            planned.discard(plan, sessions).await;
        }
        agreed.map(|()| Looked { change_sets: planned.change_sets(), not_begun })
    }

    /// Tells what the run does beyond the selection, and asks whether it is to be done.
    async fn confirm(
        &self,
        plan: &Plan,
        dependents: &Dependents,
        (sessions, folder): (&Sessions, &RunFolder),
        global: &Global,
    ) -> Result<(), CommandError> {
        let Self { operation, change, on_dependents, .. } = *self;
        let progress = change.run_args.progress;
        let shown = (progress, global);
        if operation == Operation::Apply {
            warnings::tell(plan, shown);
        }
        dependents::tell_cut(operation, &change.selection, plan, progress);
        dependents.check(sessions, on_dependents, DESTROY, shown).await?;
        if operation == Operation::Destroy {
            let selection = &change.selection;
            let known = (sessions, folder);
            left_behind_dependents::check(
                selection,
                plan,
                dependents,
                known,
                (on_dependents, progress),
            )
            .await?;
        }
        let consent = match change.consent() {
            // What is made can be deleted again.
            Consent::Told if !operation.deletes() => Consent::Silent,
            consent => consent,
        };
        let scope = confirm::scope(operation, plan);
        let planned = self.planned.map(|planned| planned.told(plan)).unwrap_or_default();
        consent.settle(operation.as_str(), &format!("{scope}{planned}"))
    }
}
