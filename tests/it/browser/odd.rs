//! Pages of runs that nobody would show: hostile texts, nothing at all, everything at once.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use xdeploy::event::{RunEvent, SCHEMA};
use xdeploy::report::RunState;

use super::{page, state, texts};
use crate::support::browser::browser;

/// What would run, if anything took it for markup.
const HOSTILE: &str =
    "</script><img src=x onerror=\"window.ran = 1\"><svg onload='window.ran = 2'>\u{2028}{{data}}";

/// Returns the state after these events, a second apart.
fn told(events: &[Value]) -> RunState {
    let numbered = events.iter().enumerate().map(|(number, what)| {
        let mut event = what.clone();
        event["sequence"] = json!(number + 1);
        event["at"] = json!(format!("2026-11-23T15:56:{:02}Z", number % 60));
        serde_json::from_value::<RunEvent>(event).expect("an event")
    });
    state(&numbered.collect::<Vec<_>>())
}

fn started(operation: &str, environments: &[&str], instances: &[Value]) -> Value {
    json!({
        "type": "run-started", "schema": SCHEMA, "run": "20261123-155602-k3f9",
        "operation": operation, "environments": environments, "instances": instances,
    })
}

fn announced(environment: &str, account: &str, region: &str, wave: usize) -> Value {
    let mut announced = id(environment, account, region);
    announced["account_id"] = "100000000001".into();
    announced["stack_name"] = "app".into();
    announced["resources"] = 1.into();
    announced["wave"] = wave.into();
    announced
}

fn id(environment: &str, account: &str, region: &str) -> Value {
    json!({ "environment": environment, "account": account, "region": region, "stack": "app" })
}

#[test]
fn hostile_texts_are_shown_and_never_run() {
    let Some(browser) = browser() else { return };
    let instance = id("prod", "dev", "eu-central-1");
    let outputs = BTreeMap::from([(HOSTILE, HOSTILE)]);
    let failure =
        json!({ "kind": "refused", "message": HOSTILE, "resource": HOSTILE, "help": HOSTILE });
    let state = told(&[
        started("apply", &["prod"], &[announced("prod", "dev", "eu-central-1", 1)]),
        json!({ "type": "instance-started", "instance": instance }),
        json!({
            "type": "instance-finished", "instance": instance, "outcome": "failed", "status": HOSTILE,
            "stack_id": HOSTILE, "outputs": outputs, "failure": failure,
        }),
        json!({ "type": "run-finished", "result": "failed", "api_calls": { HOSTILE: 1 }, "throttled": 0 }),
    ]);
    browser.open(&page(&state, "hostile"), 1280, 1000);
    browser.click(".opener");
    assert_eq!(texts(&browser, ".details dd code")[1], HOSTILE.trim());
    assert_eq!(texts(&browser, "#calls-table tbody td")[0], HOSTILE.trim());
    browser.click("[data-value=outputs]");
    assert_eq!(texts(&browser, "td.name")[0], HOSTILE.trim());
    assert_eq!(browser.read("document.querySelectorAll('img').length"), 0);
    assert_eq!(browser.read("window.ran ?? null"), Value::Null);
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn the_policy_of_the_page_lets_no_other_script_run() {
    let Some(browser) = browser() else { return };
    browser.open(&page(&RunState::default(), "nothing"), 1280, 1000);
    let inserted = "(() => {
        const script = document.createElement('script');
        script.textContent = 'window.ran = 1';
        document.body.append(script);
        return window.ran ?? null;
    })()";
    assert_eq!(browser.read(inserted), Value::Null);
    let fetched = "fetch('http://127.0.0.1:9/').then(() => 'fetched', () => 'refused')";
    assert_eq!(browser.read(fetched), "refused");
    assert!(!browser.complaints().is_empty(), "a refusal is told in the console");
}

#[test]
fn a_record_of_nothing_is_a_page_without_complaints() {
    let Some(browser) = browser() else { return };
    browser.open(&page(&RunState::default(), "nothing"), 1280, 1000);
    assert_eq!(texts(&browser, "#result"), json!(["unfinished"]));
    assert_eq!(texts(&browser, "td.none"), json!(["No stack instance is like that."]));
    browser.keep_picture("nothing");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn environments_regions_and_waves_are_told_apart() {
    let Some(browser) = browser() else { return };
    let all = [
        ("stage", "dev", "eu-central-1", 2),
        ("stage", "dev", "eu-west-1", 2),
        ("stage", "test", "eu-central-1", 1),
        ("prod", "dev", "eu-central-1", 1),
    ];
    let instances = all
        .map(|(environment, account, region, wave)| announced(environment, account, region, wave));
    let mut events = vec![started("destroy", &["stage", "prod"], &instances)];
    for (environment, account, region, _) in all {
        let instance = id(environment, account, region);
        events.push(json!({ "type": "instance-started", "instance": instance }));
        let ended = json!({ "type": "instance-finished", "instance": instance, "outcome": "deleted", "status": "DELETE_COMPLETE" });
        events.push(ended);
    }
    events.push(
        json!({ "type": "run-finished", "result": "succeeded", "api_calls": {}, "throttled": 0 }),
    );
    browser.open(&page(&told(&events), "environments"), 1280, 1000);
    assert_eq!(texts(&browser, "h1"), json!(["destroy stage, prod succeeded"]));
    assert_eq!(
        texts(&browser, ".group"),
        json!([
            "stage · wave 21 account · 3.0s",
            "stage · wave 11 account · 1.0s",
            "prod · wave 11 account · 1.0s"
        ])
    );
    assert_eq!(
        texts(&browser, ".row-name"),
        json!(["dev  eu-central-1", "dev  eu-west-1", "test  eu-central-1", "dev  eu-central-1"])
    );
    browser.type_into("#search", "stage west");
    assert_eq!(texts(&browser, "#shown"), json!(["1 of 4"]));
    browser.click("#clear");
    browser.keep_picture("environments");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn of_many_that_never_started_the_last_mark_counts_the_rest() {
    let Some(browser) = browser() else { return };
    let stacks: Vec<String> = (0..9).map(|number| format!("stack-{number}")).collect();
    let mut events = vec![started(
        "apply",
        &["prod"],
        &stacks
            .iter()
            .map(|stack| {
                let mut announced = announced("prod", "dev", "eu-central-1", 1);
                announced["stack"] = stack.as_str().into();
                announced
            })
            .collect::<Vec<_>>(),
    )];
    events.extend(stacks.iter().map(|stack| {
        let mut instance = id("prod", "dev", "eu-central-1");
        instance["stack"] = stack.as_str().into();
        json!({ "type": "instance-finished", "instance": instance, "outcome": "skipped" })
    }));
    browser.open(&page(&told(&events), "skipped"), 1280, 1000);
    assert_eq!(texts(&browser, "#bars .idle"), json!(["○", "○", "○", "○", "○"]));
    assert_eq!(texts(&browser, "#bars .axis-text"), json!(["+4"]));
    assert_eq!(browser.complaints(), [""; 0]);
}
