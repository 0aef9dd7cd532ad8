//! Limits and latency, asked by an SDK that sends each request once.

use std::time::Duration;

use aws_smithy_types::retry::RetryConfig;
use tokio::time::Instant;
use xdeploy::clock::Clock;
use xdeploy::sandbox::{Sandbox, SeededRole, Settings, Throttling};

use crate::support::embedded::{Embedded, Keys, words};

const DEV: &str = "100000000001";
const PROD: &str = "100000000002";
const HUB: &str = "999999999999";
const TOPIC: &str = "Resources: { Topic: { Type: AWS::SNS::Topic } }";

fn cloud(settings: Settings) -> Embedded {
    let clock = Clock::starting_at("2026-11-23T12:00:00Z".parse().expect("a timestamp"));
    Embedded::of(Sandbox::new(clock, settings), clock)
}

fn limited() -> Embedded {
    cloud(Settings { throttling: Throttling::realistic(), ..Settings::default() })
}

fn impatient(cloud: &Embedded, region: &'static str, account: &str) -> aws_types::SdkConfig {
    let config = cloud.config_in(region, &Keys::root(account)).into_builder();
    config.retry_config(RetryConfig::disabled()).build()
}

/// Returns how many of a number of requests pass; the others are refused as AWS does it.
async fn passing(cloud: &Embedded, region: &'static str, account: &str, requests: usize) -> usize {
    let client = aws_sdk_cloudformation::Client::new(&impatient(cloud, region, account));
    let mut passed = 0;
    for _ in 0..requests {
        match client.describe_stacks().send().await {
            Ok(_) => passed += 1,
            Err(error) => {
                assert_eq!(error.raw_response().expect("an answer").status().as_u16(), 400);
                assert_eq!(words(&error), "Throttling: Rate exceeded");
            }
        }
    }
    passed
}

#[tokio::test(start_paused = true)]
async fn a_bucket_lets_its_burst_through_and_then_its_rate() {
    let cloud = limited();
    assert_eq!(passing(&cloud, "eu-central-1", DEV, 30).await, 20);
    tokio::time::advance(Duration::from_millis(500)).await;
    assert_eq!(passing(&cloud, "eu-central-1", DEV, 30).await, 5);
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(passing(&cloud, "eu-central-1", DEV, 30).await, 20);
}

#[tokio::test(start_paused = true)]
async fn one_accounts_throttling_is_no_other_ones() {
    let cloud = limited();
    assert_eq!(passing(&cloud, "eu-central-1", DEV, 30).await, 20);
    assert_eq!(passing(&cloud, "eu-central-1", PROD, 30).await, 20);
    assert_eq!(passing(&cloud, "eu-west-1", DEV, 30).await, 20);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_creation_creates_nothing() {
    let throttling = Throttling::realistic().with("CreateStack", "1".parse().unwrap()).unwrap();
    let cloud = cloud(Settings { throttling, ..Settings::default() });
    let client = aws_sdk_cloudformation::Client::new(&impatient(&cloud, "eu-central-1", DEV));
    let create = |name: &str| client.create_stack().stack_name(name).template_body(TOPIC).send();
    create("one").await.unwrap();
    assert_eq!(words(&create("two").await.unwrap_err()), "Throttling: Rate exceeded");
    assert_eq!(client.describe_stacks().send().await.unwrap().stacks().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn assuming_roles_is_charged_to_the_calling_account() {
    let cloud = limited();
    let (dev, hub) = (DEV.parse().unwrap(), HUB.parse().unwrap());
    cloud.sandbox.seed(&[SeededRole::new(&dev, "deployer", &hub)]).unwrap();
    let client = aws_sdk_sts::Client::new(&impatient(&cloud, "eu-central-1", HUB));
    let mut passed = 0;
    for _ in 0..250 {
        let assume = client.assume_role().role_session_name("run");
        let assume = assume.role_arn(format!("arn:aws:iam::{DEV}:role/deployer"));
        passed += usize::from(assume.send().await.is_ok());
    }
    assert_eq!(passed, 200);
    client.get_caller_identity().send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_request_is_seen_half_way_through_its_latency() {
    let cloud = cloud(Settings { latency: Duration::from_millis(200), ..Settings::default() });
    let (start, sent) = (Instant::now(), cloud.clock.now());
    let stacks = cloud.stacks(DEV);
    stacks.0.create_stack().stack_name("app").template_body(TOPIC).send().await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_millis(200));
    let created = stacks.describe("app").await.creation_time.expect("a stack has one");
    let created = created.to_millis().unwrap() - sent.as_millisecond();
    assert_eq!(created, 100);
}
