//! Asking CloudFormation as little as possible, and never faster than it bears.

use std::time::Duration;

use xdeploy::event::EventKind;
use xdeploy::sandbox::{Settings, Throttling};

use crate::support::client::cloudformation;
use crate::support::files::{HEAD, ONE, SETTING};
use crate::support::world::{Ran, World};

const DEV: &str = "100000000001";
const LATENCY: Duration = Duration::from_millis(20);

fn stacks(count: usize) -> String {
    let line = |n| format!("  s{n}: {{ template: app.yaml }}\n");
    format!("stacks:\n{}", (0..count).map(line).collect::<String>())
}

fn world(throttling: Throttling) -> World {
    let settings = Settings {
        resource_duration: Duration::from_secs(1),
        latency: LATENCY,
        throttling,
        ..Settings::default()
    };
    let world = World::with(&[DEV, "100000000002"], settings);
    world.write("app.yaml", SETTING);
    world
}

fn calls(ran: &Ran, suffix: &str) -> u64 {
    let of_kind = ran.report.api_calls.iter().filter(|(call, _)| call.ends_with(suffix));
    of_kind.map(|(_, count)| count).sum()
}

#[tokio::test(start_paused = true)]
async fn a_hundred_stacks_end_well_where_one_read_a_second_is_borne() {
    let slow = "1".parse().expect("a rate");
    let world = world(Throttling::realistic().with("DescribeStacks", slow).expect("an action"));
    let ran = world.apply(&format!("{ONE}{}", stacks(100))).await;
    assert_eq!(ran.report.summary.created, 100, "{:?}", ran.report.summary);
    assert!(ran.report.throttled > 0, "the report says how often");
}

#[tokio::test(start_paused = true)]
async fn writes_find_the_rate_that_is_borne_and_few_calls_are_throttled() {
    let world = world(Throttling::realistic());
    let began = tokio::time::Instant::now();
    let ran = world.apply(&format!("{ONE}{}", stacks(40))).await;
    assert_eq!(ran.report.summary.created, 40);
    // Thirty of forty writes wait for a rate of five a second; the last takes a second more.
    let took = began.elapsed();
    assert!(took < Duration::from_secs_f64(7.0 * 1.25), "{took:?}");
    let all: u64 = ran.report.api_calls.values().sum();
    assert!(ran.report.throttled * 10 < all, "{} of {all} throttled", ran.report.throttled);
    assert!(all <= 40 * 6, "{all} calls");
}

#[tokio::test(start_paused = true)]
async fn nothing_to_do_costs_one_write_and_a_share_of_one_listing() {
    let world = world(Throttling::realistic());
    let file = format!("{HEAD}{}", stacks(5));
    world.apply(&file).await;
    let again = world.apply(&file).await;
    assert_eq!(again.report.summary.unchanged, 10);
    assert_eq!(calls(&again, "UpdateStack"), 10);
    assert_eq!(calls(&again, "DescribeStacks"), 2);
    assert_eq!(calls(&again, "AssumeRole"), 2);
    assert_eq!(calls(&again, "GetCallerIdentity"), 1);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_an_update_is_expected_by_how_long_the_operation_before_took() {
    let world = world(Throttling::realistic());
    let slow = SETTING.replace(
        "Type: AWS::SSM::Parameter",
        "Type: AWS::SSM::Parameter\n    Metadata: { Sandbox: { Seconds: 600 } }",
    );
    world.write("app.yaml", &slow);
    let file = format!("{ONE}{}", stacks(1));
    world.apply(&file).await;
    world.write("app.yaml", &slow.replace("Default: one", "Default: two"));
    let began = tokio::time::Instant::now();
    let ran = world.apply(&file.replace("app.yaml", "app.yaml, parameters: { Value: two }")).await;
    assert_eq!(ran.report.summary.updated, 1);
    let late = began.elapsed().saturating_sub(Duration::from_secs(600));
    assert!(late <= Duration::from_secs(2), "{late:?} late");
    let reads = calls(&ran, "DescribeStacks") + calls(&ran, "DescribeStackEvents");
    assert!(reads <= 60, "{reads} reads");
}

#[tokio::test(start_paused = true)]
async fn how_long_a_stack_took_before_is_told_once_while_it_is_updated() {
    let world = world(Throttling::none());
    let slow = SETTING.replace(
        "Type: AWS::SSM::Parameter",
        "Type: AWS::SSM::Parameter\n    Metadata: { Sandbox: { Seconds: 120 } }",
    );
    world.write("app.yaml", &slow);
    let file = format!("{ONE}{}", stacks(1));
    let created = world.apply(&file).await;
    assert!(precedents(&created).is_empty(), "nothing came before a creation");
    let updated =
        world.apply(&file.replace("app.yaml", "app.yaml, parameters: { Value: two }")).await;
    assert_eq!(updated.report.summary.updated, 1);
    assert_eq!(precedents(&updated), [120]);
}

/// Returns the precedents that a run told, in seconds.
fn precedents(ran: &Ran) -> Vec<u64> {
    let told = ran.events.iter().filter_map(|event| match event.kind {
        EventKind::PrecedentTimed { took_ms, .. } => Some(took_ms / 1000),
        _ => None,
    });
    told.collect()
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_first_creation_is_expected_by_how_its_resources_come_along() {
    let world = world(Throttling::none());
    let mut template = "Resources:\n".to_owned();
    for n in 0..120 {
        let after = if n == 0 { String::new() } else { format!("DependsOn: R{}, ", n - 1) };
        template.push_str(&format!(
            "  R{n}: {{ Type: 'AWS::SNS::Topic', {after}Metadata: {{ Sandbox: {{ Seconds: 5 }} }} }}\n"
        ));
    }
    world.write("app.yaml", &template);
    let began = tokio::time::Instant::now();
    let ran = world.apply(&format!("{ONE}{}", stacks(1))).await;
    assert_eq!(ran.report.summary.created, 1);
    let late = began.elapsed().saturating_sub(Duration::from_secs(600));
    assert!(late <= Duration::from_secs(2), "{late:?} late");
    let reads = calls(&ran, "DescribeStacks") + calls(&ran, "DescribeStackEvents");
    assert!(reads <= 60, "{reads} reads");
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_takes_long_is_believed_all_the_same() {
    let world = world(Throttling::none());
    world.inject("slow=15s,action=DescribeStacks,stack=-,times=3");
    let file = format!("{ONE}{}", stacks(3));
    assert_eq!(world.apply(&file).await.report.summary.created, 3);
    world.inject("slow=15s,action=DescribeStacks,stack=-,times=1");
    let again = world.apply(&file).await;
    assert_eq!(again.report.summary.unchanged, 3);
    assert_eq!(calls(&again, "DescribeStacks"), 1);
}

#[tokio::test(start_paused = true)]
async fn where_listing_is_refused_each_stack_is_asked_for() {
    let world = world(Throttling::none());
    world.inject("deny,action=DescribeStacks,stack=-");
    let file = format!("{ONE}{}", stacks(3));
    assert_eq!(world.apply(&file).await.report.summary.created, 3);
    assert_eq!(world.apply(&file).await.report.summary.unchanged, 3);
}

#[tokio::test(start_paused = true)]
async fn where_events_are_refused_a_long_operation_is_followed_all_the_same() {
    let world = world(Throttling::none());
    world.inject("deny,action=DescribeStackEvents");
    let slow = SETTING.replace(
        "Type: AWS::SSM::Parameter",
        "Type: AWS::SSM::Parameter\n    Metadata: { Sandbox: { Seconds: 60 } }",
    );
    world.write("app.yaml", &slow);
    assert_eq!(world.apply(&format!("{ONE}{}", stacks(2))).await.report.summary.created, 2);
}

#[tokio::test(start_paused = true)]
async fn an_account_with_many_pages_of_stacks_is_not_listed_again_and_again() {
    let world = world(Throttling::none());
    let client = cloudformation(&world, DEV);
    for n in 0..230 {
        let create = client.create_stack().stack_name(format!("foreign{n}"));
        create.template_body(SETTING).send().await.expect("accepted");
    }
    tokio::time::advance(Duration::from_secs(60)).await;
    // Only to count them.
    world.inject("slow=1ms,action=DescribeStacks,stack=-");
    let ran = world.apply(&format!("{ONE}{}", stacks(2))).await;
    assert_eq!(ran.report.summary.created, 2);
    let (_, listings) = world.faults().hits()[0];
    assert!(listings <= 2, "given up after as many pages as stacks");
}
