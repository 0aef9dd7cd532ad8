//! What `init` has to know: from its flags, and from a person at the terminal for what they leave out.

use super::credentials_file::place;
use super::error::CommandError;
use super::init_args::{InitArgs, NamedAccount, RoleName};
use super::load::variable;
use super::question;
use crate::document::Faults;
use crate::name::{AccountId, AccountName, EnvironmentName, Region};
use crate::organization::{UnitPattern, fitted};
use crate::plan::read_region;
use crate::scaffold::FirstEnvironment;
use crate::trust::{ConfigFile, FoundAccount, found_accounts};

/// The role that AWS Organizations makes in each account that it creates.
const ROLE_OF_ORGANIZATIONS: &str = "OrganizationAccountAccessRole";

/// Returns what is known of the environment.
///
/// # Errors
/// When something is missing and there is nobody to ask.
pub fn answers(arguments: &InitArgs) -> Result<FirstEnvironment, CommandError> {
    let found = OfProfiles::read();
    if !question::can_ask() {
        refuse_missing(arguments, &found.accounts)?;
    }
    let name = match &arguments.environment {
        Some(name) => name.clone(),
        None => {
            question::ask("Name of the environment", Some("dev"), str::parse::<EnvironmentName>)?
        }
    };
    let source_account = match &arguments.source_account {
        Some(id) => id.clone(),
        None => question::ask(
            "Id of the account whose credentials start a run",
            None,
            str::parse::<AccountId>,
        )?,
    };
    let (accounts, units) = covered(arguments, &found.accounts, &source_account)?;
    let regions = match &arguments.regions[..] {
        [] => {
            question::ask("Regions, with commas between", region_of_machine().as_deref(), regions)?
        }
        given => given.to_vec(),
    };
    let role = match &arguments.role {
        Some(role) => role.clone(),
        None => {
            let usual = found.role.as_deref().unwrap_or(ROLE_OF_ORGANIZATIONS);
            question::ask("Role to enter in each account", Some(usual), str::parse::<RoleName>)?
        }
    };
    let accounts = accounts.into_iter().map(|account| (account.name, account.id)).collect();
    let role = role.as_str().to_owned();
    Ok(FirstEnvironment { name, source_account, accounts, units, regions, role })
}

/// Refuses what is missing, with all the flags that say it.
fn refuse_missing(arguments: &InitArgs, found: &[NamedAccount]) -> Result<(), CommandError> {
    let has_accounts = !arguments.accounts.is_empty() || !arguments.units.is_empty();
    let of_profiles = found.iter().map(|it| format!("--account {}={}", it.name, it.id));
    let of_profiles: Vec<String> = of_profiles.collect();
    let accounts = match of_profiles.is_empty() {
        true => "--account NAME=ID or --unit PATH".to_owned(),
        false => {
            format!("--unit PATH, or as the AWS config file has them: {}", of_profiles.join(" "))
        }
    };
    let flags = [
        (arguments.environment.is_some(), "--environment NAME".to_owned()),
        (arguments.source_account.is_some(), "--source-account ID".to_owned()),
        (!arguments.regions.is_empty(), "--region REGION".to_owned()),
        (arguments.role.is_some(), "--role NAME".to_owned()),
        (has_accounts, accounts),
    ];
    let missing: Vec<String> =
        flags.into_iter().filter(|(is_given, _)| !is_given).map(|(_, flag)| flag).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let text = "there is no terminal to ask at for what is missing: nothing was written";
    Err(CommandError::usage(text).with_help(format!("add {}", missing.join(", "))))
}

/// Returns the accounts and the units that the environment covers.
fn covered(
    arguments: &InitArgs,
    found: &[NamedAccount],
    source: &AccountId,
) -> Result<(Vec<NamedAccount>, Vec<UnitPattern>), CommandError> {
    if !arguments.accounts.is_empty() || !arguments.units.is_empty() {
        return Ok((arguments.accounts.clone(), arguments.units.clone()));
    }
    let found: Vec<NamedAccount> = found.iter().filter(|it| it.id != *source).cloned().collect();
    if !found.is_empty() {
        let lines = found.iter().map(|it| format!("  {}  {}", it.id, it.name));
        question::tell(&format!(
            "Accounts that profiles of the AWS config file lead into:\n{}",
            lines.collect::<Vec<_>>().join("\n")
        ));
        if question::ask("Take these", Some("yes"), yes_or_no)? {
            return Ok((found, Vec::new()));
        }
    }
    let (mut accounts, mut units) = (Vec::new(), Vec::new());
    loop {
        let is_first = accounts.is_empty() && units.is_empty();
        let what = "Account as NAME=ID, or unit of the organization such as Workloads/Prod/**";
        let end = if is_first { what.to_owned() } else { format!("{what}; Enter ends") };
        match question::ask(&end, (!is_first).then_some(""), covered_item)? {
            None => return Ok((accounts, units)),
            Some(Covered::Account(account)) => accounts.push(account),
            Some(Covered::Unit(unit)) => units.push(unit),
        }
    }
}

/// What an answer names.
enum Covered {
    Account(NamedAccount),
    Unit(UnitPattern),
}

fn covered_item(text: &str) -> Result<Option<Covered>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let item = match text.contains('=') {
        true => Covered::Account(text.parse()?),
        false => Covered::Unit(text.parse().map_err(|error| format!("{error}"))?),
    };
    Ok(Some(item))
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "y" => Ok(true),
        "no" | "n" => Ok(false),
        _ => Err("yes or no is needed".to_owned()),
    }
}

fn regions(text: &str) -> Result<Vec<Region>, String> {
    let names = text.split([',', ' ']).filter(|name| !name.is_empty());
    let read = |name: &str| {
        read_region(name, &variable).map_err(|Faults(faults)| match faults.into_iter().next() {
            Some(fault) => fault.message,
            None => format!("`{name}` is no Region"),
        })
    };
    let regions: Vec<Region> = names.map(read).collect::<Result<_, _>>()?;
    if regions.is_empty() { Err("a Region is needed".to_owned()) } else { Ok(regions) }
}

/// Returns the Region that this machine's settings name.
fn region_of_machine() -> Option<String> {
    let named = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(variable);
    named.filter(|region| region.parse::<Region>().is_ok())
}

/// Accounts that profiles of the AWS config file lead into.
#[derive(Default)]
struct OfProfiles {
    /// Each under its profile's name, or its id where two would have one name.
    accounts: Vec<NamedAccount>,
    /// The name of the role that all those name that name one, if it is the same.
    role: Option<String>,
}

impl OfProfiles {
    /// Reads them; a file that cannot be read has none.
    fn read() -> Self {
        let file = place("AWS_CONFIG_FILE", "config").and_then(|path| ConfigFile::at(&path).ok());
        let text = file.and_then(|file| file.read().ok()).unwrap_or_default();
        let mut of_profiles = Self::default();
        let found = found_accounts(&text);
        let mut roles = found.iter().filter_map(|it| Some(it.role.as_ref()?.role_name()));
        let first = roles.next().map(str::to_owned);
        of_profiles.role = first.filter(|first| roles.all(|role| role == first));
        for FoundAccount { profile, id, .. } in found {
            let is_free =
                |name: &AccountName| of_profiles.accounts.iter().all(|it| it.name != *name);
            let by_id = || id.as_str().parse().expect("an id keeps the rule for names");
            let name = fitted(&profile).filter(is_free).unwrap_or_else(by_id);
            of_profiles.accounts.push(NamedAccount { name, id });
        }
        of_profiles
    }
}
