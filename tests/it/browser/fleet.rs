//! Two thousand accounts with five stacks each.

use serde_json::json;
use xdeploy::report::RunState;

use super::{page, texts};
use crate::support::browser::browser;
use crate::support::fleet::fleet;

/// What a page of ten thousand stack instances may weigh.
const MOST_BYTES: usize = 3_000_000;

/// How many elements a page may hold at any time: a screen's worth of rows and bars, not one for each instance. How long
/// that takes depends on the machine: `cargo nextest run fleet --no-capture` prints it.
const MOST_ELEMENTS: u64 = 6_000;

fn state() -> RunState {
    fleet(2_000)
}

#[test]
fn a_page_of_ten_thousand_stack_instances_stays_small() {
    let bytes = page(&state(), "fleet").len();
    assert!(bytes < MOST_BYTES, "the page has {bytes} bytes");
}

#[test]
fn of_ten_thousand_stack_instances_a_page_draws_what_can_be_seen() {
    let Some(browser) = browser() else { return };
    browser.open(&page(&state(), "fleet"), 1280, 900);
    println!(
        "usable after {} ms",
        browser.read("performance.getEntriesByName('usable')[0].startTime")
    );
    assert_eq!(browser.read("document.querySelectorAll('tbody tr[data-index]').length"), 100);
    assert_eq!(texts(&browser, "#pager span"), json!(["1–100 of 10,000"]));
    let drawn = browser.read("document.querySelectorAll('#bars *').length");
    assert!(drawn.as_u64().is_some_and(|drawn| (100..3_000).contains(&drawn)), "{drawn}");
    browser.keep_picture("fleet");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn ten_thousand_stack_instances_are_searched_sorted_and_scrolled_by_the_screen() {
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
        let elements = browser.read("document.querySelectorAll('*').length").as_u64();
        println!("{doing}: {took} ms, {elements:?} elements");
        assert!(elements.is_some_and(|elements| elements < MOST_ELEMENTS), "{doing}: {elements:?}");
        browser.keep_picture(&format!("fleet after {doing}"));
    }
    assert_eq!(texts(&browser, "#pager span"), json!(["1–100 of 2,000"]));
    assert_eq!(browser.complaints(), [""; 0]);
}
