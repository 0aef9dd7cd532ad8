//! The keys at the top of an environment file.

use std::marker::PhantomData;
use std::time::Duration;

use super::account;
use super::cycle;
use super::keys::Keys;
use super::model::{Artifacts, AssumeRole, Environment, Placed, RoleChoice, SourceAccount};
use super::rollout::ROLLOUT;
use super::shape::{ByName, FilePath, Id, List, Named, Phrase, Record, Span, WithPlace};
use super::stack;
use super::text::Text;
use crate::document::Fault;
use crate::name::{EnvironmentName, Name, Region, TagKey, VariableName};

/// The keys of the file.
pub(super) fn environment(keys: &mut Keys<'_>) -> Option<Environment> {
    let name = keys.required(
        "environment",
        "The environment's name, such as `prod`.",
        &Named::<EnvironmentName>::new(),
    );
    keys.not_yet(&["extends"]);
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
    let variables = keys.optional("variables", "Values for `${variables.x}`.", &VARIABLES);
    let accounts = keys.required(
        "accounts",
        "The accounts by name, each with its id or with a mapping that holds `id`.",
        &account::ACCOUNTS,
    );
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
    let artifacts = keys.optional(
        "artifacts",
        "Where templates go that are larger than 51,200 bytes.",
        &ARTIFACTS,
    );

    let variables = texts(variables);
    let accounts = values(accounts);
    cycle::refuse(keys, &variables, &accounts);
    account::refuse_shared_ids(keys, &accounts);
    let name = name?;
    Some(Environment {
        file: name.place.file.clone(),
        name,
        source: source.unwrap_or_default(),
        assume_role: assume_role.unwrap_or_default(),
        regions: regions.unwrap_or_default(),
        accounts,
        variables,
        tags: texts(tags),
        stacks: values(stacks),
        rollout: rollout.unwrap_or_default(),
        artifacts,
    })
}

/// Returns texts by plain names.
pub(super) fn texts<N: Name + Into<String>>(
    read: Option<Vec<(Placed<N>, Text)>>,
) -> Vec<(String, Text)> {
    read.unwrap_or_default().into_iter().map(|(name, text)| (name.value.into(), text)).collect()
}

/// Returns values that hold their names themselves.
fn values<N, T>(read: Option<Vec<(Placed<N>, T)>>) -> Vec<T> {
    read.unwrap_or_default().into_iter().map(|(_, value)| value).collect()
}

/// `regions`, wherever it stands.
pub(super) const REGIONS: List<Named<Region>> =
    List { needed: "a list of Regions", least: 1, most: None, of: Named::new() };

/// `variables`, wherever it stands.
pub(super) const VARIABLES: ByName<VariableName, Phrase> =
    ByName { needed: "a mapping of variables", least: 0, names: PhantomData, of: Phrase::ANY };

/// `tags`, wherever it stands.
pub(super) const TAGS: ByName<TagKey, Phrase> =
    ByName { needed: "a mapping of tags", least: 0, names: PhantomData, of: Phrase::ANY };

const SOURCE: Record<SourceAccount> = Record { needed: "a mapping with `account`", keys: source };

fn source(keys: &mut Keys<'_>) -> Option<SourceAccount> {
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

/// What `assume-role` is for.
pub(super) const ABOUT_ASSUME_ROLE: &str =
    "How an account is entered: by assuming this role with the source credentials.";

/// `assume-role`, wherever it stands.
pub(super) const ASSUME_ROLE: Record<AssumeRole> =
    Record { needed: "a mapping with `name` or `arn`", keys: assume_role };

/// A session lasts from 15 minutes to 12 hours.
///
/// Source: the STS API reference, `AssumeRole`, parameter `DurationSeconds`.
const SESSION_DURATION: Span = Span {
    least: Duration::from_secs(15 * 60),
    most: Duration::from_secs(12 * 3600),
    step: Duration::from_secs(1),
};

fn assume_role(keys: &mut Keys<'_>) -> Option<AssumeRole> {
    let name = keys.optional(
        "name",
        "The role's name in each account, with its path if it has one.",
        &Phrase::of("a role's name"),
    );
    let arn =
        keys.optional("arn", "The role's ARN, instead of `name`.", &Phrase::of("a role's ARN"));
    let external_id = keys.optional(
        "external-id",
        "The external id that the role's trust policy asks for.",
        &Phrase::of("an external id"),
    );
    let session_name = keys.optional(
        "session-name",
        "The session's name, as CloudTrail shows it; `xdeploy-${environment}` without it.",
        &Phrase::of("a session's name"),
    );
    let duration = keys.optional(
        "duration",
        "How long a session lasts before it is renewed, 15m to 12h; one hour without it.",
        &WithPlace(SESSION_DURATION),
    );
    let via = keys.optional(
        "via",
        "The ARNs of roles that lead there: the first is assumed with the source credentials, each \
         further one, and at last the account's role, from the one before.",
        &List {
            needed: "a list of role ARNs",
            least: 0,
            most: None,
            of: Phrase::of("a role's ARN"),
        },
    );
    let session_policy = keys.optional(
        "session-policy",
        "A JSON file: the session may do only what this policy and the role's own policies allow.",
        &FilePath,
    );
    let session_tags = keys.optional(
        "session-tags",
        "Tags of the session, which policies see as `aws:PrincipalTag`; the trust policy must allow \
         sts:TagSession.",
        &TAGS,
    );
    let source_identity = keys.optional(
        "source-identity",
        "Who is behind the session, as CloudTrail shows it through a whole chain of roles; the trust \
         policies must allow sts:SetSourceIdentity.",
        &Phrase::of("a source identity"),
    );
    if let (Some(_), Some(place)) = (keys.place_of("name"), keys.place_of("arn")) {
        keys.refuse(|| {
            Fault::at(&place, "a role has either a `name` or an `arn`")
                .with_label("one of the two is too many")
        });
    }
    let role = arn.map(RoleChoice::Arn).or(name.map(RoleChoice::Name));
    Some(AssumeRole {
        role,
        external_id,
        session_name,
        duration,
        via,
        session_policy,
        session_tags,
        source_identity,
    })
}

const ARTIFACTS: Record<Artifacts> = Record { needed: "a mapping with `bucket`", keys: artifacts };

fn artifacts(keys: &mut Keys<'_>) -> Option<Artifacts> {
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
