//! `xdeploy doctor`.

use std::sync::Arc;

use super::arguments::{Doctor, Global, Selected, TextOrJson};
use super::connect::connect;
use super::exit::Exit;
use super::load::load;
use super::print;
use crate::clock::Clock;
use crate::trust::doctor::examine;

/// Says of every account that stacks are sent to why it can or cannot be entered.
pub async fn doctor(arguments: &Doctor, global: &Global) -> Exit {
    let selected = Selected {
        files: arguments.files.clone(),
        accounts: arguments.accounts.clone(),
        stacks: Vec::new(),
        regions: Vec::new(),
    };
    let plan = match load(&selected, global) {
        Ok(plan) => Arc::new(plan),
        Err(exit) => return exit,
    };
    let cloud = match connect(&arguments.place, &plan, Clock::System) {
        Ok(cloud) => cloud.for_doctor(arguments.read_with.clone()),
        Err(exit) => return exit,
    };
    let examination = examine(plan, cloud.clone()).await;
    match arguments.output {
        TextOrJson::Json => print::result(&examination.json(&cloud.api_calls())),
        TextOrJson::Text => print::result(&examination.text(print::stdout_palette(global))),
    }
    Exit::Reported(examination.exit_code())
}
