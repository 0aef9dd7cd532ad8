//! `xdeploy validate`.

use clap::Args;

use super::arguments::{Global, SelectionArgs, TextOrJson};
use super::error::CommandError;
use super::exit::Exit;
use super::load::load;
use super::print;
use crate::document::Faults;
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

/// Checks everything that can be checked without a network.
///
/// # Errors
/// With all that is wrong.
pub fn validate(arguments: &ValidateArgs, global: &Global) -> Result<Exit, CommandError> {
    let plan = load(&arguments.selection)?;
    print::warnings(&plan::warnings(&plan));
    let summary = Summary::of(&plan);
    if !plan.warnings.is_empty() {
        print::faults(&Faults(plan.warnings), global);
    }
    let written = match arguments.output {
        TextOrJson::Text => print::result(&summary.to_string()),
        TextOrJson::Json => {
            let text = serde_json::to_string_pretty(&summary).expect("counts are plain JSON");
            print::json(&text)
        }
    };
    Ok(written.then(Exit::Done))
}
