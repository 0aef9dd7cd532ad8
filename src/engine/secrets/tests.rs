//! What is hidden, in which spelling, and what is not.

use aws_smithy_types::base64;
use proptest::prelude::*;

use super::*;

fn secrets(values: &[&str]) -> SecretValues {
    let mut secrets = SecretValues::default();
    values.iter().for_each(|value| secrets.keep(value));
    secrets
}

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Returns JSON of ASCII alone, its escapes with digits as `digit` writes them.
fn ascii(text: &str, digit: fn(u16) -> String) -> String {
    let mut spelled = String::new();
    for c in json(text).chars() {
        match c.is_ascii() {
            true => spelled.push(c),
            false => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| spelled += &digit(*unit)),
        }
    }
    spelled
}

fn address(text: &str, digits: fn(u8) -> String) -> String {
    let spelled = text.bytes().map(|byte| match byte {
        b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => digits(byte),
    });
    spelled.collect()
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Returns every spelling in which a reply may repeat a value.
fn spellings(value: &str) -> Vec<String> {
    let upper: fn(u8) -> String = |byte| format!("%{byte:02X}");
    let numbers = |text: &str| text.chars().map(|c| format!("&#{};", u32::from(c))).collect();
    vec![
        value.to_owned(),
        json(value),
        json(&json(value)),
        ascii(value, |unit| format!("\\u{unit:04x}")),
        ascii(value, |unit| format!("\\u{unit:04X}")),
        json(&ascii(value, |unit| format!("\\u{unit:04x}"))),
        xml(value),
        xml(value).replace('"', "&quot;").replace('\'', "&#39;"),
        xml(&xml(value)),
        xml(&json(value)),
        numbers(value),
        address(value, upper),
        address(value, |byte| format!("%{byte:02x}")),
        address(value, upper).replace("%20", "+"),
        address(&address(value, upper), upper),
        value.replace('\n', " "),
        value.replace('\n', "\r\n  "),
        value.replace('\n', ""),
    ]
}

fn in_base64(value: &str) -> Vec<String> {
    let mut spelled = Vec::new();
    for (before, after) in [("", ""), ("x", ""), ("xy", "z"), ("", "yz"), ("user:", ", more of it")]
    {
        let standard = base64::encode(format!("{before}{value}{after}"));
        let url = standard.replace('+', "-").replace('/', "_");
        spelled.extend([standard.trim_end_matches('=').to_owned(), url, standard]);
    }
    spelled
}

#[test]
fn a_secret_is_hidden_whole_and_a_trivial_value_stays() {
    let secrets = secrets(&["hunter2", "hunter2-and-more", "no"]);
    let text = "hunter2-and-more is no hunter2".to_owned();
    assert_eq!(secrets.hide(text), "**** is no ****");
}

#[test]
fn only_the_first_lines_of_a_secret_are_hidden_as_well() {
    let secrets = secrets(&["-----BEGIN KEY-----\nMIIEabc123\nxyz\n-----END KEY-----\n"]);
    assert_eq!(secrets.hide("got -----BEGIN KEY-----: bad".into()), "got ****: bad");
    assert_eq!(secrets.hide("bad line MIIEabc123, 2".into()), "bad line ****, 2");
    let cut = "value -----BEGIN KEY----- MIIEab... is too long";
    assert_eq!(secrets.hide(cut.into()), "value ****... is too long");
    assert_eq!(secrets.hide("value -----BEGIN KEY-----\nMII".into()), "value ****");
}

proptest! {
    #[test]
    fn a_secret_is_hidden_in_every_spelling(
        value in "[a-zA-Z0-9 <>&\"'\\\\%+/=?#äß😀\u{1}-]{4,12}\n?[a-zA-Z0-9<>&\"'%+ü€😀]{4,8}[0-9]z"
    ) {
        let secrets = secrets(&[&value]);
        // White space at the ends is no part of a secret.
        let value = value.trim();
        for spelled in spellings(value) {
            prop_assert_eq!(secrets.hide(format!("got {spelled}.")), "got ****.", "{}", spelled);
            let shown = secrets.hidden([("A".to_owned(), format!("<{spelled}>"))].into());
            prop_assert_eq!(&shown["A"], "<****>");
        }
        for spelled in in_base64(value) {
            let shown = secrets.hide(format!("Authorization: Basic {spelled} is wrong"));
            prop_assert!(shown.contains(MASK), "{}: {}", spelled, shown);
            for decoded in super::base64::decoded(&shown) {
                prop_assert!(!decoded.text.contains(value), "{}: {}", spelled, shown);
            }
            prop_assert!(shown.starts_with("Authorization: Basic ") && shown.ends_with(" is wrong"));
        }
    }

    #[test]
    fn no_text_is_too_strange(text in "(\\\\|%|&|#|;|\\+|u|x|[0-9a-f]|amp|lt|2|5|ä|\n| |\u{0}){0,60}", value in "[\\\\%&+ a-f0-9]{4,9}") {
        let secrets = secrets(&[&value, "a+ b", "\\\\\\\\"]);
        let _ = secrets.hide(text.clone());
        prop_assert_eq!(SecretValues::default().hide(text.clone()), text);
    }
}

/// Sentences of AWS in which words stand that somebody may have as a value.
const SENTENCES: [&str; 12] = [
    "Resource handler returned message: \"The value supplied for parameter 'Size' is not valid\" (Service: Ec2, Status Code: 400, Request ID: 7f5dad12-aaaa) (SDK Attempt Count: 1)",
    "The following resource(s) failed to create: [Weak, Other]. Rollback requested by user.",
    "Template error: every Ref object must have a single String value.",
    "Stack with id app does not exist",
    "No updates are to be performed.",
    "User: arn:aws:sts::100000000001:assumed-role/deployer/x is not authorized to perform: sns:CreateTopic because no identity-based policy allows the action",
    "Parameter validation failed: parameter value for parameter name Size does not exist",
    "Requires capabilities : [CAPABILITY_NAMED_IAM]",
    "Resource creation cancelled",
    "The security token included in the request is invalid",
    "Rate exceeded (Service: AmazonSNS; Status Code: 400; Error Code: Throttling; Proxy: null)",
    "Bucket name already exists (Status Code: 409)",
];

#[test]
fn words_of_aws_stay_where_aws_says_them() {
    let words = "value parameter stack resource user request token true string failed create message name \
        policy invalid supplied role action error object status exceeded Stack Template null 400";
    let secrets = secrets(&words.split_whitespace().collect::<Vec<_>>());
    for sentence in SENTENCES {
        assert_eq!(secrets.hide(sentence.to_owned()), sentence);
    }
}

#[test]
fn a_word_is_hidden_where_data_of_users_stands() {
    let secrets = secrets(&["value", "secret", "8080"]);
    for (text, shown) in [
        ("the value 'value' is no value", "the value '****' is no value"),
        ("{\"Password\": \"value\"} is wrong", "{\"Password\": \"****\"} is wrong"),
        ("{\\\"Password\\\":\\\"value\\\"}", "{\\\"Password\\\":\\\"****\\\"}"),
        ("Parameters [x, value, y] are wrong", "Parameters [x, ****, y] are wrong"),
        ("password=secret is too weak", "password=**** is too weak"),
        ("(value)", "(****)"),
        ("port 8080 of [8080]", "port 8080 of [****]"),
        ("value", "****"),
        ("values", "values"),
    ] {
        assert_eq!(secrets.hide(text.to_owned()), shown);
    }
    let outputs = [("A".to_owned(), "a value of 80801".to_owned())].into();
    assert_eq!(secrets.hidden(outputs)["A"], "a **** of 80801");
}

#[test]
fn a_secret_is_found_among_ten_thousand() {
    let values: Vec<String> = (0..10_000).map(|n| format!("secret-{n}-of-an-account")).collect();
    let secrets = secrets(&values.iter().map(String::as_str).collect::<Vec<_>>());
    let text =
        "Resource handler returned message: \"the password secret-77-of-an-account is too weak\"";
    for _ in 0..1_000 {
        assert!(secrets.hide(text.to_owned()).contains("password **** is"));
    }
}

#[test]
fn a_secret_is_hidden_as_cloudformation_answers_it() {
    let hidden = secrets(&["größe-7 \"x\""]);
    let answered = "gr??e-7 \"x\"";
    let shown = hidden.hide_in_text(format!("Value: {answered}!"), Of::Users);
    assert_eq!(shown, format!("Value: {MASK}!"));
}
