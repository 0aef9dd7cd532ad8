//! A journal of any bytes: listed, reported in every form, and resumed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use xdeploy::clock::Clock;
use xdeploy::engine::{Limits, PastRun, Run, Stop};
use xdeploy::event::{EventKind, RunEvent};
use xdeploy::journal::{self, Journal, RunFolder};
use xdeploy::name::RunId;
use xdeploy::plan::Plan;
use xdeploy::report::dashboard::{self, Size, Symbols, Theme, View};
use xdeploy::report::summary::{self, Destination};
use xdeploy::report::{
    Forecast, Lines, LogStyle, Palette, Report, RunState, RunsView, html, junit,
};

use super::{ENDS_WITHIN, in_paused_time};
use crate::support::files::SETTING;
use crate::support::world::World;

/// The run that every journal is kept as.
const RUN: &str = "20261123-155602-k3f9";

/// The environment whose runs the seeds tell of.
const ENVIRONMENT: &str = "environment: prod\nsource: { account: '999999999999' }\n\
    assume-role: { name: deployer }\nregions: [eu-central-1]\n\
    accounts: { dev: '100000000001', prod: '100000000002' }\n\
    stacks:\n  first: { template: app.yaml }\n  \
    second: { template: app.yaml, parameters: { Value: '${output:first.Value}' } }\n";

/// A longer one only takes longer.
const MOST_BYTES: usize = 64 * 1024;

/// Reads a journal in every way there is.
pub fn read(bytes: &[u8]) {
    static STATE: OnceLock<tempfile::TempDir> = OnceLock::new();
    let state = STATE.get_or_init(|| tempfile::tempdir().expect("a temporary folder"));
    let folder = RunFolder::of(state.path());
    let run: RunId = RUN.parse().expect("a run's id");
    folder.make().expect("it can be made");
    for file in [folder.journal(&run), folder.path().join(journal::before_name(&run))] {
        std::fs::write(file, bytes).expect("the folder takes files");
    }
    list(&folder);
    let path: PathBuf = folder.find(RUN).expect("it stands");
    let past = report(&path);
    let prior_stacks = journal::read_prior_stacks(&folder, &run).unwrap_or_default();
    assert!(prior_stacks.len() <= bytes.iter().filter(|byte| **byte == b'\n').count() + 1);
    reopen(&folder, &run);
    if let Some(past) = past.filter(|_| bytes.len() <= MOST_BYTES) {
        go_on(past, bytes.len().is_multiple_of(2));
    }
}

/// Lists the journal among others.
fn list(folder: &RunFolder) {
    let (listed, more) = journal::list(folder, 9).expect("the folder can be read");
    assert_eq!((listed.len(), more), (1, 0));
    let view = RunsView::new(listed);
    assert!(!view.text().is_empty() && !view.json().is_empty());
    let _ = journal::recent_iam_changes(folder, false, (Clock::System, Duration::MAX));
}

/// Reports the run in every form; returns what is known of it, if it began.
fn report(path: &Path) -> Option<PastRun> {
    let (mut past, mut state) = (PastRun::default(), RunState::default());
    let mut lines = [LogStyle::Alone, LogStyle::WithSummary, LogStyle::GitHub]
        .map(|style| Lines::styled(Palette::Plain, style));
    let first = journal::first_event(path);
    let reading = journal::read(path, |event| {
        past.on(&event);
        state.on(&event);
        lines.iter_mut().for_each(|lines| drop(lines.on(&event, &state)));
        lines.iter_mut().for_each(|lines| drop(lines.beat(&state, event.at)));
    });
    if let Err(error) = reading {
        assert!(error.to_string().contains(RUN), "what cannot be read is named");
        return None;
    }
    assert!(first.is_some_and(|event| matches!(event.kind, EventKind::RunStarted { .. })));
    let look = Theme { palette: Palette::Plain, symbols: Symbols::Unicode };
    for now in [Timestamp::MIN, state.last_at.unwrap_or_default(), Timestamp::MAX] {
        let forecast = Forecast::of(&state, now);
        for size in [Size { columns: 80, rows: 24 }, Size { columns: 1, rows: 1 }] {
            drop(dashboard::frame(&state, &forecast, now, (size, look), &View::with_keys()));
        }
    }
    let report = Report::new(&state);
    let texts = [
        report.json(),
        summary::text(&report, Palette::Plain, Destination::Screen { columns: 80 }),
        summary::text(&report, Palette::Plain, Destination::File),
        junit(&report),
        html(&state, &report),
    ];
    assert!(texts.iter().all(|text| !text.is_empty()));
    Some(past)
}

/// Adds an event to the journal, which must then be its last line.
fn reopen(folder: &RunFolder, run: &RunId) {
    let mut journal = Journal::reopen(folder, run).expect("nobody writes it");
    let kind = EventKind::CancelRequested { at_once: false, owner: None };
    let event = RunEvent { sequence: 7, at: Timestamp::UNIX_EPOCH, kind };
    journal.append(&event).and_then(|()| journal.sync()).expect("there is room");
    let text = std::fs::read(journal.path()).expect("it can be read");
    let mut lines = text.rsplit(|byte| *byte == b'\n');
    assert_eq!(lines.next(), Some(&b""[..]));
    let last = lines.next().expect("a line was added");
    assert_eq!(serde_json::from_slice::<RunEvent>(last).expect("an event"), event);
}

/// Goes on with what is known, where nothing stands or where everything does.
fn go_on(past: PastRun, stands: bool) {
    let Some(start) = past.start.clone() else { return };
    in_paused_time(async {
        let world = World::new(&["100000000001", "100000000002"]);
        world.write("app.yaml", SETTING);
        let plan: Arc<Plan> = world.plan(ENVIRONMENT);
        if stands {
            world.apply(ENVIRONMENT).await;
        }
        let run = Run::new(start.run, start.operation, Limits::default(), world.clock);
        let run = Run { past: Some(past), prior_stacks: world.prior_stacks(), ..run };
        let (_wish, stop) = watch::channel(Stop::No);
        let ends = tokio::time::timeout(ENDS_WITHIN, world.carry_out(run, plan, stop, |_| {}));
        let ran = ends.await.expect("a run that is resumed ends");
        let last = ran.events.last().expect("it says something");
        assert!(matches!(last.kind, EventKind::RunFinished { .. }), "{last:?}");
    });
}
