//! The bucket of artifacts: its name by S3's rules, and the account that it must belong to.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::composer::Composer;
use super::desired_stack::ArtifactsBucket;
use super::placements::Placement;
use crate::document::{Fault, quoted};
use crate::environment::{Piece, Reference, Text};
use crate::template::Template;

/// What S3 says of a bucket's name.
const BUCKET_RULE: &str = "3 to 63 lower-case letters, digits, `.` or `-` are allowed, beginning and ending with a \
                           letter or a digit, without `..`, and no IP address";

impl<'e> Composer<'e, '_> {
    /// Returns the bucket that a stack's template, or what that names by local paths, goes to; nothing if neither
    /// goes to one.
    pub fn artifacts(
        &mut self,
        placement: Placement<'e>,
        template: &Template,
    ) -> Option<ArtifactsBucket> {
        let placements = self.evaluator.placements;
        let environment = &placements.environments[placements.environment_of(&placement)];
        let artifacts = environment.artifacts.as_ref().filter(|_| self.needs_values())?;
        let is_sent = template.needs_bucket() || !template.local_paths.is_empty();
        let name = match is_sent {
            true => self.text(placement, &artifacts.bucket)?,
            // What its name needs may be missing as long as nobody uses it.
            false => {
                let scope = self.scope(placement);
                self.evaluator.text(&artifacts.bucket, scope).ok()?
            }
        };
        if let Some(message) = bucket_objection(&name) {
            let fault = Fault::at(&artifacts.bucket.place, message).with_help(BUCKET_RULE);
            self.fault(placement, fault);
        }
        if !is_sent {
            return None;
        }
        let target = &placements.targets[placement.target];
        let owner = match &artifacts.owner {
            Some(text) => {
                let owner = self.text(placement, text)?;
                let parsed = owner.parse().map_err(|_| {
                    let message = format!("`owner`: {} is not an account id", quoted(&owner));
                    let fault = Fault::at(&text.place, message).with_label("12 digits are needed");
                    self.fault(placement, fault);
                });
                Some(parsed.ok()?)
            }
            None if is_of_one_target(&artifacts.bucket, &target.variables, 0) => {
                Some(target.id.clone())
            }
            None => environment.source.account.as_ref().map(|id| id.value.clone()),
        };
        Some(ArtifactsBucket { name, owner })
    }
}

/// Says why a text is no bucket's name, if it is none; an access point's ARN may stand in place of one.
///
/// Source: the S3 user guide, "General purpose bucket naming rules". What no bucket may be called but an access
/// point's alias is, such as `…-s3alias`, is taken.
pub(super) fn bucket_objection(name: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_name = (3..=63).contains(&name.len())
        && name.chars().all(|c| is_plain(c) || c == '.' || c == '-')
        && name.starts_with(is_plain)
        && name.ends_with(is_plain)
        && !name.contains("..")
        && name.parse::<Ipv4Addr>().is_err();
    let is_arn = name.starts_with("arn:");
    (!is_name && !is_arn).then(|| format!("{} is no bucket's name", quoted(name)))
}

/// Whether a text is another one in each account, or in each Region.
fn is_of_one_target(text: &Text, variables: &BTreeMap<&str, &Text>, level: usize) -> bool {
    // Those that name each other for ever are a fault of the file.
    const MOST_LEVELS: usize = 64;
    text.pieces.iter().any(|piece| match piece {
        Piece::Reference(Reference::AccountId | Reference::AccountName | Reference::Region) => true,
        Piece::Reference(Reference::Variable(name)) if level < MOST_LEVELS => variables
            .get(name.as_str())
            .is_some_and(|text| is_of_one_target(text, variables, level + 1)),
        Piece::Reference(_) | Piece::Literal(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buckets_name_keeps_the_rules_of_s3() {
        let long = "a".repeat(64);
        for name in
            ["A_B", "ab", "a_b", "-abc", "abc-", "a..b", "192.168.5.4", "abc.", long.as_str()]
        {
            assert!(bucket_objection(name).is_some(), "{name}");
        }
        for name in [
            "abc",
            "artifacts-100000000001",
            "a.b.c",
            "1.2",
            "my-ap-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias",
        ] {
            assert_eq!(bucket_objection(name), None, "{name}");
        }
    }
}
