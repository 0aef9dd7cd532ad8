//! `xdeploy resume`.

use std::path::Path;
use std::sync::Arc;

use super::arguments::{Change, Global, Place, Selected};
use super::conduct::Conduct;
use super::connect::connect;
use super::exit::Exit;
use super::kept::Resume;
use super::load::load;
use super::login::log_in;
use super::report::damage;
use super::signals::NotBegun;
use super::turn::{take_turn, who};
use super::{change, print, rehearsal, signals};
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::conduct::{self, KeptRun, Patience, Ready, Turn};
use crate::engine::{Limits, PastStart, Run};
use crate::event::{Invocation, Operation};
use crate::foreign;
use crate::journal::RunFolder;
use crate::plan::Plan;
use crate::sessions::Sessions;

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
    let told = &arguments.conduct;
    told.files.check()?;
    let found = read(&arguments.run, &arguments.place, told.patience()).await?;
    if found.kept.is_over() {
        let run = &found.start.run;
        print::note(&format!("run {run} has ended and leaves nothing to go on with"));
        return Ok(told.finish(&found.kept.state, global));
    }
    let plan = found.plan(global)?;
    let entered = found.enter(&plan, &arguments.place, told, global).await?;
    let (ready, not_begun) = found.ready(plan, entered)?;
    let run = Run { cancel_updates: arguments.cancel_updates, ..ready.run };
    Ok(told.carry_out(Ready { run, ..ready }, not_begun, global).await)
}

/// A run that is gone on with or put back, and whose turn it is.
pub(super) struct Found {
    pub kept: KeptRun,
    pub start: PastStart,
    pub asked: Invocation,
    folder: RunFolder,
    turn: Turn,
    not_begun: NotBegun,
}

/// Reads the run that `run` means, which must not go on, once it is our turn.
pub(super) async fn read(run: &str, place: &Place, patience: Patience) -> Result<Found, Exit> {
    let folder = place.kept.folder();
    let path = folder.find(run).map_err(|error| {
        print::failure(&error, error.help());
        Exit::Usage
    })?;
    let not_begun = signals::not_begun();
    // Before it is read: a run that goes on still writes it.
    let mut turn = take_turn(&folder, &conduct::environments(&path), patience).await?;
    let kept = KeptRun::read(&path).map_err(|error| {
        print::failure(&error, "`xdeploy runs` lists what can be gone on with");
        Exit::Usage
    })?;
    if kept.is_newer() {
        return refuse_newer(&path);
    }
    damage(&path, &kept.reading).iter().for_each(|note| print::note_line(note));
    let Some((start, asked)) = kept.began().map(|(start, asked)| (start.clone(), asked.clone()))
    else {
        return refuse(
            "the journal does not say what was asked for",
            "apply the files again: it goes on from what stands",
        );
    };
    if kept.reading.is_running {
        print::note(&format!("run {} still goes on: {}", start.run, who(&asked.owner)));
        return Err(Exit::Refused);
    }
    turn.sign(&start.run, start.operation, Clock::System);
    Ok(Found { kept, start, asked, folder, turn, not_begun })
}

impl Found {
    /// Returns the plan that the run began with, from its files.
    pub fn plan(&self, global: &Global) -> Result<Arc<Plan>, Exit> {
        let plan = Arc::new(load(&selected(&self.asked), global)?);
        if self.kept.check(&plan).is_err() {
            return refuse_changed(&self.start, &self.asked);
        }
        Ok(plan)
    }

    /// Checks that what the run's changes go back to is as it was kept.
    pub fn check_templates(&self) -> Result<(), Exit> {
        conduct::check_templates(&self.folder, &self.start.run).or_else(|error| {
            refuse(
                &error.to_string(),
                "bring the file back as it was, or apply the files of before: `xdeploy apply`",
            )
        })
    }

    /// Returns the cloud in which the run goes on, once every login that it needs is there.
    pub async fn enter(
        &self,
        plan: &Arc<Plan>,
        place: &Place,
        told: &Conduct,
        global: &Global,
    ) -> Result<(Cloud, Arc<Sessions>), Exit> {
        let place = Place { sandbox: place.sandbox || self.asked.sandbox, ..place.clone() };
        rehearsal::announce(&place.sandbox_fault, told.progress);
        let cloud = connect(&place, plan, Clock::System)?;
        let (id, operation) = (self.start.run.clone(), self.start.operation);
        let run = Run::new(id, operation, Limits::default(), Clock::System);
        let (past, asked) = (Some(self.kept.past.clone()), Some(self.asked.clone()));
        let run = Run { past, asked, ..run };
        let state = self.kept.state.clone();
        let sessions = log_in(told, plan, &cloud, run, state, global).await?;
        Ok((cloud, sessions))
    }

    /// Makes the run ready to go on.
    pub fn ready(
        self,
        plan: Arc<Plan>,
        (cloud, sessions): (Cloud, Arc<Sessions>),
    ) -> Result<(Ready, NotBegun), Exit> {
        let ready = self.kept.go_on(plan, cloud, self.folder, self.turn).map_err(|error| {
            print::failure(&error, "nothing was touched");
            Exit::Usage
        })?;
        let run = Run { sessions: Some(sessions), ..ready.run };
        Ok((Ready { run, ..ready }, self.not_begun))
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

/// Refuses a run in which something may have been sent of which only a newer version knows.
fn refuse_newer<T>(journal: &Path) -> Result<T, Exit> {
    refuse(
        &format!(
            "{} tells of what only a newer xdeploy knows: this one cannot go on with the run, nor \
             put it back",
            foreign::path(journal)
        ),
        "take the xdeploy that wrote it, or apply the files again: it goes on from what stands",
    )
}

/// Refuses a run whose files are not what was begun.
fn refuse_changed<T>(start: &PastStart, asked: &Invocation) -> Result<T, Exit> {
    let files: Vec<String> = asked.files.iter().map(|file| foreign::path(file)).collect();
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

fn selected(asked: &Invocation) -> Selected {
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
