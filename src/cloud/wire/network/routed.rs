//! An HTTP client that sends each request straight to its host or through a proxy.

use std::sync::{Arc, OnceLock};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::failed;
use super::proxies::{Proxies, Proxy};

/// Returns a client that reaches hosts as `proxies` say, and trusts what `trusted` says.
pub(super) fn client(proxies: Arc<Proxies>, trusted: TlsContext) -> SharedHttpClient {
    let through = |proxy: &Option<Proxy>| {
        proxy.as_ref().map(|proxy| connecting(Some(proxy.config()), trusted.clone()))
    };
    SharedHttpClient::new(Routed {
        http: through(&proxies.http),
        https: through(&proxies.https),
        straight: connecting(None, trusted),
        proxies,
    })
}

fn connecting(proxy: Option<ProxyConfig>, trusted: TlsContext) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder();
        builder.set_connector_settings(settings.cloned());
        builder.set_proxy_config(proxy.clone());
        if let Some(components) = components {
            builder.set_sleep_impl(components.sleep_impl());
        }
        builder
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(trusted.clone())
            .build()
    })
}

#[derive(Debug)]
struct Routed {
    proxies: Arc<Proxies>,
    straight: SharedHttpClient,
    http: Option<SharedHttpClient>,
    https: Option<SharedHttpClient>,
}

impl HttpClient for Routed {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let way = |client: &SharedHttpClient| Way {
            client: client.clone(),
            settings: settings.clone(),
            components: components.clone(),
            connector: OnceLock::new(),
        };
        SharedHttpConnector::new(RoutedConnector {
            proxies: self.proxies.clone(),
            straight: way(&self.straight),
            http: self.http.as_ref().map(way),
            https: self.https.as_ref().map(way),
        })
    }
}

/// A connector that is made when the first request takes it: few runs need all of them.
#[derive(Debug)]
struct Way {
    client: SharedHttpClient,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
    connector: OnceLock<SharedHttpConnector>,
}

impl Way {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let make = || self.client.http_connector(&self.settings, &self.components);
        self.connector.get_or_init(make).call(request)
    }
}

#[derive(Debug)]
struct RoutedConnector {
    proxies: Arc<Proxies>,
    straight: Way,
    http: Option<Way>,
    https: Option<Way>,
}

impl HttpConnector for RoutedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(proxy) = self.proxies.route(request.uri()) else {
            let sent = self.straight.call(request);
            return HttpConnectorFuture::new(async { sent.await.map_err(failed::straight) });
        };
        let is_https = request.uri().starts_with("https:");
        let way = if is_https { &self.https } else { &self.http };
        let sent = way.as_ref().expect("there is a way for each proxy").call(request);
        let (variable, address) = (proxy.variable, proxy.address.clone());
        HttpConnectorFuture::new(async move {
            match sent.await {
                Ok(reply) if !is_https && reply.status().as_u16() == 407 => {
                    Err(failed::not_let_through(variable, &address))
                }
                Ok(reply) => Ok(reply),
                Err(error) => Err(failed::through(variable, &address, &error)),
            }
        })
    }
}
