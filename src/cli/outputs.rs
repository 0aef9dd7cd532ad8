//! `xdeploy outputs`.

use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::arguments::{CloudArgs, Global, ProgressMode, SelectionArgs};
use super::connect::{clock, connect};
use super::error::CommandError;
use super::exit::Exit;
use super::listings::listed;
use super::load::load_order;
use super::print;
use super::status::{origin, row, survey};
use crate::report::{InstanceOutputs, OutputsSyntax, OutputsView, StatusView, place_line};
use crate::run;
use crate::sessions::Sessions;

/// The arguments of `outputs`.
#[derive(Clone, Debug, Args)]
pub struct OutputsArgs {
    /// Which stack instances.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Where the cloud is.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// What stdout is
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub output: OutputsFormat,
    /// How progress is shown on stderr
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub progress: ProgressMode,
    /// A JMESPath over environment, account, Region, stack and output
    #[arg(long, value_name = "JMESPATH")]
    pub query: Option<String>,
}

/// A form of outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputsFormat {
    /// One JSON object.
    Json,
    /// The same as YAML.
    Yaml,
    /// Lines with tabs.
    Text,
    /// Shell variables.
    Env,
    /// Lines for `$GITHUB_OUTPUT` or `$GITHUB_ENV`.
    Github,
    /// Lines of a dotenv file.
    Dotenv,
    /// Aligned columns.
    Table,
}

/// Shows the outputs of every selected stack instance that stands.
///
/// # Errors
/// When the files or the query are wrong, or the cloud cannot be used.
pub async fn outputs(arguments: &OutputsArgs, global: &Global) -> Result<Exit, CommandError> {
    let shown = (arguments.progress, global);
    let listings = listed(&arguments.selection.files, &arguments.cloud, shown).await?;
    let selection = arguments.selection.with_listings(listings);
    let arguments = &OutputsArgs { selection, ..arguments.clone() };
    let plan = Arc::new(load_order(&arguments.selection)?);
    let cloud = connect(&arguments.cloud, &plan, clock(&arguments.cloud)?)?;
    let is_sandbox = arguments.cloud.sandbox;
    let mut view = OutputsView { is_sandbox, ..OutputsView::default() };
    let mut failed = Vec::new();
    let sessions = Sessions::new(cloud, plan.clone());
    let mut surveyed = survey(&plan, &sessions, arguments.progress, global).await;
    if surveyed.iter().any(|found| !found.uncertain_outputs.is_empty()) {
        let deployed = run::deployed_stacks(&arguments.cloud.state.folder(), &plan);
        let known = surveyed.into_iter().map(|found| found.with_deployed(&plan, &deployed));
        surveyed = known.collect();
    }
    for surveyed in surveyed {
        let instance = plan.instances[surveyed.index].id.clone();
        let path = |name: &String| format!("{}/{instance}/{name}", instance.environment);
        view.uncertain.extend(surveyed.uncertain_outputs.iter().map(path));
        match &surveyed.found {
            Ok(Some(stack)) => {
                let outputs = stack.outputs.clone();
                view.stacks.push(InstanceOutputs { instance, outputs });
            }
            Ok(None) => {}
            Err(_) => failed.push(row(&plan, surveyed)),
        }
    }
    let text = view.text(shape(arguments.output), arguments.query.as_deref());
    let text = text.map_err(|error| CommandError::usage(error.to_string()))?;
    let written = match arguments.output {
        OutputsFormat::Json => print::json(&text),
        OutputsFormat::Yaml
        | OutputsFormat::Text
        | OutputsFormat::Env
        | OutputsFormat::Github
        | OutputsFormat::Dotenv => print::as_it_is(&text),
        OutputsFormat::Table => print::result(&text),
    };
    place_line(&origin(&arguments.cloud, &plan, &sessions))
        .iter()
        .for_each(|line| print::note(line));
    if !view.uncertain.is_empty() {
        print::note(&uncertain(&view.uncertain));
    }
    if failed.is_empty() {
        return Ok(written.then(Exit::Done));
    }
    let failed = StatusView::new(failed);
    print::note(failed.text().trim_end());
    Ok(written.then(Exit::Reported(failed.exit_code())))
}

/// Says that outputs may be others than they are shown.
fn uncertain(paths: &[String]) -> String {
    format!(
        "warning: CloudFormation answers `?` for every character outside ASCII; `?` may stand for one in \
         {}",
        paths.join(", ")
    )
}

fn shape(format: OutputsFormat) -> OutputsSyntax {
    match format {
        OutputsFormat::Json => OutputsSyntax::Json,
        OutputsFormat::Yaml => OutputsSyntax::Yaml,
        OutputsFormat::Text => OutputsSyntax::Text,
        OutputsFormat::Env => OutputsSyntax::Env,
        OutputsFormat::Github => OutputsSyntax::Github,
        OutputsFormat::Dotenv => OutputsSyntax::Dotenv,
        OutputsFormat::Table => OutputsSyntax::Table,
    }
}
