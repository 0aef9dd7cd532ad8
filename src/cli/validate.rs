//! `xdeploy validate`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::arguments::{Global, SelectionArgs, TextOrJson};
use super::error::{CommandError, ErrorCause};
use super::exit::Exit;
use super::listings::kept_or_made_up;
use super::load::{self, load};
use super::print::{self, Written};
use super::shared_state::open_offline;
use super::state_args::StateArgs;
use crate::document::{Fault, Faults};
use crate::environment::{self, Beside, Environment};
use crate::foreign;
use crate::organization::Listings;
use crate::package::Boundary;
use crate::plan;
use crate::plan::graph::Summary;

/// The arguments of `validate`.
#[derive(Clone, Debug, Args)]
pub struct ValidateArgs {
    /// Which stack instances.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Where the accounts are kept that AWS Organizations told.
    #[command(flatten)]
    pub state: StateArgs,
    /// What stdout is
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
    /// Show what each file means after all that it extends is merged, in place of the counts; `places` says beside each
    /// value which file and line it comes from. Paths stand as they are written. What stacks have where `overrides` apply
    /// follows as comments
    #[arg(long, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "merged")]
    pub show: Option<Show>,
}

/// What `--show` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Show {
    /// Every value.
    Merged,
    /// Every value and the place that it comes from.
    Places,
}

/// What `validate --output json` prints.
#[derive(Serialize)]
struct ValidateReport {
    /// Absent where something is wrong: nothing is counted then.
    #[serde(flatten)]
    summary: Option<Summary>,
    /// What is wrong.
    faults: Vec<Finding>,
    /// What looks wrong and may be right.
    warnings: Vec<Finding>,
    /// What each file means after all that it extends is merged, with `--show`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shown: Vec<ShownFile>,
}

/// An environment file and what it means.
#[derive(Serialize)]
struct ShownFile {
    file: PathBuf,
    text: String,
}

impl ValidateReport {
    fn of(summary: Option<Summary>, found: &[Fault], shown: Vec<ShownFile>) -> Self {
        let (warnings, faults): (Vec<&Fault>, _) =
            found.iter().partition(|fault| fault.is_warning());
        let findings = |found: Vec<&Fault>| found.into_iter().map(Finding::from).collect();
        Self { summary, faults: findings(faults), warnings: findings(warnings), shown }
    }

    fn print(&self) -> Written {
        print::json(&serde_json::to_string_pretty(self).expect("texts and counts are JSON"))
    }
}

/// One thing that was found.
#[derive(Serialize)]
struct Finding {
    message: String,
    help: Option<String>,
    /// The file that it stands in, as it was found; absent if it is about the plan as a whole.
    file: Option<String>,
    /// Counted from 1.
    line: Option<usize>,
    /// In characters, counted from 1.
    column: Option<usize>,
}

impl From<&Fault> for Finding {
    fn from(fault: &Fault) -> Self {
        let place = fault.place.as_ref();
        let at = place.map(|place| place.file.line_and_column(place.span.start));
        Self {
            message: fault.message.clone(),
            help: fault.help.clone(),
            file: place
                .map(|place| place.file.path.as_path())
                .or(fault.file.as_deref())
                .map(|path| path.display().to_string()),
            line: at.map(|(line, _)| line),
            column: at.map(|(_, column)| column),
        }
    }
}

/// Checks everything that can be checked without a network.
///
/// # Errors
/// With all that is wrong; where stdout is JSON, it is told there as well.
pub fn validate(arguments: &ValidateArgs, global: &Global) -> Result<Exit, CommandError> {
    open_offline(&arguments.state, &arguments.selection.files)?;
    let listings = kept_or_made_up(&arguments.selection.files, &arguments.state.folder());
    let selection = arguments.selection.with_listings(listings);
    let arguments = &ValidateArgs { selection, ..arguments.clone() };
    let loaded = load(&arguments.selection)
        .and_then(|plan| Ok(plan::check_local_paths(plan, &Boundary::default())?));
    let plan = match loaded {
        Ok(plan) => plan,
        Err(error) => return refused(error, arguments, global),
    };
    let summary = Summary::of(&plan);
    let found = plan::warnings(&plan);
    if !found.is_empty() {
        print::faults(&Faults(found.clone()), global);
    }
    let shown = shown_files(arguments);
    let written = match arguments.output {
        TextOrJson::Text if arguments.show.is_some() => print_shown(&shown),
        TextOrJson::Text => print::result(&summary.to_string()),
        TextOrJson::Json => ValidateReport::of(Some(summary), &found, shown).print(),
    };
    Ok(written.then(Exit::Done))
}

/// Tells what is wrong, to people on stderr and to a program on stdout.
///
/// What the files mean is shown nevertheless, as far as they can be read: it tells where what is wrong comes from.
fn refused(
    error: CommandError,
    arguments: &ValidateArgs,
    global: &Global,
) -> Result<Exit, CommandError> {
    let shown = shown_files(arguments);
    match (arguments.output, &error.cause) {
        (TextOrJson::Json, ErrorCause::Faults(Faults(found))) => {
            let report = ValidateReport::of(None, found, shown);
            let exit = print::error(&error, global);
            Ok(report.print().or_worse(exit))
        }
        (TextOrJson::Text, _) if !shown.is_empty() => {
            let exit = print::error(&error, global);
            Ok(print_shown(&shown).or_worse(exit))
        }
        _ => Err(error),
    }
}

/// Returns what the files mean of which that is asked and can be told.
fn shown_files(arguments: &ValidateArgs) -> Vec<ShownFile> {
    let Some(show) = arguments.show else { return Vec::new() };
    let beside = match show {
        Show::Merged => Beside::Nothing,
        Show::Places => Beside::Places,
    };
    let shown = |file: &PathBuf| {
        let text = environment::shown(file, beside).ok()?;
        let text = text + &overridden(file, beside, &arguments.selection.listings);
        Some(ShownFile { file: file.clone(), text })
    };
    arguments.selection.files.iter().filter_map(shown).collect()
}

/// Returns what stacks have where overrides apply, if the file can be read so far.
fn overridden(file: &Path, beside: Beside, listings: &Listings) -> String {
    let read = Environment::load_despite_faults(file, listings).environment;
    read.map_or_else(String::new, |read| plan::overridden(&read, beside, &load::variable))
}

/// Prints files as documents of one YAML text, which is a single file's own.
fn print_shown(files: &[ShownFile]) -> Written {
    let texts: Vec<String> = match files {
        [only] => vec![only.text.clone()],
        several => several
            .iter()
            .map(|one| format!("--- # {}\n{}", foreign::path(&one.file), one.text))
            .collect(),
    };
    print::result(&texts.concat())
}
