//! The types of resources and parameters.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::item_rule::ItemRule;
use super::violation::Violation;
use crate::document::{Node, is_slip, nearest};

/// Every type of AWS's own, one a line.
///
/// Source: the resource schemas that CloudFormation publishes for each Region, those of AWS SAM, and the
/// template reference, November 2026. AWS adds some every week: what is not among them may be new.
const RESOURCE_TYPES: &str = include_str!("resource_types.txt");

/// The types by their names in lower case.
static BY_LOWER_CASE: LazyLock<BTreeMap<String, &str>> =
    LazyLock::new(|| RESOURCE_TYPES.lines().map(|name| (name.to_lowercase(), name)).collect());

/// Why the name of a resource type may be none.
struct Doubt {
    help: String,
    /// Whether there is no such type for certain.
    is_certain: bool,
}

/// Whether a name is that of no resource type for certain: a known one is meant.
pub fn is_no_resource_type(name: &str) -> bool {
    doubt(name).is_some_and(|doubt| doubt.is_certain)
}

/// Returns what is wrong with the type of a resource, which `node` is.
pub fn resource_type(node: &Node, name: &str) -> Option<Violation> {
    let Doubt { help, is_certain } = doubt(name)?;
    let unknown = Violation::at(&node.place, ItemRule::ResourceType { name: name.to_owned() });
    Some(unknown.with_help(help).warning_if(!is_certain))
}

/// Returns what is odd about the name of a resource type.
///
/// CloudFormation knows types that this program does not: new ones, and those that an account has
/// registered. What is one letter more, less or swapped beside a known type is none of them.
fn doubt(name: &str) -> Option<Doubt> {
    let lower = name.to_lowercase();
    let known = BY_LOWER_CASE.get(&lower).copied();
    if known == Some(name) || name.starts_with("Custom::") {
        return None;
    }
    if let Some(known) = known {
        return Some(Doubt { help: format!("did you mean `{known}`?"), is_certain: true });
    }
    let is_of_aws = lower.starts_with("aws::") && !lower.ends_with("::module");
    let has_three_parts = name.split("::").filter(|part| !part.is_empty()).count() >= 3;
    if !is_of_aws && has_three_parts {
        return None;
    }
    let service = lower.rsplit_once("::").map_or("", |(service, _)| service);
    let beside: Vec<&str> = of_service(service).collect();
    let near =
        nearest(name, beside.iter().copied()).or_else(|| nearest(name, RESOURCE_TYPES.lines()));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if has_three_parts => "if the type is new, nothing is wrong".to_owned(),
        None => "a type reads like `AWS::SQS::Queue`, `Custom::Name` or `Company::Service::Name`"
            .to_owned(),
    };
    let is_misspelt = near.is_some_and(|near| is_slip(name, near));
    Some(Doubt { help, is_certain: is_misspelt || !has_three_parts })
}

fn of_service(service: &str) -> impl Iterator<Item = &'static str> {
    let start = format!("{service}::");
    let end = start.clone();
    BY_LOWER_CASE
        .range(start..)
        .take_while(move |(lower, _)| lower.starts_with(&end))
        .map(|(_, name)| *name)
}

/// The types of parameters that are not `List<…>` or `AWS::SSM::Parameter::Value<…>`.
///
/// Source: the CloudFormation user guide, "Parameters", "Supported AWS-specific parameter types".
const PARAMETER_TYPES: [&str; 16] = [
    "String",
    "Number",
    "CommaDelimitedList",
    "List<Number>",
    "List<String>",
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Volume::Id",
    "AWS::Route53::HostedZone::Id",
    "AWS::SSM::Parameter::Name",
];

/// Returns what is wrong with the type of a parameter, which `node` is.
pub fn parameter_type(node: &Node, name: &str) -> Option<Violation> {
    let unwrapped = |outer: &str| name.strip_prefix(outer).and_then(|rest| rest.strip_suffix('>'));
    let of_parameter = unwrapped("AWS::SSM::Parameter::Value<");
    let inner = of_parameter.unwrap_or(name);
    let of_list = inner.strip_prefix("List<").and_then(|rest| rest.strip_suffix('>'));
    if PARAMETER_TYPES.contains(&inner) || of_list.is_some_and(|of| PARAMETER_TYPES.contains(&of)) {
        return None;
    }
    let (start, word, end) = match (of_parameter, of_list) {
        (Some(_), Some(of)) => ("AWS::SSM::Parameter::Value<List<", of, ">>"),
        (Some(inner), None) => ("AWS::SSM::Parameter::Value<", inner, ">"),
        (None, Some(of)) => ("List<", of, ">"),
        (None, None) => ("", name, ""),
    };
    let meant = nearest(word, PARAMETER_TYPES);
    let help = meant.map(|meant| format!("did you mean `{start}{meant}{end}`?"));
    let may_be_new = name.contains("AWS::");
    let rule = ItemRule::ParameterType { name: name.to_owned() };
    Some(Violation::at(&node.place, rule).with_help(help).warning_if(may_be_new))
}
