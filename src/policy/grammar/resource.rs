//! How the statements of a policy name resources: by ARN, or `*`.

use serde_json::Value as Json;

use crate::policy::elements::texts;

const PARTITIONS: [&str; 9] = [
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
    "*",
];

/// How the resources of IAM begin behind the account.
const OF_IAM: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// How the resources of S3 begin that stand in one Region.
///
/// Source: the service authorization reference, "Resource types defined by Amazon S3".
const REGIONAL_OF_S3: [&str; 6] = [
    "accesspoint/",
    "job/",
    "storage-lens/",
    "storage-lens-group/",
    "async-request/",
    "access-grants/",
];

/// Says that a statement is on no resource.
pub(super) fn missing(statement: &Json) -> Option<String> {
    let is_missing = |element: &str| match &statement[element] {
        Json::Null => true,
        Json::Array(resources) => resources.is_empty(),
        _ => false,
    };
    (is_missing("Resource") && is_missing("NotResource"))
        .then(|| "Policy statement must contain resources.".to_owned())
}

/// Returns what is wrong with how a statement names resources.
pub(super) fn format_fault(statement: &Json) -> Option<String> {
    let resources =
        texts(&statement["Resource"]).into_iter().chain(texts(&statement["NotResource"]));
    resources.filter(|resource| resource != "*").find_map(|resource| arn_fault(&resource))
}

fn arn_fault(resource: &str) -> Option<String> {
    let Some((_, rest)) = resource.split_once(':') else {
        return Some(format!("Resource {resource} must be in ARN format or \"*\"."));
    };
    let (partition, rest) = rest.split_once(':').map_or((rest, None), |(p, rest)| (p, Some(rest)));
    if !PARTITIONS.contains(&partition) && !has_wildcard(partition) {
        return Some(partition_fault(partition, rest.unwrap_or_default()));
    }
    let Some(rest) = rest else {
        let message = "Resource vendor must be fully qualified and cannot contain regexes.";
        return Some(message.to_owned());
    };
    let mut parts = rest.splitn(4, ':');
    let mut part = || parts.next().unwrap_or_default();
    let (service, region, _account, id) = (part(), part(), part(), part());
    match service {
        "iam" => iam_fault(resource, region, id),
        "s3" if !region.is_empty() && !has_wildcard(region) => {
            let is_regional = REGIONAL_OF_S3.iter().any(|begins| id.starts_with(begins));
            (!is_regional)
                .then(|| format!("Resource {resource} can not contain region information."))
        }
        _ => None,
    }
}

fn iam_fault(resource: &str, region: &str, id: &str) -> Option<String> {
    if !region.is_empty() && !has_wildcard(region) {
        return Some(format!("IAM resource {resource} cannot contain region information."));
    }
    // Up to a wildcard it may still become one of them.
    let known = id.split(['*', '?', '$']).next().unwrap_or_default();
    let may_begin =
        |begins: &&str| id.starts_with(*begins) || has_wildcard(id) && begins.starts_with(known);
    (!id.is_empty() && !OF_IAM.iter().any(may_begin)).then(|| {
        let begins = OF_IAM.join(", ");
        format!("IAM resource path must either be \"*\" or start with {begins}.")
    })
}

fn partition_fault(partition: &str, rest: &str) -> String {
    let mut parts = rest.splitn(4, ':');
    let service = parts.next().unwrap_or_default();
    let others: Vec<&str> = parts.collect();
    let service = if service.is_empty() && others.is_empty() { "*" } else { service };
    let other = |at: usize| others.get(at).copied().unwrap_or("*");
    let (region, account, id) = (other(0), other(1), other(2));
    format!(
        "Partition \"{partition}\" is not valid for resource \
         \"arn:{partition}:{service}:{region}:{account}:{id}\"."
    )
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?', '$'])
}
