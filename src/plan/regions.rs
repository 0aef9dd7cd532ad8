//! Regions that AWS has, and what must be of the same partition as they.
//!
//! A Region that nobody opened answers nothing, which takes a minute to find out; a role of another
//! partition is refused after all. Both are told here, where they are written.

use super::evaluate::EnvVariables;
use super::fault_book::FaultBook;
use super::placements::{PlacedAccount, Placements};
use crate::document::{Fault, Faults, Place, nearest, quoted};
use crate::environment::{Environment, Placed};
use crate::name::{Partition, Region};

/// The variable that names Regions which AWS opened since this program was made.
const WIDENED_BY: &str = "XDEPLOY_REGIONS";

/// Reads a Region that was named outside of any file.
///
/// # Errors
/// If it is none, or none that is known.
pub fn read_region(name: &str, variables: &EnvVariables<'_>) -> Result<Region, Faults> {
    let region: Region = name.parse().map_err(|error| Fault::placeless(format!("{error}")))?;
    let widened = variables(WIDENED_BY).unwrap_or_default();
    if region.is_known() || widening(&widened).any(|name| name == region.as_str()) {
        return Ok(region);
    }
    Err(unknown(&region, Fault::placeless).into())
}

/// Returns the Regions that a variable adds to those that AWS is known to have opened.
pub fn more_regions(variables: &EnvVariables<'_>) -> Vec<Region> {
    let widened = variables(WIDENED_BY).unwrap_or_default();
    widening(&widened).filter_map(|name| name.parse().ok()).collect()
}

/// Enters a fault for every Region that `environments` name and that is not known to be one.
pub(super) fn refuse_unknown(
    environments: &[Environment],
    variables: &EnvVariables<'_>,
    faults: &mut FaultBook,
) {
    let widened = variables(WIDENED_BY).unwrap_or_default();
    for name in widening(&widened).filter(|name| name.parse::<Region>().is_err()) {
        let message = format!("the environment variable `{WIDENED_BY}` holds {}", quoted(name));
        let help = "it names Regions with commas between, such as `eu-central-9,us-east-9`";
        faults.enter(Fault::placeless(message).with_help(help));
    }
    for Placed { value, place } in environments.iter().flat_map(named) {
        if !value.is_known() && !widening(&widened).any(|name| name == value.as_str()) {
            let at = |message: String| Fault::at(place, message).with_label("unknown Region");
            faults.enter(unknown(value, at));
        }
    }
}

/// Returns the Regions that a variable names.
fn widening(value: &str) -> impl Iterator<Item = &str> {
    value.split(|c: char| c == ',' || c.is_whitespace()).filter(|name| !name.is_empty())
}

/// Returns every Region that an environment names.
fn named(environment: &Environment) -> impl Iterator<Item = &Placed<Region>> {
    let of_accounts = environment.accounts.iter().filter_map(|account| account.regions.as_ref());
    let of_groups = environment.groups.iter().filter_map(|group| group.regions.as_ref());
    let of_stacks = environment.stacks.iter().filter_map(|stack| stack.regions.as_ref());
    let overrides = environment.stacks.iter().flat_map(|stack| &stack.overrides);
    let of_overrides = overrides.filter_map(|of_stack| of_stack.value.regions.as_ref());
    let all = of_accounts.chain(of_groups).chain(of_stacks).chain(of_overrides);
    environment.regions.iter().chain(all.flatten())
}

fn unknown(region: &Region, fault: impl FnOnce(String) -> Fault) -> Fault {
    let opened = format!("a Region that AWS opened since goes into the variable {WIDENED_BY}");
    let help = match nearest(region.as_str(), Region::all_known()) {
        Some(meant) => format!("did you mean `{meant}`? {opened}"),
        None => opened,
    };
    fault(format!("`{region}` is no Region that AWS is known to have")).with_help(help)
}

/// Enters a fault for every account whose Regions are of several partitions.
pub(super) fn refuse_mixed(placements: &Placements<'_>, faults: &mut FaultBook) {
    for placement in &placements.all {
        let target = &placements.targets[placement.target];
        let (first, other) = (target.first_region, placement.region);
        if first.partition() == other.partition() {
            continue;
        }
        let message = format!(
            "the Regions of an account are of one partition: `{first}` is of `{}`, `{other}` of `{}`",
            first.partition(),
            other.partition()
        );
        let fault = Fault::at(place_of(placements, target), message)
            .with_help("give the account `regions` of its own partition");
        faults.enter_once_for(target.name.as_str(), placement.target, fault);
    }
}

/// Returns the fault that an account is entered from credentials of another partition, if so.
pub(super) fn across_partitions(
    placements: &Placements<'_>,
    target: &PlacedAccount<'_>,
) -> Option<Fault> {
    let (home, first) = (placements.home_region(target.environment)?, target.first_region);
    if home.partition() == first.partition() {
        return None;
    }
    let message = format!(
        "the source credentials are asked for in `{home}`, of the partition `{}`: nobody enters an \
         account of `{}` with them",
        home.partition(),
        first.partition()
    );
    let help =
        "give the account a `profile` of its own, or keep each partition in a file of its own";
    Some(Fault::at(place_of(placements, target), message).with_help(help))
}

/// Returns the fault that an ARN is of another partition than the Region it is used in, if so; what
/// is no ARN is not looked at.
pub(super) fn of_other_partition(arn: &str, region: &Region, place: &Place) -> Option<Fault> {
    let mut parts = arn.split(':');
    let (Some("arn"), Some(partition)) = (parts.next(), parts.next()) else { return None };
    let here: Partition = region.partition();
    (partition != here.as_str()).then(|| {
        Fault::at(place, format!("{} is of another partition than `{region}`", quoted(arn)))
            .with_label(format!("`{here}` is needed"))
            .with_help("`arn:${partition}:…` is the partition of the Region, whichever it is")
    })
}

/// Returns where an account is named; the source account is by its environment.
fn place_of<'e>(placements: &Placements<'e>, target: &PlacedAccount<'e>) -> &'e Place {
    match target.account {
        Some(account) => &account.name.place,
        None => &placements.environments[target.environment].name.place,
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::folder::TestFolder;

    fn told(environment: &str) -> String {
        let told = TestFolder::new().resolve(environment).expect_err("it is refused");
        told.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
    }

    fn file(head: &str, account: &str, stack: &str) -> String {
        format!(
            "environment: e\n{head}\naccounts:\n  dev: {{ id: '000000000012', {account} }}\n\
             stacks:\n  role: {{ template: role.yaml, parameters: {{ Account: '000000000012' }}, {stack} }}\n"
        )
    }

    const ROLE: &str = "assume-role: { name: r }";

    #[test]
    fn a_misspelt_region_is_refused_wherever_it_stands() {
        let wrong = "regions: [eu-wset-1]";
        let right = format!("{ROLE}\nregions: [eu-west-1]");
        for environment in [
            file(&format!("{ROLE}\n{wrong}"), "", ""),
            file(&right, wrong, ""),
            file(&right, "", wrong),
        ] {
            let told = told(&environment);
            assert!(told.contains("`eu-wset-1` is no Region that AWS is known to have"), "{told}");
            assert!(told.contains("did you mean `eu-west-1`?"), "{told}");
            assert!(told.contains("XDEPLOY_REGIONS"), "{told}");
        }
    }

    #[test]
    fn a_region_that_aws_opened_since_can_be_named() {
        let widened = |variable: &'static str| {
            move |name: &str| (name == super::WIDENED_BY).then(|| variable.to_owned())
        };
        super::read_region("eu-wset-1", &widened("us-east-9, eu-wset-1")).expect("it is named");
        super::read_region("eu-wset-1", &widened("us-east-9")).expect_err("it is not");
        super::read_region("eu-west-1", &widened("")).expect("it is known");
    }

    #[test]
    fn the_regions_of_an_account_are_of_one_partition() {
        let told = told(&file(&format!("{ROLE}\nregions: [eu-west-1, cn-north-1]"), "", ""));
        assert!(told.contains("of one partition: `eu-west-1` is of `aws`"), "{told}");
    }

    #[test]
    fn nobody_assumes_a_role_in_another_partition() {
        let head = format!("{ROLE}\nregions: [eu-west-1]");
        let told = told(&file(&head, "regions: [cn-north-1]", ""));
        assert!(told.contains("nobody enters an account of `aws-cn`"), "{told}");
        let with_profile = file(&head, "regions: [cn-north-1], profile: china", "");
        TestFolder::new().resolve(&with_profile).expect("a profile leads there by itself");
    }

    #[test]
    fn an_arn_of_another_partition_is_refused_where_it_is_written() {
        let role = "arn:aws:iam::000000000012:role/r";
        let topic = "arn:aws:sns:eu-west-1:000000000012:t";
        let alarm = "arn:aws:cloudwatch:eu-west-1:000000000012:alarm:a";
        let here = "regions: [cn-north-1]";
        for environment in [
            file(&format!("assume-role: {{ arn: '{role}' }}\n{here}"), "", ""),
            file(&format!("assume-role: {{ name: r, via: ['{role}'] }}\n{here}"), "", ""),
            file(&format!("{ROLE}\n{here}"), "", &format!("service-role: '{role}'")),
            file(&format!("{ROLE}\n{here}"), "", &format!("notification-arns: ['{topic}']")),
            file(&format!("{ROLE}\n{here}"), "", &format!("rollback-alarms: ['{alarm}']")),
        ] {
            let told = told(&environment);
            assert!(told.contains("is of another partition than"), "{told}");
            let mended = environment.replace("arn:aws:", "arn:${partition}:");
            TestFolder::new().resolve(&mended).expect("the partition of the Region");
        }
    }
}
