//! SDK clients that reach a world's cloud without xdeploy in between.

use aws_sdk_cloudformation::config::{BehaviorVersion, Credentials, Region};

use super::world::World;

/// Returns a CloudFormation client that is the root of an account, in eu-central-1.
pub fn cloudformation(world: &World, account: &str) -> aws_sdk_cloudformation::Client {
    let config = aws_sdk_cloudformation::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new(account, "sandbox", None, None, "test"))
        .http_client(world.sandbox.http_client())
        .time_source(world.clock)
        .build();
    aws_sdk_cloudformation::Client::from_conf(config)
}
