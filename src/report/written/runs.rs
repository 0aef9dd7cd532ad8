//! What `xdeploy runs` prints.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::clock::spoken;
use crate::event::{FailureKind, Operation, RunOrigin, SCHEMA};
use crate::foreign::one_line;
use crate::journal::{Listed, NotBack, RunStatus};
use crate::name::{EnvironmentName, RunId};
use crate::report::fold::counts::Counts;
use crate::report::fold::instance_report::milliseconds;
use crate::report::messages::origin as messages;
use crate::report::text::prose::counted;
use crate::report::text::table::columns;

/// How many environments of a run are named.
const MOST_ENVIRONMENTS: usize = 2;

/// Runs that were kept, newest first: one JSON object, versioned by `schema`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunsView {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The runs, newest first.
    pub runs: Vec<RunRow>,
}

/// A run that was kept; what its journal does not tell is `null`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunRow {
    /// The id that `report`, `resume` and `rollback` take.
    pub run: RunId,
    /// What it did.
    pub operation: Option<Operation>,
    /// The environments it covered, in the order given.
    pub environments: Vec<EnvironmentName>,
    /// How it ended, or `running`, `unfinished`, `not-begun` or `unreadable`.
    pub result: RunStatus,
    /// When it began.
    pub started: Option<Timestamp>,
    /// From its first event to its last.
    #[serde(rename = "duration_ms", serialize_with = "milliseconds")]
    pub duration: Duration,
    /// In how many accounts.
    pub accounts: Option<usize>,
    /// How many stack instances it covered.
    pub stack_instances: Option<usize>,
    /// How many of them ended how.
    pub summary: Counts,
    /// How many of those that failed were left moving, and may have ended well by now.
    pub still_moving: usize,
    /// How many were to go back and did not: `rollback` tries these again.
    pub not_back: usize,
    /// The first reason for that.
    pub not_back_reason: Option<String>,
    /// What it waits for, if it has ended before a wave that is to be approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<String>,
    /// Whether they are not back because their accounts could not be entered.
    #[serde(skip)]
    pub is_entry_refused: bool,
    /// The file with the run's events.
    pub journal: PathBuf,
    /// Where it was carried out, by whom, and from what.
    #[serde(flatten)]
    pub origin: RunOrigin,
}

impl RunsView {
    /// Returns the view of listed runs, newest first.
    pub fn new(listed: Vec<Listed>) -> Self {
        Self { schema: SCHEMA, runs: listed.into_iter().map(RunRow::new).collect() }
    }

    /// Returns the runs as one JSON object, indented, without a line end.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("names, numbers and text become JSON")
    }

    /// Returns the runs as a table; nothing if there are none.
    pub fn text(&self) -> String {
        if self.runs.is_empty() {
            return String::new();
        }
        let heading =
            ["RUN", "STARTED", "OPERATION", "ENVIRONMENT", "RESULT", "TOOK", "STACK INSTANCES"];
        let rows: Vec<_> = self.runs.iter().map(RunRow::cells).collect();
        columns(&heading, &rows)
    }

    /// Returns all that is known of each run, a line for each fact.
    pub fn facts(&self) -> String {
        self.runs.iter().map(RunRow::facts).collect()
    }
}

impl RunRow {
    fn new(listed: Listed) -> Self {
        let mut summary = Counts::default();
        for (outcome, count) in &listed.outcomes {
            (0..*count).for_each(|_| summary.add(*outcome));
        }
        let reasons: Vec<_> = listed.not_back.iter().filter_map(why_not_back).collect();
        let beginning = listed.beginning.as_ref();
        Self {
            operation: beginning.map(|beginning| beginning.operation),
            environments: beginning.map(|b| b.environments.clone()).unwrap_or_default(),
            result: listed.standing,
            started: beginning.map(|beginning| beginning.started),
            duration: listed.duration,
            accounts: beginning.map(|beginning| beginning.accounts),
            stack_instances: beginning.map(|beginning| beginning.stack_instances),
            summary,
            still_moving: listed.still_moving,
            not_back: listed.not_back.len(),
            is_entry_refused: !reasons.is_empty()
                && reasons.iter().all(|(kind, _)| kind.is_entry()),
            not_back_reason: reasons.into_iter().next().map(|(_, message)| message),
            origin: beginning.map(|beginning| beginning.origin.clone()).unwrap_or_default(),
            waits: listed.waits.as_deref().map(one_line),
            run: listed.run,
            journal: listed.path,
        }
    }

    /// Returns all that is known of the run, a line for each fact: what may be copied stands whole in one.
    fn facts(&self) -> String {
        let origin = &self.origin;
        let names: Vec<&str> = self.environments.iter().map(EnvironmentName::as_str).collect();
        let accounts = self.accounts.map(|count| format!(" in {}", counted(count, "account")));
        let took = self.started.map(|_| spoken(self.duration));
        let execution = origin.pipeline_execution.as_deref();
        let execution = execution.map(|id| format!(" (execution {id})")).unwrap_or_default();
        let facts = [
            ("operation", self.operation.map(|operation| operation.as_str().to_owned())),
            ("environments", Some(names.join(", "))),
            ("result", Some(self.result.as_str().to_owned())),
            ("waits", self.waits.clone()),
            ("started", self.started.map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())),
            ("took", took),
            (
                "stack instances",
                Some(self.counts_in_words() + accounts.as_deref().unwrap_or_default()),
            ),
            ("not back", self.not_back_reason.clone()),
            ("place", messages::place_alone(origin)),
            ("caller", origin.caller.clone()),
            ("pipeline", origin.pipeline_action.as_ref().map(|action| action.clone() + &execution)),
            ("revision", messages::revision(origin)),
            ("command", messages::command(origin)),
            ("journal", Some(self.journal.display().to_string())),
        ];
        let known = facts.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let mut rows: Vec<Vec<String>> = known
            .filter(|(_, value)| !value.trim().is_empty())
            .map(|(name, value)| vec![name.to_owned(), value])
            .collect();
        let digest = |(path, digest): (&PathBuf, &String)| {
            vec!["file".to_owned(), format!("{}, SHA-256 {digest}", path.display())]
        };
        rows.extend(origin.files.iter().map(digest));
        columns(&["run", self.run.as_str()], &rows)
    }

    fn cells(&self) -> Vec<String> {
        let started = self.started.map(|at| at.strftime("%Y-%m-%dT%H:%MZ").to_string());
        let operation = self.operation.map(|operation| operation.as_str().to_owned());
        vec![
            self.run.to_string(),
            started.unwrap_or_default(),
            operation.unwrap_or_default(),
            self.environments_in_words(),
            self.waits.clone().unwrap_or_else(|| self.result.as_str().to_owned()),
            if self.started.is_some() { spoken(self.duration) } else { String::new() },
            self.counts_in_words(),
        ]
    }

    /// Returns `all`, `dev, test` or `dev +3`, and where that was if not in AWS: `dev (sandbox)`.
    fn environments_in_words(&self) -> String {
        let names: Vec<&str> = self.environments.iter().map(EnvironmentName::as_str).collect();
        let named = match names[..] {
            [first, .., _] if names.len() > MOST_ENVIRONMENTS => {
                format!("{first} +{}", names.len() - 1)
            }
            _ => names.join(", "),
        };
        match messages::elsewhere(&self.origin) {
            Some(place) => format!("{named} ({place})"),
            None => named,
        }
    }

    fn counts_in_words(&self) -> String {
        if self.result == RunStatus::NotBegun {
            return "ended before anything was written: nothing to do".to_owned();
        }
        let open = self.stack_instances.unwrap_or(0).saturating_sub(self.summary.total());
        let settled = self.not_back_apart().in_words_with(self.still_moving, open);
        let because = if self.is_entry_refused { ": account not entered" } else { "" };
        let not_back = format!("{} not back{because}", self.not_back);
        let parts = [settled, not_back].into_iter().take(1 + usize::from(self.not_back > 0));
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// Returns how many ended how, without those that are not back: each of these counts as failed.
    fn not_back_apart(&self) -> Counts {
        Counts { failed: self.summary.failed.saturating_sub(self.not_back), ..self.summary }
    }
}

/// Returns why a stack instance is not back, unless that is another's failure.
fn why_not_back(one: &NotBack) -> Option<(FailureKind, String)> {
    let (kind, message) = one.failure.as_ref()?;
    let message = message.strip_prefix("not put back: ").unwrap_or(message);
    (*kind != FailureKind::NeedFailed).then(|| (*kind, one_line(message)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Outcome, RunResult};
    use crate::journal::Beginning;

    fn listed(run: &str, standing: RunStatus, environments: &[&str]) -> Listed {
        let beginning = Beginning {
            operation: Operation::Apply,
            environments: environments.iter().map(|e| e.parse().expect("a name")).collect(),
            started: "2026-11-23T15:56:02Z".parse().expect("a timestamp"),
            accounts: 4,
            stack_instances: 13,
            origin: RunOrigin { sandbox: environments.len() > 2, ..RunOrigin::default() },
        };
        Listed {
            run: run.parse().expect("a run id"),
            path: format!(".xdeploy/runs/{run}.jsonl").into(),
            standing,
            beginning: (standing != RunStatus::Unreadable).then_some(beginning),
            duration: Duration::from_millis(184_200),
            outcomes: [(Outcome::Created, 11), (Outcome::Failed, 1)].into(),
            still_moving: 0,
            not_back: Vec::new(),
            waits: None,
        }
    }

    fn view() -> RunsView {
        let failed = RunStatus::Finished(RunResult::Failed);
        let mut running = listed("20261123-170000-aaaa", RunStatus::Running, &["dev", "test"]);
        running.outcomes.clear();
        let mut unreadable = listed("20261121-000000-zzzz", RunStatus::Unreadable, &[]);
        unreadable.outcomes.clear();
        RunsView::new(vec![
            running,
            listed("20261123-155602-k3f9", failed, &["all"]),
            listed("20261122-155602-0000", RunStatus::Unfinished, &["dev", "test", "prod"]),
            unreadable,
        ])
    }

    #[test]
    fn runs_are_a_table_with_the_newest_first() {
        insta::assert_snapshot!(view().text());
    }

    #[test]
    fn of_one_run_every_fact_has_a_line() {
        let mut view = RunsView { runs: vec![view().runs.remove(1)], ..view() };
        view.runs[0].origin = RunOrigin {
            caller: Some("arn:aws:iam::999999999999:user/someone".to_owned()),
            command_line: ["apply", "my file.yaml", "--yes"].map(str::to_owned).to_vec(),
            revision: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
            dirty: true,
            files: [("my file.yaml".into(), "0123abcd".to_owned())].into(),
            ..RunOrigin::default()
        };
        insta::assert_snapshot!(view.facts());
    }

    #[test]
    fn runs_as_json_have_every_field() {
        insta::assert_snapshot!(view().json());
    }

    #[test]
    fn no_runs_are_an_empty_list() {
        let view = RunsView::new(Vec::new());
        assert_eq!(view.text(), "");
        assert!(view.json().contains("\"runs\": []"));
    }
}
