//! `xdeploy apply` and `xdeploy destroy`.

use std::sync::Arc;

use super::arguments::{Change, Global};
use super::asked::asked;
use super::conduct::Conduct;
use super::connect::connect;
use super::exit::Exit;
use super::load::load;
use super::login::log_in;
use super::past::{ELSEWHERE, tell_broken_off};
use super::question::{self, Answer};
use super::turn::take_turn;
use super::{codebuild, print, rehearsal, signals};
use crate::clock::Clock;
use crate::conduct;
use crate::engine::{self, Limits, Run};
use crate::environment;
use crate::event::{self, Operation};
use crate::name::RunId;
use crate::plan::Plan;
use crate::report::{self, Reporters, RunState};

/// Carries out an operation on everything that is selected.
pub async fn change(operation: Operation, arguments: &Change, global: &Global) -> Exit {
    carry_out(operation, arguments, global).await.unwrap_or_else(|exit| exit)
}

async fn carry_out(
    operation: Operation,
    arguments: &Change,
    global: &Global,
) -> Result<Exit, Exit> {
    let plan = Arc::new(load(&arguments.selected, global)?);
    let told = &arguments.conduct;
    told.files.check()?;
    let not_begun = signals::not_begun();
    let clock = Clock::System;
    // The sandbox holds nothing that a question could save.
    let asks = !arguments.yes && !arguments.place.sandbox;
    let new_run = || {
        let execution = codebuild::execution().unwrap_or_default();
        let id = RunId::named(clock.now(), &execution, fastrand::u32(..));
        Run::new(id, operation, limits(arguments), clock)
    };
    if asks && !question::can_ask() {
        question::refuse(operation.as_str(), Answer::Nobody);
        return Ok(decline(told, &plan, new_run(), global).await);
    }
    let folder = arguments.place.kept.folder();
    let unusable = |error: &dyn std::error::Error| {
        print::failure(error, ELSEWHERE);
        Exit::Usage
    };
    // Before the sandbox makes its own folder there.
    folder.make().map_err(|error| unusable(&error))?;
    let environments = plan.environments.iter().map(|environment| &environment.name);
    let mut turn = match take_turn(&folder, environments, told.patience()).await {
        Err(Exit::Refused) => return Ok(decline(told, &plan, new_run(), global).await),
        turn => turn?,
    };
    // Only now: a run is as old as what it does.
    let run = new_run();
    turn.sign(&run.id, operation, clock);
    // Only in our turn: the run before it may have changed IAM just now, or the sandbox.
    rehearsal::announce(&arguments.place.sandbox_fault, told.progress);
    let cloud = connect(&arguments.place, &plan, clock)?;
    let unknown = RunState::default();
    let sessions = log_in(told, &plan, &cloud, run.clone(), unknown, global).await?;
    let asked = asked(arguments, &plan);
    tell_broken_off(&folder, &plan, asked.state_dir.as_deref());
    if asks {
        let answer = question::ask(operation, &plan);
        if answer != Answer::Yes {
            question::refuse(operation.as_str(), answer);
            return Ok(decline(told, &plan, run, global).await);
        }
    }
    let cancel_updates = arguments.cancel_updates;
    let run = Run { asked: Some(asked), cancel_updates, sessions: Some(sessions), ..run };
    let ready = conduct::begin(plan, cloud, run, folder, turn).map_err(|error| unusable(&error))?;
    Ok(told.carry_out(ready, not_begun, global).await)
}

/// Tells of a run that was refused before it began.
async fn decline(told: &Conduct, plan: &Plan, run: Run, global: &Global) -> Exit {
    let clock = run.clock;
    let (events, incoming) = event::channel();
    let declined = engine::decline(plan, run, events);
    let following = report::drive(incoming, Reporters::none(), &clock);
    let ((), state) = tokio::join!(declined, following);
    told.finish(&state, global)
}

fn limits(arguments: &Change) -> Limits {
    let on_failure = arguments.on_failure.map(environment::OnFailure::from);
    let Change { max_concurrent, in_order, .. } = *arguments;
    Limits { max_concurrent, on_failure, in_order }
}
