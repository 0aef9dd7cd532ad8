//! The bucket of artifacts: its name by S3's rules, and the account that it must belong to.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::composer::Composer;
use super::desired_stack::ArtifactsBucket;
use super::placements::Placement;
use crate::document::{Fault, Place, quoted};
use crate::environment::{Piece, Reference, Text};
use crate::template::Template;

/// What S3 says of a bucket's name.
const BUCKET_RULE: &str = "3 to 63 lower-case letters, digits, `.` or `-` are allowed, beginning and ending with a \
                           letter or a digit, without `..`, and no IP address";

/// What an access point's ARN begins with.
const ARN: &str = "arn:";

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
        if let Some(fault) = name_fault(&name, &artifacts.bucket.place, is_sent) {
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

/// Returns what is wrong with a bucket's name; nothing stops for one that nothing is sent to.
fn name_fault(name: &str, place: &Place, is_sent: bool) -> Option<Fault> {
    let fault = |message: String| Fault::at(place, message).with_help(BUCKET_RULE);
    match bucket_objection(name) {
        Some(message) if is_sent => Some(fault(message)),
        Some(message) => Some(fault(message).into_warning()),
        None if !is_sent || is_todays_name(name) || name.starts_with(ARN) => None,
        None => {
            let message = format!(
                "{} is a bucket's name only if it was made in us-east-1 before March 2018",
                quoted(name)
            );
            Some(fault(message).into_warning())
        }
    }
}

/// Says why a text is no bucket's name, if none ever was called so; an access point's ARN may stand in place of one.
///
/// Source: the S3 user guide, "General purpose bucket naming rules": buckets that were made in us-east-1 before March
/// 2018 may have 255 characters, capitals and `_`.
pub(super) fn bucket_objection(name: &str) -> Option<String> {
    let is_name = (3..=255).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        && name.parse::<Ipv4Addr>().is_err();
    (!is_name && !name.starts_with(ARN)).then(|| format!("{} is no bucket's name", quoted(name)))
}

/// Whether a bucket that is made today may have a name.
///
/// Source: the same. What no bucket may be called but an access point's alias is, such as `…-s3alias`, is taken.
fn is_todays_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.chars().all(|c| is_plain(c) || c == '.' || c == '-')
        && name.starts_with(is_plain)
        && name.ends_with(is_plain)
        && !name.contains("..")
}

/// Whether a text is another one in each account, or in each Region.
fn is_of_one_target(text: &Text, variables: &BTreeMap<&str, &Text>, level: usize) -> bool {
    // Those that name each other for ever are a fault of the file.
    const MOST_LEVELS: usize = 64;
    text.pieces.iter().any(|piece| match piece {
        Piece::Reference(
            Reference::AccountId
            | Reference::AccountName
            | Reference::AccountUnit
            | Reference::AccountTag(_)
            | Reference::Region,
        ) => true,
        Piece::Reference(Reference::Variable(name)) if level < MOST_LEVELS => variables
            .get(name.as_str())
            .is_some_and(|text| is_of_one_target(text, variables, level + 1)),
        Piece::Reference(_) | Piece::Literal(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::document::SourceFile;

    #[test]
    fn a_name_is_refused_if_no_bucket_ever_had_it_and_doubted_if_none_can_be_made_with_it() {
        let (longest, too_long, of_today) = ("a".repeat(255), "a".repeat(256), "a".repeat(63));
        for name in ["", "ab", "a/b", "a b", "192.168.5.4", "bücher", too_long.as_str()] {
            assert!(bucket_objection(name).is_some(), "{name}");
        }
        for name in ["A_B", "a_b", "-abc", "abc-", "a..b", "abc.", longest.as_str()] {
            assert_eq!(bucket_objection(name), None, "{name}");
            assert!(!is_todays_name(name), "{name}");
        }
        for name in [
            "abc",
            "artifacts-100000000001",
            "a.b.c",
            "1.2",
            "my-ap-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias",
            of_today.as_str(),
        ] {
            assert!(bucket_objection(name).is_none() && is_todays_name(name), "{name}");
        }
        assert_eq!(bucket_objection("arn:aws:s3:eu-central-1:100000000001:accesspoint/a"), None);
    }

    #[test]
    fn a_name_that_nothing_is_sent_to_stops_nothing() {
        let file = Arc::new(SourceFile { path: "x.yaml".into(), text: "a/b".to_owned() });
        let place = Place { file, span: 0..3 };
        let found = |name, is_sent| name_fault(name, &place, is_sent).map(|it| it.is_warning());
        assert_eq!(found("a/b", true), Some(false));
        assert_eq!(found("a/b", false), Some(true));
        assert_eq!(found("A_B", true), Some(true));
        assert_eq!(found("A_B", false), None);
        assert_eq!(found("a-b", true), None);
    }
}
