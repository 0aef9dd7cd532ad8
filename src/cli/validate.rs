//! `xdeploy validate`.

use super::arguments::{Global, TextOrJson, Validate};
use super::exit::Exit;
use super::load::load;
use super::print;
use crate::plan::graph::Summary;

/// Checks everything that can be checked without a network.
pub fn validate(arguments: &Validate, global: &Global) -> Exit {
    let plan = match load(&arguments.selected, global) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    let summary = Summary::of(&plan);
    let written = match arguments.output {
        TextOrJson::Text => print::result(&summary.to_string()),
        TextOrJson::Json => {
            let text = serde_json::to_string_pretty(&summary).expect("counts are plain JSON");
            print::json(&text)
        }
    };
    written.then(Exit::Done)
}
