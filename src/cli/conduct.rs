//! How a run is carried out, followed and told, whichever command began it.

use std::io::IsTerminal;
use std::sync::Arc;

use clap::Args;

use super::arguments::{Global, Progress, TextOrJson};
use super::exit::{self, Exit};
use super::kept::ReportFiles;
use super::log_style::{beside, log_style};
use super::print::{self, Written};
use super::signals::NotBegun;
use super::{codebuild, signals, suspend, terminal};
use crate::cloud::Cloud;
use crate::conduct::{self, Patience, Ready};
use crate::engine::Run;
use crate::event::Operation;
use crate::plan::Plan;
use crate::report::dashboard::Look;
use crate::report::{
    Lines, LogStyle, Palette, Report, Reporter, Reporters, RunState, Screen, summary,
};

/// When a run has its turn, and how it is told.
#[derive(Clone, Debug, Args)]
pub struct Conduct {
    /// What stdout is: a summary for people or the report as JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
    /// How progress is shown on stderr
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub progress: Progress,
    /// What is written at the end, however the run went.
    #[command(flatten)]
    pub files: ReportFiles,
    /// Wait while another run works on the same environment, instead of being refused
    #[arg(long)]
    pub wait: bool,
}

impl Conduct {
    /// Carries out a run to its end, and tells how it ended. Until it hears signals itself, they end
    /// the program.
    pub async fn carry_out(&self, ready: Ready, not_begun: NotBegun, global: &Global) -> Exit {
        if is_somebody_there(self.progress) {
            ready.cloud.wait_for_logins();
        }
        let stop = signals::listen();
        drop(not_begun);
        let state = ready.carry_out(self.reporters(global), stop).await;
        self.finish(&state, global)
    }

    /// Carries out a run that nobody keeps to its end, and returns how it went.
    pub async fn follow(
        &self,
        plan: Arc<Plan>,
        cloud: &Cloud,
        run: Run,
        not_begun: NotBegun,
        global: &Global,
    ) -> RunState {
        if is_somebody_there(self.progress) {
            cloud.wait_for_logins();
        }
        let stop = signals::listen();
        drop(not_begun);
        conduct::follow(plan, cloud, run, self.reporters(global), stop).await
    }

    /// Returns what is done while another run works on the same environment.
    pub fn patience(&self) -> Patience {
        if self.wait { Patience::Wait } else { Patience::None }
    }

    /// Tells how a run ended, and returns its exit code.
    pub fn finish(&self, state: &RunState, global: &Global) -> Exit {
        let report = Report::new(state);
        // Before what may wait for a reader of stdout.
        let files = self.files.write(state, &report);
        let told = match self.output {
            TextOrJson::Json => print::json(&report.json()),
            TextOrJson::Text if report.exit_code() == Exit::Refused.code() => Written::Whole,
            TextOrJson::Text => {
                if std::io::stdout().is_terminal() && std::io::stderr().is_terminal() {
                    print::note("");
                }
                let palette = print::stdout_palette(global);
                let summary = summary::text(&report, palette, print::stdout_reader());
                print::painted(&summary, palette)
            }
        };
        if told == Written::Lost {
            say_how_it_ended(&report);
        }
        told.then(self.files.whole(&files).or_worse(Exit::Reported(report.exit_code())))
    }

    /// Tells of a run that was not begun, whose causes stand on stderr already, and returns its exit
    /// code.
    pub fn finish_unbegun(&self, state: &RunState, global: &Global) -> Exit {
        if self.output == TextOrJson::Json {
            return self.finish(state, global);
        }
        let report = Report::new(state);
        self.files.write(state, &report);
        Exit::Reported(report.exit_code())
    }

    fn reporters(&self, global: &Global) -> Reporters {
        let palette = print::stderr_palette(global);
        // What -v says would be drawn over.
        let can_draw = global.verbose == 0 && terminal::can_draw() && !codebuild::is_codebuild();
        let reporter = match self.progress {
            Progress::None => Reporter::quiet(std::io::stderr()),
            Progress::Json => Reporter::json(std::io::stderr()),
            Progress::Dashboard | Progress::Auto if can_draw => {
                dashboard(palette, beside(self.output))
            }
            Progress::Dashboard | Progress::Auto | Progress::Plain => {
                let lines = Lines::styled(palette, log_style(self.output));
                Reporter::lines(std::io::stderr(), lines)
            }
        };
        Reporters::none().with(reporter)
    }
}

/// Says on stderr how a run ended whose report could not be written.
fn say_how_it_ended(report: &Report) {
    let code = report.exit_code();
    print::note(&format!(
        "the run itself has ended: {} (exit code {code})",
        summary::line(report, Palette::Plain)
    ));
    match &report.run {
        // Nothing is kept of a plan, nor changed by it.
        _ if report.operation == Some(Operation::Plan) => {
            print::note("  help: make room, then plan again");
        }
        Some(run) => {
            print::note(&format!("  help: `xdeploy report {run}` shows it again, if it was kept"));
        }
        None => {}
    }
}

/// Whether a person reads along, who can log in again.
fn is_somebody_there(progress: Progress) -> bool {
    let is_for_people = !matches!(progress, Progress::Json | Progress::None);
    is_for_people && std::io::stderr().is_terminal() && std::io::stdin().is_terminal()
}

/// Returns a dashboard on stderr that gives way to whatever else needs the terminal.
fn dashboard(palette: Palette, end: LogStyle) -> Reporter {
    let screen = Screen::new(std::io::stderr(), terminal::size_if_ours);
    suspend::heed(screen.clone());
    exit::report_bugs_below(screen.clone());
    Reporter::live(screen, Look { palette, symbols: terminal::symbols() }, end)
}
