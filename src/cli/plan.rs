//! `xdeploy plan`.

use std::sync::Arc;

use super::arguments::{Global, Plan};
use super::conduct::Conduct;
use super::connect::connect;
use super::exit::Exit;
use super::kept::ReportFiles;
use super::load::load;
use super::login::log_in;
use super::{rehearsal, signals};
use crate::clock::Clock;
use crate::engine::{Limits, Run};
use crate::event::Operation;
use crate::name::RunId;
use crate::report::{Report, RunState};

/// Shows what `apply` would do with everything that is selected; changes nothing.
pub async fn plan(arguments: &Plan, global: &Global) -> Exit {
    look_ahead(arguments, global).await.unwrap_or_else(|exit| exit)
}

async fn look_ahead(arguments: &Plan, global: &Global) -> Result<Exit, Exit> {
    let plan = Arc::new(load(&arguments.selected, global)?);
    let not_begun = signals::not_begun();
    let clock = Clock::System;
    let Plan { output, progress, max_concurrent, .. } = *arguments;
    rehearsal::announce(&arguments.place.sandbox_fault, progress);
    let cloud = connect(&arguments.place, &plan, clock)?;
    let id = RunId::new(clock.now(), fastrand::u32(..));
    let limits = Limits { max_concurrent, ..Limits::default() };
    let new = Run::new(id, Operation::Plan, limits, clock);
    // Nothing is changed, so that nothing is kept and no other run is in the way.
    let files = ReportFiles { html: None, junit: None };
    let conduct = Conduct { output, progress, files, wait: false };
    let state = RunState::default();
    let sessions = log_in(&conduct, &plan, &cloud, new.clone(), state, global).await?;
    let run = Run { sessions: Some(sessions), ..new };
    let state = conduct.follow(plan, &cloud, run, not_begun, global).await;
    let exit = conduct.finish(&state, global);
    let is_told = arguments.exit_code && Report::new(&state).has_changes();
    Ok(if is_told && exit.code() == Exit::Done.code() { Exit::ChangesExist } else { exit })
}
