//! `xdeploy status`.

use std::sync::Arc;

use clap::Args;

use super::arguments::{CloudArgs, Global, ProgressMode, SelectionArgs, TextOrJson};
use super::connect::{clock, connect};
use super::error::CommandError;
use super::exit::Exit;
use super::left_behind;
use super::listings::listed;
use super::load::load_order;
use super::print;
use super::progress::{Interrupt, ProgressLine};
use crate::engine::{self, Surveyed};
use crate::event::RunOrigin;
use crate::plan::Plan;
use crate::report::{self, FoundStatus, Palette, StatusRow, StatusView, place_line, prune_command};
use crate::run;
use crate::sessions::Sessions;

/// The arguments of `status`.
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    /// Which stack instances.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Where the cloud is.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// What stdout is
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
    /// How progress is shown on stderr
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub progress: ProgressMode,
}

/// Shows how every selected stack instance stands.
///
/// # Errors
/// When the files are wrong, or the cloud cannot be used.
pub async fn status(arguments: &StatusArgs, global: &Global) -> Result<Exit, CommandError> {
    let shown = (arguments.progress, global);
    let listings = listed(&arguments.selection.files, &arguments.cloud, shown).await?;
    let selection = arguments.selection.with_listings(listings);
    let arguments = &StatusArgs { selection, ..arguments.clone() };
    let plan = Arc::new(load_order(&arguments.selection)?);
    let cloud = connect(&arguments.cloud, &plan, clock(&arguments.cloud)?)?;
    let sessions = Sessions::new(cloud, plan.clone());
    let surveyed = survey(&plan, &sessions, arguments.progress, global).await;
    let origin = origin(&arguments.cloud, &plan, &sessions);
    let rows = surveyed.into_iter().map(|found| row(&plan, found)).collect();
    let view = StatusView::new(rows).at(&origin);
    let folder = arguments.cloud.state.folder();
    let (selection, progress) = (&arguments.selection, arguments.progress);
    let left_behind = left_behind::find(selection, &plan, (&sessions, &folder), progress);
    let left_behind = left_behind.tell_renames(progress);
    let view = view.with_left_behind(left_behind.looked_up(&sessions, &folder).await.told());
    let prune = prune_command(
        &arguments.selection.files,
        arguments.cloud.sandbox,
        arguments.cloud.state.named().as_ref(),
    );
    let written = match arguments.output {
        TextOrJson::Json => print::json(&view.json()),
        TextOrJson::Text => {
            let left_behind = report::left_behind::text(&view.left_behind, &prune, Palette::Plain);
            let mut text = view.text();
            for below in [left_behind, place_line(&origin).unwrap_or_default()] {
                let below = below.trim_end_matches('\n');
                if !below.is_empty() {
                    text.push_str(&format!("\n{below}\n"));
                }
            }
            print::result(&text)
        }
    };
    Ok(written.then(Exit::Reported(view.exit_code())))
}

/// Returns where stacks are looked at.
pub(super) fn origin(cloud: &CloudArgs, plan: &Plan, sessions: &Sessions) -> RunOrigin {
    let origin = RunOrigin { sandbox: cloud.sandbox, ..RunOrigin::default() };
    run::with_caller(origin, plan, sessions)
}

/// Looks at every selected stack instance, and shows how far that is.
pub(super) async fn survey(
    plan: &Arc<Plan>,
    sessions: &Sessions,
    mode: ProgressMode,
    global: &Global,
) -> Vec<Surveyed> {
    let selected = plan.instances.iter().filter(|one| !one.is_only_read()).count();
    let work = ("reading", selected, "stack instance");
    let progress = ProgressLine::start(work, Interrupt::EndsProgram, mode, global);
    engine::survey(plan, sessions, || progress.step()).await
}

/// Returns the row of a stack instance.
pub(super) fn row(plan: &Plan, surveyed: Surveyed) -> StatusRow {
    let instance = &plan.instances[surveyed.index];
    let id = &instance.id;
    let (status, last_updated, failure) = match surveyed.found {
        Ok(Some(stack)) => (FoundStatus::Stands(stack.status), stack.changed, None),
        Ok(None) => (FoundStatus::Absent, None, None),
        Err(failure) => (FoundStatus::Unknown, None, Some(failure)),
    };
    StatusRow {
        environment: id.environment.clone(),
        account: id.account.clone(),
        account_id: plan.accounts[instance.account].id.clone(),
        region: id.region.clone(),
        stack: id.stack.clone(),
        stack_name: instance.stack_name.clone(),
        status,
        last_updated,
        drift: None,
        failure,
    }
}
