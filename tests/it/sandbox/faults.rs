//! What goes wrong on purpose, as the real SDK meets it, embedded and on a loopback port.

use std::time::Duration;

use aws_sdk_cloudformation::error::{DisplayErrorContext, ProvideErrorMetadata};
use tokio::net::TcpListener;
use xdeploy::clock::Clock;
use xdeploy::sandbox::{FaultSchedule, Hosts, Sandbox, Settings, serve};

use crate::support::caller::Caller;
use crate::support::embedded::{Embedded, Stacks};
use crate::support::files::SETTING;

const DEV: &str = "100000000001";

fn scheduled(faults: &[&str]) -> (Embedded, FaultSchedule) {
    let clock = Clock::starting_at("2026-11-23T12:00:00Z".parse().expect("a timestamp"));
    let faults = FaultSchedule::new(faults.iter().map(|fault| fault.parse().expect("a fault")));
    let settings = Settings {
        resource_duration: Duration::from_secs(2),
        faults: faults.clone(),
        ..Settings::default()
    };
    (Embedded::of(Sandbox::new(clock, settings), clock), faults)
}

fn once(stacks: &Stacks) -> aws_sdk_cloudformation::Client {
    let config = stacks.0.config().to_builder();
    let never = aws_sdk_cloudformation::config::retry::RetryConfig::disabled();
    aws_sdk_cloudformation::Client::from_conf(config.retry_config(never).build())
}

/// Returns what comes of a creation that is sent once: its code, or what the SDK says of it.
async fn creation(client: &aws_sdk_cloudformation::Client) -> String {
    let create = client.create_stack().stack_name("app").template_body(SETTING);
    match create.client_request_token("one").send().await {
        Ok(_) => "created".to_owned(),
        Err(error) => match error.code() {
            Some(code) => code.to_owned(),
            None => DisplayErrorContext(error).to_string(),
        },
    }
}

#[tokio::test(start_paused = true)]
async fn each_fault_is_met_as_its_kind() {
    for (fault, says) in [
        ("error", "InternalFailure"),
        ("error=503", "ServiceUnavailable"),
        ("throttle", "Throttling"),
        ("deny", "AccessDenied"),
        ("expire=0s", "ExpiredToken"),
        ("skew=1h", "SignatureDoesNotMatch"),
        ("reset", "connection reset"),
        ("dns", "failed to lookup address"),
        ("truncate", "unexpected end of file"),
        ("slow=5s", "created"),
        ("html", "<html>"),
    ] {
        let (cloud, faults) = scheduled(&[&format!("{fault},action=CreateStack,account=*1")]);
        let said = creation(&once(&cloud.stacks(DEV))).await;
        assert!(said.contains(says), "{fault}: {said}");
        assert_eq!(faults.hits()[0].1, 1, "{fault}");
        assert_eq!(creation(&once(&cloud.stacks("100000000002"))).await, "created", "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_and_a_torn_reply_are_those_of_calls_that_were_carried_out() {
    for (fault, is_there) in [("lose-reply", true), ("truncate", true), ("reset", false)] {
        let (cloud, _) = scheduled(&[&format!("{fault},action=CreateStack,times=1")]);
        let client = once(&cloud.stacks(DEV));
        assert_ne!(creation(&client).await, "created");
        let found = client.describe_stacks().stack_name("app").send().await.is_ok();
        assert_eq!(found, is_there, "{fault}");
        assert_eq!(creation(&client).await, "created", "{fault}: the same token is the same call");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stale_look_shows_what_stood_before() {
    let (cloud, _) = scheduled(&["stale=10s"]);
    let client = once(&cloud.stacks(DEV));
    assert_eq!(creation(&client).await, "created");
    let look = || client.describe_stacks().stack_name("app").send();
    assert!(look().await.is_err(), "it does not show yet");
    tokio::time::advance(Duration::from_secs(10)).await;
    let status =
        |reply: aws_sdk_cloudformation::operation::describe_stacks::DescribeStacksOutput| {
            reply.stacks()[0].stack_status().expect("a status").as_str().to_owned()
        };
    assert_eq!(status(look().await.expect("it shows")), "CREATE_IN_PROGRESS");
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(status(look().await.expect("it shows")), "CREATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_resource_fails_or_takes_longer_where_a_fault_says_so() {
    let (cloud, _) = scheduled(&["fail=create,stack=a*,resource=Setting", "stall=1h,stack=b*"]);
    let stacks = cloud.stacks(DEV);
    assert_eq!(stacks.create("a", SETTING).await, "ROLLBACK_COMPLETE");
    let story = stacks.story("a").await.join("\n");
    assert!(story.contains("sandbox's fault fail=create,stack=a*"), "{story}");
    let began = tokio::time::Instant::now();
    assert_eq!(stacks.create("b", SETTING).await, "CREATE_COMPLETE");
    assert!(began.elapsed() >= Duration::from_secs(3600));
    assert_eq!(stacks.create("c", SETTING).await, "CREATE_COMPLETE");
}

#[tokio::test]
async fn connections_on_loopback_are_reset_and_torn() {
    let faults = ["reset,times=1", "truncate,times=1", "lose-reply,times=1", "html=502,times=1"];
    let faults = FaultSchedule::new(faults.map(|fault| fault.parse().expect("a fault")));
    let settings = Settings { faults, ..Settings::default() };
    let sandbox = Sandbox::new(Clock::System, settings);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let server = tokio::spawn(serve(sandbox, listener, Hosts::default(), std::future::pending()));
    let client = Caller::root(&endpoint, DEV).cloudformation();
    let mut said = Vec::new();
    for _ in 0..5 {
        let listed = client.list_stacks().send().await;
        said.push(
            listed.map_or_else(|error| DisplayErrorContext(error).to_string(), |_| "".into()),
        );
    }
    for (said, reason) in said.iter().zip(["reset", "", "reset", "502"]) {
        assert!(!said.is_empty() && said.contains(reason), "{said}");
    }
    assert_eq!(said[4], "", "the fault is over");
    server.abort();
}
