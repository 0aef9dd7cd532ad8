use serde_json::Value;

use super::render::{allowed, html};
use crate::event::{Failure, FailureKind, LeftBehind, Outcome, StackAction};
use crate::report::Report;
use crate::report::recorded::{self, Recording};

fn page(recording: &Recording) -> String {
    let state = recording.state();
    html(&state, &Report::new(&state))
}

/// What stands between `from` and the next `to`.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = page.split_once(from).expect("the page has it");
    rest.split_once(to).expect("it ends").0
}

fn data(page: &str) -> Value {
    let text = between(page, r#"<script type="application/json" id="data">"#, "</script>");
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn nothing_from_elsewhere_breaks_out_of_its_place() {
    let hostile = "</script><script>alert(1)</script><!-- \" ' {{script}} \u{2028} ]]> &lt; \u{0}";
    let cause = Failure::new(FailureKind::Refused, hostile).with_help(hostile);
    let run = Recording::apply(&["dev/a", "dev/b"])
        .begins("dev/a", StackAction::Create)
        .fails("dev/a", Outcome::Failed, cause)
        .ends_with("dev/b", Outcome::Created, &[(hostile, hostile)]);
    let page = page(&run);
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    let data = data(&page);
    assert_eq!(data["failures"][0], serde_json::json!(["refused", hostile, null, hostile]));
    assert_eq!(data["instances"]["outputs"][1][1], hostile);
}

#[test]
fn the_policy_allows_exactly_the_style_and_the_script_of_the_page() {
    let page = page(&recorded::chain());
    let policy = between(&page, r#"Policy" content=""#, r#"""#);
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    for (from, to, name) in [
        ("<style>", "</style>", "style-src"),
        (r#"<script type="module">"#, "</script>", "script-src"),
    ] {
        let allowed = format!("{name} {};", allowed(between(&page, from, to)));
        assert!(policy.contains(&allowed), "{policy}");
    }
}

#[test]
fn the_page_asks_for_nothing() {
    let page = page(&recorded::chain());
    for address in ["src=", "http:", "https:", "url(h", "@import", "fetch("] {
        let found: Vec<_> = page.lines().filter(|line| line.contains(address)).collect();
        let is_namespace = |line: &&str| line.contains("http://www.w3.org/2000/svg");
        assert!(found.iter().all(is_namespace), "{found:?}");
    }
}

#[test]
fn the_data_say_what_the_report_says() {
    let state = recorded::failure().state();
    let report = Report::new(&state);
    let mut data = data(&html(&state, &report));
    data["version"] = "…".into();
    let members = regex::Regex::new(r#",("\w+":)"#).expect("a pattern");
    insta::assert_snapshot!(members.replace_all(&data.to_string(), ",\n$1"));
}

#[test]
fn an_unfinished_run_says_so() {
    let page = page(&recorded::in_waves());
    assert_eq!(data(&page)["complete"], false);
    assert!(page.contains("<title>apply prod: unfinished</title>"));
}

#[test]
fn a_record_without_a_beginning_still_makes_a_page() {
    assert_eq!(data(&page(&Recording::default()))["run"], Value::Null);
}

#[test]
fn what_is_left_behind_is_told_in_words_with_the_command_that_deletes_it() {
    let state = recorded::chain().state();
    let left_behind = vec![
        recorded::left_behind("dev/queue"),
        LeftBehind { account_gone: true, ..recorded::left_behind("legacy/network") },
    ];
    let report = Report { left_behind, ..Report::new(&state) };
    let page = html(&state, &report);
    assert!(page.contains("id=\"left-behind\""), "{page}");
    insta::assert_snapshot!(format!("{:#}", data(&page)["left_behind"]));
}
