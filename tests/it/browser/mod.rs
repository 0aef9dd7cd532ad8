//! The HTML report in Chromium: what a reader sees and does there.

use std::path::Path;

use serde_json::json;
use xdeploy::report::{Report, RunState, html};

use crate::support::browser::browser;
use crate::support::fleet::fleet;

/// Returns the page of a run, and keeps it under `target/` for people to look at.
fn page(state: &RunState, name: &str) -> String {
    let page = html(state, &Report::new(state));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pictures");
    std::fs::create_dir_all(&folder).expect("`target` is writable");
    std::fs::write(folder.join(format!("{name}.html")), &page).expect("`target` is writable");
    page
}

#[test]
fn ten_thousand_stack_instances_are_usable_within_two_seconds() {
    let page = page(&fleet(2_000), "fleet");
    assert!(page.len() < 3_000_000, "the page has {} bytes", page.len());
    let Some(browser) = browser() else { return };
    browser.open(&page, 1280, 900);
    let usable = browser.read("performance.getEntriesByName('usable')[0].startTime");
    browser.keep_picture("fleet");
    println!("{} bytes, usable after {usable} ms", page.len());
    assert_eq!(browser.complaints(), [""; 0]);
    assert!(usable.as_f64().expect("a time") < 2_000.0, "usable after {usable} ms");
    assert_eq!(browser.read("document.querySelectorAll('tbody tr').length > 50"), json!(true));
}
