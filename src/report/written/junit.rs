//! A run as a JUnit report, the form in which CI services read results.
//!
//! An account of an environment is a test suite and a stack instance a test case. Everything in an
//! account that could not be entered is a failure there: CI services tend to overlook what was
//! skipped.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite, XmlString};

use crate::event::{Failure, FailureKind, Outcome, OutcomeKind, RunOrigin};
use crate::foreign;
use crate::name::{AccountName, EnvironmentName};
use crate::report::fold::instance_report::InstanceReport;
use crate::report::fold::report::{RefusedAccount, Report};
use crate::report::text::{prose, words};

/// The accounts that could not be entered, by environment and name.
type Refused<'a> = BTreeMap<(&'a EnvironmentName, &'a AccountName), &'a RefusedAccount>;

/// Returns a run as a JUnit report in XML.
///
/// Stack instances that failed, were rolled back or stand in an account that could not be entered
/// are failures, with their kind as type; other skipped ones are skipped, with their reason.
pub fn junit(report: &Report) -> String {
    let operation = report.operation.map_or("run", |operation| operation.as_str());
    let mut junit = quick_junit::Report::new(format!("xdeploy {operation}"));
    // Said as text, so that one library for times is enough here.
    junit.timestamp = report.started.and_then(|at| at.to_string().parse().ok());
    junit.set_time(report.duration);
    junit.add_test_suites(suites(report));
    let text = junit.to_string().expect("names and text without control characters become XML");
    foreign::xml(&text)
}

fn suites(report: &Report) -> Vec<TestSuite> {
    let refused: Refused<'_> =
        report.refused.iter().map(|r| ((&r.environment, &r.account), r)).collect();
    let mut positions = BTreeMap::new();
    let mut suites: Vec<TestSuite> = Vec::new();
    let mut began: Vec<Option<Timestamp>> = Vec::new();
    for instance in &report.stack_instances {
        let account = (&instance.environment, &instance.account);
        let position = *positions.entry(account).or_insert(suites.len());
        if position == suites.len() {
            suites.push(suite(account, instance.account_id.as_str(), report));
            began.push(None);
        }
        began[position] = began[position].into_iter().chain(instance.since).min();
        suites[position].add_test_case(case(instance, report.is_wanted_back, &refused));
    }
    // One that is only read from has no stack instance that could fail.
    for (account, refused) in &refused {
        if !positions.contains_key(account) {
            let mut suite = suite(*account, refused.account_id.as_str(), report);
            let mut case = TestCase::new("account", failed(&refused.failure, None));
            case.set_classname(format!("{}.{}", account.0, account.1));
            suite.add_test_case(case);
            suites.push(suite);
        }
    }
    if let Some(first) = suites.first_mut() {
        add_digests(first, &report.origin);
    }
    for (position, suite) in suites.iter_mut().enumerate() {
        let times = suite.test_cases.iter().filter_map(|case| case.time);
        suite.set_time(times.sum::<Duration>());
        let began = began.get(position).copied().flatten().or(report.started);
        suite.timestamp = began.and_then(|at| at.to_string().parse().ok());
    }
    suites
}

fn suite(
    (environment, account): (&EnvironmentName, &AccountName),
    account_id: &str,
    report: &Report,
) -> TestSuite {
    let mut suite = TestSuite::new(format!("{environment}.{account}"));
    suite.add_property(Property::new("account_id", account_id));
    let origin = &report.origin;
    let RunOrigin { sandbox, endpoint, caller, command_line, .. } = origin;
    let RunOrigin { pipeline_action, pipeline_execution, revision, dirty, .. } = origin;
    let refusal = report.refusal.as_ref().map(|refusal| refusal.message.clone());
    let command_line = Some(command_line.join(" ")).filter(|line| !line.is_empty());
    let told = [
        ("sandbox", sandbox.then(|| "true".to_owned())),
        ("endpoint", endpoint.clone()),
        ("caller", caller.clone()),
        ("command_line", command_line),
        ("pipeline_action", pipeline_action.clone()),
        ("pipeline_execution", pipeline_execution.clone()),
        ("revision", revision.clone()),
        ("dirty", dirty.then(|| "true".to_owned())),
        ("refusal", refusal),
    ];
    for (name, value) in told.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        suite.add_property(Property::new(name, xml(&prose::visible(&value))));
    }
    suite
}

/// Adds the digest of each file to the first suite: there are many accounts, and the files are the same in all.
fn add_digests(suite: &mut TestSuite, origin: &RunOrigin) {
    for (path, digest) in &origin.files {
        let name = xml(&prose::visible(&format!("files.{}", path.display())));
        suite.add_property(Property::new(name, digest.as_str()));
    }
}

fn case(instance: &InstanceReport, is_wanted_back: bool, refused: &Refused<'_>) -> TestCase {
    let InstanceReport { environment, account, region, stack, .. } = instance;
    let mut case = TestCase::new(stack.as_str(), status(instance, is_wanted_back, refused));
    case.set_classname(format!("{environment}.{account}.{region}"));
    case.set_time(instance.duration);
    if !instance.outputs.is_empty() {
        let line =
            |(key, value): (&String, &String)| prose::visible(&format!("{key} = {value}")) + "\n";
        case.set_system_out(xml(&instance.outputs.iter().map(line).collect::<String>()));
    }
    case
}

fn status(
    instance: &InstanceReport,
    is_wanted_back: bool,
    refused: &Refused<'_>,
) -> TestCaseStatus {
    let stack_id = instance.stack_id.as_deref();
    let unknown = || Failure::new(FailureKind::StackFailed, "no cause is known");
    let own = || instance.failure.clone().unwrap_or_else(unknown);
    // That is what was asked for.
    let is_back = is_wanted_back && instance.outcome == Outcome::RolledBack && !instance.is_left;
    match instance.outcome.kind() {
        _ if instance.is_untouched => skipped(&own()),
        _ if is_back => TestCaseStatus::success(),
        OutcomeKind::Changed | OutcomeKind::Unchanged => TestCaseStatus::success(),
        OutcomeKind::Failed => failed(&own(), stack_id),
        OutcomeKind::Skipped => match refused.get(&(&instance.environment, &instance.account)) {
            Some(account) => failed(&account.failure, stack_id),
            None => skipped(&own()),
        },
    }
}

fn failed(failure: &Failure, stack_id: Option<&str>) -> TestCaseStatus {
    let mut lines = vec![words::cause(failure)];
    lines.extend(
        failure.resource.as_ref().map(|name| format!("resource: {}", prose::one_line(name))),
    );
    lines.extend(stack_id.map(|id| format!("stack: {}", prose::one_line(id))));
    lines.extend(failure.help.as_ref().map(|help| format!("help: {}", prose::one_line(help))));
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(kind(failure));
    status.set_message(xml(&words::cause(failure)));
    status.set_description(xml(&lines.join("\n")));
    status
}

fn skipped(failure: &Failure) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_type(kind(failure));
    status.set_message(xml(&words::cause(failure)));
    status
}

/// Returns the word that JSON has for a failure's kind.
fn kind(failure: &Failure) -> String {
    let word = serde_json::to_value(failure.kind).expect("a kind becomes JSON");
    word.as_str().expect("a kind is a word").to_owned()
}

/// Returns text without what XML cannot hold: the library leaves out control characters, and these
/// two are the rest.
fn xml(text: &str) -> XmlString {
    XmlString::new(text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::RunResult;
    use crate::report::recorded::{self, Recording};

    fn of(recording: &Recording) -> String {
        junit(&Report::new(&recording.state()))
    }

    #[test]
    fn a_stack_instance_is_a_test_case_and_an_account_a_suite() {
        insta::assert_snapshot!(of(&recorded::chain()));
    }

    #[test]
    fn a_failure_has_its_kind_its_cause_and_what_to_do() {
        insta::assert_snapshot!(of(&recorded::failure()));
    }

    #[test]
    fn everything_in_an_account_that_was_not_entered_is_a_failure() {
        insta::assert_snapshot!(of(&recorded::refusal()));
    }

    #[test]
    fn an_account_without_stack_instances_can_fail_as_well() {
        let failure = Failure::new(FailureKind::RoleRefused, "no");
        let run = Recording::apply(&["dev/a"])
            .refused("hub", failure)
            .ends("dev/a", Outcome::Created)
            .finished(RunResult::Failed);
        let text = of(&run);
        assert!(text.contains(r#"<testcase name="account" classname="prod.hub">"#), "{text}");
        assert!(text.contains(r#"tests="2" skipped="0" failures="1""#), "{text}");
    }

    #[test]
    fn every_run_has_as_many_cases_as_stack_instances() {
        for run in [
            recorded::many(),
            recorded::stopped_wave(),
            recorded::cancelled(),
            recorded::left_at_once(),
            recorded::unchanged(),
        ] {
            let counts = Report::new(&run.state()).summary;
            let head = format!(
                r#"tests="{}" skipped="{}" failures="{}" errors="0""#,
                counts.total(),
                counts.skipped,
                counts.failed + counts.rolled_back
            );
            assert!(of(&run).contains(&head), "{head}");
        }
    }

    #[test]
    fn text_from_elsewhere_stays_text() {
        let hostile = "</failure>\u{0}\u{1b}[2J\u{fffe}\u{ffff} ]]> \" & <x a='1'>";
        let run = Recording::apply(&["dev/a", "dev/b"])
            .fails("dev/a", Outcome::Failed, Failure::new(FailureKind::Refused, hostile))
            .ends_with("dev/b", Outcome::Created, &[("Value", hostile)])
            .finished(RunResult::Failed);
        let text = of(&run);
        assert_eq!(text.matches("</failure>").count(), 1, "{text}");
        let is_xml = |c: char| c == '\n' || (c >= ' ' && c != '\u{fffe}' && c != '\u{ffff}');
        assert!(text.chars().all(is_xml), "{text}");
    }
}
