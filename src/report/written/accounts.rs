//! What `xdeploy accounts` prints.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::event::SCHEMA;
use crate::foreign;
use crate::name::{AccountId, AccountName, EnvironmentName, Region};
use crate::report::text::prose;
use crate::report::text::table::columns;

/// The accounts of one environment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountsView {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The environment that covers them.
    pub environment: EnvironmentName,
    /// When Organizations was asked; null where all of them stand in the file.
    pub listed: Option<Timestamp>,
    /// The accounts, in the order of the file.
    pub accounts: Vec<AccountRow>,
    /// Accounts that Organizations knows and the environment does not cover.
    pub left_out: Vec<LeftOutRow>,
}

/// An account that an environment covers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountRow {
    /// Its name in the environment.
    pub name: AccountName,
    /// Its 12 digits.
    pub id: AccountId,
    /// The path of its unit in Organizations; null where nobody asked.
    pub unit: Option<String>,
    /// Its tags in Organizations; null where nobody asked.
    pub tags: Option<BTreeMap<String, String>>,
    /// The groups that it belongs to.
    pub groups: Vec<String>,
    /// The Regions that stacks are sent to.
    pub regions: Vec<Region>,
    /// Its wave, from 1.
    pub wave: usize,
    /// How it is entered.
    pub entry: String,
    /// The same in few words.
    #[serde(skip)]
    pub entered_with: String,
    /// Where it is known from.
    pub source: AccountOrigin,
}

/// Where an account is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountOrigin {
    /// It stands in the file.
    File,
    /// It was found in AWS Organizations.
    Organization,
}

/// An account that is left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOutRow {
    /// Its name in Organizations.
    pub name: String,
    /// Its 12 digits.
    pub id: AccountId,
    /// The path of its unit.
    pub unit: String,
    /// Why it is left out.
    pub because: String,
}

impl LeftOutRow {
    fn line(&self) -> String {
        let name = foreign::one_line(&self.name);
        format!("left out: {name} ({}), {}\n", self.id, foreign::one_line(&self.because))
    }
}

impl AccountsView {
    /// Returns the accounts of an environment whose file names all of them.
    pub fn of_file(environment: EnvironmentName, accounts: Vec<AccountRow>) -> Self {
        Self { schema: SCHEMA, environment, listed: None, accounts, left_out: Vec::new() }
    }

    /// Returns it as one JSON object.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts and numbers are JSON")
    }
}

/// Returns an account's tags in one cell.
fn tags(account: &AccountRow) -> String {
    let tags = account.tags.iter().flatten().map(|(key, value)| format!("{key}={value}"));
    tags.collect::<Vec<_>>().join(" ")
}

/// Returns the accounts of environments as a table, with how many there are.
pub fn accounts_text(views: &[AccountsView]) -> String {
    let accounts = || views.iter().flat_map(|view| &view.accounts);
    let has_waves = accounts().any(|account| account.wave > 1);
    let row = |view: &AccountsView, account: &AccountRow| {
        let environment = if views.len() > 1 { view.environment.as_str() } else { "" };
        let regions: Vec<&str> = account.regions.iter().map(Region::as_str).collect();
        vec![
            environment.to_owned(),
            account.name.to_string(),
            account.id.to_string(),
            account.unit.clone().unwrap_or_default(),
            tags(account),
            account.groups.join(" "),
            if has_waves { account.wave.to_string() } else { String::new() },
            regions.join(" "),
            account.entered_with.clone(),
        ]
    };
    let rows = views.iter().flat_map(|view| view.accounts.iter().map(|it| row(view, it)));
    let heading = [
        "Environment",
        "Account",
        "Id",
        "Unit",
        "Tags",
        "Groups",
        "Wave",
        "Regions",
        "Entered with",
    ];
    let table = columns(&heading, &rows.collect::<Vec<_>>());
    let count = prose::counted(accounts().count(), "account");
    let left_out = views.iter().flat_map(|view| &view.left_out);
    let left_out: Vec<String> = left_out.map(LeftOutRow::line).collect();
    format!("{table}\n{count}\n{}", left_out.concat())
}
