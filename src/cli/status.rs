//! `xdeploy status`.

use std::sync::Arc;

use clap::Args;

use super::arguments::{CloudArgs, Global, ProgressMode, SelectionArgs, TextOrJson};
use super::connect::connect;
use super::error::CommandError;
use super::exit::Exit;
use super::load::load_order;
use super::print;
use super::progress::{Interrupt, ProgressLine};
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::engine::{self, Surveyed};
use crate::plan::Plan;
use crate::report::{FoundStatus, StatusRow, StatusView};

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
    let plan = Arc::new(load_order(&arguments.selection)?);
    let cloud = connect(&arguments.cloud, &plan, Clock::System)?;
    let surveyed = survey(&plan, &cloud, arguments.progress, global).await;
    let view = StatusView::new(surveyed.into_iter().map(|found| row(&plan, found)).collect());
    let written = match arguments.output {
        TextOrJson::Json => print::json(&view.json()),
        TextOrJson::Text => print::result(&view.text()),
    };
    Ok(written.then(Exit::Reported(view.exit_code())))
}

/// Looks at every selected stack instance, and shows how far that is.
pub(super) async fn survey(
    plan: &Arc<Plan>,
    cloud: &Cloud,
    mode: ProgressMode,
    global: &Global,
) -> Vec<Surveyed> {
    let selected = plan.instances.iter().filter(|one| !one.is_only_read()).count();
    let work = ("reading", selected, "stack instance");
    let progress = ProgressLine::start(work, Interrupt::EndsProgram, mode, global);
    engine::survey(plan.clone(), cloud, || progress.step()).await
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
