//! A sandbox with SDK clients that reach it through its HTTP client.

use std::time::Duration;

use aws_sdk_cloudformation::types::{Capability, Stack, StackEvent};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_types::SdkConfig;
use aws_types::region::Region;
use bytes::Bytes;
use http::Request;
use serde_json::Value as Json;
use xdeploy::clock::Clock;
use xdeploy::sandbox::{Sandbox, Settings};

use super::bound::Bound;

/// Keys that sign a request: access key id, and a session token with those of a session.
#[derive(Clone, Debug)]
pub struct Keys {
    pub id: String,
    pub token: Option<String>,
}

impl Keys {
    /// Returns the root keys of an account.
    pub fn root(account: &str) -> Self {
        Self { id: account.to_owned(), token: None }
    }
}

/// An embedded cloud and the clock it runs by.
pub struct Embedded {
    pub sandbox: Sandbox,
    pub clock: Clock,
    _bound: Bound,
}

impl Embedded {
    /// Returns an empty sandbox in which each step of a resource takes two seconds.
    pub fn new() -> Self {
        let clock = Clock::starting_at("2026-11-23T12:00:00Z".parse().expect("a timestamp"));
        let settings =
            Settings { resource_duration: Duration::from_secs(2), ..Settings::default() };
        Self::of(Sandbox::new(clock, settings), clock)
    }

    /// Returns a sandbox and the clock it runs by.
    pub fn of(sandbox: Sandbox, clock: Clock) -> Self {
        Self { sandbox, clock, _bound: Bound::begin() }
    }

    /// Returns what SDK clients are made from, for one caller in eu-central-1.
    pub fn config(&self, keys: &Keys) -> SdkConfig {
        self.config_in("eu-central-1", keys)
    }

    /// Returns what SDK clients are made from, for one caller and Region.
    pub fn config_in(&self, region: &'static str, keys: &Keys) -> SdkConfig {
        let credentials = aws_credential_types::Credentials::new(
            keys.id.clone(),
            "secret",
            keys.token.clone(),
            None,
            "test",
        );
        let provider = aws_credential_types::provider::SharedCredentialsProvider::new(credentials);
        SdkConfig::builder()
            .behavior_version(aws_sdk_sts::config::BehaviorVersion::latest())
            .region(Region::new(region))
            .credentials_provider(provider)
            .http_client(self.sandbox.http_client())
            .time_source(self.clock)
            .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(TokioSleep::new()))
            .build()
    }

    /// Returns an STS client.
    pub fn sts(&self, keys: &Keys) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.config(keys))
    }

    /// Makes a call of IAM, for which there is no SDK here; returns the answer's XML.
    ///
    /// # Errors
    /// What the service said, as `Code: message`.
    pub async fn iam(
        &self,
        keys: &Keys,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<String, String> {
        let mut body = format!("Action={action}&Version=2010-05-08");
        for (name, value) in parameters {
            let encoded = value.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
            body += &format!("&{name}={encoded}");
        }
        let credential = format!("{}/20261123/us-east-1/iam/aws4_request", keys.id);
        let mut request = Request::post("https://iam.amazonaws.com/").header(
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"),
        );
        if let Some(token) = &keys.token {
            request = request.header("x-amz-security-token", token);
        }
        let request = request.body(Bytes::from(body)).expect("plain headers make a request");
        let response = self.sandbox.respond(&request).await.expect("no fault was asked for");
        let text = String::from_utf8_lossy(response.body()).into_owned();
        match response.status().is_success() {
            true => Ok(text),
            false => Err(format!("{}: {}", part(&text, "Code"), part(&text, "Message"))),
        }
    }

    /// Makes a call of Systems Manager in eu-central-1, for which there is no SDK here.
    ///
    /// # Errors
    /// What the service said, as `Code: message`.
    pub async fn ssm(&self, keys: &Keys, action: &str, input: Json) -> Result<Json, String> {
        self.json(keys, "ssm", &format!("AmazonSSM.{action}"), input).await
    }

    /// Makes a call of CodePipeline in eu-central-1, for which there is no SDK here.
    ///
    /// # Errors
    /// What the service said, as `Code: message`.
    pub async fn pipeline(&self, keys: &Keys, action: &str, input: Json) -> Result<Json, String> {
        self.json(keys, "codepipeline", &format!("CodePipeline_20150709.{action}"), input).await
    }

    /// Makes a call in AWS's JSON protocol.
    async fn json(
        &self,
        keys: &Keys,
        service: &str,
        target: &str,
        input: Json,
    ) -> Result<Json, String> {
        let credential = format!("{}/20261123/eu-central-1/{service}/aws4_request", keys.id);
        let mut request = Request::post(format!("https://{service}.eu-central-1.amazonaws.com/"))
            .header("x-amz-target", target)
            .header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
                ),
            );
        if let Some(token) = &keys.token {
            request = request.header("x-amz-security-token", token);
        }
        let request = request.body(Bytes::from(input.to_string())).expect("plain headers");
        let response = self.sandbox.respond(&request).await.expect("no fault");
        let said: Json = serde_json::from_slice(response.body()).expect("JSON is answered");
        let text = |member: &str| said[member].as_str().unwrap_or_default();
        match response.status().is_success() {
            true => Ok(said),
            false => Err(format!("{}: {}", text("__type"), text("message"))),
        }
    }

    /// Returns an S3 client.
    pub fn s3(&self, keys: &Keys) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::new(&self.config(keys))
    }

    /// Returns the stacks of an account's root in eu-central-1.
    pub fn stacks(&self, account: &str) -> Stacks {
        Stacks(aws_sdk_cloudformation::Client::new(&self.config(&Keys::root(account))))
    }
}

/// The stacks of one account and Region.
pub struct Stacks(pub aws_sdk_cloudformation::Client);

impl Stacks {
    /// Creates a stack with every capability and waits until it settled; returns its status.
    pub async fn create(&self, name: &str, template: &str) -> String {
        let create = self.0.create_stack().stack_name(name).template_body(template);
        let created = create.capabilities(Capability::CapabilityNamedIam).send().await;
        created.unwrap_or_else(|error| panic!("{}", words(&error)));
        self.settled(name).await
    }

    /// Creates a stack whose template calls macros and waits until it settled; returns its status.
    pub async fn create_expanded(&self, name: &str, template: &str) -> String {
        let create = self.0.create_stack().stack_name(name).template_body(template);
        let created = create
            .capabilities(Capability::CapabilityNamedIam)
            .capabilities(Capability::CapabilityAutoExpand)
            .send()
            .await;
        created.unwrap_or_else(|error| panic!("{}", words(&error)));
        self.settled(name).await
    }

    /// Updates a stack with every capability and waits until it settled; returns its status.
    pub async fn update(&self, name: &str, template: &str) -> String {
        let update = self.0.update_stack().stack_name(name).template_body(template);
        let updated = update.capabilities(Capability::CapabilityNamedIam).send().await;
        updated.unwrap_or_else(|error| panic!("{}", words(&error)));
        self.settled(name).await
    }

    /// Deletes a stack, waits until it settled and returns its status.
    pub async fn delete(&self, name: &str) -> String {
        let id = self.describe(name).await.stack_id.expect("a stack has an id");
        let deleted = self.0.delete_stack().stack_name(name).send().await;
        deleted.unwrap_or_else(|error| panic!("{}", words(&error)));
        self.settled(&id).await
    }

    /// Returns why CloudFormation refuses to create a stack, as `Code: message`.
    pub async fn refusal(&self, template: &str) -> String {
        let create = self.0.create_stack().stack_name("refused").template_body(template);
        words(&create.send().await.expect_err("the template is refused"))
    }

    /// Waits until a stack settled and returns its status.
    pub async fn settled(&self, name: &str) -> String {
        loop {
            let stack = self.describe(name).await;
            let status = stack.stack_status.expect("a stack has a status").as_str().to_owned();
            if !status.ends_with("_IN_PROGRESS") {
                return status;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Returns a stack that stands, or that its ARN names.
    pub async fn describe(&self, name: &str) -> Stack {
        let described = self.0.describe_stacks().stack_name(name).send().await;
        let described = described.unwrap_or_else(|error| panic!("{}", words(&error)));
        described.stacks.and_then(|stacks| stacks.into_iter().next()).expect("one stack")
    }

    /// Returns an output of a stack.
    pub async fn output(&self, name: &str, key: &str) -> String {
        let stack = self.describe(name).await;
        let mut outputs = stack.outputs.unwrap_or_default().into_iter();
        let output = outputs.find(|output| output.output_key.as_deref() == Some(key));
        output.and_then(|output| output.output_value).expect("the stack has the output")
    }

    /// Returns the events of a stack, oldest first.
    pub async fn events(&self, name: &str) -> Vec<StackEvent> {
        let mut pages = self.0.describe_stack_events().stack_name(name).into_paginator().send();
        let mut events = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.unwrap_or_else(|error| panic!("{}", words(&error)));
            events.extend(page.stack_events.unwrap_or_default());
        }
        events.reverse();
        events
    }

    /// Returns the events of a stack, oldest first, as `Logical STATUS reason`.
    pub async fn story(&self, name: &str) -> Vec<String> {
        let tell = |event: &StackEvent| {
            let status = event.resource_status.as_ref().map(|s| s.as_str()).unwrap_or_default();
            let reason = event.resource_status_reason.as_deref().unwrap_or_default();
            let logical = event.logical_resource_id.as_deref().unwrap_or_default();
            format!("{logical} {status} {reason}").trim_end().to_owned()
        };
        self.events(name).await.iter().map(tell).collect()
    }
}

/// Returns the text of the first element of that name in an answer's XML.
pub fn part(xml: &str, name: &str) -> String {
    let inner = xml.split_once(&format!("<{name}>")).map(|(_, rest)| rest).unwrap_or_default();
    let text = inner.split_once(&format!("</{name}>")).map(|(text, _)| text).unwrap_or_default();
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Returns what a service said, as `Code: message`.
pub fn words<E, R>(error: &aws_smithy_runtime_api::client::result::SdkError<E, R>) -> String
where
    E: aws_smithy_types::error::metadata::ProvideErrorMetadata + std::fmt::Debug,
    R: std::fmt::Debug,
{
    let Some(said) = error.as_service_error() else { return format!("{error:?}") };
    let said = said.meta();
    format!("{}: {}", said.code().unwrap_or_default(), said.message().unwrap_or_default())
}
