use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{PolicyUse, fault};

const SYNTAX: &str = "Syntax errors in policy.";
const LEGACY: &str = "The policy failed legacy parsing";
const VERSION: &str = "Policy document must be version 2012-10-17 or greater.";
const NO_ACTIONS: &str = "Policy statement must contain actions.";
const NO_RESOURCES: &str = "Policy statement must contain resources.";
const NO_VENDOR: &str =
    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
const COLONS: &str = "Actions/Condition can contain only one colon.";

/// Returns a policy of one good statement in which `other` stands instead; `null` takes an element away.
fn policy(other: &Json) -> Json {
    let mut statement = json!({ "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*" });
    for (element, value) in other.as_object().into_iter().flatten() {
        statement[element] = value.clone();
    }
    if let Some(elements) = statement.as_object_mut() {
        elements.retain(|_, value| !value.is_null());
    }
    json!({ "Version": "2012-10-17", "Statement": statement })
}

fn says(other: &Json) -> String {
    fault(&policy(other), PolicyUse::Inline).unwrap_or_default()
}

#[test]
fn the_shape_of_a_statement_is_that_of_the_grammar() {
    for other in [
        json!({ "Actions": "s3:Get" }),
        json!({ "Sid": [] }),
        json!({ "Effect": "Perhaps" }),
        json!({ "Effect": null }),
        json!({ "Action": {} }),
        json!({ "Action": [["s3:Get"]] }),
        json!({ "NotAction": "iam:*" }),
        json!({ "NotResource": [] }),
        json!({ "Resource": { "Arn": "*" } }),
        json!({ "Resource": ["*", {}] }),
        json!({ "Principal": 3 }),
        json!({ "Condition": [] }),
        json!({ "Condition": "always" }),
        json!({ "Condition": { "Bool": "true" } }),
        json!({ "Condition": { "Bool": ["true"] } }),
        json!({ "Condition": { "Bool": { "aws:SecureTransport": {} } } }),
        json!({ "Condition": { "StringSimilar": { "aws:username": "ann" } } }),
        json!({ "Condition": { "ForAnyValue::StringLike": { "aws:TagKeys": "a" } } }),
    ] {
        assert_eq!(says(&other), SYNTAX, "{other}");
    }
}

#[test]
fn the_shape_of_a_document_is_that_of_the_grammar() {
    let good = policy(&json!({}))["Statement"].clone();
    for document in [
        json!("no document"),
        json!({ "Version": "2012-10-17" }),
        json!({ "Statement": [] }),
        json!({ "Statement": ["s3:Get"] }),
        json!({ "Version": "2020-01-01", "Statement": good }),
        json!({ "Version": 2012, "Statement": good }),
        json!({ "Id": [], "Statement": good }),
        json!({ "Statement": good, "Description": "reads" }),
    ] {
        assert_eq!(fault(&document, PolicyUse::Inline).unwrap(), SYNTAX, "{document}");
    }
    for document in [json!({ "Statement": good }), json!({ "Id": "a", "Statement": [good] })] {
        assert_eq!(fault(&document, PolicyUse::Inline), None, "{document}");
    }
}

#[test]
fn a_managed_policy_is_of_the_newer_version() {
    let mut document = policy(&json!({}));
    assert_eq!(fault(&document, PolicyUse::Managed), None);
    for version in [json!("2008-10-17"), Json::Null] {
        document["Version"] = version;
        if document["Version"].is_null() {
            document.as_object_mut().unwrap().remove("Version");
        }
        assert_eq!(fault(&document, PolicyUse::Managed).unwrap(), VERSION);
        assert_eq!(fault(&document, PolicyUse::Inline), None);
    }
}

#[test]
fn actions_are_those_of_a_service() {
    for (other, expected) in [
        (json!({ "Action": "ListBucket" }), NO_VENDOR),
        (json!({ "Action": null, "NotAction": "" }), NO_VENDOR),
        (json!({ "Action": "s3:List:Bucket" }), COLONS),
        (json!({ "Action": ["s3:Get", "s 3:Get"] }), "Vendor s 3 is not valid"),
        (json!({ "Action": "s3*:Get" }), "Vendor s3* is not valid"),
        (json!({ "Action": null }), NO_ACTIONS),
        (json!({ "Action": [] }), NO_ACTIONS),
        (json!({ "Action": "*" }), ""),
        (json!({ "Action": "*:*" }), ""),
        (json!({ "Action": "any-thing.x: what ever " }), ""),
    ] {
        assert_eq!(says(&other), expected, "{other}");
    }
}

#[test]
fn resources_are_arns() {
    let no_arn = |text: &str| format!("Resource {text} must be in ARN format or \"*\".");
    let partition = |name: &str, arn: &str| {
        format!("Partition \"{name}\" is not valid for resource \"arn:{arn}\".")
    };
    for (resource, expected) in [
        (json!("bucket"), no_arn("bucket")),
        (json!(""), no_arn("")),
        (json!(["*", "bucket"]), no_arn("bucket")),
        (json!("s3:bucket"), partition("bucket", "bucket:*:*:*:*")),
        (json!("a:b:c:d:e:f:g"), partition("b", "b:c:d:e:f:g")),
        (json!("aws:s3:::bucket"), partition("s3", "s3:::bucket:*")),
        (
            json!("arn:aws"),
            "Resource vendor must be fully qualified and cannot contain regexes.".to_owned(),
        ),
        (json!("arn:aws:s3::bucket"), LEGACY.to_owned()),
        (json!(["*", "arn:aws::bucket"]), LEGACY.to_owned()),
        (
            json!("arn:aws:s3:eu-west-1::bucket"),
            "Resource arn:aws:s3:eu-west-1::bucket can not contain region information.".to_owned(),
        ),
        (
            json!("arn:aws:iam:eu-west-1::role/a"),
            "IAM resource arn:aws:iam:eu-west-1::role/a cannot contain region information."
                .to_owned(),
        ),
        (json!("arn:aws:s3:eu-west-1:100000000001:accesspoint/a"), String::new()),
        (json!("arn:aws:s3:*:*:bucket"), String::new()),
        (json!("arn:*:s3:::bucket/${aws:username}"), String::new()),
        (json!("arn:aws:iam::100000000001:ro*"), String::new()),
        (json!("arn:aws:iam::100000000001:*"), String::new()),
        (json!("arn:aws:any:thing"), String::new()),
    ] {
        assert_eq!(says(&json!({ "Resource": resource })), expected, "{resource}");
    }
    let is_root = says(&json!({ "Resource": "arn:aws:iam::100000000001:root" }));
    assert!(is_root.starts_with("IAM resource path must either be \"*\" or start with user/,"));
    for resource in [Json::Null, json!([])] {
        assert_eq!(says(&json!({ "Resource": resource })), NO_RESOURCES, "{resource}");
    }
}

#[test]
fn the_older_reader_is_strict_about_effects_and_dates() {
    for effect in ["allow", "DENY"] {
        assert_eq!(says(&json!({ "Effect": effect })), LEGACY, "{effect}");
    }
    let dated = |date: &str| {
        says(&json!({ "Condition": { "DateLessThanIfExists": { "aws:CurrentTime": [date] } } }))
    };
    for date in [
        "tomorrow",
        "123-13",
        "2026-11-32",
        "2026-1-1-1",
        "2026-11-29t24:00",
        "2026-11-29T10:00:60Z",
        "2026-11-29T10:00:00.9999999999Z",
        "2026-11-29T10:00:00+1",
        "9223372036854775808",
    ] {
        assert_eq!(dated(date), LEGACY, "{date}");
    }
    for date in [
        "2026-11-29",
        "2026-11-29T10:00:00Z",
        "2026-11-29T10:00:00.5+01:00",
        "01T",
        "1790000000",
        "${aws:PrincipalTag/until}",
    ] {
        assert_eq!(dated(date), "", "{date}");
    }
}

#[test]
fn statements_have_ids_of_their_own() {
    let named = |sids: [&str; 2]| {
        let statements = sids.map(|sid| policy(&json!({ "Sid": sid }))["Statement"].clone());
        fault(&json!({ "Statement": statements }), PolicyUse::Inline).unwrap_or_default()
    };
    let twice = "Statement IDs (SID) in a single policy must be unique.";
    assert_eq!(named(["Reads", "Reads"]), twice);
    assert!(named(["Reads", "Reads it"]).starts_with("Statement IDs (SID) must be alpha-numeric."));
    assert_eq!(named(["Reads", "reads"]), "");
    assert_eq!(named(["", ""]), "");
}

#[test]
fn what_is_found_first_is_told_alone() {
    let all = json!({
        "Effect": "allow", "Action": "Get", "Resource": "arn:aws:s3::b", "Sid": "a b",
    });
    assert_eq!(says(&all), LEGACY);
    let later = json!({ "Action": "Get", "Resource": "bucket" });
    assert_eq!(says(&later), "Resource bucket must be in ARN format or \"*\".");
    assert_eq!(says(&json!({ "Action": "Get", "Resource": null })), NO_VENDOR);
}

#[test]
fn a_trust_policy_names_a_principal_actions_of_sts_and_no_resource() {
    let trusts = |other: &Json| fault(&policy(other), PolicyUse::Trust).unwrap_or_default();
    let enter = |principal: Json| json!({ "Action": "sts:AssumeRole", "Resource": null, "Principal": principal });
    assert_eq!(trusts(&json!({ "Principal": "*" })), "Has prohibited field Resource");
    assert_eq!(trusts(&enter(Json::Null)), "Missing required field Principal");
    assert_eq!(trusts(&enter(json!({ "AWS": "*" }))), "");
    assert_eq!(trusts(&enter(json!({ "Service": ["ec2.amazonaws.com"] }))), "");
    assert_eq!(trusts(&enter(json!([]))), SYNTAX);
    let mut reads = enter(json!("*"));
    reads["Action"] = json!(["STS:AssumeRole", "s3:Get"]);
    assert_eq!(trusts(&reads), "AssumeRole policy may only specify STS AssumeRole actions.");
    let named = json!({ "Principal": "*" });
    assert_eq!(says(&named), "Policy document should not specify a principal.");
}

proptest! {
    #[test]
    fn any_texts_are_judged(action: String, resource: String, date: String, sid: String) {
        let other = json!({
            "Sid": sid, "Action": action, "Resource": [resource],
            "Condition": { "DateEquals": { "aws:CurrentTime": date } },
        });
        for used_as in [PolicyUse::Managed, PolicyUse::Inline, PolicyUse::Trust] {
            fault(&policy(&other), used_as);
        }
    }
}
