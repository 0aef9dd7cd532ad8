//! `xdeploy status`.

use std::sync::Arc;

use super::arguments::{Global, Status, TextOrJson};
use super::connect::connect;
use super::exit::Exit;
use super::load::load;
use super::print;
use crate::clock::Clock;
use crate::engine::{self, Surveyed};
use crate::plan::Plan;
use crate::report::{FoundStatus, StatusRow, StatusView};

/// Shows how every selected stack instance stands.
pub async fn status(arguments: &Status, global: &Global) -> Exit {
    let plan = match load(&arguments.selected, global) {
        Ok(plan) => Arc::new(plan),
        Err(exit) => return exit,
    };
    let cloud = match connect(&arguments.place, &plan, Clock::System) {
        Ok(cloud) => cloud,
        Err(exit) => return exit,
    };
    let surveyed = engine::survey(plan.clone(), &cloud).await;
    let view = StatusView::new(surveyed.into_iter().map(|found| row(&plan, found)).collect());
    let written = match arguments.output {
        TextOrJson::Json => print::json(&view.json()),
        TextOrJson::Text => print::result(&view.text()),
    };
    written.then(Exit::Reported(view.exit_code()))
}

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
