//! `AWS::Serverless-2016-10-31`: the resources that each serverless one becomes, with their names.
//!
//! Source: the AWS SAM developer guide, "Generated CloudFormation resources for AWS SAM". Of the events only the
//! APIs that functions share are made.

use serde_json::{Map, Value as Json, json};

use super::published;
use super::serverless_role::ServerlessRole;
use crate::sandbox::cloudformation::resource_types;

/// What a serverless resource becomes.
const TYPES: [(&str, &str); 10] = [
    ("AWS::Serverless::Api", "AWS::ApiGateway::RestApi"),
    ("AWS::Serverless::Application", "AWS::CloudFormation::Stack"),
    ("AWS::Serverless::CapacityProvider", "AWS::Lambda::CapacityProvider"),
    ("AWS::Serverless::Function", "AWS::Lambda::Function"),
    ("AWS::Serverless::GraphQLApi", "AWS::AppSync::GraphQLApi"),
    ("AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api"),
    ("AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion"),
    ("AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table"),
    ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"),
    ("AWS::Serverless::WebSocketApi", "AWS::ApiGatewayV2::Api"),
];

const CONNECTOR: &str = "AWS::Serverless::Connector";

/// The transform's name.
pub const SERVERLESS: &str = "AWS::Serverless-2016-10-31";

/// Returns the type that a resource of a serverless one becomes; any other stays what it is.
pub fn becomes(type_name: &str) -> &str {
    if type_name == CONNECTOR {
        return "AWS::IAM::ManagedPolicy";
    }
    let found = TYPES.iter().find(|(serverless, _)| *serverless == type_name);
    found.map_or(type_name, |(_, becomes)| becomes)
}

/// Replaces the serverless resources of a template by what they become.
pub fn expand(template: &mut Json) {
    let globals = template["Globals"].take();
    let Some(resources) = template["Resources"].as_object_mut() else { return };
    let mut made = Map::new();
    for (id, resource) in resources.iter_mut() {
        expand_resource(id, resource, &globals, &mut made);
    }
    for (id, resource) in made {
        resources.entry(id).or_insert(resource);
    }
    published::lead(template);
    if let Some(sections) = template.as_object_mut() {
        sections.remove("Globals");
    }
}

fn expand_resource(id: &str, resource: &mut Json, globals: &Json, made: &mut Map<String, Json>) {
    let type_name = resource["Type"].as_str().unwrap_or_default().to_owned();
    if type_name == CONNECTOR {
        *resource = with_condition(resource, connector());
        return;
    }
    let Some((_, becomes)) = TYPES.iter().find(|(serverless, _)| *serverless == type_name) else {
        return;
    };
    let kind = type_name.trim_start_matches("AWS::Serverless::");
    let mut properties = globals[kind].as_object().cloned().unwrap_or_default();
    properties.extend(resource["Properties"].as_object().cloned().unwrap_or_default());
    match kind {
        "Function" => {
            share_apis(&properties, made);
            published::publish(id, &properties, made);
            let role = ServerlessRole::of_function(&properties);
            let role = role_of(id, role, resource, &mut properties, made);
            properties.insert("Role".to_owned(), role);
            code_of(&mut properties);
            // The others say what else is made, or how it is deployed.
            let function = resource_types::of("AWS::Lambda::Function");
            properties.retain(|name, _| function.has(name));
        }
        "StateMachine" => {
            let role = ServerlessRole::of_state_machine(&properties);
            let role = role_of(id, role, resource, &mut properties, made);
            properties.insert("RoleArn".to_owned(), role);
            rename(&mut properties, "Name", "StateMachineName");
        }
        "SimpleTable" => {
            let key = properties.remove("PrimaryKey").unwrap_or_default();
            let key = key["Name"].as_str().unwrap_or("id").to_owned();
            properties.insert(
                "KeySchema".to_owned(),
                json!([{ "AttributeName": key, "KeyType": "HASH" }]),
            );
        }
        "CapacityProvider" => {
            let role = ServerlessRole::of_service("lambda");
            let role = role_of(id, role, resource, &mut properties, made);
            properties
                .entry("PermissionsConfig")
                .or_insert(json!({ "CapacityProviderOperatorRoleArn": role }));
        }
        "LayerVersion" => rename(&mut properties, "ContentUri", "Content"),
        "Application" => rename(&mut properties, "Location", "TemplateURL"),
        "Api" | "GraphQLApi" | "HttpApi" => api_of(kind, (id, becomes), &mut properties),
        _ => {}
    }
    let mut became = resource.clone();
    became["Type"] = json!(becomes);
    became["Properties"] = Json::Object(properties);
    *resource = became;
}

/// Gives what an API is made of as its own service takes it.
fn api_of(kind: &str, (id, becomes): (&str, &str), properties: &mut Map<String, Json>) {
    if kind == "GraphQLApi" {
        let kind = properties.remove("Auth").unwrap_or_default()["Type"].take();
        let kind = if kind.is_string() { kind } else { json!("API_KEY") };
        properties.insert("AuthenticationType".to_owned(), kind);
        properties.entry("Name").or_insert(json!(id));
        // Its functions and resolvers become resources of their own.
        let api = resource_types::of(becomes);
        properties.retain(|name, _| api.has(name));
        return;
    }
    rename(properties, "DefinitionBody", "Body");
    if let Some(endpoint) = properties.get_mut("EndpointConfiguration")
        && !endpoint["Type"].is_null()
    {
        *endpoint = json!({ "Types": [endpoint["Type"].take()] });
    }
}

/// Gives a function's code as Lambda takes it.
fn code_of(properties: &mut Map<String, Json>) {
    let inline = properties.remove("InlineCode").map(|code| json!({ "ZipFile": code }));
    let image = properties.remove("ImageUri").map(|image| json!({ "ImageUri": image }));
    let code =
        inline.or(image).unwrap_or_else(|| json!({ "S3Bucket": "packaged", "S3Key": "code" }));
    properties.insert("Code".to_owned(), code);
    if properties.get("Tracing").is_some() {
        properties.insert("TracingConfig".to_owned(), json!({ "Mode": "Active" }));
    }
    for (serverless, own) in
        [("VersionDescription", ""), ("DeadLetterQueue", ""), ("KmsKey", "KmsKeyArn")]
    {
        rename(properties, serverless, own);
    }
}

fn rename(properties: &mut Map<String, Json>, from: &str, to: &str) {
    if let Some(value) = properties.remove(from)
        && !to.is_empty()
    {
        properties.entry(to).or_insert(value);
    }
}

/// Returns the ARN of the role that is given, or of one that is made for the resource: also where a condition says
/// which.
fn role_of(
    id: &str,
    role: ServerlessRole,
    resource: &Json,
    properties: &mut Map<String, Json>,
    made: &mut Map<String, Json>,
) -> Json {
    for of_role in ["AssumeRolePolicyDocument", "PermissionsBoundary", "Policies", "RolePath"] {
        properties.remove(of_role);
    }
    let name = format!("{id}Role");
    let own = json!({ "Fn::GetAtt": [name, "Arn"] });
    let mut given = properties.remove("Role");
    if let Some(role) = &mut given {
        let nothing = json!({ "Ref": "AWS::NoValue" });
        let branches = role["Fn::If"].as_array_mut().into_iter().flatten();
        let Some(absent) = branches.skip(1).find(|branch| **branch == nothing) else {
            return role.take();
        };
        *absent = own.clone();
    }
    made.insert(name.clone(), with_condition(resource, role.resource(&name)));
    given.unwrap_or(own)
}

/// Makes the APIs that functions share whose events name none.
fn share_apis(properties: &Map<String, Json>, made: &mut Map<String, Json>) {
    let events = properties.get("Events").and_then(Json::as_object).into_iter().flatten();
    for (_, event) in events {
        let own = &event["Properties"];
        match event["Type"].as_str() {
            Some("Api") if own["RestApiId"].is_null() => {
                made.insert(
                    "ServerlessRestApi".to_owned(),
                    json!({
                        "Type": "AWS::ApiGateway::RestApi", "Properties": {},
                    }),
                );
                let stage =
                    json!({ "RestApiId": { "Ref": "ServerlessRestApi" }, "StageName": "Prod" });
                made.insert(
                    "ServerlessRestApiProdStage".to_owned(),
                    json!({
                        "Type": "AWS::ApiGateway::Stage", "Properties": stage,
                    }),
                );
            }
            Some("HttpApi") if own["ApiId"].is_null() => {
                made.insert(
                    "ServerlessHttpApi".to_owned(),
                    json!({
                        "Type": "AWS::ApiGatewayV2::Api", "Properties": {},
                    }),
                );
            }
            _ => {}
        }
    }
}

fn connector() -> Json {
    json!({ "Type": "AWS::IAM::ManagedPolicy", "Properties": { "PolicyDocument": {
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": ["sts:GetCallerIdentity"], "Resource": "*" }],
    } } })
}

fn with_condition(resource: &Json, mut made: Json) -> Json {
    if !resource["Condition"].is_null() {
        made["Condition"] = resource["Condition"].clone();
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_becomes_one_with_a_role_and_its_shared_api() {
        let mut template = json!({
            "Transform": SERVERLESS,
            "Globals": { "Function": { "Timeout": "3", "Runtime": "python3.13" } },
            "Resources": {
                "Hello": {
                    "Type": "AWS::Serverless::Function",
                    "Condition": "IsWanted",
                    "Properties": {
                        "InlineCode": "x", "Timeout": "9", "Policies": [],
                        "Events": { "Get": { "Type": "Api", "Properties": { "Path": "/" } } },
                    },
                },
                "Table": { "Type": "AWS::Serverless::SimpleTable" },
                "Other": { "Type": "AWS::SNS::Topic" },
            },
        });
        expand(&mut template);
        let resources = &template["Resources"];
        let hello = &resources["Hello"];
        assert_eq!(hello["Type"], "AWS::Lambda::Function");
        assert_eq!(
            hello["Properties"],
            json!({
                "Timeout": "9", "Runtime": "python3.13", "Code": { "ZipFile": "x" },
                "Role": { "Fn::GetAtt": ["HelloRole", "Arn"] },
            })
        );
        assert_eq!(resources["HelloRole"]["Condition"], "IsWanted");
        assert_eq!(resources["ServerlessRestApi"]["Type"], "AWS::ApiGateway::RestApi");
        assert_eq!(resources["Table"]["Properties"]["KeySchema"][0]["AttributeName"], "id");
        assert_eq!(resources["Other"], json!({ "Type": "AWS::SNS::Topic" }));
        assert!(template["Globals"].is_null());
    }

    #[test]
    fn an_api_does_not_need_what_its_own_parts_do() {
        let mut template = json!({ "Resources": {
            "Api": { "Type": "AWS::Serverless::GraphQLApi", "Properties": {
                "Auth": { "Type": "AWS_IAM" },
                "Functions": { "f": { "DataSource": { "Fn::GetAtt": ["Source", "Name"] } } },
            } },
            "Rest": { "Type": "AWS::Serverless::Api", "Properties": {
                "EndpointConfiguration": { "Type": "REGIONAL", "Name": { "Ref": "Rest" } },
            } },
        } });
        expand(&mut template);
        let of = |id: &str| &template["Resources"][id]["Properties"];
        assert_eq!(of("Api"), &json!({ "AuthenticationType": "AWS_IAM", "Name": "Api" }));
        assert_eq!(of("Rest")["EndpointConfiguration"], json!({ "Types": ["REGIONAL"] }));
    }
}
