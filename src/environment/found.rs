//! Accounts that Organizations knows, joined to those that the file names.

use std::collections::{BTreeMap, BTreeSet};

use super::fault_list::FaultList;
use super::mention::{Mention, Mentioned};
use super::model::{AccountSpec, Environment};
use super::organization::{FoundAccounts, UnitsAndTags};
use super::placed::Placed;
use crate::document::{Fault, Place, did_you_mean, quoted};
use crate::name::{AccountId, AccountName, GroupName};
use crate::organization::{
    AccountFilter, ChosenAccounts, KeptListing, KnownAccount, LeftOut, Listings, StandingNames,
    UnitPattern, choose, fitted,
};

/// How many accounts are named.
const MOST_NAMED: usize = 8;

/// Joins the accounts that Organizations knows to an environment, if it asks for them and somebody listed them.
pub(super) fn join(
    environment: &mut Environment,
    mentions: &[Mention],
    listings: &Listings,
    faults: &mut FaultList,
) {
    let Some(organization) = &mut environment.organization else {
        return refuse_without(environment, mentions, faults);
    };
    let keys = mentions.iter().filter_map(|mention| match &mention.what {
        Mentioned::AccountTag(key) => Some(key.clone()),
        _ => None,
    });
    organization.tag_keys = keys.collect();
    let question = environment.question().expect("it has an `organization`");
    let kept = listings.get(&environment.name.value);
    let Some(kept) = kept.filter(|kept| kept.asked.covers(&question)) else { return };
    let before = faults.len();
    refuse_absent(environment, kept, faults);
    let known = kept.listing.known();
    let organization = environment.organization.as_ref().expect("it has one");
    let wanted =
        AccountFilter { except: organization.except.clone(), ..organization.members.filter() };
    let choice = choose(&wanted, &known, &standing(environment, kept));
    if choice.new.is_empty() && choice.standing.is_empty() && faults.len() == before {
        faults.push(|| nobody(&organization.place, &choice, &known));
    }
    let place = organization.place.clone();
    let spec = |(id, name): (&AccountId, &AccountName)| {
        let shared_name = fitted(&known[id].name).filter(|own| own != name);
        AccountSpec { shared_name, ..AccountSpec::named(name.clone(), id, &place) }
    };
    let mut found: Vec<AccountSpec> = choice.new.iter().map(spec).collect();
    found.sort_by(|one, other| one.name.value.cmp(&other.name.value));
    environment.accounts.extend(found);
    let organization = environment.organization.as_mut().expect("it has one");
    organization.found = Some(FoundAccounts {
        listed: kept.listed,
        is_made_up: kept.is_made_up,
        new: choice.new.into_keys().collect(),
        left_out: choice.left_out,
        known,
    });
}

/// Returns the names that the file gives. The source account is the one that asked, where the file does not name it.
fn standing(environment: &Environment, kept: &KeptListing) -> StandingNames {
    let accounts = environment.accounts.iter();
    let source = environment.source.account.as_ref().map(|id| &id.value);
    let groups = environment.groups.iter().map(|group| &group.name.value);
    StandingNames {
        accounts: accounts.map(|it| (it.id.value.clone(), it.name.value.clone())).collect(),
        others: groups.filter_map(|group: &GroupName| group.as_str().parse().ok()).collect(),
        source: source.or(kept.source.as_ref()).cloned(),
    }
}

/// Refuses what only Organizations can tell, where it is never asked.
fn refuse_without(environment: &Environment, mentions: &[Mention], faults: &mut FaultList) {
    let refused = |place: &Place, what: String| {
        Fault::at(place, format!("{what} is known of accounts in AWS Organizations only"))
            .with_label("the file has no `organization`")
            .with_help("add `organization` with the `units` that the accounts are in")
    };
    for group in &environment.groups {
        if let Some(place) = &group.members.place {
            faults.push(|| refused(place, format!("who is in the group `{}`", group.name.value)));
        }
    }
    for Mention { what, place } in mentions {
        match what {
            Mentioned::AccountUnit => faults.push(|| refused(place, "an account's unit".into())),
            Mentioned::AccountTag(key) => {
                faults.push(|| refused(place, format!("an account's tag {}", quoted(key))));
            }
            _ => {}
        }
    }
}

/// Refuses units that are not there.
fn refuse_absent(environment: &Environment, kept: &KeptListing, faults: &mut FaultList) {
    let organization = environment.organization.as_ref().expect("it has one");
    let groups = environment.groups.iter().map(|group| &group.members);
    let units = std::iter::once(&organization.members).chain(groups);
    for Placed { value, place } in units.flat_map(|members: &UnitsAndTags| &members.units) {
        if !value.is_there(&kept.listing) {
            faults.push(|| absent(value, place, kept));
        }
    }
}

fn absent(unit: &UnitPattern, place: &Place, kept: &KeptListing) -> Fault {
    let written = unit.to_string();
    let fault = Fault::at(place, format!("there is no unit {}", quoted(&written)))
        .with_label(format!("not in the organization at {:.0}", kept.listed));
    if let Some(held) = kept.held.get(&written) {
        let names: BTreeSet<&str> = held.iter().map(String::as_str).collect();
        let help = match names.is_empty() {
            true => "it held no account when it was there last".to_owned(),
            false => format!("when it was there last, it held {}", named(&names)),
        };
        return fault
            .with_help(format!("{help}; if it was moved or renamed, write its path of now"));
    }
    let paths: Vec<String> = kept.listing.units.iter().map(|unit| unit.written()).collect();
    let meant = did_you_mean(&written, paths.iter().map(String::as_str));
    let shown = paths.iter().map(String::as_str).filter(|path| !path.is_empty()).collect();
    fault.with_help(
        meant.unwrap_or_else(|| format!("what was looked through has {}", named(&shown))),
    )
}

/// Returns the fault that nobody is meant.
fn nobody(
    place: &Place,
    choice: &ChosenAccounts,
    known: &BTreeMap<AccountId, KnownAccount>,
) -> Fault {
    let fault = Fault::at(place, "AWS Organizations has no account for the environment")
        .with_label("nobody is in these units with these tags");
    let why = |(id, why): (&AccountId, &LeftOut)| format!("{}: {why}", quoted(&known[id].name));
    let mut told: Vec<String> = choice.left_out.iter().take(MOST_NAMED).map(why).collect();
    if let Some(more) = choice.left_out.len().checked_sub(MOST_NAMED + 1) {
        told.push(format!("and {} more", more + 1));
    }
    fault.with_help(match told.is_empty() {
        true => "`xdeploy accounts --refresh` asks it anew".to_owned(),
        false => format!("left out are {}", told.join("; ")),
    })
}

fn named(names: &BTreeSet<&str>) -> String {
    let mut shown: Vec<String> = names.iter().take(MOST_NAMED).map(|name| quoted(name)).collect();
    if let Some(more) = names.len().checked_sub(MOST_NAMED + 1) {
        shown.push(format!("and {} more", more + 1));
    }
    match shown.is_empty() {
        true => "none".to_owned(),
        false => shown.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::document::SourceFile;
    use crate::environment::AccountGroups;
    use crate::organization::{ACTIVE, ListedAccount, ListedUnit, Listing, Question};

    const FILE: &str = "environment: prod
source: { account: '000000000009' }
accounts: { pay: '000000000001' }
organization: { units: ['Work/**', 'Labs'], except: ['old-*'] }
groups:
  pci: { units: ['Work/Prod/Pci'], accounts: ['!Dat*'] }
  all-pay: { accounts: ['pay*', pci] }
  unlike: { units: ['**'], accounts: ['!all-pay'] }
";

    /// Returns a listing of accounts, each with its name and unit; ids count from 1.
    fn listing(accounts: &[(&str, &str)]) -> Listing {
        let mut units: BTreeSet<Vec<String>> = BTreeSet::from([Vec::new()]);
        for (_, unit) in accounts {
            let names: Vec<String> =
                unit.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            units.extend((1..=names.len()).map(|depth| names[..depth].to_vec()));
        }
        let unit = |path: Vec<String>| ListedUnit { id: format!("ou-{}", path.join("/")), path };
        let account = |(at, (name, unit)): (usize, &(&str, &str))| ListedAccount {
            id: format!("{:012}", at + 1).parse().expect("12 digits"),
            name: (*name).to_owned(),
            unit: format!("ou-{unit}"),
            state: if name.starts_with("closed") { "SUSPENDED" } else { ACTIVE }.to_owned(),
            tags: Some([("env".to_owned(), (*name).to_owned())].into()),
        };
        let accounts = accounts.iter().enumerate().map(account).collect();
        Listing { units: units.into_iter().map(unit).collect(), accounts }
    }

    fn question(text: &str) -> Question {
        let file = SourceFile { path: "prod.yaml".into(), text: text.to_owned() };
        let environment = Environment::from_source(&Arc::new(file)).expect("no faults");
        environment.question().expect("an organization")
    }

    /// Reads a file with what Organizations answered to the question of `asked`.
    fn read(text: &str, asked: Question, listing: Listing) -> Result<Environment, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("prod.yaml");
        std::fs::write(&path, text).expect("it takes files");
        let listed = Timestamp::from_second(1_800_000_000).expect("a time");
        let kept = KeptListing::new(asked, (listing, listed), None);
        let listings = [("prod".parse().expect("a name"), kept)].into();
        Environment::load_listed(&path, &listings).map_err(|faults| {
            let folder = format!("{}/", folder.path().display());
            faults.render(false, 80).replace(&folder, "")
        })
    }

    fn found(accounts: &[(&str, &str)]) -> Environment {
        let read = read(FILE, question(FILE), listing(accounts));
        read.unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn names(environment: &Environment) -> Vec<&str> {
        environment.accounts.iter().map(|account| account.name.value.as_str()).collect()
    }

    #[test]
    fn accounts_that_are_found_stand_behind_those_of_the_file_and_one_in_both_is_one() {
        let environment = found(&[
            ("Payments", "Work/Prod"),
            ("pay", "Work"),
            ("Data Lake", "Labs"),
            ("old-1", "Labs"),
            ("closed", "Work"),
            ("elsewhere", "Sand"),
            ("all-pay", "Work"),
            ("twin", "Work"),
            ("hub", "Labs"),
            ("twin", "Labs"),
            ("z", "Work/Prod/Pci"),
        ]);
        assert_eq!(
            names(&environment),
            [
                "pay",
                "000000000002",
                "000000000007",
                "000000000008",
                "000000000010",
                "Data-Lake",
                "z"
            ]
        );
        let organization = environment.organization.as_ref().expect("it stands");
        let found = organization.found.as_ref().expect("they were listed");
        assert_eq!((found.new.len(), found.left_out.len()), (6, 3));
        let known = environment.known(&environment.accounts[0].id.value).expect("it is known");
        assert_eq!((known.name.as_str(), known.unit.written().as_str()), ("Payments", "Work/Prod"));
    }

    #[test]
    fn groups_mean_units_and_tags_and_what_their_lists_add_or_take_away() {
        let environment = found(&[
            ("Payments", "Work/Prod"),
            ("Data", "Work/Prod/Pci"),
            ("Pci", "Work/Prod/Pci"),
            ("other", "Work"),
            ("l", "Labs"),
        ]);
        let groups = AccountGroups::of(&environment);
        let of = |at: usize| {
            let found = groups.of_account(&environment.accounts[at]);
            found.iter().map(|group| group.name.value.to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(&environment), ["pay", "Data", "Pci", "l", "other"]);
        assert_eq!([of(0), of(1), of(2), of(4)], ["all-pay", "unlike", "pci all-pay", "unlike"]);
    }

    #[test]
    fn a_new_account_of_the_same_name_takes_no_other_out_of_a_pattern() {
        let text =
            format!("{FILE}stacks: {{ app: {{ template: t, accounts: ['*', '!pa?-x'] }} }}\n");
        let groups = |accounts: &[(&str, &str)]| {
            let found = read(&text, question(&text), listing(accounts)).expect("no faults");
            let of = AccountGroups::of(&found);
            let shown = |account: &AccountSpec| {
                let groups = of.of_account(account);
                let groups = groups.iter().map(|group| group.name.value.as_str());
                format!("{}: {}", account.name.value, groups.collect::<Vec<_>>().join(" "))
            };
            let paying = found.accounts.iter().filter(|it| it.name.value.as_str() != "z");
            paying.map(shown).collect::<Vec<String>>()
        };
        let alone = [("pay", "Work"), ("pay-x", "Labs"), ("z", "Work/Prod/Pci")];
        assert_eq!(groups(&alone), ["pay: all-pay", "pay-x: all-pay"]);
        let twins = [&alone[..], &[("pay-x", "Work")]].concat();
        assert_eq!(
            groups(&twins),
            ["pay: all-pay", "000000000002: all-pay", "000000000004: all-pay"]
        );
        // What names one account means none of two.
        let text = text.replace("'!pa?-x'", "'!pay-x'");
        let told = read(&text, question(&text), listing(&twins)).expect_err("a fault");
        insta::assert_snapshot!(told);
    }

    #[test]
    fn the_account_that_asked_is_the_source_where_the_file_names_none() {
        let text = FILE.lines().filter(|line| !line.starts_with("source:"));
        let text: String = text.map(|line| format!("{line}\n")).collect();
        let all = listing(&[("pay", "Work"), ("hub", "Labs"), ("z", "Work/Prod/Pci")]);
        let kept = KeptListing::new(question(&text), (all, Timestamp::UNIX_EPOCH), None);
        let file = Arc::new(SourceFile { path: "prod.yaml".into(), text });
        let source_of = |kept: KeptListing| {
            let environment = Environment::from_source(&file).expect("no faults");
            standing(&environment, &kept).source
        };
        assert_eq!(source_of(kept.clone()), None);
        let source: Option<AccountId> = "000000000002".parse().ok();
        assert_eq!(source_of(KeptListing { source: source.clone(), ..kept }), source);
    }

    #[test]
    fn only_what_the_file_needs_is_asked() {
        let asked = question(FILE);
        assert_eq!(asked.units, ["**", "Labs", "Work/**", "Work/Prod/Pci"]);
        assert!(!asked.with_tags);
        for (from, to) in [
            ("except: ['old-*']", "tags: { env: prod }"),
            ("accounts: ['!Dat*']", "tags: { env: [a, b] }"),
            ("environment: prod", "environment: prod\nvariables: { v: '${account.tags.env}' }"),
        ] {
            assert!(question(&FILE.replace(from, to)).with_tags, "{to}");
        }
    }

    #[test]
    fn units_that_are_not_there_are_told_with_what_they_held() {
        let listing_of = |accounts: &[(&str, &str)]| listing(accounts);
        let before = listing_of(&[("Payments", "Work"), ("lab-1", "Labs"), ("lab-2", "Labs")]);
        let kept = KeptListing::new(question(FILE), (before, Timestamp::UNIX_EPOCH), None);
        let text = FILE.replace("['Work/Prod/Pci']", "['Wrk']");
        let now = listing_of(&[("Payments", "Work")]);
        let asked = question(&text);
        let kept = KeptListing::new(asked, (now, Timestamp::UNIX_EPOCH), Some(&kept));
        let file = SourceFile { path: "prod.yaml".into(), text };
        let read = super::super::load::despite_faults(
            &Arc::new(file),
            None,
            &[("prod".parse().expect("a name"), kept)].into(),
        );
        let faults = crate::document::Faults(read.faults);
        insta::assert_snapshot!(faults.render(false, 80));
    }

    #[test]
    fn what_only_organizations_tells_is_refused_without_it() {
        let text = "environment: prod
accounts: { dev: '000000000001' }
groups: { pci: { units: [Work] }, gold: { tags: { tier: [gold] }, accounts: ['!dev'] } }
variables: { unit: '${account.unit}', cost: '${account.tags.cost-center}', none: '${account.tags.}', tags: '${account.tags}' }
";
        let file = SourceFile { path: "prod.yaml".into(), text: text.to_owned() };
        let faults = Environment::from_source(&Arc::new(file)).expect_err("faults");
        insta::assert_snapshot!(faults.render(false, 80));
    }

    #[test]
    fn an_organization_that_means_nothing_is_shown() {
        let text = "environment: prod
organization: { units: ['Work//Prod', 'Work/Pr*', '${environment}'], tags: { env: [], x: { a: b }, y: '${region}' }, except: ['['], rol: x }
groups: { a: { units: [] }, b: { accounts: ['!x'] } }
";
        let file = SourceFile { path: "prod.yaml".into(), text: text.to_owned() };
        let faults = Environment::from_source(&Arc::new(file)).expect_err("faults");
        insta::assert_snapshot!(faults.render(false, 80));
        let file = SourceFile {
            path: "prod.yaml".into(),
            text: "environment: prod\norganization: { tags: { a: b } }\n".to_owned(),
        };
        let faults = Environment::from_source(&Arc::new(file)).expect_err("a fault");
        insta::assert_snapshot!("without_units", faults.render(false, 80));
    }

    #[test]
    fn names_that_nobody_has_are_faults_once_it_is_known_who_is_there() {
        let text =
            format!("{FILE}stacks: {{ app: {{ template: t, accounts: [Data, Dta, 'x-*'] }} }}\n");
        question(&text);
        let told =
            read(&text, question(&text), listing(&[("Data", "Work/Prod/Pci"), ("l", "Labs")]));
        insta::assert_snapshot!(told.expect_err("faults"));
    }

    #[test]
    fn an_environment_of_nobody_is_a_fault() {
        let accounts = [("elsewhere", "Sand"), ("closed-1", "Work/Prod/Pci"), ("old-2", "Labs")];
        let told = read(FILE, question(FILE), listing(&accounts));
        insta::assert_snapshot!(told.expect_err("a fault"));
    }

    #[test]
    fn a_circle_of_variables_that_a_unit_closes_is_a_fault() {
        let text = FILE.replace(
            "groups:\n",
            "variables: { a: '${variables.b}', b: x }\ngroups:\n  circle: { units: [Labs], variables: { b: '${variables.a}' } }\n",
        );
        let told = read(&text, question(&text), listing(&[("l", "Labs"), ("p", "Work/Prod/Pci")]));
        assert!(told.expect_err("a circle").contains("refer in a circle: a -> b -> a"));
        let text = text.replace("units: [Labs]", "units: [Work/Prod]");
        let accounts = [("l", "Labs"), ("p", "Work/Prod/Pci")];
        read(&text, question(&text), listing(&accounts)).expect("nobody is in that group");
    }

    #[test]
    fn what_is_made_up_answers_the_file_it_is_made_up_for() {
        let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/environment/whole.yaml");
        let environment = Environment::load(&whole).expect("no faults");
        let kept = KeptListing {
            is_made_up: true,
            ..KeptListing::new(
                environment.question().expect("an organization"),
                (environment.made_up_listing(), Timestamp::UNIX_EPOCH),
                None,
            )
        };
        let listings = [(environment.name.value, kept)].into();
        let joined = Environment::load_listed(&whole, &listings).expect("no faults");
        assert_eq!(
            names(&joined)[3..],
            [
                "ou-ab12-cdefgh34-one",
                "ou-ab12-cdefgh34-two",
                "workloads-prod-one",
                "workloads-prod-pci-one",
                "workloads-prod-pci-two",
                "workloads-prod-two",
            ]
        );
    }

    proptest! {
        #[test]
        fn every_account_has_one_name_and_is_in_the_groups_of_its_unit(
            accounts in prop::collection::vec(("[ab ]{0,3}", 0..4_usize), 1..20),
        ) {
            const UNITS: [&str; 4] = ["Work", "Work/Prod", "Work/Prod/Pci", "Labs"];
            let accounts: Vec<(&str, &str)> =
                accounts.iter().map(|(name, unit)| (name.as_str(), UNITS[*unit])).collect();
            let mut all = vec![("Payments", "Work"), ("l", "Labs"), ("p", "Work/Prod/Pci")];
            all.extend(accounts);
            let environment = found(&all);
            let groups = AccountGroups::of(&environment);
            let names: BTreeMap<&str, &AccountSpec> =
                environment.accounts.iter().map(|one| (one.name.value.as_str(), one)).collect();
            // The ninth is the source account.
            prop_assert_eq!(names.len(), environment.accounts.len());
            prop_assert_eq!(names.len(), all.len() - usize::from(all.len() >= 9));
            for account in &environment.accounts {
                let known = environment.known(&account.id.value).expect("all are listed");
                let of = groups.of_account(account);
                let is_pci = of.iter().any(|group| group.name.value.as_str() == "pci");
                prop_assert_eq!(is_pci, known.unit.written() == "Work/Prod/Pci");
            }
        }
    }
}
