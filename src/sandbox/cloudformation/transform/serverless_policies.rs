//! The forms in which a serverless resource gives policies: names and ARNs, documents, and AWS SAM's policy templates.
//!
//! `serverless_policies.txt` has a line for each statement of a template: its name, its actions, and the resources,
//! in which `${…}` stands for a parameter.
//!
//! Source: the AWS SAM developer guide, "AWS SAM policy templates", November 2026; conditions of statements are left
//! out.

use serde_json::{Map, Value as Json, json};

use super::serverless_policy::{ServerlessPolicy, no_value, of_aws};

const TEMPLATES: &str = include_str!("serverless_policies.txt");

/// AWS's own policies for functions, which AWS keeps beneath `service-role/`.
const SERVICE_ROLES: [&str; 12] = [
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaBasicDurableExecutionRolePolicy",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaENIManagementAccess",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaMSKExecutionRole",
    "AWSLambdaRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AmazonAPIGatewayPushToCloudWatchLogs",
    "AmazonEC2RoleforSSM",
    "CloudWatchEventsInvocationAccess",
];

/// Returns what a policy comes to that a template gives.
pub(super) fn read(policy: &Json) -> ServerlessPolicy {
    let Some(members) = policy.as_object() else { return ServerlessPolicy::Managed(arn(policy)) };
    if let Some(document) = document(members) {
        return ServerlessPolicy::Inline(document);
    }
    let branch = |at: usize| &policy["Fn::If"][at];
    let read = |value: &Json| value.as_object().and_then(document);
    match [read(branch(1)), read(branch(2))] {
        [None, None] if policy["Fn::If"].is_array() => {
            let arns = [arn(branch(1)), arn(branch(2))];
            ServerlessPolicy::Managed(json!({ "Fn::If": [branch(0), arns[0], arns[1]] }))
        }
        [None, None] => ServerlessPolicy::Managed(policy.clone()),
        documents => {
            let documents = documents.map(|document| document.unwrap_or_else(no_value));
            ServerlessPolicy::Either(branch(0).clone(), documents)
        }
    }
}

/// Returns the ARN of a policy: what is a name alone is one of AWS's own.
fn arn(policy: &Json) -> Json {
    match policy.as_str() {
        Some(name) if SERVICE_ROLES.contains(&name) => of_aws(&format!("service-role/{name}")),
        Some(name) if !name.starts_with("arn:") => of_aws(name),
        _ => policy.clone(),
    }
}

/// Returns the document that a policy is, or that its template makes.
fn document(members: &Map<String, Json>) -> Option<Json> {
    if members.contains_key("Statement") {
        return Some(Json::Object(members.clone()));
    }
    let (name, parameters) = members.iter().next().filter(|_| members.len() == 1)?;
    if name == "Ref" || name.starts_with("Fn::") {
        return None;
    }
    let of_template = TEMPLATES.lines().filter_map(|line| line.strip_prefix(&format!("{name}|")));
    let statements: Vec<Json> = of_template.map(|line| statement(line, parameters)).collect();
    Some(match statements.is_empty() {
        // A template that is newer than this program: nobody knows what it allows.
        true => json!({ "Fn::Transform": { "Name": name, "Parameters": parameters } }),
        false => json!({ "Statement": statements }),
    })
}

fn statement(line: &str, parameters: &Json) -> Json {
    let (actions, resources) = line.split_once('|').unwrap_or((line, "*"));
    let actions: Vec<&str> = actions.split(' ').collect();
    let resources: Vec<Json> = resources
        .split(' ')
        .map(|resource| match resource.contains("${") {
            true => json!({ "Fn::Sub": [resource, parameters] }),
            false => json!(resource),
        })
        .collect();
    json!({ "Effect": "Allow", "Action": actions, "Resource": resources })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_names_actions_and_resources() {
        for line in TEMPLATES.lines() {
            let parts: Vec<&str> = line.split('|').collect();
            let is_action = |word: &str| word.contains(':');
            assert!(parts.len() == 3 && parts[1].split(' ').all(is_action), "{line}");
            assert!(parts[2].split(' ').all(|it| it == "*" || it.contains(['$', ':'])), "{line}");
        }
    }

    #[test]
    fn names_are_of_aws_and_conditions_choose() {
        let managed = |policy: Json| match read(&policy) {
            ServerlessPolicy::Managed(arn) => arn,
            _ => panic!("{policy} is a managed policy"),
        };
        assert_eq!(managed(json!("AmazonS3ReadOnlyAccess")), of_aws("AmazonS3ReadOnlyAccess"));
        let own = json!("arn:aws:iam::100000000001:policy/own");
        assert_eq!(managed(own.clone()), own);
        let chosen =
            json!({ "Fn::If": ["C", "AmazonS3ReadOnlyAccess", { "Ref": "AWS::NoValue" }] });
        let arns = json!({ "Fn::If": ["C", of_aws("AmazonS3ReadOnlyAccess"), no_value()] });
        assert_eq!(managed(chosen), arns);
    }
}
