//! Recorded runs on terminals of every size.

use jiff::{SignedDuration, Timestamp};

use super::{Size, Symbols, Theme, View, frame};
use crate::event::{
    AnnouncedInstance, EventKind, Failure, FailureKind, InstanceEnd, Operation, Outcome,
    StackAction,
};
use crate::name::InstanceId;
use crate::report::recorded::{self, Fleet, Recording, announced};
use crate::report::{Forecast, Palette, RunState};

const PLAIN: Theme = Theme { palette: Palette::Plain, symbols: Symbols::Unicode };

const SIZES: [(usize, usize); 4] = [(40, 10), (80, 24), (120, 40), (200, 60)];

/// Returns how long a run took.
fn length_ms(recording: &Recording) -> i64 {
    let last = recording.events.last().expect("a run has events");
    i64::try_from(last.at.duration_since(recording.events[0].at).as_millis()).expect("it is short")
}

/// A run at one moment.
struct Moment {
    state: RunState,
    forecast: Forecast,
    now: Timestamp,
}

impl Moment {
    /// Returns a run so long after its start.
    fn of(recording: &Recording, ms: i64) -> Self {
        let mut state = RunState::default();
        let now = recording.events[0].at + SignedDuration::from_millis(ms);
        recording.events.iter().take_while(|event| event.at <= now).for_each(|e| state.on(e));
        let forecast = Forecast::of(&state, now);
        Self { state, forecast, now }
    }

    fn drawn(&self, (columns, rows): (usize, usize), theme: Theme) -> String {
        let look = (Size { columns, rows }, theme);
        let lines = frame(&self.state, &self.forecast, self.now, look, &View::default());
        assert!(lines.len() <= rows.saturating_sub(2).max(1), "{lines:#?}");
        for line in &lines {
            assert!(console::measure_text_width(line) <= columns, "{columns}: {line}");
            assert_eq!(line, line.trim_end(), "no blanks at the end");
        }
        lines.join("\n")
    }
}

fn drawn(recording: &Recording, ms: i64, size: (usize, usize), theme: Theme) -> String {
    Moment::of(recording, ms).drawn(size, theme)
}

/// Returns a frame for each size, each below a ruler.
fn in_every_size(recording: &Recording, ms: i64, theme: Theme) -> String {
    let moment = Moment::of(recording, ms);
    let sizes = SIZES.map(|(columns, rows)| {
        let ruler = format!("{:=<columns$}", format!("== {columns}x{rows} "));
        format!("{ruler}\n{}", moment.drawn((columns, rows), theme))
    });
    sizes.join("\n")
}

const DENIED: &str = "User: arn:aws:sts::100000000061:assumed-role/crossaccount-prod-role/xdeploy-prod is \
                      not authorized to perform: iam:CreateRole on resource: \
                      arn:aws:iam::100000000061:role/app with an explicit deny in a service control policy";

/// 300 accounts in three waves: in the second and third, some may not create roles.
fn failing_fleet() -> Recording {
    let fleet = Fleet {
        waves: &[3, 60, 237],
        fails: |account, stack| match (account, stack) {
            (61, "network") => Some("Resource of type 'AWS::EC2::VPC' exceeds the limit of 5"),
            (account, "app") if account > 3 && account % 9 == 5 => Some(DENIED),
            _ => None,
        },
        slowness: |account| if account == 40 { 5 } else { 1 },
        ..Fleet::default()
    };
    fleet.run()
}

#[test]
fn a_failure_in_the_second_wave_stands_above_what_runs() {
    insta::assert_snapshot!(in_every_size(&failing_fleet(), 191_000, PLAIN));
}

#[test]
fn what_failed_is_what_stays_at_the_end() {
    let run = failing_fleet();
    insta::assert_snapshot!(in_every_size(&run, length_ms(&run), PLAIN));
}

#[test]
fn two_stacks_in_two_accounts_are_shown_whole() {
    let run = recorded::chain();
    let moments = [100, 6_000, 13_000, length_ms(&run)];
    let frames = moments.map(|ms| drawn(&run, ms, (80, 24), PLAIN));
    insta::assert_snapshot!(frames.join("\n--\n"));
}

#[test]
fn a_failure_is_told_with_what_mends_it_where_there_is_room() {
    let run = recorded::failure();
    let frames = [13_000, length_ms(&run)].map(|ms| in_every_size(&run, ms, PLAIN));
    insta::assert_snapshot!(frames.join("\n\n"));
}

/// 300 accounts of which few may be in flight, and that are entered slowly.
fn throttled_fleet() -> Recording {
    let fleet = Fleet { at_a_time: 40, entered_a_second: 2, throttled: 812, ..Fleet::default() };
    fleet.run()
}

#[test]
fn a_run_that_is_held_back_says_what_it_waits_for() {
    let run = throttled_fleet();
    insta::assert_snapshot!(
        [10_000, 150_000].map(|ms| in_every_size(&run, ms, PLAIN)).join("\n\n")
    );
}

#[test]
fn a_run_that_is_stopped_shows_what_still_settles() {
    let fleet = Fleet { at_a_time: 30, cancelled_ms: Some(60_000), ..Fleet::default() };
    let run = fleet.run();
    let frames = [65_000, length_ms(&run)].map(|ms| in_every_size(&run, ms, PLAIN));
    insta::assert_snapshot!(frames.join("\n\n"));
}

/// 2,000 accounts with five stacks each.
fn large_fleet() -> Recording {
    let fleet = Fleet {
        accounts: 2_000,
        stacks: &[
            ("cross-account-role", 2),
            ("network", 6),
            ("observability", 5),
            ("app", 9),
            ("alarms", 3),
        ],
        fails: |account, stack| (account % 40 == 7 && stack == "app").then_some(DENIED),
        slowness: |account| if account % 500 == 250 { 6 } else { 1 },
        ..Fleet::default()
    };
    fleet.run()
}

#[test]
fn two_thousand_accounts_fit_any_terminal() {
    insta::assert_snapshot!(in_every_size(&large_fleet(), 170_000, PLAIN));
}

/// Returns the sum of the numbers in a line.
fn counts(line: &str) -> usize {
    line.split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.parse::<usize>().ok()).sum()
}

#[test]
fn what_is_not_shown_is_counted_once() {
    const ACCOUNTS: usize = 60;
    let paths: Vec<String> =
        (0..ACCOUNTS).flat_map(|a| [format!("t{a}/fast"), format!("t{a}/slow")]).collect();
    let mut run = Recording::apply(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    for path in &paths[..2 * 50] {
        run = run.begins(path, StackAction::Create).after_ms(100);
    }
    // Each for a cause of its own; the rest of the account goes on. Ten run well, ten wait.
    for account in 0..40 {
        let cause = format!("the widget is {}odd", "very ".repeat(account));
        let failure = Failure::new(FailureKind::ResourceFailed, cause);
        let path = format!("t{account}/fast");
        let end = InstanceEnd { failure: Some(failure), ..recorded::end(&path, Outcome::Failed) };
        run = run.say(EventKind::InstanceFinished { end });
    }
    let moment = Moment::of(&run, length_ms(&run));
    for size in [(80, 12), (80, 24), (120, 40), (200, 60)] {
        let frame = moment.drawn(size, PLAIN);
        let rest = frame.lines().last().expect("the rest is counted");
        let has_row = |line: &&str| {
            line.split_whitespace().nth(1).is_some_and(|name| name.starts_with('t'))
                && !line.starts_with(' ')
        };
        let rows = frame.lines().filter(has_row).count();
        assert_eq!(rows + counts(rest), ACCOUNTS, "{size:?}:\n{frame}");
        let failing = frame.lines().filter(|line| line.starts_with('✗')).count();
        assert!(failing > 0 && frame.contains("\n▸ t40 "), "{size:?}:\n{frame}");
    }
    insta::assert_snapshot!(moment.drawn((80, 24), PLAIN));
}

/// Returns a run whose accounts, `t0`, `t1` …, stand in these ways.
fn standing(ways: &[u8]) -> Recording {
    let paths: Vec<String> =
        (0..ways.len()).flat_map(|a| [format!("t{a}/fast"), format!("t{a}/slow")]).collect();
    let mut run = Recording::apply(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    for (account, way) in ways.iter().enumerate() {
        let (fast, slow) = (format!("t{account}/fast"), format!("t{account}/slow"));
        let own = format!("the widget is {}odd", "very ".repeat(account));
        let cause = if way % 2 == 0 { own } else { "the quota is used up".to_owned() };
        let failure = Failure::new(FailureKind::ResourceFailed, cause);
        run = match way {
            0 => run,
            1 => run.begins(&fast, StackAction::Create).after_ms(100),
            2 | 3 => run.begins(&slow, StackAction::Create).after_ms(100).fails(
                &fast,
                Outcome::Failed,
                failure,
            ),
            4 | 5 => run.fails(&fast, Outcome::Failed, failure).ends(&slow, Outcome::Skipped),
            _ => run.ends(&fast, Outcome::Created).ends(&slow, Outcome::Unchanged),
        };
    }
    run
}

/// Returns the accounts that have rows, from top to bottom.
fn accounts_shown(frame: &str) -> Vec<usize> {
    let rows = frame.lines().filter(|line| !line.starts_with(' '));
    let names = rows.filter_map(|line| line.split_whitespace().nth(1)?.strip_prefix('t'));
    names.filter_map(|number| number.parse().ok()).collect()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_rows_is_the_same_at_every_size(
        ways in proptest::collection::vec(0..7_u8, 1..40),
        columns in 40..=200_usize,
    ) {
        let run = standing(&ways);
        let moment = Moment::of(&run, length_ms(&run));
        let all = accounts_shown(&moment.drawn((200, 1_000), PLAIN));
        for rows in [5, 6, 7, 8, 9, 10, 12, 14, 17, 20, 24, 30, 40, 60, 1_000] {
            let frame = moment.drawn((columns, rows), PLAIN);
            let shown = accounts_shown(&frame);
            let mut order = all.iter();
            let is_in_order = shown.iter().all(|account| order.any(|one| one == account));
            proptest::prop_assert!(is_in_order, "{all:?}, in {columns}x{rows}:\n{frame}");
        }
    }
}

#[test]
fn every_mark_stands_in_ascii() {
    let theme = Theme { symbols: Symbols::Ascii, ..PLAIN };
    let frames = in_every_size(&failing_fleet(), 191_000, theme);
    assert!(frames.is_ascii());
    insta::assert_snapshot!(frames);
}

#[test]
fn colours_only_say_again_what_stands_there() {
    let theme = Theme { palette: Palette::Color, ..PLAIN };
    let run = failing_fleet();
    let frame = drawn(&run, 191_000, (80, 24), theme);
    let uncoloured = console::strip_ansi_codes(&frame).into_owned();
    assert_eq!(uncoloured, drawn(&run, 191_000, (80, 24), PLAIN));
    insta::assert_snapshot!(frame.replace('\u{1b}', "<ESC>"));
}

#[test]
fn environments_and_regions_are_named_where_there_are_several() {
    let in_both = |path: &&str| {
        let central = announced(path, 3);
        let region = "eu-west-1".parse().expect("a Region");
        [central.clone(), AnnouncedInstance { id: InstanceId { region, ..central.id }, ..central }]
    };
    let paths = ["dev/payments/app", "dev/search/app", "prod/payments/app", "prod/search/app"];
    let run = Recording::started(Operation::Apply, paths.iter().flat_map(in_both).collect())
        .begins("dev/payments/app", StackAction::Update)
        .begins("dev/search/app", StackAction::Wait)
        .after_ms(4_000)
        .ends("dev/payments/app", Outcome::Unchanged)
        .begins("prod/search/app", StackAction::DeleteBeforeCreate)
        .after_ms(70_000);
    insta::assert_snapshot!(in_every_size(&run, length_ms(&run) + 70_000, PLAIN));
}

#[test]
fn an_account_that_refuses_us_is_named_with_the_reason() {
    let run = recorded::refusal();
    insta::assert_snapshot!(in_every_size(&run, 4_000, PLAIN));
}

#[test]
fn more_stacks_than_can_be_named_are_counted() {
    let paths: Vec<String> = ["dev", "prod"]
        .iter()
        .flat_map(|a| (0..40).map(move |s| format!("{a}/stack-{s}")))
        .collect();
    let mut run = Recording::apply(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    for path in &paths[..60] {
        run = run.begins(path, StackAction::Create).after_ms(500);
    }
    for path in &paths[..17] {
        run = run.ends(path, Outcome::Created);
    }
    insta::assert_snapshot!(in_every_size(&run, length_ms(&run), PLAIN));
}

#[test]
fn a_frame_fits_any_terminal() {
    let runs = [failing_fleet(), throttled_fleet(), recorded::chain(), recorded::refusal()];
    for run in &runs {
        for ms in [0, 400, 60_000, length_ms(run)] {
            let moment = Moment::of(run, ms);
            for columns in [0, 1, 2, 7, 13, 20, 33, 57, 79, 101, 150] {
                for rows in [0, 1, 2, 3, 4, 5, 6, 8, 11, 30] {
                    moment.drawn((columns, rows), PLAIN);
                }
            }
        }
    }
}

#[test]
fn nothing_is_drawn_before_the_run_began() {
    let look = (Size { columns: 80, rows: 24 }, PLAIN);
    let (state, forecast, view) = (RunState::default(), Forecast::default(), View::with_keys());
    assert!(frame(&state, &forecast, Timestamp::UNIX_EPOCH, look, &view).is_empty());
}
