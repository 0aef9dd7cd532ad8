//! The accounts that environment files have in AWS Organizations: it is asked, or what it answered before is used.

use std::path::PathBuf;
use std::sync::Arc;

use super::arguments::{CloudArgs, Global, ProgressMode};
use super::connect::{clock, connect};
use super::error::CommandError;
use super::load::variable;
use super::progress::{Interrupt, ProgressLine};
use super::shared_state::open_state;
use super::{made_up_organization, print};
use crate::clock::{Clock, spoken};
use crate::document::Faults;
use crate::environment::{Environment, ReadDespiteFaults};
use crate::journal::RunFolder;
use crate::organization::{
    Freshness, KeptListing, ListingSource, Listings, Question, listing_source,
};
use crate::plan::{AccountEntry, OrganizationEntry, Plan, TargetAccount, organization_entry};
use crate::report::elapsed;
use crate::run::AccountStore;

/// An environment whose accounts are asked for.
struct Asked {
    environment: Environment,
    question: Question,
    /// What was answered before.
    kept: Option<KeptListing>,
}

/// Where a listing was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CloudKind {
    Aws,
    Sandbox,
}

impl CloudKind {
    fn of(cloud: &CloudArgs) -> Self {
        if cloud.sandbox { Self::Sandbox } else { Self::Aws }
    }
}

/// Returns the accounts that files have in AWS Organizations: it is asked unless it was just before, or nobody may.
///
/// # Errors
/// When it refuses, who asks it is wrong in a file, or nobody may and nothing is kept.
pub async fn listed(
    files: &[PathBuf],
    cloud: &CloudArgs,
    (progress, global): (ProgressMode, &Global),
) -> Result<Arc<Listings>, CommandError> {
    open_state(&cloud.state, files, cloud.into()).await?;
    let environments = with_organization(files);
    if environments.is_empty() {
        return Ok(Arc::default());
    }
    let clock = clock(cloud)?;
    let store = AccountStore::of(&cloud.state.folder(), cloud.sandbox);
    let (mut listings, mut asked) = (Listings::new(), Vec::new());
    for (environment, question) in environments {
        let name = environment.name.value.clone();
        let kept = store.listing(&name);
        match (listing_source(kept.as_ref(), &question, cloud.freshness(), clock.now()), kept) {
            (ListingSource::Kept, Some(kept)) => {
                if cloud.freshness() == Freshness::Kept && progress.is_for_people() {
                    tell_age(&environment, (&kept, CloudKind::of(cloud)), clock);
                }
                listings.insert(name, kept);
            }
            (ListingSource::Nowhere, _) => return Err(nothing_kept(&environment)),
            (ListingSource::Kept | ListingSource::Organizations, kept) => {
                asked.push(Asked { environment, question, kept });
            }
        }
    }
    if !asked.is_empty() {
        let work = ("listing the accounts of", asked.len(), "environment");
        let line = ProgressLine::start(work, Interrupt::EndsProgram, progress, global);
        for (at, kept) in ask(&asked, cloud, clock, || line.step()).await?.into_iter().enumerate() {
            let name = &asked[at].environment.name.value;
            store.keep_listing(name, &kept);
            listings.insert(name.clone(), kept);
        }
    }
    Ok(Arc::new(listings))
}

/// Asks Organizations for the accounts of environments, one after the other: what it bears is shared.
async fn ask(
    asked: &[Asked],
    arguments: &CloudArgs,
    clock: Clock,
    step: impl Fn(),
) -> Result<Vec<KeptListing>, CommandError> {
    let entries: Vec<OrganizationEntry> = asked
        .iter()
        .map(|asked| organization_entry(&asked.environment, &variable))
        .collect::<Result<_, Faults>>()?;
    let environments = asked.iter().map(|asked| &asked.environment);
    let is_made_up = made_up_organization::make_up(environments, arguments, clock)?;
    // Faults of accounts and waves are for when these are known.
    let faults = arguments.sandbox_fault.iter();
    let faults = faults.filter(|fault| fault.account().is_none() && fault.wave().is_none());
    let own = CloudArgs { sandbox_fault: faults.cloned().collect(), ..arguments.clone() };
    let cloud = connect(&own, &entrance(&entries), clock)?;
    let mut answers = Vec::new();
    for (Asked { question, kept, .. }, entry) in asked.iter().zip(&entries) {
        let (listing, source) = cloud.list_accounts(entry, question).await?;
        let answer = KeptListing::new(question.clone(), (listing, clock.now()), kept.as_ref());
        answers.push(KeptListing { is_made_up, source: Some(source), ..answer });
        step();
    }
    let _ = arguments.listed_in.set(cloud);
    Ok(answers)
}

/// Returns a plan that enters what Organizations is asked from.
fn entrance(entries: &[OrganizationEntry]) -> Plan {
    let environments = entries.iter().map(|entry| entry.environment.clone()).collect();
    let account = |(environment, entry): (usize, &OrganizationEntry)| {
        let role = entry.role.as_ref()?;
        let id = role.role.account();
        Some(TargetAccount {
            environment,
            name: id.as_str().parse().expect("digits keep the rule for account names"),
            id,
            region: entry.environment.home_region.clone(),
            entry: AccountEntry::AssumeRole(Box::new(role.clone())),
            wave: 0,
        })
    };
    let accounts = entries.iter().enumerate().filter_map(account).collect();
    Plan { environments, accounts, ..Plan::default() }
}

/// Returns what AWS Organizations answered of the accounts of files, as far as that is kept, and says how old it is.
/// Nobody is asked.
pub fn kept(files: &[PathBuf], folder: &RunFolder) -> Arc<Listings> {
    kept_in(&[CloudKind::Aws], files, folder)
}

/// Returns the same; of files of which nothing is kept, what the sandbox answered, and says that as well.
pub fn kept_anywhere(files: &[PathBuf], folder: &RunFolder) -> Arc<Listings> {
    kept_in(&[CloudKind::Aws, CloudKind::Sandbox], files, folder)
}

fn kept_in(clouds: &[CloudKind], files: &[PathBuf], folder: &RunFolder) -> Arc<Listings> {
    let mut listings = Listings::new();
    for (environment, question) in with_organization(files) {
        let name = &environment.name.value;
        let of = |cloud: &CloudKind| {
            let kept = AccountStore::of(folder, *cloud == CloudKind::Sandbox).listing(name);
            Some((kept.filter(|kept| kept.asked.holds(&question))?, *cloud))
        };
        if let Some((kept, cloud)) = clouds.iter().find_map(of) {
            tell_age(&environment, (&kept, cloud), Clock::System);
            listings.insert(name.clone(), kept);
        }
    }
    Arc::new(listings)
}

/// Returns what is kept of the accounts of files, or else what is made up for them, and says which.
pub fn kept_or_made_up(files: &[PathBuf], folder: &RunFolder) -> Arc<Listings> {
    let mut listings = Arc::unwrap_or_clone(kept_anywhere(files, folder));
    for (environment, question) in with_organization(files) {
        let name = environment.name.value.clone();
        if listings.contains_key(&name) {
            continue;
        }
        print::note_line(&format!(
            "{name}: nobody has asked AWS Organizations yet; checked with two made-up accounts in each unit \
             (`xdeploy accounts {}` asks it)",
            crate::foreign::path(&environment.file.path)
        ));
        let answer = (environment.made_up_listing(), Clock::System.now());
        let made_up = KeptListing::new(question, answer, None);
        listings.insert(name, KeptListing { is_made_up: true, ..made_up });
    }
    Arc::new(listings)
}

fn tell_age(environment: &Environment, (kept, cloud): (&KeptListing, CloudKind), clock: Clock) {
    let (name, age) = (&environment.name.value, spoken(elapsed(kept.listed, clock.now())));
    print::note_line(&match (kept.is_made_up, cloud) {
        (true, _) => format!("{name}: the accounts of its units are made up, as in the sandbox"),
        (false, CloudKind::Aws) => {
            format!("{name}: accounts as AWS Organizations listed them {age} ago")
        }
        (false, CloudKind::Sandbox) => {
            format!("{name}: accounts as in the sandbox, listed {age} ago")
        }
    });
}

/// Returns the environments of files that have accounts in Organizations, as far as they can be read, with what it is
/// asked for them. What is wrong with the files is told by whoever reads them next.
fn with_organization(files: &[PathBuf]) -> Vec<(Environment, Question)> {
    let read = |file: &PathBuf| {
        let none = Listings::default();
        let ReadDespiteFaults { environment, .. } = Environment::load_despite_faults(file, &none);
        let environment = environment?;
        let question = environment.question()?;
        // What is wrong with who asks is told when it is asked, or by whoever reads the file next.
        let asker = organization_entry(&environment, &variable).ok().map(|entry| entry.asker());
        Some((environment, Question { asker, ..question }))
    };
    files.iter().filter_map(read).collect()
}

fn nothing_kept(environment: &Environment) -> CommandError {
    let name = &environment.name.value;
    CommandError::usage(format!(
        "--offline: nothing is kept of the accounts that {name} has in AWS Organizations"
    ))
    .with_help("leave it out once: then it is asked, and the answer is kept")
}
