//! What the page looks like: light, dark, narrow, on paper.

use super::{page, rollout, showing_rollout, state};
use crate::support::browser::browser;

const PAPER: &str = "getComputedStyle(document.body).backgroundColor";

#[tokio::test(start_paused = true)]
async fn it_is_light_or_dark_as_the_machine_prefers_until_the_reader_says_otherwise() {
    let Some(browser) = showing_rollout().await else { return };
    browser.prefer("light");
    let light = browser.read(PAPER);
    browser.keep_picture("light");
    browser.prefer("dark");
    let dark = browser.read(PAPER);
    assert_ne!(light, dark);
    browser.keep_picture("dark");
    browser.click("#theme");
    assert_eq!(browser.read(PAPER), light);
    browser.prefer("light");
    browser.click("#theme");
    assert_eq!(browser.read(PAPER), dark);
    assert_eq!(browser.complaints(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn it_fits_a_narrow_screen() {
    let Some(browser) = browser() else { return };
    browser.open(&page(&state(&rollout::rollout().await), "rollout"), 390, 844);
    assert_eq!(browser.read("document.documentElement.scrollWidth"), 390);
    browser.keep_picture("narrow");
    browser.read("document.getElementById('timeline').scrollIntoView()");
    browser.keep_picture("narrow-chart");
    browser.read("document.getElementById('instances').scrollIntoView()");
    browser.keep_picture("narrow-table");
}

#[tokio::test(start_paused = true)]
async fn paper_shows_every_row_of_the_chart_and_of_the_table() {
    let Some(browser) = showing_rollout().await else { return };
    browser.read("dispatchEvent(new Event('beforeprint'))");
    assert_eq!(browser.read("document.querySelectorAll('tbody tr[data-index]').length"), 80);
    assert_eq!(browser.read("document.querySelectorAll('#bars [data-index]').length"), 80);
    browser.show_as("print");
    browser.keep_picture("paper");
    browser.show_as("screen");
    let pages = browser.paper();
    assert!(pages.starts_with(b"%PDF"), "{} bytes", pages.len());
    browser.read("dispatchEvent(new Event('afterprint'))");
    assert_eq!(browser.complaints(), [""; 0]);
}
