//! `xdeploy doctor`.

use std::sync::Arc;

use super::arguments::{Doctor, Global, TextOrJson};
use super::connect::connect;
use super::exit::Exit;
use super::load;
use super::print;
use crate::clock::Clock;
use crate::trust::doctor::examine;

/// Says of every account, whether stacks are sent to it or not, why it can or cannot be entered.
pub async fn doctor(arguments: &Doctor, global: &Global) -> Exit {
    let plan = match load::survey(&arguments.files, &arguments.accounts, global) {
        Ok(plan) => Arc::new(plan),
        Err(exit) => return exit,
    };
    let cloud = match connect(&arguments.place, &plan, Clock::System) {
        Ok(cloud) => cloud,
        Err(exit) => return exit,
    };
    let examination = examine(plan, cloud.clone(), arguments.read_with.clone()).await;
    let written = match arguments.output {
        TextOrJson::Json => print::json(&examination.json(&cloud.api_calls())),
        TextOrJson::Text => {
            let palette = print::stdout_palette(global);
            print::painted(&examination.text(palette), palette)
        }
    };
    written.then(Exit::Reported(examination.exit_code()))
}
