//! `xdeploy rollback`.

use super::arguments::Global;
use super::conduct::Ready;
use super::exit::Exit;
use super::kept::Rollback;
use super::print;
use super::question::{self, Answer};
use super::resume::{read, refuse};
use crate::engine::Run;
use crate::event::Operation;

/// Puts back what a run changed.
pub async fn rollback(arguments: &Rollback, global: &Global) -> Exit {
    put_back(arguments, global).await.unwrap_or_else(|exit| exit)
}

async fn put_back(arguments: &Rollback, global: &Global) -> Result<Exit, Exit> {
    let conduct = &arguments.conduct;
    conduct.files.check()?;
    let kept = read(&arguments.run, &arguments.place, conduct.patience()).await?;
    let (start, asked) = kept.began()?;
    if start.operation == Operation::Destroy {
        return refuse(
            &format!("run {} deleted stacks: what they held is gone", start.run),
            "`xdeploy apply` makes them anew",
        );
    }
    if kept.past.is_open() {
        return refuse(
            &format!("run {} left stacks that may still move", start.run),
            &format!("`xdeploy resume {}` follows them to their end; then roll back", start.run),
        );
    }
    let plan = kept.plan(global)?;
    let changed = plan.instances.iter().filter(|i| kept.past.change(&i.id).is_some()).count();
    if changed == 0 {
        print::note(&format!("run {} changed nothing that could be put back", start.run));
        return Ok(Exit::Done);
    }
    if !arguments.yes && !arguments.place.sandbox && !asked.sandbox {
        let what = format!("rollback puts back {changed} stack instances of run {}", start.run);
        match question::ask_whether(&what) {
            Answer::Yes => {}
            answer => {
                question::refuse("rollback", answer);
                return Ok(Exit::Refused);
            }
        }
    }
    let ready = kept.ready(plan, &arguments.place, conduct)?;
    let ready = Ready { run: Run { goes_back: true, ..ready.run }, ..ready };
    Ok(conduct.carry_out(ready, global).await)
}
