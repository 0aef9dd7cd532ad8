//! Keys that an account or a stack has as well as the file, which they inherit from it.

use std::marker::PhantomData;
use std::time::Duration;

use super::keys::MappingKeys;
use super::model::{AssumeRole, RoleChoice};
use super::placed::Placed;
use super::shape::{ByName, FilePath, List, NameShape, Phrase, Record, Span, WithPlace};
use super::text::Text;
use crate::document::Fault;
use crate::name::{Name, Region, TagKey, VariableName};

/// Returns texts by plain names.
pub(super) fn texts<N: Name + Into<String>>(read: Vec<(Placed<N>, Text)>) -> Vec<(String, Text)> {
    read.into_iter().map(|(name, text)| (name.value.into(), text)).collect()
}

/// `regions`, wherever it stands.
pub(super) const REGIONS: List<NameShape<Region>> =
    List { needed: "a list of Regions", least: 1, most: None, of: NameShape::new() };

/// `variables`, wherever it stands.
pub(super) const VARIABLES: ByName<VariableName, Phrase> =
    ByName { needed: "a mapping of variables", least: 0, names: PhantomData, of: Phrase::ANY };

/// `tags`, wherever it stands.
pub(super) const TAGS: ByName<TagKey, Phrase> =
    ByName { needed: "a mapping of tags", least: 0, names: PhantomData, of: Phrase::ANY };

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

fn assume_role(keys: &mut MappingKeys<'_>) -> Option<AssumeRole> {
    let role = role(keys);
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

/// Reads which role is assumed.
fn role(keys: &mut MappingKeys<'_>) -> Option<RoleChoice> {
    let name = keys.optional(
        "name",
        "The role's name in each account, with its path if it has one.",
        &Phrase::of("a role's name"),
    );
    let arn =
        keys.optional("arn", "The role's ARN, instead of `name`.", &Phrase::of("a role's ARN"));
    if let (Some(_), Some(place)) = (keys.place_of("name"), keys.place_of("arn")) {
        keys.refuse(|| {
            Fault::at(&place, "a role has either a `name` or an `arn`")
                .with_label("one of the two is too many")
        });
    }
    arn.map(RoleChoice::Arn).or(name.map(RoleChoice::Name))
}
