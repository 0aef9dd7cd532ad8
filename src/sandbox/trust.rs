//! Trust policies: who may assume a role, and who may not.
//!
//! The rules are those of the IAM user guide, "IAM JSON policy elements: Principal" and "Policy
//! evaluation logic": an explicit `Deny` wins, and without an `Allow` nothing is allowed. A
//! condition this module does not know never matches an `Allow`, so nobody is let in by mistake.

use serde_json::Value as Json;

use super::caller::{Caller, Identity};

/// What a caller asks a role for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// The external id sent along.
    pub external_id: Option<&'a str>,
    /// The session name asked for.
    pub session_name: &'a str,
}

/// Whether a trust policy lets a caller assume its role.
pub fn admits(policy: &Json, request: &Request<'_>) -> bool {
    let applies = |effect: &str| {
        statements(policy).any(|statement| {
            statement["Effect"] == effect
                && names_action(statement, "sts:AssumeRole")
                && names_caller(&statement["Principal"], request.caller)
                && meets(&statement["Condition"], request, effect == "Deny")
        })
    };
    applies("Allow") && !applies("Deny")
}

/// Whether a trust policy lets an AWS service, such as `cloudformation.amazonaws.com`, assume its
/// role.
pub fn admits_service(policy: &Json, service: &str) -> bool {
    statements(policy).any(|statement| {
        statement["Effect"] == "Allow"
            && names_action(statement, "sts:AssumeRole")
            && one_or_many(&statement["Principal"]["Service"]).any(|name| name == service)
    })
}

fn statements(policy: &Json) -> impl Iterator<Item = &Json> {
    let statement = &policy["Statement"];
    match statement {
        Json::Array(list) => list.iter().collect::<Vec<_>>(),
        Json::Object(_) => vec![statement],
        _ => Vec::new(),
    }
    .into_iter()
}

fn names_action(statement: &Json, action: &str) -> bool {
    one_or_many(&statement["Action"])
        .any(|pattern| matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase()))
}

fn names_caller(principal: &Json, caller: &Caller) -> bool {
    if principal == "*" {
        return true;
    }
    one_or_many(&principal["AWS"]).any(|named| {
        let root = format!("arn:{}:iam::{}:root", caller.partition(), caller.account);
        let is_account = named == "*" || named == caller.account.as_str() || named == root;
        match &caller.identity {
            Identity::Root => is_account,
            Identity::Session(session) => {
                is_account || named == session.role_arn || named == session.arn()
            }
        }
    })
}

/// Whether every condition holds; `unknown` is what counts for one this module does not know.
fn meets(condition: &Json, request: &Request<'_>, unknown: bool) -> bool {
    let Json::Object(operators) = condition else { return true };
    operators.iter().all(|(operator, keys)| {
        let Json::Object(keys) = keys else { return unknown };
        keys.iter().all(|(key, wanted)| {
            context_value(key, request)
                .and_then(|found| compare(operator, found.as_deref(), wanted))
                .unwrap_or(unknown)
        })
    })
}

/// Returns the value of a condition key in this request, if it has one; nothing at all for a key
/// this module does not know.
fn context_value(key: &str, request: &Request<'_>) -> Option<Option<String>> {
    match key.to_ascii_lowercase().as_str() {
        "sts:externalid" => Some(request.external_id.map(str::to_owned)),
        "sts:rolesessionname" => Some(Some(request.session_name.to_owned())),
        "aws:principalaccount" => Some(Some(request.caller.account.to_string())),
        "aws:principalarn" => Some(Some(match &request.caller.identity {
            Identity::Root => request.caller.arn(),
            Identity::Session(session) => session.role_arn.clone(),
        })),
        // Root keys and sessions of roles never come with a second factor here.
        "aws:multifactorauthpresent" => Some(None),
        "aws:requestedregion" => Some(Some(request.caller.region.to_string())),
        _ => None,
    }
}

/// Returns whether a condition holds, or nothing for an operator this module does not know.
fn compare(operator: &str, found: Option<&str>, wanted: &Json) -> Option<bool> {
    let operator = operator.to_ascii_lowercase();
    if operator == "null" {
        return Some(one_or_many(wanted).all(|null| (null == "true") == found.is_none()));
    }
    let (operator, passes_if_absent) = match operator.strip_suffix("ifexists") {
        Some(operator) => (operator, true),
        None => (operator.as_str(), false),
    };
    let (operator, is_negated) = match operator {
        "stringnotequals" | "arnnotequals" => ("stringequals", true),
        "stringnotlike" | "arnnotlike" => ("stringlike", true),
        operator => (operator, false),
    };
    let Some(found) = found else { return Some(passes_if_absent || is_negated) };
    let equals: fn(&str, &str) -> bool = match operator {
        "stringequals" => |pattern, text| pattern == text,
        "stringequalsignorecase" | "bool" => |pattern, text| pattern.eq_ignore_ascii_case(text),
        "stringlike" | "arnequals" | "arnlike" => matches,
        _ => return None,
    };
    Some(one_or_many(wanted).any(|pattern| equals(pattern, found)) != is_negated)
}

/// Returns the texts of a text or of a list of texts.
pub fn one_or_many(value: &Json) -> impl Iterator<Item = &str> {
    match value {
        Json::Array(list) => list.iter().filter_map(Json::as_str).collect::<Vec<_>>(),
        value => value.as_str().into_iter().collect(),
    }
    .into_iter()
}

/// Whether `text` is like `pattern`, in which `*` is any characters and `?` any one.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the last `*` stands and how much of the text it stands for so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((at, taken)) = star {
            star = Some((at, taken + 1));
            p = at + 1;
            t = taken + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn caller() -> Caller {
        Caller {
            account: "999999999999".parse().unwrap(),
            identity: Identity::Root,
            region: "eu-central-1".parse().unwrap(),
            service: "sts".into(),
        }
    }

    fn admits_with(policy: &Json, external_id: Option<&str>) -> bool {
        admits(policy, &Request { caller: &caller(), external_id, session_name: "run" })
    }

    fn allow(principal: &str, condition: &Json) -> Json {
        json!({ "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "AWS": principal }, "Condition": condition,
        }] })
    }

    #[test]
    fn an_account_is_named_by_its_id_its_root_or_a_star() {
        for (principal, admitted) in [
            ("999999999999", true),
            ("arn:aws:iam::999999999999:root", true),
            ("*", true),
            ("888888888888", false),
            ("arn:aws:iam::999999999999:role/other", false),
        ] {
            assert_eq!(admits_with(&allow(principal, &Json::Null), None), admitted, "{principal}");
        }
    }

    #[test]
    fn an_external_id_must_be_the_one_asked_for() {
        let policy = allow("*", &json!({ "StringEquals": { "sts:ExternalId": ["a", "b"] } }));
        assert!(admits_with(&policy, Some("b")));
        assert!(!admits_with(&policy, Some("c")));
        assert!(!admits_with(&policy, None));
    }

    #[test]
    fn a_condition_that_is_not_known_lets_nobody_in_and_keeps_denying() {
        assert!(!admits_with(&allow("*", &json!({ "DateLess": { "aws:X": "1" } })), None));
        let mut policy = allow("*", &Json::Null);
        policy["Statement"].as_array_mut().unwrap().push(json!({
            "Effect": "Deny", "Action": "sts:*", "Principal": "*",
            "Condition": { "DateLess": { "aws:X": "1" } },
        }));
        assert!(!admits_with(&policy, None));
    }

    #[test]
    fn stars_and_question_marks_stand_for_characters() {
        for (pattern, text, is_like) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a?c", "ac", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b", "abc", false),
        ] {
            assert_eq!(matches(pattern, text), is_like, "{pattern} {text}");
        }
    }
}
