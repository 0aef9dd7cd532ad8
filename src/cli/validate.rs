//! `xdeploy validate`.

use clap::Args;
use serde::Serialize;

use super::arguments::{Global, SelectionArgs, TextOrJson};
use super::error::CommandError;
use super::exit::Exit;
use super::load::load;
use super::print;
use crate::document::{Fault, Faults};
use crate::plan;
use crate::plan::graph::Summary;

/// The arguments of `validate`.
#[derive(Clone, Debug, Args)]
pub struct ValidateArgs {
    /// Which stack instances.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// What stdout is
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
}

/// What `validate --output json` prints.
#[derive(Serialize)]
struct ValidateReport {
    #[serde(flatten)]
    summary: Summary,
    warnings: Vec<Warning>,
}

/// What looks wrong and may be right.
#[derive(Serialize)]
struct Warning {
    message: String,
    help: Option<String>,
    /// The file that it stands in, as it was found; absent if it is about the plan as a whole.
    file: Option<String>,
    /// Counted from 1.
    line: Option<usize>,
    /// In characters, counted from 1.
    column: Option<usize>,
}

impl From<&Fault> for Warning {
    fn from(fault: &Fault) -> Self {
        let place = fault.place.as_ref();
        let at = place.map(|place| place.file.line_and_column(place.span.start));
        Self {
            message: fault.message.clone(),
            help: fault.help.clone(),
            file: place.map(|place| place.file.path.display().to_string()),
            line: at.map(|(line, _)| line),
            column: at.map(|(_, column)| column),
        }
    }
}

/// Checks everything that can be checked without a network.
///
/// # Errors
/// With all that is wrong.
pub fn validate(arguments: &ValidateArgs, global: &Global) -> Result<Exit, CommandError> {
    let plan = load(&arguments.selection)?;
    let summary = Summary::of(&plan);
    let found = plan::warnings(&plan);
    let warnings = found.iter().map(Warning::from).collect();
    if !found.is_empty() {
        print::faults(&Faults(found), global);
    }
    let written = match arguments.output {
        TextOrJson::Text => print::result(&summary.to_string()),
        TextOrJson::Json => {
            let report = ValidateReport { summary, warnings };
            let text = serde_json::to_string_pretty(&report).expect("texts and counts are JSON");
            print::json(&text)
        }
    };
    Ok(written.then(Exit::Done))
}
