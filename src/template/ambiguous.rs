//! Plain scalars that readers of YAML 1.1 and of 1.2 take for different values.
//!
//! CloudFormation reads YAML 1.1, where `Yes`, `no` and `ON` are truths: a tag `Value: YES` is `true` in the
//! account, and `AllowedValues: [Yes, No]` takes `true`. `y` and `n` stay what they are.
//! Source: what its users report with what they saw (hyp3, pull request 2061; aws-cli, pull request 5257).

use crate::document::{Node, NodeValue, Place};

/// Whether a text may be another one to CloudFormation where it stands without quotes: a truth, or an octal number.
pub(super) fn is_ambiguous(text: &str) -> bool {
    truth(text).is_some() || may_be_octal(text)
}

/// Whether a text may be an octal number to CloudFormation where it stands without quotes.
pub(crate) fn may_be_octal(text: &str) -> bool {
    text.starts_with('0') && text.len() > 1
}

/// Reads the words that YAML 1.1 takes for truths as CloudFormation does, in values and in keys. Returns the
/// ids of accounts that it may read as octal numbers: some saw another number, some the digits without the zero.
///
/// Source: cloudformation-coverage-roadmap, issue 745; serverless-application-model, issue 1469.
pub(super) fn resolve(root: &mut Node) -> Vec<(String, Place)> {
    let mut octal = Vec::new();
    resolve_node(root, &mut octal);
    octal
}

fn resolve_node(node: &mut Node, octal: &mut Vec<(String, Place)>) {
    match &mut node.value {
        NodeValue::Scalar { text, plain: true } if node.tag.is_none() => {
            resolve_text(text, &node.place, octal);
        }
        NodeValue::Scalar { .. } => {}
        NodeValue::Sequence(items) => items.iter_mut().for_each(|item| resolve_node(item, octal)),
        NodeValue::Mapping(entries) => {
            for (key, value) in entries {
                if !written(&key.place).starts_with(['"', '\'']) {
                    resolve_text(&mut key.text, &key.place, octal);
                }
                resolve_node(value, octal);
            }
        }
    }
}

fn resolve_text(text: &mut String, place: &Place, octal: &mut Vec<(String, Place)>) {
    if let Some(truth) = truth(text) {
        *text = truth.to_string();
    } else if text.len() == 12
        && text.starts_with('0')
        && text.bytes().all(|c| matches!(c, b'0'..=b'7'))
    {
        octal.push((text.clone(), place.clone()));
    }
}

/// Returns the word that stands where CloudFormation reads a truth, if it is another one.
pub(super) fn word(node: &Node) -> Option<&str> {
    let text = node.as_bool().and_then(|_| node.as_text())?;
    Some(written(&node.place)).filter(|written| truth(written).is_some() && *written != text)
}

fn written(place: &Place) -> &str {
    place.file.text.get(place.span.clone()).unwrap_or_default()
}

/// Returns the truth that YAML 1.1 sees in a plain scalar.
///
/// Source: the type repository of YAML 1.1, `bool`, but for `y` and `n`, which no reader takes for one.
fn truth(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}
