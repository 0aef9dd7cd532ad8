//! HTTP clients for AWS, one for all who trust the same certificate authorities.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::error::NetworkError;
use super::proxies::Proxies;
use super::roots::Bundle;
use super::{roots, routed};
use crate::cloud::wire::concurrency_limit::ConcurrencyLimit;

/// The way to AWS. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Network {
    proxies: Arc<Proxies>,
    /// What every profile trusts.
    for_all: Option<Bundle>,
    /// What is trusted where a profile names nothing.
    otherwise: Option<Bundle>,
    /// What `~` stands for.
    home: Option<PathBuf>,
    clients: Arc<Mutex<BTreeMap<Option<PathBuf>, SharedHttpClient>>>,
}

impl Network {
    /// Returns the way to AWS as environment variables describe it.
    ///
    /// # Errors
    /// When one of them names a proxy or a file that cannot be used.
    pub fn of(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, NetworkError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let home = set("HOME").map(PathBuf::from);
        let bundle =
            |name: &str| set(name).map(|path| Bundle::new(name, in_home(home.as_deref(), &path)));
        let network = Self {
            proxies: Arc::new(Proxies::of(&variable)?),
            for_all: bundle("AWS_CA_BUNDLE"),
            otherwise: bundle("REQUESTS_CA_BUNDLE"),
            home: home.clone(),
            clients: Arc::default(),
        };
        network.client(None)?;
        if network.for_all.is_none() && network.otherwise.is_none() {
            // The TLS library reads it by itself, and says nothing where it finds nothing there.
            set("SSL_CERT_FILE")
                .filter(|_| set("SSL_CERT_DIR").is_none())
                .map(|path| Bundle::new("SSL_CERT_FILE", PathBuf::from(path)).certificates())
                .transpose()?;
        }
        Ok(network)
    }

    /// Returns the HTTP client of those who use a profile, given with the file that its `ca_bundle`
    /// names; all who trust the same share one, with its connections.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub(in crate::cloud) fn client(
        &self,
        of_profile: Option<(&str, &str)>,
    ) -> Result<SharedHttpClient, NetworkError> {
        let of_profile = of_profile.filter(|(_, path)| !path.is_empty()).map(|(profile, path)| {
            let path = in_home(self.home.as_deref(), OsStr::new(path));
            Bundle::new(format!("`ca_bundle` of profile `{profile}`"), path)
        });
        let bundle = self.for_all.clone().or(of_profile).or_else(|| self.otherwise.clone());
        let path = bundle.as_ref().map(|bundle| bundle.path.clone());
        let mut clients = self.clients.lock().expect("no holder panics");
        if let Some(client) = clients.get(&path) {
            return Ok(client.clone());
        }
        let trusted = roots::context(bundle.as_ref())?;
        let client = routed::client(self.proxies.clone(), trusted);
        let client = SharedHttpClient::new(ConcurrencyLimit::new(client));
        clients.insert(path, client.clone());
        Ok(client)
    }
}

/// Returns a path as the AWS CLI reads it: `~` is the home of whoever asks.
fn in_home(home: Option<&Path>, path: &OsStr) -> PathBuf {
    match (home, Path::new(path).strip_prefix("~")) {
        (Some(home), Ok(inside)) => home.join(inside),
        _ => PathBuf::from(path),
    }
}
