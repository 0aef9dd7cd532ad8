//! Somebody who calls AWS through the SDK, wherever AWS is.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_cloudformation::types::Stack;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// The Region of every test that needs only one.
pub const REGION: &str = "eu-central-1";

/// Somebody with keys, at one endpoint and in one Region. Every call is made once.
#[derive(Clone)]
pub struct Caller {
    settings: SdkConfig,
}

impl Caller {
    /// Returns the root of an account, as emulators know it: the account's id is the key.
    pub fn root(endpoint: &str, account: &str) -> Self {
        let credentials = Credentials::new(account, "test", None, None, "test");
        let builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(endpoint)
            .retry_config(aws_config::retry::RetryConfig::disabled())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .http_client(http_client())
            .credentials_provider(SharedCredentialsProvider::new(credentials));
        Self { settings: builder.build() }
    }

    /// Returns the same caller with the keys of a session.
    pub fn with_session(&self, session: &aws_sdk_sts::types::Credentials) -> Self {
        let credentials = Credentials::new(
            session.access_key_id(),
            session.secret_access_key(),
            Some(session.session_token().to_owned()),
            None,
            "test",
        );
        let provider = SharedCredentialsProvider::new(credentials);
        Self { settings: self.settings.to_builder().credentials_provider(provider).build() }
    }

    /// Returns a client of CloudFormation.
    pub fn cloudformation(&self) -> aws_sdk_cloudformation::Client {
        aws_sdk_cloudformation::Client::new(&self.settings)
    }

    /// Returns a client of IAM.
    pub fn iam(&self) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::new(&self.settings)
    }

    /// Returns a client of STS.
    pub fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.settings)
    }

    /// Returns a client of S3 in a Region.
    pub fn s3(&self, region: &str) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.settings)
            .region(Region::new(region.to_owned()))
            .force_path_style(true)
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// Returns the stacks that stand in the account, sorted by name, without what was deleted.
    pub async fn stacks(&self) -> Vec<Stack> {
        let reply = self.cloudformation().describe_stacks().send().await.expect("an answer");
        let mut stacks = reply.stacks.unwrap_or_default();
        stacks
            .retain(|stack| stack.stack_status().is_some_and(|s| s.as_str() != "DELETE_COMPLETE"));
        stacks.sort_by(|one, other| one.stack_name().cmp(&other.stack_name()));
        stacks
    }

    /// Creates a stack and waits until it is complete.
    pub async fn create(&self, stack: &str, template: &str) {
        self.cloudformation()
            .create_stack()
            .stack_name(stack)
            .template_body(template)
            .capabilities("CAPABILITY_NAMED_IAM".into())
            .send()
            .await
            .expect("the stack is accepted");
        let settled = self.settled(stack).await.expect("the stack stands");
        let status = settled.stack_status().expect("a stack has a status").as_str();
        assert_eq!(status, "CREATE_COMPLETE", "{stack}: {:?}", settled.stack_status_reason());
    }

    /// Waits until nothing moves in a stack and returns it; `None` if it is gone.
    pub async fn settled(&self, stack: &str) -> Option<Stack> {
        for _ in 0..1_500 {
            let reply = self.cloudformation().describe_stacks().stack_name(stack).send().await;
            let found = reply.ok()?.stacks?.pop()?;
            if !found.stack_status()?.as_str().ends_with("_IN_PROGRESS") {
                return Some(found);
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("stack {stack} still moves after 30 seconds");
    }
}

fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_http()
}
