//! SDK clients that reach a world's cloud without xdeploy in between.

use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_cloudformation::config::{BehaviorVersion, Credentials, Region};

use super::world::World;

/// Returns a CloudFormation client that is the root of an account, in eu-central-1.
pub fn cloudformation(world: &World, account: &str) -> aws_sdk_cloudformation::Client {
    cloudformation_in(world, account, "eu-central-1")
}

/// Returns a CloudFormation client that is the root of an account, in a Region.
pub fn cloudformation_in(
    world: &World,
    account: &str,
    region: &str,
) -> aws_sdk_cloudformation::Client {
    let config = aws_sdk_cloudformation::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(Credentials::new(account, "sandbox", None, None, "test"))
        .http_client(world.sandbox.http_client())
        .time_source(world.clock)
        // Whatever a cloud bears, who waits is answered.
        .retry_config(RetryConfig::standard().with_max_attempts(12))
        .build();
    aws_sdk_cloudformation::Client::from_conf(config)
}

/// Returns an S3 client that is the root of an account, in a Region.
pub fn s3(world: &World, account: &str, region: &str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(Credentials::new(account, "sandbox", None, None, "test"))
        .http_client(world.sandbox.http_client())
        .time_source(world.clock)
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// Returns every operation on every stack of an account, in eu-central-1, gone ones as well: the
/// stack's name and what began, such as `app CREATE_IN_PROGRESS`, in no particular order.
pub async fn operations(world: &World, account: &str) -> Vec<String> {
    operations_in(&cloudformation(world, account)).await
}

/// Returns the same of where a client looks.
pub async fn operations_in(client: &aws_sdk_cloudformation::Client) -> Vec<String> {
    let listed = client.list_stacks().send().await.expect("stacks are listed");
    let mut operations = Vec::new();
    for stack in listed.stack_summaries() {
        let id = stack.stack_id().expect("a stack has an ARN");
        let told = client.describe_stack_events().stack_name(id).send().await;
        for event in told.expect("events are told").stack_events() {
            let reason = event.resource_status_reason().unwrap_or_default();
            if event.physical_resource_id() == Some(id) && reason == "User Initiated" {
                let status = event.resource_status().map_or("", |status| status.as_str());
                operations.push(format!("{} {status}", event.stack_name().unwrap_or_default()));
            }
        }
    }
    operations.sort();
    operations
}

/// Returns how each stack of an account shows itself, in eu-central-1: template, parameters, tags,
/// outputs.
pub async fn shown(world: &World, account: &str) -> Vec<String> {
    let client = cloudformation(world, account);
    let listed = client.describe_stacks().send().await.expect("stacks are described");
    let mut shown = Vec::new();
    for stack in listed.stacks() {
        let name = stack.stack_name().unwrap_or_default();
        let template = client.get_template().stack_name(name).send().await.expect("a template");
        shown.push(format!(
            "{name} {} {:?} {:?} {:?}",
            template.template_body().unwrap_or_default(),
            stack.parameters(),
            stack.tags(),
            stack.outputs(),
        ));
    }
    shown.sort();
    shown
}
