//! `xdeploy rollback`.

use super::arguments::Global;
use super::exit::Exit;
use super::kept::Rollback;
use super::print;
use super::question::{self, Answer};
use super::resume::{read, refuse};
use crate::conduct::Ready;
use crate::engine::Run;
use crate::event::Operation;

/// Puts back what a run changed.
pub async fn rollback(arguments: &Rollback, global: &Global) -> Exit {
    put_back(arguments, global).await.unwrap_or_else(|exit| exit)
}

async fn put_back(arguments: &Rollback, global: &Global) -> Result<Exit, Exit> {
    let told = &arguments.conduct;
    told.files.check()?;
    let found = read(&arguments.run, &arguments.place, told.patience()).await?;
    let (start, past) = (&found.start, &found.kept.past);
    if start.operation == Operation::Destroy {
        return refuse(
            &format!("run {} deleted stacks: what they held is gone", start.run),
            "`xdeploy apply` makes them anew",
        );
    }
    if past.is_open() {
        return refuse(
            &format!("run {} left stacks that may still move", start.run),
            &format!("`xdeploy resume {}` follows them to their end; then roll back", start.run),
        );
    }
    let plan = found.plan(global)?;
    let changed = plan.instances.iter().filter(|i| past.change(&i.id).is_some()).count();
    if changed == 0 {
        print::note(&format!("run {} changed nothing that could be put back", start.run));
        return Ok(Exit::Done);
    }
    found.check_templates()?;
    let entered = found.enter(&plan, &arguments.place, told, global).await?;
    if !arguments.yes && !arguments.place.sandbox && !found.asked.sandbox {
        let what = format!("rollback puts back {changed} stack instances of run {}", start.run);
        match question::ask_whether(&what) {
            Answer::Yes => {}
            answer => {
                question::refuse("rollback", answer);
                return Ok(Exit::Refused);
            }
        }
    }
    let (ready, not_begun) = found.ready(plan, entered)?;
    let ready = Ready { run: Run { goes_back: true, ..ready.run }, ..ready };
    Ok(told.carry_out(ready, not_begun, global).await)
}
