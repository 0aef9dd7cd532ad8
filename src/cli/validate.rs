//! `xdeploy validate`.

use clap::Args;
use serde::Serialize;

use super::arguments::{Global, SelectionArgs, TextOrJson};
use super::error::{CommandError, ErrorCause};
use super::exit::Exit;
use super::load::load;
use super::print::{self, Written};
use crate::document::{Fault, Faults};
use crate::package::Boundary;
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
    /// Absent where something is wrong: nothing is counted then.
    #[serde(flatten)]
    summary: Option<Summary>,
    /// What is wrong.
    faults: Vec<Finding>,
    /// What looks wrong and may be right.
    warnings: Vec<Finding>,
}

impl ValidateReport {
    fn of(summary: Option<Summary>, found: &[Fault]) -> Self {
        let (warnings, faults): (Vec<&Fault>, _) =
            found.iter().partition(|fault| fault.is_warning());
        let findings = |found: Vec<&Fault>| found.into_iter().map(Finding::from).collect();
        Self { summary, faults: findings(faults), warnings: findings(warnings) }
    }

    fn print(&self) -> Written {
        print::json(&serde_json::to_string_pretty(self).expect("texts and counts are JSON"))
    }
}

/// One thing that was found.
#[derive(Serialize)]
struct Finding {
    message: String,
    help: Option<String>,
    /// The file that it stands in, as it was found; absent if it is about the plan as a whole.
    file: Option<String>,
    /// Counted from 1.
    line: Option<usize>,
    /// In characters, counted from 1.
    column: Option<usize>,
}

impl From<&Fault> for Finding {
    fn from(fault: &Fault) -> Self {
        let place = fault.place.as_ref();
        let at = place.map(|place| place.file.line_and_column(place.span.start));
        Self {
            message: fault.message.clone(),
            help: fault.help.clone(),
            file: place
                .map(|place| place.file.path.as_path())
                .or(fault.file.as_deref())
                .map(|path| path.display().to_string()),
            line: at.map(|(line, _)| line),
            column: at.map(|(_, column)| column),
        }
    }
}

/// Checks everything that can be checked without a network.
///
/// # Errors
/// With all that is wrong; where stdout is JSON, it is told there as well.
pub fn validate(arguments: &ValidateArgs, global: &Global) -> Result<Exit, CommandError> {
    let loaded = load(&arguments.selection)
        .and_then(|plan| Ok(plan::check_local_paths(plan, &Boundary::default())?));
    let plan = match loaded {
        Ok(plan) => plan,
        Err(error) => return refused(error, arguments.output, global),
    };
    let summary = Summary::of(&plan);
    let found = plan::warnings(&plan);
    if !found.is_empty() {
        print::faults(&Faults(found.clone()), global);
    }
    let written = match arguments.output {
        TextOrJson::Text => print::result(&summary.to_string()),
        TextOrJson::Json => ValidateReport::of(Some(summary), &found).print(),
    };
    Ok(written.then(Exit::Done))
}

/// Tells what is wrong, to people on stderr and to a program on stdout.
fn refused(error: CommandError, output: TextOrJson, global: &Global) -> Result<Exit, CommandError> {
    match (output, &error.cause) {
        (TextOrJson::Json, ErrorCause::Faults(Faults(found))) => {
            let report = ValidateReport::of(None, found);
            let exit = print::error(&error, global);
            Ok(report.print().or_worse(exit))
        }
        _ => Err(error),
    }
}
