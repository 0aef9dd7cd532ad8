//! `xdeploy drift`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::arguments::{CloudArgs, Global, ProgressMode, SelectionArgs, TextOrJson, file};
use super::connect::{clock, connect};
use super::error::CommandError;
use super::exit::Exit;
use super::listings::listed;
use super::load::load_order;
use super::progress::{Interrupt, ProgressLine};
use super::report_files::{check_one, write_one};
use super::sandbox_settings::SandboxClock;
use super::status::origin;
use super::{print, rehearsal, signals};
use crate::cloud::Cloud;
use crate::engine::{self, FoundDrift};
use crate::event::RunOrigin;
use crate::plan::Plan;
use crate::report::{DriftLook, DriftRow, DriftView, drift_html, elapsed};
use crate::sessions::Sessions;

/// The arguments of `drift`.
#[derive(Clone, Debug, Args)]
pub struct DriftArgs {
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
    /// Write a page about the drift that needs no network
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub html: Option<PathBuf>,
    /// End with exit code 4 if anything has drifted
    #[arg(long)]
    pub exit_code: bool,
}

/// Shows where resources of what is selected are not as their templates want them; changes none.
///
/// # Errors
/// When the files are wrong, or the cloud cannot be used.
pub async fn drift(arguments: &DriftArgs, global: &Global) -> Result<Exit, CommandError> {
    let shown = (arguments.progress, global);
    let listings = listed(&arguments.selection.files, &arguments.cloud, shown).await?;
    let plan = Arc::new(load_order(&arguments.selection.with_listings(listings))?);
    arguments.html.as_deref().map_or(Ok(()), check_one)?;
    rehearsal::announce(&arguments.cloud.sandbox_fault, arguments.progress);
    let cloud = connect(&arguments.cloud, &plan, clock(&arguments.cloud)?)?;
    // A detection that was begun goes on by itself, and changes nothing.
    let _ends_program = signals::not_begun();
    let view = look(&plan, &cloud, arguments, global).await;
    let written = match arguments.output {
        TextOrJson::Json => print::json(&view.json()),
        TextOrJson::Text => {
            let palette = print::stdout_palette(global);
            print::painted(&view.text(palette), palette)
        }
    };
    let page = arguments.html.as_deref().map(|path| write_one(path, &drift_html(&view)));
    let written = page.map_or(written, |page| written.and(page));
    Ok(written.then(match view.exit_code() {
        0 if arguments.exit_code && view.has_drift() => Exit::ChangesExist,
        code => Exit::Reported(code),
    }))
}

/// Looks for the drift of every selected stack instance, and shows how far that is.
async fn look(
    plan: &Arc<Plan>,
    cloud: &Cloud,
    arguments: &DriftArgs,
    global: &Global,
) -> DriftView {
    let started = cloud.clock().now();
    let sessions = Sessions::new(cloud.clone(), plan.clone());
    let selected = plan.instances.iter().filter(|one| !one.is_only_read()).count();
    let work = ("checking", selected, "stack instance");
    let progress = ProgressLine::start(work, Interrupt::IsHeard, arguments.progress, global);
    let found = engine::detect_drift(plan, &sessions, || progress.step()).await;
    drop(progress);
    let is_virtual = arguments.cloud.sandbox_clock == SandboxClock::Virtual;
    let origin = origin(&arguments.cloud, plan, &sessions);
    let look = DriftLook {
        environments: plan.environments.iter().map(|one| one.name.clone()).collect(),
        origin: RunOrigin { virtual_time: is_virtual, ..origin },
        started,
        duration: elapsed(started, cloud.clock().now()),
        api_calls: cloud.api_calls(),
        throttled: cloud.throttled(),
    };
    DriftView::new(found.into_iter().map(|found| row(plan, found)).collect(), look)
}

fn row(plan: &Plan, FoundDrift { index, found }: FoundDrift) -> DriftRow {
    let instance = &plan.instances[index];
    let account_id = plan.accounts[instance.account].id.clone();
    DriftRow::new((instance.id.clone(), account_id, instance.stack_name.clone()), found)
}
