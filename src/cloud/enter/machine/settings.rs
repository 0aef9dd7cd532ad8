//! The settings of clients that act with what this machine keeps.

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::checked;
use super::checked::Refused;
use super::profile;
use super::profile::{ProfileError, ProfileSettings};
use crate::cloud::connection::cloud::Cloud;
use crate::cloud::wire::network::Network;
use crate::cloud::wire::sdk_config::{app_name, no_stall_check, of_sdk, retries, timeouts};
use crate::name::Region;

impl Cloud {
    /// Returns the settings of clients that act with a profile, or with what the default chain finds.
    ///
    /// Where that cannot be, their credentials say why: nothing is sent with such settings.
    pub(in crate::cloud) async fn machine_settings(
        &self,
        network: &Network,
        region: Option<&Region>,
        profile: Option<&str>,
    ) -> SdkConfig {
        let read = async {
            let reading = profile::read(profile).await?;
            let authorities = reading.authorities.as_ref();
            let http = network.client(authorities.map(|(profile, path)| (&**profile, &**path)))?;
            Ok::<(ProfileSettings, SharedHttpClient), ProfileError>((reading, http))
        };
        let (reading, http) = match read.await {
            Ok(read) => read,
            Err(error) => {
                let refused = match error {
                    ProfileError::Missing { .. } => Refused::Missing(error.to_string()),
                    _ => Refused::Unusable(error.to_string()),
                };
                let loader = self.machine_loader(self.http()).credentials_provider(refused);
                return load(loader, region).await;
            }
        };
        let loader = self.machine_loader(http.clone()).profile_files(reading.files.clone());
        let Some(profile) = profile else { return checked(load(loader, region).await) };
        let settings = load(loader.profile_name(profile), region).await;
        // The default chain asks the environment before any profile; a profile that the file names means
        // that profile, as `--profile` does in the AWS CLI.
        let way = ProviderConfig::without_region()
            .with_region(settings.region().cloned())
            .with_use_fips(settings.use_fips())
            .with_use_dual_stack(settings.use_dual_stack())
            .with_http_client(http)
            .with_time_source(self.clock())
            .with_sleep_impl(TokioSleep::new());
        let credentials = ProfileFileCredentialsProvider::builder()
            .configure(&way)
            .profile_files(reading.files)
            .profile_name(profile)
            .build();
        let credentials = SharedCredentialsProvider::new(credentials);
        checked(settings.to_builder().credentials_provider(credentials).build())
    }

    fn machine_loader(&self, http: SharedHttpClient) -> ConfigLoader {
        aws_config::defaults(BehaviorVersion::latest())
            .app_name(app_name())
            .http_client(http)
            .time_source(self.clock())
            .sleep_impl(TokioSleep::new())
            .retry_config(retries())
            .timeout_config(timeouts())
            .stalled_stream_protection(no_stall_check())
    }
}

async fn load(loader: ConfigLoader, region: Option<&Region>) -> SdkConfig {
    match region {
        Some(region) => Box::pin(loader.region(of_sdk(region)).load()).await,
        None => Box::pin(loader.load()).await,
    }
}

/// Returns the same settings, whose credentials are checked before anything is signed with them.
fn checked(settings: SdkConfig) -> SdkConfig {
    let found = settings.credentials_provider().expect("the loader sets one");
    settings.into_builder().credentials_provider(checked::checked(found)).build()
}
