//! The keys at the top of an environment file.

use super::account;
use super::cycle;
use super::group;
use super::guards;
use super::inherited::{ABOUT_ASSUME_ROLE, ASSUME_ROLE, REGIONS, TAGS, VARIABLES, texts};
use super::keys::MappingKeys;
use super::layers::{EXTENDED, EXTENDS};
use super::model::{AccountSpec, Artifacts, Environment, GroupSpec, SourceAccount};
use super::notify;
use super::organization::{ORGANIZATION, OrganizationSpec};
use super::placed::Placed;
use super::rollout_keys::ROLLOUT;
use super::shape::{Id, List, NameShape, Phrase, Record};
use super::stack;
use super::state::StateShape;
use super::text::Text;
use crate::name::{AccountName, EnvironmentName};

/// The keys of the file.
pub(super) fn environment(keys: &mut MappingKeys<'_>) -> Option<Environment> {
    let name = keys.required(
        "environment",
        "The environment's name, such as `prod`.",
        &NameShape::<EnvironmentName>::new(),
    );
    describe_layers(keys);
    let state = keys.optional(
        "state",
        "Where runs are kept: a place in S3 that a team shares, or a folder; default: the nearest .xdeploy.",
        &StateShape,
    );
    let source = keys.optional(
        "source",
        "The shared-services account whose credentials start a run.",
        &SOURCE,
    );
    let assume_role = keys.optional("assume-role", ABOUT_ASSUME_ROLE, &ASSUME_ROLE);
    let regions = keys.optional(
        "regions",
        "The Regions that stacks go to, unless their account or they themselves say otherwise.",
        &REGIONS,
    );
    let Listed { variables, accounts, organization, groups } = listed(keys);
    let tags = keys.optional("tags", "Tags for every stack.", &TAGS);
    let stacks = keys.optional(
        "stacks",
        "The stacks by name; none in a file that only says how accounts are entered.",
        &stack::STACKS,
    );
    let rollout = keys.optional(
        "rollout",
        "What may happen at the same time, and what a failure stops.",
        &ROLLOUT,
    );
    let (guards, notify) = (guards::of_file(keys), notify::of_file(keys));
    let artifacts = keys.optional(
        "artifacts",
        "Where templates go that are larger than 51,200 bytes, and what templates name by a local path.",
        &ARTIFACTS,
    );

    let name = name?;
    Some(Environment {
        file: keys.file()?,
        beneath: Vec::new(),
        name,
        source: source.unwrap_or_default(),
        assume_role: assume_role.unwrap_or_default(),
        regions: regions.unwrap_or_default(),
        accounts,
        organization,
        groups,
        variables,
        tags: tags.map(texts),
        stacks: values(stacks),
        rollout: rollout.unwrap_or_default(),
        guards,
        notify,
        state,
        artifacts,
    })
}

/// The accounts and what they have in common.
struct Listed {
    variables: Vec<(String, Text)>,
    accounts: Vec<AccountSpec>,
    organization: Option<OrganizationSpec>,
    groups: Vec<GroupSpec>,
}

fn listed(keys: &mut MappingKeys<'_>) -> Listed {
    let variables = keys.optional("variables", "Values for `${variables.x}`.", &VARIABLES);
    let accounts = accounts(keys);
    let organization = keys.optional(
        "organization",
        "Accounts that are found in AWS Organizations, beside those that the file names.",
        &ORGANIZATION,
    );
    let groups = keys.optional(
        "groups",
        "Sets of accounts by name, which stand wherever an account's name may, and what the accounts of each have in common; what a later one says wins.",
        &group::GROUPS,
    );
    let variables = texts(variables.unwrap_or_default());
    let accounts = values(accounts);
    let mut groups = values(groups);
    group::refuse(keys, &mut groups, &accounts);
    cycle::refuse(keys, &variables, &groups, &accounts);
    account::refuse_shared_ids(keys, &accounts);
    Listed { variables, accounts, organization, groups }
}

/// Reads `accounts`, which must be there unless others are found.
fn accounts(keys: &mut MappingKeys<'_>) -> Option<Vec<(Placed<AccountName>, AccountSpec)>> {
    let about = "The accounts by name, each with its id or with a mapping that holds `id`.";
    match keys.place_of("organization") {
        Some(_) => keys.optional("accounts", about, &account::ACCOUNTS),
        None => keys.required("accounts", about, &account::ACCOUNTS),
    }
}

/// Describes `extends`: the layers are merged before any key is read, so that nothing stands here any more. Keys that begin
/// with `x-` are the user's own in each of them.
fn describe_layers(keys: &mut MappingKeys<'_>) {
    keys.leave_to_user("x-");
    let shape = List {
        needed: EXTENDED,
        least: 0,
        most: None,
        of: Phrase::of("an environment file's path"),
    };
    let _ = keys.optional(
        EXTENDS,
        "The files that this one is laid over, in this order: mappings are merged by key, anything else is replaced, a \
         key without a value takes away.",
        &shape,
    );
}

/// Returns values that hold their names themselves.
fn values<N, T>(read: Option<Vec<(Placed<N>, T)>>) -> Vec<T> {
    read.unwrap_or_default().into_iter().map(|(_, value)| value).collect()
}

const SOURCE: Record<SourceAccount> = Record { needed: "a mapping with `account`", keys: source };

fn source(keys: &mut MappingKeys<'_>) -> Option<SourceAccount> {
    let account = keys.optional(
        "account",
        "The source account's id: the credentials found must belong to it.",
        &Id,
    );
    let profile = keys.optional(
        "profile",
        "The AWS profile that holds the source credentials; the SDK's default chain is asked without it.",
        &Phrase::of("a profile's name"),
    );
    let mfa_serial = keys.optional(
        "mfa-serial",
        "The serial number or ARN of the MFA device of the user whose credentials these are; its code \
         is asked for, or given with --mfa-code.",
        &Phrase::of("an MFA device's serial number or ARN"),
    );
    Some(SourceAccount { account, profile, mfa_serial })
}

const ARTIFACTS: Record<Artifacts> = Record { needed: "a mapping with `bucket`", keys: artifacts };

fn artifacts(keys: &mut MappingKeys<'_>) -> Option<Artifacts> {
    let bucket = keys.required(
        "bucket",
        "The bucket they are put in, with the target account's session.",
        &Phrase::of("a bucket's name"),
    );
    let owner = keys.optional(
        "owner",
        "The account that the bucket must belong to; default: the target account, or the source account if \
         the bucket's name is the same for all accounts and Regions.",
        &Phrase::of("an account id"),
    );
    Some(Artifacts { bucket: bucket?, owner })
}
