//! `xdeploy plan`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum, ValueHint};

use super::account_sets::AccountSets;
use super::arguments::{
    CloudArgs, Global, ProgressMode, ReportFileArgs, SelectionArgs, TextOrJson, file,
};
use super::connect::{clock, connect};
use super::dependents::tell_cut;
use super::discarded_plan::discard;
use super::error::CommandError;
use super::exit::Exit;
use super::guards::{ALLOWED, tell_unused_ahead};
use super::left_behind;
use super::listings::listed;
use super::load::load;
use super::login::log_in;
use super::packaged::packaged;
use super::plan_out::PlanTarget;
use super::run_output::RunOutput;
use super::run_request::{run_request, with_caller};
use super::shared_state::open_state;
use super::{made_up, plan_file, rehearsal, signals, warnings};
use crate::engine::{ChangeSetUse, Limits, Run};
use crate::event::{Allowance, Operation};
use crate::file::named;
use crate::foreign;
use crate::name::RunId;
use crate::report::{Report, RunState};
use crate::run::{self, PlanFile};

/// The arguments of `plan`.
#[derive(Clone, Debug, Args)]
pub struct PlanArgs {
    /// Which stack instances.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Where the cloud is.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// What stdout is: the changes for people, for a pull request's comment, or the report as JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: PlanOutput,
    /// Write a page with all changes that needs no network
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub html: Option<PathBuf>,
    /// How progress is shown on stderr
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub progress: ProgressMode,
    /// End with exit code 4 if anything would change
    #[arg(long)]
    pub exit_code: bool,
    /// Let resources of a type be replaced or removed although `guards.keep` names it, such as
    /// replace:AWS::RDS::DBInstance; `*` stands for any characters; may be repeated
    #[arg(long, value_name = ALLOWED)]
    pub allow: Vec<Allowance>,
    /// The most stack instances that are looked at together
    #[arg(long, value_name = "N")]
    pub max_concurrent: Option<NonZeroUsize>,
    /// Keep the plan in a file, and its change sets, so that `apply PLAN` carries out exactly that
    #[arg(long, value_name = "PLAN", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    /// Delete the change sets that were kept for a plan, which is named in the place of FILE
    #[arg(long, conflicts_with_all = ["out", "exit_code", "html"])]
    pub discard: bool,
}

/// A form in which a plan is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanOutput {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For a comment on a pull request.
    Markdown,
}

/// Shows what `apply` would do with everything that is selected; changes nothing.
///
/// # Errors
/// When the files are wrong, or a login is missing.
pub async fn plan(arguments: &PlanArgs, global: &Global) -> Result<Exit, CommandError> {
    if arguments.discard {
        return discard_named(arguments).await;
    }
    let files = ReportFileArgs { html: arguments.html.clone(), junit: None };
    files.check()?;
    let target = arguments.out.as_deref().map(PlanTarget::of).transpose()?;
    let shown = (arguments.progress, global);
    let listings = listed(&arguments.selection.files, &arguments.cloud, shown).await?;
    let arguments =
        &PlanArgs { selection: arguments.selection.with_listings(listings), ..arguments.clone() };
    let plan = load(&arguments.selection)?;
    let plan = Arc::new(packaged(plan, Some((arguments.progress, global)))?);
    let not_begun = signals::not_begun();
    let clock = clock(&arguments.cloud)?;
    let PlanArgs { output, progress, max_concurrent, .. } = *arguments;
    let (folder, is_sandbox) = (arguments.cloud.state.folder(), arguments.cloud.sandbox);
    AccountSets::of(&arguments.selection, &folder, is_sandbox)?.tell(progress);
    rehearsal::announce(&arguments.cloud.sandbox_fault, progress);
    made_up::tell(&arguments.cloud, &plan, progress);
    warnings::tell(&plan, (progress, global));
    tell_cut(Operation::Plan, &arguments.selection, &plan, progress);
    let cloud = connect(&arguments.cloud, &plan, clock)?;
    let id = RunId::new(clock.now(), fastrand::u32(..));
    let limits = Limits { max_concurrent, ..Limits::default() };
    let asked = run_request(&arguments.selection, &arguments.cloud, &plan);
    let asked = asked.allowing(&arguments.allow);
    let new = Run::new(id.clone(), Operation::Plan, limits, clock);
    let draft = PlanFile::unfinished(id, clock.now(), asked.clone(), &plan);
    let new = Run { asked: Some(asked.clone()), ..new };
    // Nothing is changed, so that nothing is kept and no other run is in the way.
    let is_markdown = output == PlanOutput::Markdown;
    let output = if output == PlanOutput::Json { TextOrJson::Json } else { TextOrJson::Text };
    let output = RunOutput::without_files(output, progress, global).and_files(&files);
    let output = output.in_markdown(is_markdown);
    let sessions = log_in(&output, &plan, &cloud, new.clone(), RunState::default()).await?;
    let asked = Some(with_caller(asked, &plan, &sessions));
    let selection = &arguments.selection;
    let left_behind = left_behind::find(selection, &plan, (&sessions, &folder), progress);
    let left_behind = left_behind.tell_renames(progress);
    let (left_behind, left_behind_unknown) = left_behind.looked_up(&sessions, &folder).await.told();
    // What runs sent is known from them, as `apply` will know it.
    let deployed_stacks = Arc::new(run::deployed_stacks(&folder, &plan));
    let new = Run { left_behind, left_behind_unknown, ..new };
    let draft = match target {
        Some(target) => Some(target.begin(draft, &arguments.cloud)?),
        None => None,
    };
    let change_sets = if draft.is_some() { ChangeSetUse::Kept } else { ChangeSetUse::Read };
    let new = Run { change_sets, ..new };
    let run = Run { asked, sessions: Some(sessions.clone()), deployed_stacks, ..new };
    let state = output.follow(plan.clone(), &cloud, run, not_begun).await;
    tell_unused_ahead(&plan, &arguments.allow, &state, progress);
    let exit = output.finish(&state);
    let exit = match draft {
        Some(draft) => draft.finish((&state, exit), (&plan, &sessions), &arguments.cloud).await?,
        None => exit,
    };
    let is_told = arguments.exit_code && Report::new(&state).has_changes();
    Ok(if is_told && exit.code() == Exit::Done.code() { Exit::ChangesExist } else { exit })
}

/// Deletes the change sets that were kept for a plan.
async fn discard_named(arguments: &PlanArgs) -> Result<Exit, CommandError> {
    for path in &arguments.selection.files {
        named::read(path).map_err(|error| {
            let shown = foreign::path(path);
            CommandError::usage(format!("{shown} cannot be read: {error}: nothing was touched"))
        })?;
    }
    let Some(plan) = plan_file::named(&arguments.selection)? else {
        let text = "--discard: the file that is named is no plan: nothing was touched";
        return Err(CommandError::usage(text).with_help("name the file that `plan --out` wrote"));
    };
    plan_file::check_cloud(&plan, &arguments.cloud)?;
    let files = plan_file::selection(&plan).files;
    open_state(&arguments.cloud.state, &files, (&arguments.cloud).into()).await?;
    discard(plan, &arguments.cloud, true).await
}
