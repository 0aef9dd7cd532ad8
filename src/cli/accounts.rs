//! `xdeploy accounts`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::arguments::{CloudArgs, Global, ProgressMode, TextOrJson};
use super::candidates;
use super::error::CommandError;
use super::exit::Exit;
use super::listings::listed;
use super::load::{covered, read};
use super::print;
use crate::environment::{AccountGroups, Environment, FoundAccounts};
use crate::name::{AccountId, Region};
use crate::organization::{KnownAccount, LeftOut};
use crate::plan::{AccountEntry, Plan, TargetAccount};
use crate::report::{AccountOrigin, AccountRow, AccountsView, LeftOutRow, accounts_text};

/// The arguments of `accounts`.
#[derive(Clone, Debug, Args)]
pub struct AccountsArgs {
    /// Environment files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Only accounts whose name or id matches; may be repeated
    #[arg(long = "account", value_name = "GLOB", add = candidates::accounts())]
    pub accounts: Vec<String>,
    /// Where the cloud is.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// What stdout is: a table, or a JSON object for each environment
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
}

/// Shows the accounts that environments cover.
///
/// # Errors
/// When the files are wrong, or AWS Organizations refuses to tell.
pub async fn accounts(arguments: &AccountsArgs, global: &Global) -> Result<Exit, CommandError> {
    let AccountsArgs { files, cloud, .. } = arguments;
    let listings = listed(files, cloud, (ProgressMode::Auto, global)).await?;
    if listings.values().any(|kept| kept.is_made_up) {
        print::note("accounts of units are made up: the sandbox knows no organization of yours");
    }
    let environments = read(files, &listings)?;
    let plan = covered(&environments, &arguments.accounts)?;
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
    let groups = AccountGroups::of(environment);
    let accounts = plan.accounts.iter().enumerate();
    let own = accounts.filter(|(_, account)| account.environment == position);
    let row = |(at, account): (usize, &TargetAccount)| {
        let spec = environment.accounts.iter().find(|spec| spec.name.value == account.name);
        let groups = spec.map(|spec| groups.of_account(spec)).unwrap_or_default();
        let groups = groups.iter().map(|group| group.name.value.to_string()).collect();
        let row = row(plan, (at, account), groups);
        match environment.known(&account.id) {
            Some(known) => as_known(row, known, environment),
            None => row,
        }
    };
    let accounts = own.map(row).collect();
    let organization = environment.organization.as_ref();
    let found = organization.and_then(|it| it.found.as_ref());
    AccountsView {
        listed: found.map(|found| found.listed),
        left_out: found.map(left_out).unwrap_or_default(),
        ..AccountsView::of_file(environment.name.value.clone(), accounts)
    }
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

/// Returns a row with what AWS Organizations knows of the account.
fn as_known(row: AccountRow, known: &KnownAccount, environment: &Environment) -> AccountRow {
    let found = environment.organization.as_ref().and_then(|it| it.found.as_ref());
    let is_new = found.is_some_and(|found| found.new.contains(&known.id));
    let source = if is_new { AccountOrigin::Organization } else { AccountOrigin::File };
    AccountRow { unit: Some(known.unit.written()), tags: known.tags.clone(), source, ..row }
}

fn left_out(found: &FoundAccounts) -> Vec<LeftOutRow> {
    let row = |(id, why): (&AccountId, &LeftOut)| {
        let known = found.known.get(id)?;
        Some(LeftOutRow {
            name: known.name.clone(),
            id: id.clone(),
            unit: known.unit.written(),
            because: why.to_string(),
        })
    };
    found.left_out.iter().filter_map(row).collect()
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
