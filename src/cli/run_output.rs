//! Where a run is shown while it goes on, and where its report goes at its end, whichever command began it.

use std::io::IsTerminal;
use std::sync::Arc;

use super::arguments::{Global, ProgressMode, ReportFileArgs, RunArgs, TextOrJson};
use super::error::CommandError;
use super::exit::{self, Exit};
use super::keys::KeyReader;
use super::log_style::{beside, log_style};
use super::print::{self, Written};
use super::signals::NotBegun;
use super::{codebuild, signals, suspend, terminal};
use crate::cloud::Cloud;
use crate::engine::{self, Run};
use crate::event::{self, Operation, RunResult};
use crate::plan::Plan;
use crate::report::dashboard::Theme;
use crate::report::{
    self, Keyboard, Lines, LogStyle, Palette, Report, Reporter, Reporters, RunState, Screen,
    summary,
};
use crate::run::{self, EndedRun, ReadyRun};

/// Where a run is shown and reported.
pub struct RunOutput<'a> {
    output: TextOrJson,
    progress: ProgressMode,
    files: ReportFileArgs,
    is_markdown: bool,
    global: &'a Global,
}

impl<'a> RunOutput<'a> {
    /// Returns the output of a run that is kept.
    pub fn new(arguments: &RunArgs, global: &'a Global) -> Self {
        let RunArgs { output, progress, report_files: ref files, .. } = *arguments;
        Self::without_files(output, progress, global).and_files(files)
    }

    /// Returns the output of a run that nobody keeps and that writes no files.
    pub fn without_files(output: TextOrJson, progress: ProgressMode, global: &'a Global) -> Self {
        if progress.is_events() {
            print::leave_stderr_to_events();
        }
        let files = ReportFileArgs::default();
        Self { output, progress, files, is_markdown: false, global }
    }

    /// Returns the same output, which writes files as well.
    pub fn and_files(self, files: &ReportFileArgs) -> Self {
        Self { files: files.clone(), ..self }
    }

    /// Returns the same output, whose text is Markdown if that is wanted.
    pub fn in_markdown(self, is_markdown: bool) -> Self {
        Self { is_markdown, ..self }
    }

    /// Carries out a run to its end, and reports it; returns how it stands then. Until it hears signals itself, they end the
    /// program.
    pub async fn carry_out(&self, ready: ReadyRun, not_begun: NotBegun) -> (Exit, RunState) {
        if self.is_somebody_there() {
            ready.cloud.wait_for_logins();
        }
        let stop = signals::listen();
        drop(not_begun);
        let EndedRun { state, unkept, untold } = ready.carry_out(self.reporters(None), stop).await;
        let exit = self.finish(&state);
        untold.iter().for_each(|reason| print::note_line(&format!("warning: {reason}")));
        let exit = match unkept {
            // What failed says so itself.
            Some(reason) if exit.code() == Exit::Done.code() => {
                print::note_line(&format!(
                    "the end of the run is not kept where others see it ({reason}): it counts as unfinished there"
                ));
                Exit::Unwritten
            }
            Some(_) | None => exit,
        };
        (exit, state)
    }

    /// Carries out a run that nobody keeps to its end, and returns how it went.
    pub async fn follow(
        &self,
        plan: Arc<Plan>,
        cloud: &Cloud,
        run: Run,
        not_begun: NotBegun,
    ) -> RunState {
        if self.is_somebody_there() {
            cloud.wait_for_logins();
        }
        let stop = signals::listen();
        drop(not_begun);
        run::follow(plan, cloud, run, self.reporters(None), stop).await
    }

    /// Reports a run that was refused before it began, and returns why with the exit code for that; with the calls
    /// that were made to a cloud until then.
    pub async fn decline(
        &self,
        plan: &Plan,
        run: Run,
        (refused, cloud): (CommandError, Option<&Cloud>),
    ) -> CommandError {
        self.decline_from(RunState::default(), plan, run, (refused, cloud)).await
    }

    /// Reports the same of a run that was to be gone on with; `state` is what is known of it.
    pub async fn decline_from(
        &self,
        state: RunState,
        plan: &Plan,
        run: Run,
        (refused, cloud): (CommandError, Option<&Cloud>),
    ) -> CommandError {
        let state = self.told_refused(state, plan, run, (&refused, cloud)).await;
        self.declined(self.finish(&state), refused)
    }

    /// Reports that a run was to be gone on with that somebody carries on just now; `state` is how it stands. That
    /// one writes the files at its end: none is written here.
    pub async fn decline_running(
        &self,
        state: RunState,
        run: Run,
        refused: CommandError,
    ) -> CommandError {
        let (result, refusal) = (RunResult::Refused, refused.refusal());
        let report = Report { result, refusal, complete: false, ..Report::running(&state) };
        self.told_refused(state, &Plan::default(), run, (&refused, None)).await;
        let exit = Exit::Reported(report.exit_code());
        let exit = match self.output {
            TextOrJson::Json => print::json(&report.json()).then(exit),
            TextOrJson::Text => exit,
        };
        self.declined(exit, refused)
    }

    /// Tells programs how a run stands that another process carries on; that one writes the files at its end.
    pub fn tell_running(&self, state: &RunState) -> Exit {
        match self.output {
            TextOrJson::Json => print::json(&Report::running(state).json()).then(Exit::Done),
            TextOrJson::Text => Exit::Done,
        }
    }

    /// Tells programs that a run was refused, and returns its state then.
    async fn told_refused(
        &self,
        state: RunState,
        plan: &Plan,
        run: Run,
        (refused, cloud): (&CommandError, Option<&Cloud>),
    ) -> RunState {
        let clock = run.clock;
        let (events, incoming) = event::channel();
        let declined = engine::decline(plan, run, (refused.refusal(), cloud), events);
        let following = report::drive_from(state, incoming, self.events_only(), &clock);
        let ((), state) = tokio::join!(declined, following);
        state
    }

    fn declined(&self, exit: Exit, refused: CommandError) -> CommandError {
        // The last event says it, and stands alone.
        if self.progress.is_events() {
            return CommandError::reported(exit);
        }
        CommandError { exit, ..refused }
    }

    /// Reports a run of which nothing is left to put back, which stderr has told people already, and returns its
    /// exit code; `state` is what is known of it.
    pub async fn already_back(&self, state: RunState, plan: &Plan, run: Run) -> Exit {
        let clock = run.clock;
        let (events, incoming) = event::channel();
        let told = engine::already_back(plan, run, events);
        let following = report::drive_from(state, incoming, self.events_only(), &clock);
        let ((), state) = tokio::join!(told, following);
        self.finish_told(&state)
    }

    /// Reports a run that has ended, and returns its exit code.
    pub fn finish(&self, state: &RunState) -> Exit {
        let report = Report::new(state);
        // Before what may wait for a reader of stdout.
        let files = self.files.write(state, &report);
        let written = match self.output {
            TextOrJson::Json => print::json(&report.json()),
            TextOrJson::Text if report.is_refused_unseen() => Written::Whole,
            TextOrJson::Text if self.is_markdown => print::result(&report::plan_markdown(&report)),
            TextOrJson::Text => {
                if std::io::stdout().is_terminal() && std::io::stderr().is_terminal() {
                    print::note("");
                }
                let palette = print::stdout_palette(self.global);
                let summary = summary::text(&report, palette, print::stdout_reader());
                print::painted(&summary, palette)
            }
        };
        if written == Written::Lost {
            say_how_it_ended(&report);
        }
        written.then(self.files.whole(&files).or_worse(Exit::Reported(report.exit_code())))
    }

    /// Reports a run of which stderr has told people all already, such as one that was not begun, and
    /// returns its exit code.
    pub fn finish_told(&self, state: &RunState) -> Exit {
        if self.output == TextOrJson::Json {
            return self.finish(state);
        }
        let report = Report::new(state);
        self.files.write(state, &report);
        Exit::Reported(report.exit_code())
    }

    /// Returns what shows the events of a run that does not begin: only programs read them.
    fn events_only(&self) -> Reporters {
        match self.progress.is_events() {
            true => Reporters::none().with(Reporter::json(std::io::stderr())),
            false => Reporters::none(),
        }
    }

    /// Returns what shows a run; a dashboard heeds keys if there are any.
    pub fn reporters(&self, keys: Option<(KeyReader, Keyboard)>) -> Reporters {
        let palette = print::stderr_palette(self.global);
        // What -v says would be drawn over.
        let can_draw =
            self.global.verbose == 0 && terminal::can_draw() && !codebuild::is_codebuild();
        let reporter = match self.progress {
            ProgressMode::None => Reporter::quiet(std::io::stderr()),
            ProgressMode::Json => Reporter::json(std::io::stderr()),
            ProgressMode::Dashboard | ProgressMode::Auto if can_draw => {
                dashboard(palette, beside(self.output), keys)
            }
            ProgressMode::Dashboard | ProgressMode::Auto | ProgressMode::Plain => {
                let lines = Lines::styled(palette, log_style(self.output));
                Reporter::lines(std::io::stderr(), lines)
            }
        };
        Reporters::none().with(reporter)
    }

    /// Whether a person reads along, who can log in again.
    fn is_somebody_there(&self) -> bool {
        self.progress.is_for_people()
            && std::io::stderr().is_terminal()
            && std::io::stdin().is_terminal()
    }
}

/// Says on stderr how a run ended whose report could not be written.
fn say_how_it_ended(ended: &Report) {
    let code = ended.exit_code();
    print::trouble(&format!(
        "the run itself has ended: {} (exit code {code})",
        summary::line(ended, Palette::Plain)
    ));
    match &ended.run {
        // Nothing is kept of a plan, nor changed by it.
        _ if ended.operation == Some(Operation::Plan) => {
            print::trouble("  help: make room, then plan again");
        }
        Some(run) => {
            let command = report::run_command("report", run, ended.named_state.as_ref());
            print::trouble(&format!("  help: `{command}` shows it again, if it was kept"));
        }
        None => {}
    }
}

/// Returns a dashboard on stderr that gives way to whatever else needs the terminal.
fn dashboard(palette: Palette, end: LogStyle, keys: Option<(KeyReader, Keyboard)>) -> Reporter {
    let (reader, keyboard) = keys.unzip();
    let mut keep_output = terminal::keeper_of_output();
    let mut keep_lines = reader.map(|reader| reader.keeper_of_lines());
    let screen =
        Screen::new(std::io::stderr(), terminal::size_if_ours).prepared_by(move |stands| {
            keep_output(stands);
            if let Some(keep_lines) = &mut keep_lines {
                keep_lines(stands);
            }
        });
    suspend::heed(screen.clone());
    exit::report_bugs_below(screen.clone());
    let theme = Theme { palette, symbols: terminal::symbols() };
    Reporter::live(screen, theme, end).heeding(keyboard)
}
