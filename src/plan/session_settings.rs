//! What a session carries besides its name: a policy that narrows it, tags, and who is behind it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::evaluate::{EvaluationScope, Evaluator};
use crate::document::{Fault, Place, quoted};
use crate::environment::AssumeRole;
use crate::foreign;

/// The longest session policy, in characters.
///
/// Source: the STS API reference, `AssumeRole`, parameter `Policy`.
const MOST_POLICY_CHARACTERS: usize = 2048;

/// The most tags of a session, and how long their keys and values may be, in characters.
///
/// Source: the STS API reference, `AssumeRole`, parameter `Tags`.
const MOST_TAGS: usize = 50;
const MOST_KEY_CHARACTERS: usize = 128;
const MOST_VALUE_CHARACTERS: usize = 256;

/// Returns the policy that narrows the session.
///
/// # Errors
/// A file that cannot be read, is not a policy, or is too long.
pub(super) fn policy(
    evaluator: &mut Evaluator<'_, '_>,
    wanted: &AssumeRole,
) -> Result<Option<Arc<str>>, Fault> {
    let Some(file) = &wanted.session_policy else { return Ok(None) };
    let text = evaluator.files.session_policy(&file.value, &file.place)?;
    let length = text.chars().count();
    if length > MOST_POLICY_CHARACTERS {
        let message = format!(
            "the session policy `{}` has {length} characters, without its blanks",
            foreign::path(&file.value)
        );
        return Err(Fault::at(&file.place, message)
            .with_help(format!("AWS takes at most {MOST_POLICY_CHARACTERS}")));
    }
    Ok(Some(text))
}

/// Returns the tags of the session.
///
/// # Errors
/// Tags that AWS does not take.
pub(super) fn tags<'e>(
    evaluator: &mut Evaluator<'e, '_>,
    wanted: &AssumeRole,
    scope: EvaluationScope<'e>,
) -> Result<BTreeMap<String, String>, Fault> {
    let mut tags = BTreeMap::new();
    for (key, text) in wanted.session_tags.iter().flatten() {
        let value = evaluator.text(text, scope)?;
        if key.value.as_str().chars().count() > MOST_KEY_CHARACTERS {
            let message =
                format!("the key of a session tag has at most {MOST_KEY_CHARACTERS} characters");
            return Err(Fault::at(&key.place, message));
        }
        if value.chars().count() > MOST_VALUE_CHARACTERS {
            let message = format!(
                "the value of a session tag has at most {MOST_VALUE_CHARACTERS} characters"
            );
            return Err(Fault::at(&text.place, message));
        }
        if let Some(odd) = value.chars().find(|&c| !is_of_tag(c)) {
            let message =
                format!("the value of a session tag cannot hold {}", quoted(&odd.to_string()));
            let rule = "letters, digits, spaces and `_.:/=+-@` are allowed";
            return Err(Fault::at(&text.place, message).with_help(rule));
        }
        let is_same = |other: &String| other.to_lowercase() == key.value.as_str().to_lowercase();
        if let Some(other) = tags.keys().find(|other| is_same(other)) {
            let message = format!("to STS, the session tags `{}` and `{other}` are one", key.value);
            let help = "it takes keys that differ in case only for the same: take one out";
            return Err(Fault::at(&key.place, message).with_help(help));
        }
        if tags.len() == MOST_TAGS {
            let message = format!("a session has at most {MOST_TAGS} tags");
            return Err(Fault::at(&key.place, message));
        }
        tags.insert(key.value.to_string(), value);
    }
    Ok(tags)
}

/// Whether a session tag's value may hold a character.
///
/// Source: the STS API reference, data type `Tag`: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`.
fn is_of_tag(c: char) -> bool {
    c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
}

/// Returns who is behind the session.
///
/// Source of the rule: the STS API reference, `AssumeRole`, parameter `SourceIdentity`.
///
/// # Errors
/// A text that AWS does not take.
pub(super) fn source_identity<'e>(
    evaluator: &mut Evaluator<'e, '_>,
    wanted: &AssumeRole,
    scope: EvaluationScope<'e>,
) -> Result<Option<String>, Fault> {
    let Some(text) = &wanted.source_identity else { return Ok(None) };
    let identity = evaluator.text(text, scope)?;
    let is_valid = (2..=64).contains(&identity.len())
        && identity.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c))
        && !identity.to_ascii_lowercase().starts_with("aws:");
    if is_valid {
        return Ok(Some(identity));
    }
    let message = format!("`{identity}` is not a source identity");
    let rule = "2 to 64 letters, digits or `_+=,.@-` are allowed";
    Err(Fault::at(&text.place, message).with_help(rule))
}

/// Returns the fault that a text is no serial number of an MFA device, if it is none.
///
/// Source of the rule: the STS API reference, `AssumeRole`, parameter `SerialNumber`.
pub(super) fn no_mfa_serial(serial: &str, place: &Place) -> Option<Fault> {
    let is_serial = (9..=256).contains(&serial.len())
        && serial.chars().all(|c| c.is_ascii_alphanumeric() || "_+=/:,.@-".contains(c));
    let rule = "its ARN, or 9 to 256 letters, digits or `_+=/:,.@-`";
    (!is_serial).then(|| {
        let message = format!("{} is not the serial number of an MFA device", quoted(serial));
        Fault::at(place, message).with_help(rule)
    })
}

#[cfg(test)]
mod tests {
    use crate::plan::folder::TestFolder;
    use crate::plan::{AccountEntry, Selection};

    /// Returns a file whose accounts are entered as `accounts` says.
    fn file(accounts: &str) -> String {
        format!(
            "environment: e\nsource: {{ account: '999999999999' }}\nregions: [eu-central-1]\n\
             assume-role:\n  name: deployer\n  via: ['arn:aws:iam::888888888888:role/${{environment}}']\n  \
             session-policy: policy.json\n  session-tags: {{ account: '${{account.name}}' }}\n  \
             source-identity: me@example.com\n\
             accounts:\n{accounts}stacks: {{ role: {{ template: role.yaml, parameters: {{ Account: '${{account.id}}' }} }} }}\n"
        )
    }

    fn folder() -> TestFolder {
        let folder = TestFolder::new();
        let policy = r#"{ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } }"#;
        folder.write("policy.json", policy);
        folder.write(
            "long.json",
            &format!(
                r#"{{ "Statement": {{ "Effect": "Allow", "Action": "*", "Resource": "{}" }} }}"#,
                "arn:aws:s3:::x".to_owned() + &"x".repeat(3000)
            ),
        );
        folder.write("empty.json", "{}");
        folder
    }

    #[test]
    fn an_accounts_session_carries_what_the_file_says_and_what_it_says_itself() {
        let accounts = "  dev: '100000000001'\n  \
                        near: { id: '100000000002', assume-role: { via: [], session-tags: {} } }\n";
        let plan = folder().resolve_with(&file(accounts), &Selection::default()).expect("a plan");
        let entries: Vec<_> = plan
            .accounts
            .iter()
            .map(|account| match &account.entry {
                AccountEntry::AssumeRole(entry) => entry.as_ref(),
                AccountEntry::Source | AccountEntry::Profile(_) => panic!("a role"),
            })
            .collect();
        let [dev, near] = entries[..] else { panic!("two accounts") };
        assert_eq!(dev.via[0].as_str(), "arn:aws:iam::888888888888:role/e");
        assert_eq!(
            dev.session_policy.as_deref(),
            Some(r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#)
        );
        assert_eq!(dev.session_tags["account"], "dev");
        assert_eq!(dev.source_identity.as_deref(), Some("me@example.com"));
        assert!(near.via.is_empty() && near.session_tags.is_empty());
        assert!(near.session_policy.is_some());
    }

    #[test]
    fn what_aws_does_not_take_with_a_session_is_found_before_any_call() {
        let accounts = "  a: { id: '100000000001', assume-role: { session-policy: long.json } }
  b: { id: '100000000002', assume-role: { session-policy: empty.json } }
  c: { id: '100000000003', assume-role: { session-policy: role.yaml } }
  d: { id: '100000000004', assume-role: { source-identity: 'aws:me' } }
  e: { id: '100000000005', assume-role: { duration: 2h } }
  f: { id: '100000000006', assume-role: { via: [jump] } }
";
        let says = folder()
            .resolve_with(&file(accounts), &Selection::default())
            .expect_err("faults in every account");
        insta::assert_snapshot!(says);
    }
}
