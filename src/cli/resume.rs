//! `xdeploy resume`.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use clap::ValueEnum;

use super::arguments::{Change, Global, OnFailure, Place, Selected};
use super::asked::owner;
use super::conduct::{Conduct, Ready};
use super::connect::connect;
use super::exit::Exit;
use super::kept::Resume;
use super::load::load;
use super::past::{befores, environments, standing_templates};
use super::report::damage;
use super::signals::NotBegun;
use super::turn::{Patience, Turn, take_turn, who};
use super::{change, print, rehearsal, signals};
use crate::clock::Clock;
use crate::engine::{Limits, Past, PastStart, Run};
use crate::environment;
use crate::event::{self, Asked, Operation};
use crate::journal::{self, Journal, Reading, RunFolder};
use crate::plan::Plan;
use crate::report::RunState;

/// Goes on with a run that broke off or was stopped.
pub async fn resume(arguments: &Resume, global: &Global) -> Exit {
    let file = Path::new(&arguments.run);
    if is_environment(file) {
        print::note("no journal is asked for: going on from what stands in the cloud");
        return change::change(Operation::Apply, &from_what_stands(arguments), global).await;
    }
    go_on(arguments, global).await.unwrap_or_else(|exit| exit)
}

async fn go_on(arguments: &Resume, global: &Global) -> Result<Exit, Exit> {
    let conduct = &arguments.conduct;
    conduct.files.check()?;
    let kept = read(&arguments.run, &arguments.place, conduct.patience()).await?;
    let (start, _) = kept.began()?;
    if kept.past.result.is_some() && kept.past.open_again().is_empty() {
        print::note(&format!("run {} has ended and leaves nothing to go on with", start.run));
        return Ok(conduct.finish(&kept.state, global));
    }
    let plan = kept.plan(global)?;
    let ready = kept.ready(plan, &arguments.place, conduct)?;
    let run = Run { cancel_updates: arguments.cancel_updates, ..ready.run };
    let ready = Ready { run, ..ready };
    Ok(conduct.carry_out(ready, global).await)
}

/// A run as its journal tells it.
pub(super) struct KeptRun {
    pub past: Past,
    pub state: RunState,
    folder: RunFolder,
    turn: Turn,
    not_begun: NotBegun,
}

/// Reads the run that `run` means, which must not go on, once it is our turn.
pub(super) async fn read(run: &str, place: &Place, patience: Patience) -> Result<KeptRun, Exit> {
    let folder = place.kept.folder();
    let path = folder.find(run).map_err(|error| {
        print::failure(&error, error.help());
        Exit::Usage
    })?;
    let not_begun = signals::not_begun();
    // Before it is read: a run that goes on still writes it.
    let mut turn = take_turn(&folder, &environments(&path), patience).await?;
    let (mut past, mut state) = (Past::default(), RunState::default());
    let reading = journal::read(&path, |event| {
        past.on(&event);
        state.on(&event);
    });
    let reading = reading.map_err(|error| {
        print::failure(&error, "`xdeploy runs` lists what can be gone on with");
        Exit::Usage
    })?;
    refuse_newer(&path, &reading)?;
    damage(&path, &reading).iter().for_each(|note| print::note(note));
    let (start, asked) = began(&past)?;
    if reading.is_running {
        print::note(&format!("run {} still goes on: {}", start.run, who(&asked.owner)));
        return Err(Exit::Refused);
    }
    turn.sign(&start.run, start.operation, Clock::System);
    Ok(KeptRun { past, state, folder, turn, not_begun })
}

impl KeptRun {
    /// Returns how the run began and what was asked for.
    pub fn began(&self) -> Result<(&PastStart, Asked), Exit> {
        began(&self.past)
    }

    /// Returns the plan that the run began with, from its files.
    pub fn plan(&self, global: &Global) -> Result<Arc<Plan>, Exit> {
        let (start, asked) = self.began()?;
        let plan = Arc::new(load(&selected(&asked), global)?);
        check_plan(&plan, &asked, start)?;
        Ok(plan)
    }

    /// Makes the run ready to go on.
    pub fn ready(self, plan: Arc<Plan>, place: &Place, conduct: &Conduct) -> Result<Ready, Exit> {
        let (start, asked) = self.began()?;
        let place = Place { sandbox: place.sandbox || asked.sandbox, ..place.clone() };
        rehearsal::announce(&place.sandbox_fault, conduct.progress);
        let cloud = connect(&place, &plan, Clock::System)?;
        let unusable = |error: &dyn std::error::Error| {
            print::failure(error, "nothing was touched");
            Exit::Usage
        };
        let folder = self.folder.clone();
        let journal = Journal::reopen(&folder, &start.run).map_err(|error| unusable(&error))?;
        let befores = befores(&folder, &start.run).map_err(|error| unusable(&error))?;
        let (keeping, keeper) = event::keeping();
        let standing = Arc::new(standing_templates(&folder, &plan));
        let limits = limits(start, &asked);
        let run = Run::new(start.run.clone(), start.operation, limits, Clock::System);
        let asked = Some(Asked { owner: owner(), ..asked });
        let run = Run { asked, keeping, standing, befores, ..run };
        let Self { past, state, turn, not_begun, .. } = self;
        let run = Run { past: Some(past), ..run };
        Ok(Ready { plan, cloud, run, folder, journal, keeper, state, turn, not_begun })
    }
}

/// Whether what was named is a file and no run.
fn is_environment(file: &Path) -> bool {
    let is_yaml = |extension: &std::ffi::OsStr| extension == "yaml" || extension == "yml";
    file.extension().is_some_and(is_yaml)
}

fn from_what_stands(arguments: &Resume) -> Change {
    Change {
        selected: Selected {
            files: vec![arguments.run.clone().into()],
            accounts: Vec::new(),
            stacks: Vec::new(),
            regions: Vec::new(),
        },
        place: arguments.place.clone(),
        yes: arguments.yes,
        conduct: arguments.conduct.clone(),
        cancel_updates: arguments.cancel_updates,
        max_concurrent: None,
        on_failure: None,
        in_order: false,
    }
}

fn began(past: &Past) -> Result<(&PastStart, Asked), Exit> {
    let start = past.start.as_ref();
    match start.and_then(|start| Some((start, start.asked.clone()?))) {
        Some(found) => Ok(found),
        None => refuse(
            "the journal does not say what was asked for",
            "apply the files again: it goes on \
                from what stands",
        ),
    }
}

/// Makes sure that nothing was sent of which only a newer version knows.
fn refuse_newer(journal: &Path, reading: &Reading) -> Result<(), Exit> {
    if reading.schema <= event::SCHEMA && reading.unknown == 0 {
        return Ok(());
    }
    refuse(
        &format!(
            "{} tells of what only a newer xdeploy knows: this one cannot go on with the run, nor \
             put it back",
            journal.display()
        ),
        "take the xdeploy that wrote it, or apply the files again: it goes on from what stands",
    )
}

/// Makes sure that what would be gone on with is what was begun.
fn check_plan(plan: &Plan, asked: &Asked, start: &PastStart) -> Result<(), Exit> {
    if plan.digest() == asked.plan {
        return Ok(());
    }
    let files: Vec<String> = asked.files.iter().map(|file| file.display().to_string()).collect();
    refuse(
        &format!(
            "{} or a template of it changed since run {} began: what was begun cannot be gone on with",
            files.join(", "),
            start.run
        ),
        "bring the files back as they were, or run `xdeploy apply`, which starts anew from what \
         stands",
    )
}

pub(super) fn refuse<T>(message: &str, help: &str) -> Result<T, Exit> {
    print::note(&format!("{message}: nothing was touched\n  help: {help}"));
    Err(Exit::Usage)
}

fn selected(asked: &Asked) -> Selected {
    let here = std::env::current_dir().unwrap_or_default();
    let file = |file: &std::path::PathBuf| match here == asked.folder {
        true => file.clone(),
        false => asked.folder.join(file),
    };
    Selected {
        files: asked.files.iter().map(file).collect(),
        accounts: asked.accounts.clone(),
        stacks: asked.stacks.clone(),
        regions: asked.regions.clone(),
    }
}

fn limits(start: &PastStart, asked: &Asked) -> Limits {
    let on_failure =
        asked.on_failure.as_deref().and_then(|word| OnFailure::from_str(word, false).ok());
    Limits {
        max_concurrent: asked.max_concurrent.and_then(NonZeroUsize::new),
        on_failure: on_failure.map(environment::OnFailure::from),
        in_order: start.in_order,
    }
}
