//! Two thousand accounts with five stacks each.

use std::time::Duration;

use serde_json::json;
use xdeploy::report::RunState;

use super::{page, texts};
use crate::support::browser::browser;
use crate::support::fleet::fleet;

/// What a page of ten thousand stack instances may weigh.
const MOST_BYTES: usize = 3_000_000;

/// From navigation until the chart and the table are there.
const USABLE_WITHIN: Duration = Duration::from_secs(2);

/// Until what was typed or clicked is shown. A tenth of it is usual; the machine may be busy.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// How often the page may be opened until it was quick enough: the machine may be busy.
const MOST_OPENINGS: usize = 3;

fn state() -> RunState {
    fleet(2_000)
}

#[test]
fn a_page_of_ten_thousand_stack_instances_stays_small() {
    let bytes = page(&state(), "fleet").len();
    assert!(bytes < MOST_BYTES, "the page has {bytes} bytes");
}

#[test]
fn ten_thousand_stack_instances_are_usable_within_two_seconds() {
    let Some(browser) = browser() else { return };
    let page = page(&state(), "fleet");
    let mut openings = (0..MOST_OPENINGS).map(|_| {
        browser.open(&page, 1280, 900);
        let usable = browser.read("performance.getEntriesByName('usable')[0].startTime");
        let usable = Duration::from_secs_f64(usable.as_f64().expect("milliseconds") / 1_000.0);
        println!("usable after {usable:?}");
        usable
    });
    let quick = openings.find(|usable| *usable < USABLE_WITHIN);
    assert!(quick.is_some(), "not once usable within {USABLE_WITHIN:?}");
    assert_eq!(browser.read("document.querySelectorAll('tbody tr[data-index]').length"), 100);
    assert_eq!(texts(&browser, "#pager span"), json!(["1–100 of 10,000"]));
    let drawn = browser.read("document.querySelectorAll('#bars *').length");
    assert!(drawn.as_u64().is_some_and(|drawn| (100..3_000).contains(&drawn)), "{drawn}");
    browser.keep_picture("fleet");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn ten_thousand_stack_instances_are_searched_sorted_and_scrolled_at_once() {
    let Some(browser) = browser() else { return };
    browser.open(&page(&state(), "fleet"), 1280, 900);
    for (doing, script) in [
        (
            "search",
            "at('search').value = 'team-1999 app'; at('search').dispatchEvent(new Event('input'))",
        ),
        ("clear", "at('clear').click()"),
        ("sort", "document.querySelector('th.duration button').click()"),
        ("dense rows", "document.querySelector('[data-value=small]').click()"),
        ("scroll a little", "at('scroller').scrollTop = 900"),
        ("scroll to the end", "at('scroller').scrollTop = 1e6"),
        ("zoom", "document.querySelector('[aria-label=\"Zoom in\"]').click()"),
        ("outputs", "document.querySelector('[data-value=outputs]').click()"),
    ] {
        let took = browser.read(&format!(
            "(() => {{
                const at = (id) => document.getElementById(id);
                const start = performance.now();
                {script};
                document.body.offsetHeight;
                return performance.now() - start;
            }})()"
        ));
        let took = Duration::from_secs_f64(took.as_f64().expect("milliseconds") / 1_000.0);
        println!("{doing}: {took:?}");
        assert!(took < ANSWERS_WITHIN, "{doing} took {took:?}");
        browser.keep_picture(&format!("fleet after {doing}"));
    }
    assert_eq!(texts(&browser, "#pager span"), json!(["1–100 of 2,000"]));
    assert_eq!(browser.complaints(), [""; 0]);
}
