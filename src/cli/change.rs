//! `xdeploy apply` and `xdeploy destroy`.

use std::io::IsTerminal;
use std::sync::Arc;

use super::arguments::{Change, Global, OnFailure, Progress, TextOrJson};
use super::connect::connect;
use super::exit::{self, Exit};
use super::load::load;
use super::log_style::{beside, log_style};
use super::question::{self, Answer};
use super::{print, signals, suspend, terminal};
use crate::clock::Clock;
use crate::engine::{self, Limits, Run};
use crate::environment;
use crate::event::{self, Operation};
use crate::journal::Journal;
use crate::name::RunId;
use crate::report::dashboard::Look;
use crate::report::{
    self, Lines, LogStyle, Palette, Report, Reporter, Reporters, RunState, Screen, summary,
};

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
    arguments.files.check()?;
    let clock = Clock::System;
    let run = Run {
        id: RunId::new(clock.now(), fastrand::u32(..)),
        operation,
        limits: limits(arguments),
        clock,
    };
    let (events, incoming) = event::channel();
    // The sandbox holds nothing that a question could save.
    if !arguments.yes && !arguments.place.sandbox {
        let answer = question::ask(operation, &plan);
        if answer != Answer::Yes {
            question::refuse(operation, answer);
            let declined = engine::decline(&plan, run, events);
            let ((), state) =
                tokio::join!(declined, report::drive(incoming, Reporters::none(), &clock));
            return Ok(finish(&state, arguments, global));
        }
    }
    // Before the sandbox makes its own folder there.
    make_run_folder(arguments)?;
    let cloud = connect(&arguments.place, &plan, clock)?;
    let reporters = reporters(arguments, global).with_journal(begin(arguments, &run.id)?);
    let stop = signals::listen();
    let running = engine::run(plan, &cloud, run, stop, events);
    let ((), state) = tokio::join!(running, report::drive(incoming, reporters, &clock));
    Ok(finish(&state, arguments, global))
}

/// What to do where a run cannot be kept.
const ELSEWHERE: &str = "nothing was touched; name another folder with --state-dir";

fn make_run_folder(arguments: &Change) -> Result<(), Exit> {
    arguments.place.kept.folder().make().map_err(|error| {
        print::failure(&error, ELSEWHERE);
        Exit::Usage
    })
}

fn begin(arguments: &Change, run: &RunId) -> Result<Journal, Exit> {
    Journal::create(&arguments.place.kept.folder(), run).map_err(|error| {
        print::failure(&error, ELSEWHERE);
        Exit::Usage
    })
}

fn limits(arguments: &Change) -> Limits {
    let on_failure = arguments.on_failure.map(|action| match action {
        OnFailure::Stop => environment::OnFailure::Stop,
        OnFailure::Continue => environment::OnFailure::Continue,
    });
    let Change { max_concurrent, in_order, .. } = *arguments;
    Limits { max_concurrent, on_failure, in_order }
}

fn finish(state: &RunState, arguments: &Change, global: &Global) -> Exit {
    let report = Report::new(state);
    // Before what may wait for a reader of stdout.
    arguments.files.write(state, &report);
    match arguments.output {
        TextOrJson::Json => print::result(&report.json()),
        TextOrJson::Text if report.exit_code() == Exit::Refused.code() => {}
        TextOrJson::Text => {
            if std::io::stdout().is_terminal() && std::io::stderr().is_terminal() {
                print::note("");
            }
            print::result(&summary::text(
                &report,
                print::stdout_palette(global),
                print::stdout_reader(),
            ));
        }
    }
    Exit::Reported(report.exit_code())
}

fn reporters(arguments: &Change, global: &Global) -> Reporters {
    let palette = print::stderr_palette(global);
    // What -v says would be drawn over.
    let can_draw = global.verbose == 0 && terminal::can_draw();
    let reporter = match arguments.progress {
        Progress::None => Reporter::quiet(std::io::stderr()),
        Progress::Json => Reporter::json(std::io::stderr()),
        Progress::Dashboard | Progress::Auto if can_draw => {
            dashboard(palette, beside(arguments.output))
        }
        Progress::Dashboard | Progress::Auto | Progress::Plain => {
            let lines = Lines::styled(palette, log_style(arguments.output));
            Reporter::lines(std::io::stderr(), lines)
        }
    };
    Reporters::none().with(reporter)
}

/// Returns a dashboard on stderr that gives way to whatever else needs the terminal.
fn dashboard(palette: Palette, end: LogStyle) -> Reporter {
    let screen = Screen::new(std::io::stderr(), terminal::size_if_ours);
    suspend::heed(screen.clone());
    exit::report_bugs_below(screen.clone());
    Reporter::live(screen, Look { palette, symbols: terminal::symbols() }, end)
}
