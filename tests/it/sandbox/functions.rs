//! Lambda: functions that are invoked, and processes that are functions.

use std::time::Duration;

use http::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use xdeploy::sandbox::{Hosts, Sandbox, Settings, serve};

use crate::support::embedded::{Embedded, Keys};
use crate::support::function::{Invoked, Process, call, invoke};

const DEV: &str = "100000000001";
const ARN: &str = "arn:aws:lambda:eu-central-1:100000000001:function:deploy";

/// A sandbox, its root and a process that serves every function.
struct Desk {
    cloud: Embedded,
    root: Keys,
    process: Process,
}

impl Desk {
    fn new() -> Self {
        let cloud = Embedded::new();
        let process = Process::of_any(&cloud.sandbox);
        Self { cloud, root: Keys::root(DEV), process }
    }

    async fn invoke(&self, function: &str, kind: &str, payload: &str) -> Invoked {
        invoke(&self.cloud.sandbox, &self.root, function, kind, payload).await
    }

    async fn wait_for(&self, function: &str, payload: &str) -> Invoked {
        self.invoke(function, "RequestResponse", payload).await
    }

    /// Whether there is nothing to do at the moment.
    async fn is_idle(&self) -> bool {
        let next = self.process.next();
        tokio::time::timeout(Duration::from_millis(1), next).await.is_err()
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_is_invoked_and_its_answer_returned() {
    let desk = Desk::new();
    assert!(desk.is_idle().await);
    let function = async {
        let given = desk.process.next().await;
        let now = desk.cloud.clock.now().as_millisecond();
        assert_eq!(given.event, json!({ "n": 1 }));
        assert_eq!((given.function.as_str(), given.deadline_ms), (ARN, now + 900_000));
        assert!(given.trace.starts_with("Root=1-"), "{}", given.trace);
        let said = desk.process.returns(&given, r#"{"m":2}"#).await;
        assert_eq!(said, (202, json!({ "status": "OK" })));
        let again = desk.process.returns(&given, "{}").await;
        let unknown =
            json!({ "errorType": "InvalidRequestID", "errorMessage": "Invalid request ID" });
        assert_eq!(again, (400, unknown));
        given.id
    };
    let (invoked, id) = tokio::join!(desk.wait_for("deploy", r#"{"n":1}"#), function);
    assert_eq!((invoked.status, invoked.function_error), (200, None));
    assert_eq!((invoked.payload.as_str(), &invoked.id), (r#"{"m":2}"#, &id));
    assert!(desk.is_idle().await);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_a_function_is_its_answer() {
    let desk = Desk::new();
    let error = r#"{"errorType":"ValueError","errorMessage":"no"}"#;
    let fails = async |error: &str| {
        let given = desk.process.next().await;
        assert_eq!(desk.process.fails(&given, error).await.0, 202);
    };
    let (told, ()) = tokio::join!(desk.wait_for("deploy", ""), fails(error));
    let unhandled = Some("Unhandled".to_owned());
    assert_eq!(
        (told.status, &told.function_error, told.payload.as_str()),
        (200, &unhandled, error)
    );
    let (untold, ()) = tokio::join!(desk.wait_for("deploy", ""), fails(""));
    assert_eq!(untold.payload, r#"{"errorType":"Runtime.Broken","errorMessage":""}"#);
    let (not_begun, said) =
        tokio::join!(desk.wait_for("deploy", ""), desk.process.post("init/error", error));
    assert_eq!((not_begun.function_error, not_begun.payload.as_str()), (unhandled, error));
    assert_eq!(said.0, 202);
}

#[tokio::test(start_paused = true)]
async fn a_function_that_takes_too_long_has_timed_out() {
    let clock = Embedded::new().clock;
    let settings = Settings { lambda_timeout: Duration::from_secs(3), ..Settings::default() };
    let sandbox = Sandbox::new(clock, settings);
    let (process, root) = (Process::of_any(&sandbox), Keys::root(DEV));
    let start = clock.now();
    let waits = invoke(&sandbox, &root, "deploy", "RequestResponse", "{}");
    let (invoked, given) = tokio::join!(waits, process.next());
    assert_eq!(clock.now().duration_since(start).as_secs(), 3);
    assert_eq!(invoked.function_error.as_deref(), Some("Unhandled"));
    let said = format!("RequestId: {} Error: Task timed out after 3.00 seconds", given.id);
    assert!(invoked.payload.contains(&said), "{}", invoked.payload);
    assert_eq!(process.returns(&given, "{}").await.0, 400);
}

#[tokio::test(start_paused = true)]
async fn an_event_is_accepted_at_once_and_tried_three_times() {
    let desk = Desk::new();
    let accepted = desk.invoke("deploy", "Event", "{}").await;
    assert_eq!((accepted.status, accepted.payload.as_str()), (202, ""));
    let start = desk.cloud.clock.now();
    let mut tried = Vec::new();
    for _ in 0..3 {
        let given = desk.process.next().await;
        assert_eq!(given.id, accepted.id);
        tried.push(desk.cloud.clock.now().duration_since(start).as_secs());
        desk.process.fails(&given, "{}").await;
    }
    assert_eq!(tried, [0, 60, 180]);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!(desk.is_idle().await);
}

#[tokio::test(start_paused = true)]
async fn a_process_can_be_told_which_function_it_is() {
    let desk = Desk::new();
    for function in ["deploy", "test"] {
        desk.invoke(function, "Event", &format!("\"{function}\"")).await;
    }
    let process = Process::of(&desk.cloud.sandbox, "test");
    let given = process.next().await;
    assert_eq!(given.event, "test");
    assert_eq!(process.returns(&given, "{}").await.0, 202);
    assert!(tokio::time::timeout(Duration::from_secs(60), process.next()).await.is_err());
    assert_eq!(desk.process.next().await.event, "deploy");
}

#[tokio::test]
async fn a_request_for_work_whose_connection_ended_takes_none() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let desk = Desk::new();
    let server = tokio::spawn(serve(
        desk.cloud.sandbox.clone(),
        listener,
        Hosts::default(),
        std::future::pending(),
    ));
    let ask = async || {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: localhost\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    };
    // Some end before the server has read the request, others while it waits.
    for _ in 0..20 {
        drop(ask().await);
    }
    let mut stream = ask().await;
    desk.invoke("deploy", "Event", "\"kept\"").await;
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n\"kept\""), "{answer}");
    server.abort();
}

const ROLE: &str = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: caller
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Action: sts:AssumeRole, Principal: { AWS: "100000000001" } }]
      Policies:
        - PolicyName: own
          PolicyDocument:
            Statement: { Effect: Allow, Action: lambda:InvokeFunction, Resource: "arn:aws:lambda:*:*:function:deploy" }
"#;

#[tokio::test(start_paused = true)]
async fn invoking_needs_its_permission() {
    let desk = Desk::new();
    assert_eq!(desk.cloud.stacks(DEV).create("caller", ROLE).await, "CREATE_COMPLETE");
    let role = format!("arn:aws:iam::{DEV}:role/caller");
    let entered = desk.cloud.sts(&desk.root).assume_role().role_arn(role).role_session_name("me");
    let keys = entered.send().await.unwrap().credentials.unwrap();
    let keys = Keys { id: keys.access_key_id, token: Some(keys.session_token) };
    let dry_run =
        async |function: &str| invoke(&desk.cloud.sandbox, &keys, function, "DryRun", "").await;
    assert_eq!(dry_run("deploy").await.status, 204);
    let refused = dry_run("other").await;
    assert_eq!((refused.status, refused.refusal.as_deref()), (403, Some("AccessDeniedException")));
    let said = "is not authorized to perform: lambda:InvokeFunction on resource: \
                arn:aws:lambda:eu-central-1:100000000001:function:other";
    assert!(refused.payload.contains(said), "{}", refused.payload);
    let elsewhere = ARN.replace(DEV, "100000000002");
    assert_eq!(dry_run(&elsewhere).await.status, 403);
    assert!(desk.is_idle().await);
}

#[tokio::test(start_paused = true)]
async fn what_a_function_is_given_is_json_and_not_too_long() {
    let desk = Desk::new();
    let long = format!("\"{}\"", "x".repeat(1_048_576));
    let refusal = |invoked: Invoked| (invoked.status, invoked.refusal.unwrap_or_default());
    for (function, kind, payload, status, code) in [
        ("deploy", "Event", "{", 400, "InvalidRequestContentException"),
        ("deploy", "Event", long.as_str(), 413, "RequestTooLargeException"),
        ("deploy", "Later", "{}", 400, "ValidationException"),
        ("a b", "Event", "{}", 400, "ValidationException"),
        (
            &ARN.replace("eu-central-1", "us-east-1"),
            "Event",
            "{}",
            404,
            "ResourceNotFoundException",
        ),
    ] {
        let function = function.replace(' ', "%20");
        let said = refusal(desk.invoke(&function, kind, payload).await);
        assert_eq!(said, (status, code.to_owned()), "{function} {kind}");
    }
    let create =
        call(&desk.cloud.sandbox, &desk.root, Method::POST, "/2015-03-31/functions", "", "");
    assert_eq!(refusal(create.await), (404, "UnknownOperationException".to_owned()));
    assert_eq!(desk.process.post("restore/next", "").await.0, 404);
    desk.invoke(&format!("{ARN}:live"), "Event", "").await;
    let given = desk.process.next().await;
    assert_eq!(
        (given.event.clone(), given.function.as_str()),
        (json!({}), &*format!("{ARN}:live"))
    );
    let long = "x".repeat(6_291_557);
    assert_eq!(desk.process.returns(&given, &long).await.0, 413);
}
