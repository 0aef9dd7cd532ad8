//! `xdeploy apply` and `xdeploy destroy`.

use std::sync::Arc;

use super::arguments::{Change, Global};
use super::asked::asked;
use super::conduct::Ready;
use super::connect::connect;
use super::exit::Exit;
use super::load::load;
use super::past::{ELSEWHERE, befores, keep_templates, standing_templates};
use super::print;
use super::question::{self, Answer};
use super::rehearsal;
use crate::clock::Clock;
use crate::engine::{self, Limits, Run};
use crate::environment;
use crate::event::{self, Operation};
use crate::journal::Journal;
use crate::name::RunId;
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
    let conduct = &arguments.conduct;
    conduct.files.check()?;
    let clock = Clock::System;
    let id = RunId::new(clock.now(), fastrand::u32(..));
    let run = Run::new(id, operation, limits(arguments), clock);
    // The sandbox holds nothing that a question could save.
    if !arguments.yes && !arguments.place.sandbox {
        let answer = question::ask(operation, &plan);
        if answer != Answer::Yes {
            question::refuse(operation.as_str(), answer);
            let (events, incoming) = event::channel();
            let declined = engine::decline(&plan, run, events);
            let following = report::drive(incoming, Reporters::none(), &clock);
            let ((), state) = tokio::join!(declined, following);
            return Ok(conduct.finish(&state, global));
        }
    }
    let folder = arguments.place.kept.folder();
    let unusable = |error: &dyn std::error::Error| {
        print::failure(error, ELSEWHERE);
        Exit::Usage
    };
    // Before the sandbox makes its own folder there.
    folder.make().map_err(|error| unusable(&error))?;
    rehearsal::announce(&arguments.place.sandbox_fault, conduct.progress);
    let cloud = connect(&arguments.place, &plan, clock)?;
    keep_templates(&folder, &plan).map_err(|error| unusable(&error))?;
    let journal = Journal::create(&folder, &run.id).map_err(|error| unusable(&error))?;
    let (keeping, keeper) = event::keeping();
    let standing = Arc::new(standing_templates(&folder, &plan));
    let befores = befores(&folder, &run.id).map_err(|error| unusable(&error))?;
    let asked = Some(asked(arguments, &plan));
    let run = Run { asked, keeping, standing, befores, ..run };
    let ready = Ready { plan, cloud, run, folder, journal, keeper, state: RunState::default() };
    Ok(conduct.carry_out(ready, global).await)
}

fn limits(arguments: &Change) -> Limits {
    let on_failure = arguments.on_failure.map(environment::OnFailure::from);
    let Change { max_concurrent, in_order, .. } = *arguments;
    Limits { max_concurrent, on_failure, in_order }
}
