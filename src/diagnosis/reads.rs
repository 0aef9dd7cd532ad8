//! What `apply` reads of Parameter Store, Secrets Manager and stacks of others, and what CloudFormation reads there for a
//! template, with the permissions of whoever deploys it.
//!
//! Source: the CloudFormation user guide, "Get values stored in other services using dynamic references" and "Specify
//! existing resources at runtime with CloudFormation-supplied parameter types".

use std::collections::BTreeSet;

use crate::environment::LookedUp;
use crate::name::{AccountId, Region};
use crate::plan::{DesiredStack, PlannedLookup, PlannedValue};

/// A resource that is read, which may end in a star, and what is done to read it.
pub type NeededRead = (String, &'static str);

/// By which CloudFormation reads parameters.
const GET_PARAMETERS: &str = "ssm:GetParameters";
const GET_SECRET: &str = "secretsmanager:GetSecretValue";

/// Names of parameters that AWS publishes, and that are no account's.
const PUBLISHED: [&str; 2] = ["aws/service/", "aws/reference/"];

/// How many parts an ARN of a secret has.
const ARN_PARTS: usize = 7;

/// Returns what is read for a lookup.
pub fn of_lookup(lookup: &PlannedLookup, partition: &str) -> NeededRead {
    let PlannedLookup { what, account_id, region, .. } = lookup;
    match what {
        LookedUp::Parameter(name) => {
            (parameter(name, partition, region, account_id), "ssm:GetParameter")
        }
        LookedUp::Secret { id, .. } => (secret(id, partition, region, account_id), GET_SECRET),
        LookedUp::StackOutput { stack, .. } => (
            format!("arn:{partition}:cloudformation:{region}:{account_id}:stack/{stack}/*"),
            "cloudformation:DescribeStacks",
        ),
    }
}

/// Returns what CloudFormation reads for a stack: parameters that its template's own name, and dynamic references.
pub fn of_template(
    desired: &DesiredStack<PlannedValue>,
    partition: &str,
    region: &Region,
    account: &AccountId,
) -> BTreeSet<NeededRead> {
    let template = &desired.template;
    let stored = template
        .parameters
        .iter()
        .filter(|(_, declared)| declared.parameter_type.starts_with("AWS::SSM::Parameter::Value<"));
    let names = stored.filter_map(|(name, declared)| {
        let given = desired.parameters.iter().find(|given| given.name == name.as_str());
        match given {
            Some(given) => given.value.as_text(),
            None => declared.default.clone(),
        }
    });
    let named = names.map(|name| (parameter(&name, partition, region, account), GET_PARAMETERS));
    let dynamic = references(&template.file.text);
    let dynamic = dynamic.filter_map(|(service, name)| match service {
        "ssm" | "ssm-secure" => {
            Some((parameter(&name, partition, region, account), GET_PARAMETERS))
        }
        "secretsmanager" => {
            let parts: Vec<&str> = name.split(':').collect();
            let id_parts = if parts[0] == "arn" { ARN_PARTS.min(parts.len()) } else { 1 };
            Some((secret(&parts[..id_parts].join(":"), partition, region, account), GET_SECRET))
        }
        _ => None,
    });
    named.chain(dynamic).collect()
}

/// Returns the dynamic references that stand in a text: the service, and what is asked of it. From where it is not
/// written out, a star stands for the rest.
fn references(text: &str) -> impl Iterator<Item = (&str, String)> {
    text.split("{{resolve:").skip(1).filter_map(|rest| {
        let (service, rest) = rest.split_once(':')?;
        let written = rest.split("}}").next()?;
        let known = written.split(['$', '\n', '\'', '"', '*']).next().unwrap_or_default();
        let star = if known.len() < written.len() { "*" } else { "" };
        Some((service, format!("{known}{star}")))
    })
}

fn parameter(name: &str, partition: &str, region: &Region, account: &AccountId) -> String {
    if name.starts_with("arn:") {
        return name.to_owned();
    }
    // A version or a label may follow.
    let name = name.split(':').next().unwrap_or_default().trim_start_matches('/');
    let is_published = PUBLISHED.iter().any(|begins| name.starts_with(begins));
    let owner = if is_published { "" } else { account.as_str() };
    format!("arn:{partition}:ssm:{region}:{owner}:parameter/{name}")
}

fn secret(id: &str, partition: &str, region: &Region, account: &AccountId) -> String {
    match (id.starts_with("arn:"), id.ends_with('*')) {
        (true, _) => id.to_owned(),
        // Six letters follow the name.
        (false, true) => format!("arn:{partition}:secretsmanager:{region}:{account}:secret:{id}"),
        (false, false) => {
            format!("arn:{partition}:secretsmanager:{region}:{account}:secret:{id}-*")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dynamic_references_are_read_as_far_as_they_are_written_out() {
        let text = "A: '{{resolve:ssm:/a/b:3}}'\nB: !Sub \"x{{resolve:secretsmanager:${Name}:SecretString}}{{resolve:ssm-\
                    secure:/c/${AWS::Region}/d}}\"\nC: '{{resolve:secretsmanager:db:SecretString:user}}'\nD: \
                    '{{resolve:ssm'";
        let found: Vec<(&str, String)> = references(text).collect();
        let of = |service, name: &str| (service, name.to_owned());
        assert_eq!(
            found,
            [
                of("ssm", "/a/b:3"),
                of("secretsmanager", "*"),
                of("ssm-secure", "/c/*"),
                of("secretsmanager", "db:SecretString:user"),
            ]
        );
    }

    #[test]
    fn a_parameter_and_a_secret_have_the_arn_that_policies_name() {
        let (region, account) =
            ("eu-central-1".parse().expect("a Region"), "100000000001".parse().expect("an id"));
        let parameter = |name| parameter(name, "aws", &region, &account);
        assert_eq!(parameter("/a/b:3"), "arn:aws:ssm:eu-central-1:100000000001:parameter/a/b");
        assert_eq!(parameter("plain"), "arn:aws:ssm:eu-central-1:100000000001:parameter/plain");
        let secret = |id| secret(id, "aws", &region, &account);
        let begins = "arn:aws:secretsmanager:eu-central-1:100000000001:secret:";
        assert_eq!(secret("db"), format!("{begins}db-*"));
        assert_eq!(secret("d*"), format!("{begins}d*"));
        assert_eq!(secret("arn:aws:x"), "arn:aws:x");
    }
}
