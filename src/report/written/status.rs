//! What `xdeploy status` prints.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::event::{Failure, LeftBehind, RunOrigin, SCHEMA};
use crate::name::{AccountId, AccountName, EnvironmentName, Region, StackKey, StackName};
use crate::report::text::table::columns;
use crate::report::text::{prose, words};
use crate::status::StackStatus;

/// How many of the accounts that share a cause are named.
const MOST_NAMES: usize = 8;

/// How one stack instance stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatusRow {
    /// The environment whose file asks for it.
    pub environment: EnvironmentName,
    /// The account's name there.
    pub account: AccountName,
    /// The account's id.
    pub account_id: AccountId,
    /// The Region of the stack.
    pub region: Region,
    /// The stack's key in the file.
    pub stack: StackKey,
    /// The stack's name in CloudFormation.
    pub stack_name: StackName,
    /// The stack's status.
    pub status: FoundStatus,
    /// When it was last created or changed.
    pub last_updated: Option<Timestamp>,
    /// What CloudFormation last found of its drift, such as `IN_SYNC`; null while nobody looked.
    pub drift: Option<String>,
    /// Why it could not be looked at.
    pub failure: Option<Failure>,
}

/// What was found of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundStatus {
    /// It stands in this status.
    Stands(StackStatus),
    /// There is no such stack: `absent`.
    Absent,
    /// It could not be looked at: `unknown`.
    Unknown,
}

impl FoundStatus {
    /// Returns the status as AWS writes it, `absent` or `unknown`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Stands(status) => status.as_str(),
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        }
    }
}

impl Serialize for FoundStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// How every stack instance stands, in the order of the file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatusView {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Whether they stand in the embedded sandbox.
    pub sandbox: bool,
    /// Where CloudFormation was reached, if that is not AWS's own endpoint.
    pub endpoint: Option<String>,
    /// The stack instances.
    pub stack_instances: Vec<StatusRow>,
    /// What earlier runs made and the files no longer name, as far as it is within the selection.
    pub left_behind: Vec<LeftBehind>,
    /// What keeps that from being known whole: sentences without a full stop at their end.
    pub left_behind_unknown: Vec<String>,
}

impl StatusView {
    /// Returns a view of `stack_instances`.
    pub fn new(stack_instances: Vec<StatusRow>) -> Self {
        let (left_behind, left_behind_unknown) = (Vec::new(), Vec::new());
        let (sandbox, endpoint) = (false, None);
        Self {
            schema: SCHEMA,
            sandbox,
            endpoint,
            stack_instances,
            left_behind,
            left_behind_unknown,
        }
    }

    /// Returns the view with where it was looked.
    pub fn at(self, origin: &RunOrigin) -> Self {
        Self { sandbox: origin.sandbox, endpoint: origin.endpoint.clone(), ..self }
    }

    /// Returns the view with what is left behind, and what keeps that from being known whole.
    pub fn with_left_behind(
        self,
        (left_behind, left_behind_unknown): (Vec<LeftBehind>, Vec<String>),
    ) -> Self {
        Self { left_behind, left_behind_unknown, ..self }
    }

    /// Returns the view as one JSON object, indented, ending with a line break.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("names and text become JSON") + "\n"
    }

    /// Returns the view as aligned columns; why something could not be looked at stands below.
    pub fn text(&self) -> String {
        let several = self.has_several_environments();
        let cells = |row: &StatusRow| {
            let environment = if several { row.environment.to_string() } else { String::new() };
            let renamed = row.stack_name.as_str() != row.stack.as_str();
            vec![
                environment,
                row.account.to_string(),
                row.account_id.to_string(),
                row.region.to_string(),
                row.stack.to_string(),
                if renamed { row.stack_name.to_string() } else { String::new() },
                row.status.as_str().to_owned(),
                row.last_updated
                    .map(|at| at.strftime("%Y-%m-%d %H:%MZ").to_string())
                    .unwrap_or_default(),
                row.drift.clone().unwrap_or_default(),
            ]
        };
        let heading = [
            "ENVIRONMENT",
            "ACCOUNT",
            "ID",
            "REGION",
            "STACK",
            "NAME",
            "STATUS",
            "LAST UPDATED",
            "DRIFT",
        ];
        let rows: Vec<_> = self.stack_instances.iter().map(cells).collect();
        columns(&heading, &rows) + &self.failures()
    }

    /// Returns 3 if an account could not be entered, 1 if something else could not be looked at,
    /// else 0.
    pub fn exit_code(&self) -> u8 {
        let mut failures = self.stack_instances.iter().filter_map(|row| row.failure.as_ref());
        match failures.next() {
            None => 0,
            Some(first) if first.is_entry() && failures.all(Failure::is_entry) => 3,
            Some(_) => 1,
        }
    }

    fn has_several_environments(&self) -> bool {
        self.stack_instances.windows(2).any(|two| two[0].environment != two[1].environment)
    }

    /// Returns each cause once, with its help and the accounts that share it.
    fn failures(&self) -> String {
        let several = self.has_several_environments();
        let mut told: Vec<(&Failure, Vec<&StatusRow>)> = Vec::new();
        for row in &self.stack_instances {
            let Some(failure) = &row.failure else { continue };
            let is_same = |(known, _): &&mut (&Failure, Vec<_>)| known.message == failure.message;
            let Some((_, rows)) = told.iter_mut().find(is_same) else {
                told.push((failure, vec![row]));
                continue;
            };
            if rows.iter().all(|known| account_of(known) != account_of(row)) {
                rows.push(row);
            }
        }
        let mut text = String::new();
        for (failure, rows) in told {
            let named = rows.iter().take(MOST_NAMES).map(|row| named(row, several));
            let named = named.collect::<Vec<_>>().join(", ");
            let more = match rows.len().saturating_sub(MOST_NAMES) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            text.push_str(&format!("\n{named}{more}: {}\n", words::cause(failure)));
            if let Some(help) = &failure.help {
                text.push_str(&format!("  help: {}\n", prose::one_line(help)));
            }
        }
        text
    }
}

fn account_of(row: &StatusRow) -> (&EnvironmentName, &AccountName) {
    (&row.environment, &row.account)
}

fn named(row: &StatusRow, several: bool) -> String {
    let environment = if several { format!("{}/", row.environment) } else { String::new() };
    format!("{environment}{} ({})", row.account, row.account_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::FailureKind;
    use crate::report::recorded::announced;

    fn row(path: &str, status: FoundStatus) -> StatusRow {
        let announced = announced(path, 1);
        StatusRow {
            environment: announced.id.environment,
            account: announced.id.account,
            account_id: announced.account_id,
            region: announced.id.region,
            stack: announced.id.stack,
            stack_name: announced.stack_name,
            status,
            last_updated: None,
            drift: None,
            failure: None,
        }
    }

    fn view() -> StatusView {
        let failure = Failure::new(FailureKind::RoleRefused, "role deployer could not be assumed")
            .with_help("name the source account in its trust policy");
        let refused =
            |path| StatusRow { failure: Some(failure.clone()), ..row(path, FoundStatus::Unknown) };
        let at = "2026-11-23T15:56:02Z".parse().expect("a timestamp");
        let stands = FoundStatus::Stands(StackStatus::UpdateComplete);
        StatusView::new(vec![
            StatusRow { last_updated: Some(at), ..row("dev/network", stands) },
            row("dev/app", FoundStatus::Absent),
            refused("test/network"),
            refused("test/app"),
        ])
    }

    #[test]
    fn a_status_is_a_table_with_failures_below() {
        insta::assert_snapshot!(view().text());
    }

    #[test]
    fn a_status_as_json_has_every_field() {
        let first: serde_json::Value = serde_json::from_str(&view().json()).expect("JSON");
        insta::assert_json_snapshot!(first["stack_instances"][0]);
    }

    #[test]
    fn an_account_that_could_not_be_entered_sets_the_exit_code() {
        assert_eq!(view().exit_code(), 3);
        let absent = StatusView::new(vec![row("dev/app", FoundStatus::Absent)]);
        assert_eq!(absent.exit_code(), 0);
    }
}
