//! `xdeploy accounts`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::arguments::TextOrJson;
use super::candidates;
use super::error::CommandError;
use super::exit::Exit;
use super::load::{read, survey};
use super::print;
use crate::environment::{AccountGroups, Environment};
use crate::name::Region;
use crate::plan::{AccountEntry, Plan, TargetAccount};
use crate::report::{AccountOrigin, AccountRow, AccountsView, accounts_text};

/// The arguments of `accounts`.
#[derive(Clone, Debug, Args)]
pub struct AccountsArgs {
    /// Environment files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Only accounts whose name or id matches; may be repeated
    #[arg(long = "account", value_name = "GLOB", add = candidates::accounts())]
    pub accounts: Vec<String>,
    /// What stdout is: a table, or a JSON object for each environment
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
}

/// Shows the accounts that environments cover.
///
/// # Errors
/// When the files are wrong.
pub fn accounts(arguments: &AccountsArgs) -> Result<Exit, CommandError> {
    let plan = survey(&arguments.files, &arguments.accounts)?;
    let environments = read(&arguments.files)?;
    let views: Vec<AccountsView> = (0..plan.environments.len())
        .map(|environment| view(&plan, (environment, &environments[environment])))
        .collect();
    let written = match arguments.output {
        TextOrJson::Text => print::result(&accounts_text(&views)),
        TextOrJson::Json => {
            let objects: Vec<String> = views.iter().map(AccountsView::json).collect();
            print::json(&objects.join("\n"))
        }
    };
    Ok(written.then(Exit::Done))
}

/// Returns the accounts of an environment, given as a position in the plan and as written.
fn view(plan: &Plan, (position, environment): (usize, &Environment)) -> AccountsView {
    let groups = AccountGroups::of(&environment.groups);
    let accounts = plan.accounts.iter().enumerate();
    let own = accounts.filter(|(_, account)| account.environment == position);
    let row = |(at, account): (usize, &TargetAccount)| {
        let spec = environment.accounts.iter().find(|spec| spec.name.value == account.name);
        let groups = spec.map(|spec| groups.of_account(spec)).unwrap_or_default();
        let groups = groups.iter().map(|group| group.name.value.to_string()).collect();
        row(plan, (at, account), groups)
    };
    AccountsView::of_file(environment.name.value.clone(), own.map(row).collect())
}

fn row(plan: &Plan, (at, account): (usize, &TargetAccount), groups: Vec<String>) -> AccountRow {
    let instances = plan.instances.iter().filter(|instance| instance.account == at);
    let stacks: BTreeSet<&Region> = instances.map(|instance| &instance.id.region).collect();
    // Its first Region is the one that it is entered in.
    let others = stacks.into_iter().filter(|region| **region != account.region);
    AccountRow {
        name: account.name.clone(),
        id: account.id.clone(),
        unit: None,
        tags: None,
        groups,
        regions: std::iter::once(&account.region).chain(others).cloned().collect(),
        wave: account.wave + 1,
        entry: entry(&account.entry),
        entered_with: entered_with(&account.entry),
        source: AccountOrigin::File,
    }
}

/// Says in few words how an account is entered.
fn entered_with(entry: &AccountEntry) -> String {
    match entry {
        AccountEntry::AssumeRole(entry) => {
            let via = if entry.via.is_empty() { "" } else { ", via others" };
            format!("role {}{via}", entry.role.role_name())
        }
        AccountEntry::Source | AccountEntry::Profile(_) => self::entry(entry),
    }
}

/// Says how an account is entered.
fn entry(entry: &AccountEntry) -> String {
    match entry {
        AccountEntry::Source => "source credentials".to_owned(),
        AccountEntry::Profile(profile) => format!("profile {profile}"),
        AccountEntry::AssumeRole(entry) if entry.via.is_empty() => entry.role.to_string(),
        AccountEntry::AssumeRole(entry) => {
            let via: Vec<&str> = entry.via.iter().map(|role| role.as_str()).collect();
            format!("{} via {}", entry.role, via.join(", "))
        }
    }
}
