//! What two failures must share to have one cause.

use super::mask::{Names, masked};
use super::reason::Reason;
use crate::event::{AnnouncedInstance, Failure, FailureKind};

/// A failure without what differs from account to account: failures with one cause have one key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CauseKey {
    kind: FailureKind,
    resource: Option<String>,
    resource_type: Option<String>,
    operation: Option<String>,
    code: Option<String>,
    service: Option<String>,
    text: String,
}

/// Returns the key of a failure that happened where `names` says, and for `reason`.
pub fn normalised(failure: &Failure, reason: &Reason, names: &Names) -> CauseKey {
    let text = masked(&reason.text, names);
    let Reason { resource_type, operation, code, service, .. } = reason.clone();
    let resource = failure.resource.clone();
    CauseKey { kind: failure.kind, resource, resource_type, operation, code, service, text }
}

/// Returns the key of a resource's failure in a stack instance: see [`CauseKey`].
pub fn resource_key(failure: &Failure, announced: &AnnouncedInstance) -> CauseKey {
    let AnnouncedInstance { id, account_id, stack_name, .. } = announced;
    let names = Names {
        account: id.account.as_str(),
        account_id: account_id.as_str(),
        region: id.region.as_str(),
        stack: stack_name.as_str(),
        masks_stack: true,
    };
    normalised(failure, &Reason::of(failure), &names)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::clusters::title::cause_title;

    /// Messages as AWS and xdeploy word them, each of another cause. Here `@A` is the account's id,
    /// `@N` its name, `@R` the Region, `@U` a UUID, `@X` the random end of a name, `@D` a digit.
    const MESSAGES: &str = include_str!("messages.txt");

    /// Fills in a message for one account.
    fn filled(message: &str, digit: u8, end: &str, uuid: &str) -> (String, [String; 3]) {
        let names =
            [format!("team-{digit}"), format!("10000000000{digit}"), format!("eu-west-{digit}")];
        let text = message
            .replace("@N", &names[0])
            .replace("@A", &names[1])
            .replace("@R", &names[2])
            .replace("@U", uuid)
            .replace("@X", end)
            .replace("@D", &digit.to_string());
        (text, names)
    }

    fn key(message: &str, digit: u8, end: &str, uuid: &str) -> CauseKey {
        let (text, [account, account_id, region]) = filled(message, digit, end, uuid);
        let failure = Failure::new(FailureKind::ResourceFailed, text);
        let (account, account_id, region) = (&account, &account_id, &region);
        normalised(
            &failure,
            &Reason::of(&failure),
            &Names { account, account_id, region, stack: "app", masks_stack: true },
        )
    }

    proptest! {
        #[test]
        fn one_cause_has_one_key_in_every_account(
            digits in prop::collection::vec(1u8..10, 2),
            ends in prop::collection::vec("[A-Z0-9]{12,13}", 2),
            uuids in prop::collection::vec("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", 2),
        ) {
            let mut keys = std::collections::BTreeSet::new();
            for message in MESSAGES.lines() {
                let [one, other] = [0, 1].map(|at| key(message, digits[at], &ends[at], &uuids[at]));
                prop_assert_eq!(&one, &other);
                prop_assert!(keys.insert(one), "{}", message);
            }
        }
    }

    #[test]
    fn each_cause_is_told_in_a_few_words() {
        let titles = MESSAGES.lines().map(|message| {
            let (text, [account, account_id, region]) =
                filled(message, 1, "PODELNJPWWOO", "2014b22d-8e58-43c3-82d0-4fe2a2f66841");
            let names = Names {
                account: &account,
                account_id: &account_id,
                region: &region,
                stack: "app",
                masks_stack: false,
            };
            let failure = Failure::new(FailureKind::ResourceFailed, text);
            let cause_title = cause_title(&failure, &Reason::of(&failure), Some(&names));
            let help = cause_title.help.map(|help| format!("\n  {help}")).unwrap_or_default();
            format!("{}{help}\n", cause_title.title)
        });
        insta::assert_snapshot!(titles.collect::<String>());
    }
}
