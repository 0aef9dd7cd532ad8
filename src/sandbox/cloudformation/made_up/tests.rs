use serde_json::{Value as Json, json};

use super::MadeUp;
use crate::name::{AccountId, Region};
use crate::sandbox::cloudformation::resource_facts::Facts;

fn with<T>(type_name: &str, properties: &Json, of: impl FnOnce(MadeUp<'_>) -> T) -> T {
    let account: AccountId = "100000000001".parse().expect("an id");
    let region: Region = "eu-central-1".parse().expect("a Region");
    let token = "01234567-89ab-cdef-0123-456789abcdef";
    let facts =
        Facts { account: &account, region: &region, name: "app-It-ABCDEF", token, properties };
    of(MadeUp { type_name, facts })
}

#[test]
fn ids_have_the_form_of_their_service() {
    for (type_name, properties, begins) in [
        ("AWS::EC2::VPC", json!({}), "vpc-"),
        ("AWS::EC2::SecurityGroup", json!({ "GroupName": "web" }), "sg-"),
        ("AWS::EC2::EIP", json!({}), "203.0."),
        ("AWS::DynamoDB::Table", json!({}), "app-It-ABCDEF"),
        ("AWS::DynamoDB::Table", json!({ "TableName": "orders" }), "orders"),
        ("AWS::Events::Rule", json!({ "Name": "nightly" }), "nightly"),
        ("AWS::Cognito::UserPool", json!({}), "eu-central-1_"),
        ("AWS::KMS::Key", json!({}), "01234567-89ab-"),
        (
            "AWS::StepFunctions::StateMachine",
            json!({}),
            "arn:aws:states:eu-central-1:100000000001:stateMachine:app-It-",
        ),
        (
            "AWS::ECS::Service",
            json!({ "Cluster": "c" }),
            "arn:aws:ecs:eu-central-1:100000000001:service/app-It-",
        ),
        (
            "AWS::SecretsManager::Secret",
            json!({ "Name": "db" }),
            "arn:aws:secretsmanager:eu-central-1:100000000001:secret:db-",
        ),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            json!({}),
            "arn:aws:elasticloadbalancing:eu-central-1:100000000001:loadbalancer/app/app-It",
        ),
        (
            "AWS::Batch::JobDefinition",
            json!({ "JobDefinitionName": "nightly" }),
            "arn:aws:batch:eu-central-1:100000000001:job-definition/nightly:1",
        ),
        (
            "AWS::Lambda::Alias",
            json!({ "FunctionName": "f", "Name": "live" }),
            "arn:aws:lambda:eu-central-1:100000000001:function:f:live",
        ),
        ("AWS::ApiGateway::Stage", json!({ "RestApiId": "a", "StageName": "Prod" }), "Prod"),
        (
            "AWS::Lambda::LayerVersion",
            json!({ "LayerName": "shared" }),
            "arn:aws:lambda:eu-central-1:100000000001:layer:shared:1",
        ),
        (
            "AWS::Route53::RecordSet",
            json!({ "Name": "www.example.com", "Type": "A" }),
            "www.example.com",
        ),
        ("AWS::Glue::Database", json!({ "DatabaseInput": { "Name": "sales" } }), "sales"),
        ("AWS::New::Thing", json!({}), "made-up-app-It-ABCDEF"),
        ("Custom::Lookup", json!({}), "made-up-app-It-ABCDEF"),
    ] {
        let id = with(type_name, &properties, |it| it.physical_id());
        assert!(id.starts_with(begins), "{type_name}: {id}");
        let again = with(type_name, &properties, |it| it.physical_id());
        assert_eq!(id, again, "{type_name}");
    }
}

#[test]
fn attributes_look_like_what_they_are_called() {
    let attribute = |type_name: &str, attribute: &str| {
        with(type_name, &json!({ "Engine": "postgres", "Zones": ["a"] }), |it| {
            it.attribute(attribute, &it.physical_id())
        })
    };
    let text = |type_name: &str, name: &str| match attribute(type_name, name) {
        Json::String(text) => text,
        other => panic!("{type_name}.{name}: {other}"),
    };
    assert!(
        text("AWS::RDS::DBInstance", "Endpoint.Address")
            .ends_with(".eu-central-1.rds.amazonaws.com")
    );
    assert_eq!(text("AWS::RDS::DBInstance", "Endpoint.Port"), "5432");
    assert!(text("AWS::DynamoDB::Table", "StreamArn").contains(":table/app-It-ABCDEF/stream/"));
    assert!(text("AWS::EC2::Instance", "PrivateIp").starts_with("10.0."));
    assert_eq!(
        text("AWS::EC2::VPC", "VpcId"),
        with("AWS::EC2::VPC", &json!({}), |it| it.physical_id())
    );
    assert!(attribute("AWS::EC2::VPC", "CidrBlockAssociations").is_array());
    assert!(attribute("AWS::Route53::HostedZone", "NameServers").is_array());
    assert_eq!(attribute("AWS::New::Thing", "Zones"), json!(["a"]));
    let of_list = |type_name: &str, name: &str| attribute(type_name, name)[0].to_string();
    assert!(of_list("AWS::EC2::VPC", "Ipv6CidrBlocks").ends_with(r#"00::/56""#));
    assert!(of_list("AWS::EC2::VPCEndpoint", "DnsEntries").contains(":vpce-"));
    assert_eq!(
        attribute("AWS::AmazonMQ::Broker", "OpenWireEndpoints").as_array().unwrap().len(),
        2
    );
    let nested = text("AWS::CloudFormation::Stack", "Outputs.SubnetIds");
    let ids: Vec<&str> = nested.split(',').collect();
    assert!(ids.len() == 2 && ids.iter().all(|id| id.starts_with("subnet-")), "{nested}");
    assert!(text("AWS::Lambda::Url", "FunctionUrl").ends_with(".lambda-url.eu-central-1.on.aws/"));
    assert_eq!(text("AWS::RDS::DBProxy", "DBProxyArn").split(':').count(), 7);
    assert_eq!(text("AWS::MSK::Cluster", "Arn").split('/').count(), 3);
    assert_ne!(text("Custom::Lookup", "One"), text("Custom::Lookup", "Other"));
}
