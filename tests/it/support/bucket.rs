//! A bucket on a server, as its account's own root reaches it.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};

/// Makes a bucket of an account at an endpoint.
pub fn make_bucket(endpoint: &str, account: &str, name: &str) {
    wait_for(async {
        let made = client(endpoint, account).create_bucket().bucket(name).send();
        made.await.expect("the bucket is made");
    });
}

/// Puts an object into a bucket.
pub fn put_object(endpoint: &str, account: &str, (bucket, key): (&str, &str), content: &str) {
    wait_for(async {
        let put = client(endpoint, account).put_object().bucket(bucket).key(key);
        put.body(content.as_bytes().to_vec().into()).send().await.expect("it is put");
    });
}

fn wait_for(call: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(call);
}

fn client(endpoint: &str, account: &str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(Credentials::new(account, "sandbox", None, None, "test"))
        .build();
    Client::from_conf(config)
}
