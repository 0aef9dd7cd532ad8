//! `xdeploy report`.

use std::path::Path;

use clap::Args;

use super::arguments::{Global, ReportFileArgs, TextOrJson};
use super::candidates;
use super::error::CommandError;
use super::exit::Exit;
use super::print;
use super::shared_state::{StateLogin, bring, open_state};
use super::state_args::{OfArgs, StateArgs};
use crate::event::SCHEMA;
use crate::foreign;
use crate::journal::{self, Reading};
use crate::report::{Report, RunState, counted, paused_line, summary};

/// How many damaged lines of a journal are named.
const MOST_NAMED: usize = 5;

/// The arguments of `report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// The run: its id, the start of one, `latest`, or the path of a .jsonl file
    #[arg(value_name = "RUN", default_value = "latest", add = candidates::runs())]
    pub run: String,
    /// Where it is kept.
    #[command(flatten)]
    pub state: StateArgs,
    /// Whose runs.
    #[command(flatten)]
    pub of: OfArgs,
    /// What is written besides.
    #[command(flatten)]
    pub report_files: ReportFileArgs,
    /// What stdout is: a summary for people or the report as JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
}

/// Shows how a run went, from its journal.
///
/// # Errors
/// When there is no such run, or its journal cannot be read.
pub async fn report(arguments: &ReportArgs, global: &Global) -> Result<Exit, CommandError> {
    open_state(&arguments.state, &arguments.of.files(), StateLogin::OF_FILE).await?;
    bring(&arguments.state.place(), &arguments.run).await?;
    let found = arguments.state.folder().find(&arguments.run);
    let path = found.map_err(|error| CommandError::caused_by(&error, error.help()))?;
    arguments.report_files.check()?;
    let mut state = RunState::default();
    let reading = journal::read(&path, |event| state.on(&event)).map_err(|error| {
        CommandError::caused_by(&error, "`xdeploy runs` lists what can be reported")
    })?;
    notes(&path, &reading, &state).iter().for_each(|note| print::note_line(note));
    let goes_on = reading.is_running && state.finish.is_none();
    // As the folder is named here: what the run's own command line said may lead elsewhere now.
    let named_state = arguments.state.named();
    let report = if goes_on { Report::running(&state) } else { Report::new(&state) };
    let report = Report { named_state, ..report };
    let files = arguments.report_files.write(&state, &report);
    files.iter().for_each(|path| print::note_line(&format!("wrote {}", foreign::path(path))));
    let written = match arguments.output {
        TextOrJson::Json => print::json(&report.json()),
        TextOrJson::Text => {
            let palette = print::stdout_palette(global);
            print::painted(&summary::text(&report, palette, print::stdout_reader()), palette)
        }
    };
    // Whatever became of the run: that its report was made is what was asked for.
    Ok(written.and(arguments.report_files.whole(&files)).then(Exit::Done))
}

/// Returns what must be known of a journal before its report is believed.
fn notes(journal: &Path, reading: &Reading, state: &RunState) -> Vec<String> {
    let mut notes = reading_notes(journal, reading);
    match state.last_at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ")) {
        Some(last) if state.finish.is_none() && reading.is_running => {
            notes.push(format!("the run is still running: this is how it stood at {last}"));
            notes.extend(paused_line(state));
        }
        Some(last) if state.finish.is_none() => notes.push(format!(
            "the run is unfinished: it was killed, or could not write its journal to the end; the last \
             that is known is of {last}"
        )),
        _ => {}
    }
    notes
}

/// Returns what must be known of how a journal was read.
pub(super) fn reading_notes(journal: &Path, reading: &Reading) -> Vec<String> {
    let path = foreign::path(journal);
    let mut notes = Vec::new();
    if reading.schema > SCHEMA {
        notes.push(format!(
            "{path} was written by a newer xdeploy (schema {}, this one reads {SCHEMA}): what it \
             does not know is left out",
            reading.schema
        ));
    }
    if reading.unknown > 0 {
        notes.push(format!(
            "{path} holds {} of a newer xdeploy, left out here",
            counted(reading.unknown, "event")
        ));
    }
    notes.extend(damage(journal, reading));
    notes
}

/// Returns what is said of the lines of a journal that cannot be read.
pub(super) fn damage(journal: &Path, reading: &Reading) -> Vec<String> {
    let path = foreign::path(journal);
    let named = reading.damaged.iter().take(MOST_NAMED);
    let mut notes: Vec<String> =
        named.map(|line| format!("{path}:{line}: damaged; the rest was read")).collect();
    let more = reading.damaged.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        notes.push(format!("{path}: {} damaged", counted(more, "more line")));
    }
    notes
}
