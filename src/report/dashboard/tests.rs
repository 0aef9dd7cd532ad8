//! Recorded runs on terminals of every size.

use jiff::{SignedDuration, Timestamp};

use super::{Look, Size, Symbols, frame};
use crate::report::recorded::{Fleet, Recording};
use crate::report::{Forecast, Palette};

const PLAIN: Look = Look { palette: Palette::Plain, symbols: Symbols::Unicode };

const SIZES: [(usize, usize); 4] = [(40, 10), (80, 24), (120, 40), (200, 60)];

/// Returns when it is so long after a run's start.
fn at(recording: &Recording, ms: i64) -> Timestamp {
    recording.events[0].at + SignedDuration::from_millis(ms)
}

/// Returns a frame of a run so long after its start.
fn drawn(recording: &Recording, ms: i64, (columns, rows): (usize, usize), look: Look) -> String {
    let state = recording.clone().until_ms(ms).state();
    let now = at(recording, ms);
    let forecast = Forecast::of(&state, now);
    let lines = frame(&state, &forecast, now, Size { columns, rows }, look);
    assert!(lines.len() <= rows.saturating_sub(2).max(1), "{lines:#?}");
    for line in &lines {
        assert!(console::measure_text_width(line) <= columns, "{columns}: {line}");
        assert_eq!(line, line.trim_end(), "no blanks at the end");
    }
    lines.join("\n")
}

/// Returns a frame for each size, each below a ruler.
fn in_every_size(recording: &Recording, ms: i64, look: Look) -> String {
    let sizes = SIZES.map(|(columns, rows)| {
        let ruler = format!("{:=<columns$}", format!("== {columns}x{rows} "));
        format!("{ruler}\n{}", drawn(recording, ms, (columns, rows), look))
    });
    sizes.join("\n")
}

const DENIED: &str = "User: arn:aws:sts::100000000061:assumed-role/crossaccount-prod-role/xdeploy-prod is \
                      not authorized to perform: iam:CreateRole on resource: \
                      arn:aws:iam::100000000061:role/app with an explicit deny in a service control policy";

fn failing_fleet() -> Fleet {
    Fleet {
        waves: &[3, 60, 237],
        fails: |account, stack| match (account, stack) {
            (61, "network") => Some("Resource of type 'AWS::EC2::VPC' exceeds the limit of 5"),
            (account, "app") if account % 9 == 5 => Some(DENIED),
            _ => None,
        },
        slowness: |account| if account == 40 { 4 } else { 1 },
        ..Fleet::default()
    }
}

#[test]
fn a_fleet_in_the_middle_of_its_second_wave() {
    insta::assert_snapshot!(in_every_size(&failing_fleet().run(), 185_000, PLAIN));
}
