//! `xdeploy plan --out`: what was planned is kept in a file, and its change sets with it.

use std::path::{Path, PathBuf};

use super::arguments::CloudArgs;
use super::discarded_plan::{check_not_running, delete, discard};
use super::error::CommandError;
use super::exit::Exit;
use super::{plan_file, print};
use crate::engine::SavedPlan;
use crate::file::named::WriteTarget;
use crate::foreign;
use crate::name::InstanceId;
use crate::plan::Plan;
use crate::report::{AccountState, InstanceStatus, RunState};
use crate::run::PlanFile;
use crate::sessions::Sessions;

/// The file that a plan goes to.
pub struct PlanTarget {
    path: PathBuf,
    /// The plan that stands there.
    standing: Option<PlanFile>,
}

/// A plan that is being made, known by its file.
pub struct PlanDraft {
    path: PathBuf,
    file: PlanFile,
    /// The plan that stood in the file.
    standing: Option<PlanFile>,
}

impl PlanTarget {
    /// Returns the file that a plan goes to, once it is known that it can be written.
    ///
    /// # Errors
    /// If it cannot, or something stands there that is no plan.
    pub fn of(path: &Path) -> Result<Self, CommandError> {
        let shown = foreign::path(path);
        let target = WriteTarget::of(path).map_err(|error| unwritten(path, &error))?;
        if let WriteTarget::Stream(_) = target {
            let text = format!("--out {shown}: a plan goes to a file: nothing was touched");
            return Err(CommandError::usage(text));
        }
        target.check().map_err(|error| unwritten(path, &error))?;
        let standing = plan_file::read(path)?;
        let is_empty = std::fs::metadata(path).map_or(true, |found| found.len() == 0);
        if standing.is_none() && !is_empty {
            let text = format!("--out {shown}: what stands there is no plan: nothing was touched");
            return Err(CommandError::usage(text).with_help("name another file, or delete it"));
        }
        Ok(Self { path: path.to_owned(), standing })
    }

    /// Begins a plan: whatever comes, its change sets are known by the file. A plan that stands there counts until this one
    /// is made.
    ///
    /// # Errors
    /// If the plan that stands there is carried out just now, or the file cannot be written.
    pub fn begin(self, file: PlanFile, cloud: &CloudArgs) -> Result<PlanDraft, CommandError> {
        let Self { path, standing } = self;
        let standing = standing.filter(|it| it.asked.sandbox == cloud.sandbox);
        if let Some(standing) = &standing {
            check_not_running(standing, cloud)?;
        }
        let draft = match standing.clone() {
            Some(standing) => file.clone().in_place_of(standing),
            None => file.clone(),
        };
        write(&path, &draft)?;
        Ok(PlanDraft { path, file, standing })
    }
}

impl PlanDraft {
    /// Keeps the plan if all of it was planned, and deletes the change sets of the one that stood in its place; else deletes
    /// what was made for it. `exit` is how the run went.
    ///
    /// # Errors
    /// If it cannot be written: what was made for it is deleted then.
    pub async fn finish(
        self,
        (state, exit): (&RunState, Exit),
        (plan, sessions): (&Plan, &Sessions),
        cloud: &CloudArgs,
    ) -> Result<Exit, CommandError> {
        let Self { path, file, standing } = self;
        let id = file.id.clone();
        if exit.code() != Exit::Done.code() {
            let mut made = SavedPlan::may_be_made(&id, plan);
            made.retain(|made| has_begun(state, &plan.instances[made.at].id));
            let left = delete(plan, sessions, made).await;
            not_kept(&path, standing.as_ref(), (left, exit));
            return Ok(exit);
        }
        let ends = state.instances.iter().filter_map(|instance| match &instance.status {
            InstanceStatus::Finished(finished) => Some(&*finished.end),
            InstanceStatus::Waiting | InstanceStatus::Running(_) => None,
        });
        let saved = SavedPlan::of(id, ends);
        let change_sets = saved.change_sets(plan);
        if let Err(error) = write(&path, &file.finished(saved)) {
            delete(plan, sessions, change_sets).await;
            return Err(error);
        }
        if let Some(standing) = standing {
            discard(standing, cloud, false).await?;
        }
        let shown = foreign::path(&path);
        print::note_line(&format!(
            "the plan is kept in {shown}: `xdeploy apply {shown}` carries it out, `xdeploy plan --discard {shown}` deletes \
             its change sets"
        ));
        Ok(exit)
    }
}

/// Whether a change set may have been made of a stack instance: not in an account that was never entered.
fn has_begun(state: &RunState, id: &InstanceId) -> bool {
    let account = state.accounts.get(&(id.environment.clone(), id.account.clone()));
    if matches!(account, Some(AccountState::Refused { .. }) | None) {
        return false;
    }
    let found = state.position(id).map(|at| &state.instances[at].status);
    found.is_some_and(|status| !matches!(status, InstanceStatus::Waiting))
}

/// Says that no plan is kept, and takes the draft away: the plan that stood in its place stands there again. While change
/// sets are left, the draft stays, so that they are known.
fn not_kept(path: &Path, standing: Option<&PlanFile>, (left, exit): (usize, Exit)) {
    let shown = foreign::path(path);
    let why = match exit {
        Exit::Unwritten => "what it tells could not be written",
        refused if refused.code() == Exit::Refused.code() => "a guard refuses it",
        _ => "not all of it could be planned",
    };
    if left > 0 {
        print::note_line(&format!(
            "no plan is kept, as {why}; `xdeploy plan --discard {shown}` tries again to delete what was made for it"
        ));
        return;
    }
    let restored = match standing {
        Some(standing) => write(path, standing).is_ok(),
        None => {
            // Nobody needs to know of it any more.
            let _ = std::fs::remove_file(path);
            false
        }
    };
    match restored {
        true => print::note_line(&format!(
            "no plan is kept, as {why}: the former one still stands in {shown}"
        )),
        false => print::note_line(&format!("no plan is kept, as {why}")),
    }
}

/// Writes a plan, which is its owner's only.
fn write(path: &Path, file: &PlanFile) -> Result<(), CommandError> {
    let written = file.text().and_then(|text| {
        let target = WriteTarget::of(path)?;
        own(path)?;
        target.write(&text)
    });
    written.map_err(|error| unwritten(path, &error))
}

/// Takes what stands in the place of a plan from everybody else: a file that is replaced keeps its mode.
fn own(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    match std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        set => set,
    }
}

fn unwritten(path: &Path, error: &std::io::Error) -> CommandError {
    let text = format!("the plan cannot be written to {}: {error}", foreign::path(path));
    CommandError::new(Exit::Unwritten, text).with_help("name a file in a folder that takes files")
}
