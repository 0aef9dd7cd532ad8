//! Which proxy a request goes through, as the AWS CLI decides it.
//!
//! Source: the AWS CLI user guide, "Using an HTTP proxy"; Python's `urllib.request`, functions
//! `getproxies_environment` and `proxy_bypass_environment`, which the CLI asks.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::IpAddr;

use aws_smithy_http_client::proxy::ProxyConfig;
use http::Uri;

use super::error::NetworkError;
use super::no_proxy::NoProxy;

/// The proxies of this machine.
#[derive(Debug)]
pub(super) struct Proxies {
    pub http: Option<Proxy>,
    pub https: Option<Proxy>,
    without: NoProxy,
    /// Hosts that give a machine or a container its own credentials.
    own: BTreeSet<String>,
}

/// A proxy and what names it.
pub(super) struct Proxy {
    pub variable: &'static str,
    /// Its scheme, host and port, without who may use it.
    pub address: String,
    /// The user and password, escaped.
    access: Option<String>,
}

/// Names the proxy, never who may use it.
impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proxy({} of {})", self.address, self.variable)
    }
}

impl Proxies {
    pub fn of(variable: &impl Fn(&str) -> Option<OsString>) -> Result<Self, NetworkError> {
        let first = |names: [&'static str; 2]| first_set(names, variable);
        // A web server hands a client's header `Proxy` to CGI programs under this name.
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let http = first(["http_proxy", "HTTP_PROXY"])
            .filter(|(name, _)| !(is_cgi && *name == "HTTP_PROXY"));
        let parse = |found: Option<(&'static str, OsString)>| {
            found.map(|(name, value)| Proxy::parse(name, &value)).transpose()
        };
        let own = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_EC2_METADATA_SERVICE_ENDPOINT"]
            .iter()
            .filter_map(|name| variable(name)?.to_str()?.parse::<Uri>().ok())
            .filter_map(|address| address.authority().map(|at| at.as_str().to_ascii_lowercase()))
            .collect();
        let without = first(["no_proxy", "NO_PROXY"]).map(|(_, value)| value).unwrap_or_default();
        Ok(Self {
            http: parse(http)?,
            https: parse(first(["https_proxy", "HTTPS_PROXY"]))?,
            without: NoProxy::of(&without.to_string_lossy()),
            own,
        })
    }

    /// Returns the proxy that a request to an address goes through; absent if it goes straight there.
    pub fn route(&self, address: &str) -> Option<&Proxy> {
        let uri: Uri = address.parse().ok()?;
        let proxy = match uri.scheme_str() {
            Some("http") => self.http.as_ref(),
            Some("https") => self.https.as_ref(),
            _ => None,
        }?;
        let authority = uri.authority()?.as_str().to_ascii_lowercase();
        let host = uri.host()?.trim_matches(['[', ']']).to_ascii_lowercase();
        let goes_straight = is_of_this_machine(&host)
            || self.own.contains(&authority)
            || self.without.contains(&host, &authority);
        (!goes_straight).then_some(proxy)
    }
}

/// Returns the first of two names that is set, with its value. In lower case it decides even where it
/// is empty: then there is none.
fn first_set(
    [lower, upper]: [&'static str; 2],
    variable: &impl Fn(&str) -> Option<OsString>,
) -> Option<(&'static str, OsString)> {
    let (name, value) = match variable(lower) {
        Some(value) => (lower, value),
        None => (upper, variable(upper)?),
    };
    (!value.is_empty()).then_some((name, value))
}

/// Whether a host is this machine, or one that only this machine can ask: a proxy would answer with
/// its own.
fn is_of_this_machine(host: &str) -> bool {
    if host == "localhost" || host.ends_with(".localhost") {
        return true;
    }
    match host.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
        // The metadata of instances and containers: fd00:ec2::254, fd00:ec2::23.
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.segments()[..2] == [0xfd00, 0x0ec2]
        }
        Err(_) => false,
    }
}

impl Proxy {
    fn parse(variable: &'static str, value: &OsString) -> Result<Self, NetworkError> {
        let refused = |reason: &str| NetworkError::Proxy { variable, reason: reason.to_owned() };
        let text = value.to_str().ok_or_else(|| refused("it is not UTF-8"))?.trim();
        if text.contains(|letter: char| letter.is_control() || letter.is_whitespace()) {
            return Err(refused("it holds a blank or a line break"));
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => ("http".to_owned(), text.trim_start_matches("//")),
        };
        if scheme != "http" && scheme != "https" {
            return Err(refused("only proxies that are spoken to by http or https can be used"));
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if rest[authority.len()..].contains('@') {
            return Err(refused("in a password, `/` is written %2F, `?` %3F and `#` %23"));
        }
        let (access, host) = match authority.rsplit_once('@') {
            Some((access, host)) => (Some(escaped(access)), host),
            None => (None, authority),
        };
        let address = format!("{scheme}://{host}");
        let is_port = |uri: &Uri| match host.rsplit_once(':') {
            Some((_, port)) if !port.ends_with(']') => uri.port_u16().is_some(),
            _ => true,
        };
        let parsed = address.parse::<Uri>().ok();
        if !parsed
            .as_ref()
            .is_some_and(|uri| uri.host().is_some_and(|h| !h.is_empty()) && is_port(uri))
        {
            return Err(refused(
                "http://HOST:PORT is needed, with USER:PASSWORD@ before it or not",
            ));
        }
        Ok(Self { variable, address, access })
    }

    /// Returns what the HTTP client is told of it, for addresses of one scheme.
    pub fn config(&self) -> ProxyConfig {
        let (scheme, host) = self.address.split_once("://").expect("it was put together so");
        let access = self.access.as_ref().map(|access| format!("{access}@")).unwrap_or_default();
        let address = format!("{scheme}://{access}{host}/");
        ProxyConfig::all(address.as_str()).expect("it was taken apart before")
    }
}

/// Returns a user and password with every character escaped that an address cannot hold, as they are
/// or escaped already.
fn escaped(access: &str) -> String {
    let mut escaped = String::new();
    for byte in access.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'%' => {
                escaped.push(char::from(byte));
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Result<Proxies, NetworkError> {
        let find = |name: &str| {
            variables.iter().find(|(set, _)| *set == name).map(|(_, value)| OsString::from(value))
        };
        Proxies::of(&find)
    }

    fn through(variables: &[(&str, &str)], address: &str) -> Option<String> {
        let proxies = proxies(variables).expect("proxies");
        proxies.route(address).map(|proxy| proxy.address.clone())
    }

    const STS: &str = "https://sts.eu-central-1.amazonaws.com/";

    #[test]
    fn lower_case_wins_and_empty_lower_case_means_none() {
        let upper = ("HTTPS_PROXY", "http://upper:1");
        assert_eq!(through(&[upper], STS).as_deref(), Some("http://upper:1"));
        let both = [upper, ("https_proxy", "http://lower:2")];
        assert_eq!(through(&both, STS).as_deref(), Some("http://lower:2"));
        assert_eq!(through(&[upper, ("https_proxy", "")], STS), None);
        assert_eq!(through(&[("HTTP_PROXY", "http://p:1")], STS), None);
        assert_eq!(through(&[("ALL_PROXY", "http://p:1")], STS), None);
    }

    #[test]
    fn a_header_of_a_web_request_names_no_proxy() {
        let cgi = ("REQUEST_METHOD", "GET");
        assert_eq!(through(&[cgi, ("HTTP_PROXY", "http://p:1")], "http://a.b/"), None);
        assert!(through(&[cgi, ("http_proxy", "http://p:1")], "http://a.b/").is_some());
    }

    #[test]
    fn what_only_this_machine_can_ask_never_goes_through_a_proxy() {
        let all = [("http_proxy", "p:1"), ("https_proxy", "p:1")];
        for host in [
            "localhost:4566",
            "127.0.0.1",
            "[::1]:80",
            "169.254.169.254",
            "169.254.170.2",
            "[fd00:ec2::254]",
        ] {
            assert_eq!(through(&all, &format!("http://{host}/x")), None, "{host}");
        }
        let container = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://Agent.local:8080/keys");
        let with = [&all[..], &[container]].concat();
        assert_eq!(through(&with, "https://agent.local:8080/keys"), None);
        assert!(through(&with, "https://agent.local/keys").is_some());
    }

    #[test]
    fn an_address_is_completed_and_its_password_is_never_shown() {
        let odd = [("https_proxy", "me@corp:p@ss/w#rd@proxy.corp:3128")];
        let refused = proxies(&odd).expect_err("a slash ends the host").to_string();
        assert!(!refused.contains("p@ss"), "{refused}");
        let proxies = proxies(&[("https_proxy", "http://me@corp:p@s%2Fs@proxy.corp:3128/x")]);
        let proxy = proxies.expect("proxies").https.expect("a proxy");
        assert_eq!(proxy.address, "http://proxy.corp:3128");
        assert_eq!(proxy.access.as_deref(), Some("me%40corp:p%40s%2Fs"));
        assert!(!format!("{proxy:?}").contains("p%40s"), "{proxy:?}");
        proxy.config();
    }

    #[test]
    fn what_is_no_proxy_is_refused_with_the_variables_name() {
        for value in
            ["socks5://p:1", "http://", "http://p:port", "http://p:99999", "http://a b:1", "p:1\nx"]
        {
            let error = proxies(&[("HTTPS_PROXY", value)]).expect_err(value).to_string();
            assert!(error.starts_with("HTTPS_PROXY does not name a proxy"), "{error}");
        }
        for value in
            ["p", "//p:1", "p:1", "https://p:1", " http://p:1 ", "http://[::1]:8080", "HTTP://p:1"]
        {
            assert!(through(&[("HTTPS_PROXY", value)], STS).is_some(), "{value}");
        }
    }
}
