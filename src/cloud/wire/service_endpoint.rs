//! Where a service is reached, if that is not AWS's own endpoint.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

/// Returns the address at which settings reach a service, such as `S3`: its own, or the one of all services; nothing
/// if it is AWS's.
pub(in crate::cloud) fn service_endpoint(
    settings: &SdkConfig,
    service: &'static str,
) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id(service)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .expect("all of it is said");
    let own = settings.service_config().and_then(|config| config.load_config(key));
    own.or_else(|| settings.endpoint_url().map(str::to_owned))
}
