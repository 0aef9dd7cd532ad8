//! The functions of templates and the arguments they take.
//!
//! Source: the CloudFormation template reference, "Intrinsic function reference", "Condition
//! functions" and "Rules functions".

use std::borrow::Cow;

use super::function_rule::FunctionRule;
use super::violation::Violation;
use crate::document::{Node, Place, did_you_mean};

/// The functions that need the macro `AWS::LanguageExtensions`.
const OF_LANGUAGE_EXTENSIONS: [&str; 3] = ["Fn::ForEach", "Fn::Length", "Fn::ToJsonString"];

/// Every other function.
const FUNCTIONS: [&str; 25] = [
    "Condition",
    "Fn::And",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::Contains",
    "Fn::EachMemberEquals",
    "Fn::EachMemberIn",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::GetAZs",
    "Fn::GetAtt",
    "Fn::GetStackOutput",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Not",
    "Fn::Or",
    "Fn::RefAll",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::Transform",
    "Fn::ValueOf",
    "Fn::ValueOfAll",
    "Ref",
];

/// Returns the function that a tag without its `!` is short for.
pub fn of_tag(tag: &str) -> String {
    match tag {
        "Ref" | "Condition" => tag.to_owned(),
        other => format!("Fn::{other}"),
    }
}

/// Whether a function of this name repeats what stands in it; what that comes to is known only afterwards.
pub fn is_loop(name: &str) -> bool {
    name == "Fn::ForEach" || name.starts_with("Fn::ForEach::")
}

/// Returns what is wrong with the use of a function of this name, if it is not one that can be used.
pub fn unknown(name: &str, place: &Place, has_language_extensions: bool) -> Option<Violation> {
    let plain = if is_loop(name) { "Fn::ForEach" } else { name };
    if FUNCTIONS.contains(&plain) {
        return None;
    }
    if OF_LANGUAGE_EXTENSIONS.contains(&plain) {
        let rule = FunctionRule::NeedsLanguageExtensions { function: plain.to_owned() };
        let help = "add `Transform: AWS::LanguageExtensions`".to_owned();
        return (!has_language_extensions).then(|| Violation::at(place, rule).with_help(help));
    }
    let known = FUNCTIONS.into_iter().chain(OF_LANGUAGE_EXTENSIONS);
    let help = did_you_mean(name, known);
    let may_be_new = help.is_none();
    let rule = FunctionRule::Unknown { name: name.to_owned() };
    Some(Violation::at(place, rule).with_help(help).warning_if(may_be_new))
}

/// Returns what is wrong with the number of a function's arguments, or with what holds them; what each of
/// them is, [`arguments`](super::arguments) looks at.
pub fn misused(name: &str, place: &Place, argument: &Node, is_lenient: bool) -> Option<Violation> {
    let (least, most, takes) = match name {
        "Fn::Join" => (2, 2, "a list of two: a delimiter and the list that is joined"),
        "Fn::Select" => (2, 2, "a list of two: an index and a list"),
        "Fn::Split" => (2, 2, "a list of two: a delimiter and a text"),
        "Fn::If" => (3, 3, "a list of three: a condition, and the value if it holds and if not"),
        "Fn::FindInMap" if is_lenient => (3, 4, "a list of three: a mapping and two keys"),
        "Fn::FindInMap" => (3, 3, "a list of three: a mapping and two keys"),
        "Fn::Cidr" => (2, 3, "a list of two or three: a block, a count and a number of bits"),
        "Fn::Equals" => (2, 2, "a list of the two values that are compared"),
        "Fn::Not" => (1, 1, "a list of one condition"),
        "Fn::And" | "Fn::Or" => (2, 10, "a list of two to ten conditions"),
        _ => return None,
    };
    let fits = match argument.items() {
        Some(items) => (least..=most).contains(&items.len()),
        None => is_lenient && argument.as_text().is_none(),
    };
    (!fits).then(|| wrong(name, place, takes))
}

/// Returns that a function does not get what it takes.
pub fn wrong(name: &str, place: &Place, takes: impl Into<Cow<'static, str>>) -> Violation {
    let (function, takes) = (name.to_owned(), takes.into());
    Violation::at(place, FunctionRule::Arguments { function, takes })
}
