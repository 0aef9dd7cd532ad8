//! The HTML report in Chromium: what a reader sees and does there.

mod fleet;
mod looks;
mod odd;
mod reading;
mod rollout;

use serde_json::{Value, json};
use xdeploy::event::RunEvent;
use xdeploy::report::{Report, RunState, html};

use crate::support::browser::{Browser, browser, pictures};

/// Returns the page of a run, and keeps it under `target/` for people to look at.
fn page(state: &RunState, name: &str) -> String {
    let page = html(state, &Report::new(state));
    let path = pictures().join(format!("{name}.html"));
    std::fs::write(path, &page).expect("`target` is writable");
    page
}

/// Returns the state after these events.
fn state(events: &[RunEvent]) -> RunState {
    let mut state = RunState::default();
    events.iter().for_each(|event| state.on(event));
    state
}

/// Returns a browser that shows the rollout, if there is one here.
async fn showing_rollout() -> Option<Browser> {
    let browser = browser()?;
    browser.open(&page(&state(&rollout::rollout().await), "rollout"), 1280, 1000);
    Some(browser)
}

/// Returns how many bars of each outcome the chart shows, as `created 12`.
fn bars(browser: &Browser) -> Value {
    browser.read(
        "(() => {
            const looks = [...document.querySelectorAll('#bars [data-index]')]
                .map((bar) => bar.getAttribute('class').split(' ')[1]);
            const count = (look) => looks.filter((one) => one === look).length;
            return [...new Set(looks)].sort().map((look) => `${look} ${count(look)}`);
        })()",
    )
}

/// Returns the text of every element that a selector matches.
fn texts(browser: &Browser, selector: &str) -> Value {
    let selector = json!(selector);
    browser.read(&format!(
        "[...document.querySelectorAll({selector})].map((one) => one.textContent.trim())"
    ))
}
