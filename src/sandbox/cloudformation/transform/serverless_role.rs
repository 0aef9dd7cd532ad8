//! The roles that AWS SAM makes for functions and state machines: what they trust, and what they may do.
//!
//! Source: the AWS SAM developer guide, `AWS::Serverless::Function` and `AWS::Serverless::StateMachine`, "Policies";
//! the names and the order are those of AWS SAM's own program.

use serde_json::{Map, Value as Json, json};

use super::serverless_policies;
use super::serverless_policy::{ServerlessPolicy, no_value, of_aws};

/// Managed policies that functions need to read what invokes them, by the type of the event.
const OF_EVENTS: [(&str, &str); 4] = [
    ("SQS", "AWSLambdaSQSQueueExecutionRole"),
    ("Kinesis", "AWSLambdaKinesisExecutionRole"),
    ("DynamoDB", "AWSLambdaDynamoDBExecutionRole"),
    ("MSK", "AWSLambdaMSKExecutionRole"),
];

/// What lets functions and state machines write traces; another name in other partitions.
const XRAY: &str = "AWSXrayWriteOnlyAccess";

/// What a dead letter queue is written to with, by its type.
const OF_DEAD_LETTERS: [(&str, &str); 2] = [("SQS", "sqs:SendMessage"), ("SNS", "sns:Publish")];

/// A role that is made for a resource.
pub(super) struct ServerlessRole {
    trust: Json,
    path: Json,
    boundary: Json,
    managed: Vec<Json>,
    inline: Vec<Json>,
    /// What its template says that it may do.
    policies: Json,
    tags: Json,
}

impl ServerlessRole {
    /// Returns a role that a service may assume and that may do nothing.
    pub(super) fn of_service(service: &str) -> Self {
        let trust = json!({ "Version": "2012-10-17", "Statement": [{
            "Action": ["sts:AssumeRole"],
            "Effect": "Allow",
            "Principal": { "Service": [format!("{service}.amazonaws.com")] },
        }] });
        let (path, boundary, policies, tags) = (Json::Null, Json::Null, Json::Null, Json::Null);
        Self { trust, path, boundary, managed: Vec::new(), inline: Vec::new(), policies, tags }
    }

    /// Returns the role of a function with these properties.
    pub(super) fn of_function(properties: &Map<String, Json>) -> Self {
        let given = |key: &str| properties.get(key).cloned().unwrap_or_default();
        let mut role = Self::with("lambda", properties);
        if !given("AssumeRolePolicyDocument").is_null() {
            role.trust = given("AssumeRolePolicyDocument");
        }
        role.attach(match given("DurableConfig").is_null() {
            true => "service-role/AWSLambdaBasicExecutionRole",
            false => "service-role/AWSLambdaBasicDurableExecutionRolePolicy",
        });
        if !given("Tracing").is_null() && given("Tracing") != "Disabled" {
            role.attach(XRAY);
        }
        if !given("VpcConfig").is_null() {
            role.attach("service-role/AWSLambdaVPCAccessExecutionRole");
        }
        for (_, event) in given("Events").as_object().into_iter().flatten() {
            let needed = OF_EVENTS.iter().find(|(kind, _)| event["Type"] == *kind);
            if let Some((_, policy)) = needed {
                role.attach(&format!("service-role/{policy}"));
            }
        }
        let queue = given("DeadLetterQueue");
        if let Some((_, action)) = OF_DEAD_LETTERS.iter().find(|(kind, _)| queue["Type"] == *kind) {
            let says =
                json!({ "Effect": "Allow", "Action": action, "Resource": queue["TargetArn"] });
            let document = json!({ "Version": "2012-10-17", "Statement": [says] });
            role.inline.push(named("DeadLetterQueuePolicy", &document));
        }
        role.tags = json!([{ "Key": "lambda:createdBy", "Value": "SAM" }]);
        role
    }

    /// Returns the role of a state machine with these properties.
    pub(super) fn of_state_machine(properties: &Map<String, Json>) -> Self {
        let mut role = Self::with("states", properties);
        if properties.get("Tracing").is_some_and(|tracing| tracing["Enabled"] == "true") {
            role.attach(XRAY);
        }
        role.tags = json!([{ "Key": "stateMachine:createdBy", "Value": "SAM" }]);
        role
    }

    fn with(service: &str, properties: &Map<String, Json>) -> Self {
        let given = |key: &str| properties.get(key).cloned().unwrap_or_default();
        Self {
            path: given("RolePath"),
            boundary: given("PermissionsBoundary"),
            policies: given("Policies"),
            ..Self::of_service(service)
        }
    }

    /// Attaches a policy of AWS's own, which is called after its path.
    fn attach(&mut self, policy: &str) {
        self.attach_arn(of_aws(policy));
    }

    fn attach_arn(&mut self, arn: Json) {
        if !self.managed.contains(&arn) {
            self.managed.push(arn);
        }
    }

    /// Returns the role as a resource of this logical id.
    pub(super) fn resource(mut self, logical_id: &str) -> Json {
        let policies = match self.policies.take() {
            Json::Array(policies) => policies,
            Json::Null => Vec::new(),
            one => vec![one],
        };
        for (number, policy) in policies.iter().enumerate() {
            let name = format!("{logical_id}Policy{number}");
            match serverless_policies::read(policy) {
                ServerlessPolicy::Managed(arn) => self.attach_arn(arn),
                ServerlessPolicy::Inline(document) => self.inline.push(named(&name, &document)),
                ServerlessPolicy::Either(condition, branches) => {
                    let branches = branches.map(|document| match document == no_value() {
                        true => document,
                        false => named(&name, &document),
                    });
                    let [met, unmet] = branches;
                    self.inline.push(json!({ "Fn::If": [condition, met, unmet] }));
                }
            }
        }
        let mut properties = json!({ "AssumeRolePolicyDocument": self.trust });
        let lists = [("ManagedPolicyArns", self.managed), ("Policies", self.inline)];
        for (key, items) in lists.into_iter().filter(|(_, items)| !items.is_empty()) {
            properties[key] = Json::Array(items);
        }
        let others =
            [("Path", self.path), ("PermissionsBoundary", self.boundary), ("Tags", self.tags)];
        for (key, value) in others.into_iter().filter(|(_, value)| !value.is_null()) {
            properties[key] = value;
        }
        json!({ "Type": "AWS::IAM::Role", "Properties": properties })
    }
}

fn named(name: &str, document: &Json) -> Json {
    json!({ "PolicyName": name, "PolicyDocument": document })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_what_aws_sam_gives_it() {
        let properties = json!({
            "Tracing": "Active",
            "RolePath": "/service/",
            "PermissionsBoundary": "arn:aws:iam::100000000001:policy/bound",
            "Events": { "Orders": { "Type": "SQS" } },
            "Policies": [
                "AWSLambdaBasicExecutionRole",
                { "Ref": "Own" },
                { "S3ReadPolicy": { "BucketName": "b" } },
                { "Statement": [] },
                { "Fn::If": ["IsProd", { "Statement": [] }, { "Ref": "AWS::NoValue" }] },
            ],
        });
        let role = ServerlessRole::of_function(properties.as_object().expect("a mapping"));
        let made = role.resource("FRole");
        let properties = &made["Properties"];
        let managed = |policy: &str| of_aws(policy);
        assert_eq!(
            properties["ManagedPolicyArns"],
            json!([
                managed("service-role/AWSLambdaBasicExecutionRole"),
                managed("AWSXrayWriteOnlyAccess"),
                managed("service-role/AWSLambdaSQSQueueExecutionRole"),
                { "Ref": "Own" },
            ])
        );
        let policies = properties["Policies"].as_array().expect("a list");
        assert_eq!(policies[0]["PolicyName"], "FRolePolicy2");
        assert_eq!(policies[0]["PolicyDocument"]["Statement"][0]["Effect"], "Allow");
        assert_eq!(policies[1]["PolicyDocument"], json!({ "Statement": [] }));
        assert_eq!(policies[2]["Fn::If"][1]["PolicyName"], "FRolePolicy4");
        assert_eq!(policies[2]["Fn::If"][2], no_value());
        assert_eq!(properties["Path"], "/service/");
        assert_eq!(properties["PermissionsBoundary"], "arn:aws:iam::100000000001:policy/bound");
    }
}
