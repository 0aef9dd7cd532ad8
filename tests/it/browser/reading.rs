//! What a reader does with the page of a rollout: 20 accounts, four stacks in each, three waves.

use serde_json::json;

use super::{bars, page, rollout, showing_rollout, state, texts};
use crate::support::binary::Desk;
use crate::support::browser::browser;

#[tokio::test(start_paused = true)]
async fn the_page_shows_the_run_and_asks_for_nothing() {
    let Some(browser) = showing_rollout().await else { return };
    assert_eq!(texts(&browser, "h1"), json!(["apply prod failed"]));
    assert_eq!(
        texts(&browser, "#outcomes button"),
        json!(["+created 42", "~updated 3", "=unchanged 25", "✕failed 6", "○skipped 4"])
    );
    assert_eq!(texts(&browser, "#facts dd")[1], "20");
    assert_eq!(texts(&browser, "#calls-table tbody tr td")[0], "cloudformation:DescribeStacks");
    let requests = browser.requests();
    assert!(!requests.is_empty(), "the page itself is asked for");
    assert!(requests.iter().all(|url| url.starts_with("\"file:")), "{requests:?}");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn failures_with_one_cause_are_one_entry_that_leads_to_its_stack_instances() {
    let Some(browser) = showing_rollout().await else { return };
    assert_eq!(texts(&browser, "#clusters .count"), json!(["3accounts", "1account"]));
    assert_eq!(
        texts(&browser, "#clusters .names"),
        json!(["team-07, team-13, team-16", "team-11"])
    );
    assert_eq!(
        texts(&browser, "#not-started"),
        json!(["4 stack instances not started: what they need did not succeed."])
    );
    browser.click("#clusters li:first-child button.link:last-child");
    assert_eq!(
        texts(&browser, "tbody td.account"),
        json!(["team-07 100000000007", "team-13 100000000013", "team-16 100000000016"])
    );
    assert_eq!(texts(&browser, "#shown"), json!(["3 of 80"]));
}

#[tokio::test(start_paused = true)]
async fn filters_hold_for_the_chart_and_for_the_table() {
    let Some(browser) = showing_rollout().await else { return };
    browser.type_into("#search", "team-07 e");
    assert_eq!(bars(&browser), json!(["created 2", "failed 1", "skipped 1"]));
    assert_eq!(texts(&browser, "tbody td.stack").as_array().map(Vec::len), Some(4));
    browser.click("#clear");
    browser.click("[data-outcome=failed]");
    assert_eq!(bars(&browser), json!(["failed 6"]));
    browser.click("[data-outcome=skipped]");
    assert_eq!(texts(&browser, "#shown"), json!(["10 of 80"]));
    browser.click("#clear");
    browser.click("[data-value=failed]");
    assert_eq!(bars(&browser), json!(["failed 6", "skipped 4"]));
    browser.click("[data-value=critical]");
    assert_eq!(texts(&browser, "#shown"), json!(["4 of 80"]));
    assert_eq!(browser.read("document.querySelectorAll('#bars .bar.critical').length"), 4);
    browser.keep_picture("critical-path");
}

#[tokio::test(start_paused = true)]
async fn a_column_sorts_both_ways_and_back() {
    let Some(browser) = showing_rollout().await else { return };
    let first = || texts(&browser, "tbody td.outcome")[0].clone();
    browser.click("th.outcome button");
    assert_eq!(first(), "▸✕failed");
    browser.click("th.outcome button");
    assert_eq!(first(), "▸=unchanged");
    assert_eq!(
        browser.read("document.querySelector('th.outcome').getAttribute('aria-sort')"),
        "descending"
    );
    browser.click("th.outcome button");
    assert_eq!(browser.read("document.querySelectorAll('[aria-sort]').length"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_row_opens_to_its_cause_and_its_outputs() {
    let Some(browser) = showing_rollout().await else { return };
    browser.type_into("#search", "team-07");
    browser.click("tr[data-index] .opener");
    let role = texts(&browser, ".details dd code");
    assert!(role[0].as_str().is_some_and(|id| {
        id.starts_with("arn:aws:cloudformation:eu-central-1:100000000007:stack/role/")
    }));
    assert!(role[1].as_str().is_some_and(|arn| arn.starts_with("arn:aws:iam::100000000007:role/")));
    browser.click("tr[data-index] .opener");
    assert_eq!(texts(&browser, ".details"), json!([]));
    browser.type_into("#search", " failed");
    browser.click("tr[data-index] .opener");
    assert_eq!(texts(&browser, ".details dt")[0], "Cause");
    browser.keep_picture("row");
}

#[tokio::test(start_paused = true)]
async fn every_output_stands_in_one_view() {
    let Some(browser) = showing_rollout().await else { return };
    browser.type_into("#search", "team-08");
    browser.click("[data-value=outputs]");
    assert_eq!(texts(&browser, "td.name"), json!(["RoleArn", "VpcName", "Bucket", "WorkQueueArn"]));
    let tree = browser.read(
        "new Promise((copied) => {
        navigator.clipboard.writeText = async (text) => copied(JSON.parse(text));
        document.querySelector('[aria-label=\"Copy all outputs as JSON\"]').click();
    })",
    );
    assert_eq!(tree["prod"]["team-08"]["eu-central-1"]["artifacts"]["Bucket"], "artifacts-8");
    browser.keep_picture("outputs");
}

#[tokio::test(start_paused = true)]
async fn the_chart_is_read_with_the_keyboard() {
    let Some(browser) = showing_rollout().await else { return };
    browser.type_into("#search", "team-07");
    // The WebDriver standard's codes of the arrows down and right, and of Enter.
    browser.type_into("#scroller", "\u{E015}\u{E014}\u{E014}");
    let said = texts(&browser, "#said")[0].clone();
    assert!(said.as_str().is_some_and(|said| said.starts_with("team-07/eu-central-1/")), "{said}");
    assert_eq!(texts(&browser, "#tip strong").as_array().map(Vec::len), Some(1));
    browser.keep_picture("tip");
    browser.type_into("#scroller", "\u{E007}");
    assert_eq!(texts(&browser, ".details").as_array().map(Vec::len), Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_span_of_time_is_zoomed_into_and_left() {
    let Some(browser) = showing_rollout().await else { return };
    let ticks = || texts(&browser, "#axis text");
    let whole = ticks();
    browser.click("[aria-label='Zoom in']");
    assert_ne!(ticks(), whole);
    browser.click("[aria-label='Show the whole run']");
    assert_eq!(ticks(), whole);
}

#[tokio::test(start_paused = true)]
async fn a_reload_keeps_the_view() {
    let Some(browser) = showing_rollout().await else { return };
    browser.type_into("#search", "team-07");
    browser.click("[data-outcome=failed]");
    browser.click("#theme");
    browser.reload();
    assert_eq!(texts(&browser, "#shown"), json!(["1 of 80"]));
    assert_eq!(texts(&browser, "#theme"), json!(["Light"]));
}

#[tokio::test(start_paused = true)]
async fn an_unfinished_run_shows_what_still_moves() {
    let Some(browser) = browser() else { return };
    let events = rollout::rollout().await;
    browser.open(&page(&state(&events[..events.len() / 2]), "unfinished"), 1280, 1000);
    assert_eq!(texts(&browser, "#result"), json!(["unfinished"]));
    let left = texts(&browser, "#left")[0].clone();
    assert!(
        left.as_str().is_some_and(|left| left.contains("still moving when the run was left")),
        "{left}"
    );
    let chips = texts(&browser, "#outcomes button");
    assert!(
        chips.as_array().is_some_and(|chips| chips.contains(&json!("…still moving 24"))),
        "{chips}"
    );
    browser.keep_picture("unfinished");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn the_page_that_apply_and_report_write_opens() {
    let Some(browser) = browser() else { return };
    let desk = Desk::with_examples();
    let fast = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];
    let apply = ["apply", "environments/all.yaml", "--html", "apply.html"];
    desk.run(&[&apply[..], &fast[..]].concat()).expect_code(0);
    desk.run(&["report", "--html", "report.html"]).expect_code(0);
    let read = |name| std::fs::read_to_string(desk.path().join(name)).expect("it was written");
    assert_eq!(read("apply.html"), read("report.html"));
    browser.open(&read("apply.html"), 1280, 1000);
    assert_eq!(texts(&browser, "h1"), json!(["apply all succeeded"]));
    assert_eq!(texts(&browser, "#outcomes button"), json!(["+created 13"]));
    assert_eq!(browser.complaints(), [""; 0]);
}
