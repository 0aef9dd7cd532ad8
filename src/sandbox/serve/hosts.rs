//! Host and origin checks: requests of programs of this machine are answered, and of no page of the web.
//!
//! A page in a browser reaches loopback as well: openly, or by a name of its own whose address was changed
//! to 127.0.0.1 (DNS rebinding). The browser then says the page's origin, or that name, and no page can have
//! it say anything else. Source: the Fetch standard, "Forbidden request-header"; Fetch Metadata,
//! `Sec-Fetch-Site`.

use std::net::IpAddr;
use std::str::FromStr;

use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Request, Uri, header};

use crate::sandbox::wire::Refusal;

/// The most letters that a host's name may have (RFC 1035).
const MOST_LETTERS: usize = 253;

/// The hosts whose requests are answered: this machine's own names, and what was allowed besides.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    allowed: Vec<HostName>,
}

/// A host's name or address, in small letters and without a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName(String);

/// Why a text names no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a host's name or address is needed, such as host.docker.internal, without scheme and port"
)]
pub struct NoHostName;

impl FromStr for HostName {
    type Err = NoHostName;

    fn from_str(text: &str) -> Result<Self, NoHostName> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(Self(address.to_canonical().to_string()));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let is_label = |label: &str| !label.is_empty() && label.chars().all(is_letter);
        let is_name = name.len() <= MOST_LETTERS && name.split('.').all(is_label);
        if is_name { Ok(Self(name)) } else { Err(NoHostName) }
    }
}

impl HostName {
    /// Returns the host that an authority names, such as that of `localhost:4599`.
    fn of(authority: &Authority) -> Option<Self> {
        let has_user = authority.as_str().contains('@');
        authority.host().parse().ok().filter(|_| !has_user)
    }

    /// Whether it can only be this machine (RFC 6761, section 6.3).
    fn is_loopback(&self) -> bool {
        self.0.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            || self.is_or_lies_under("localhost")
    }

    fn is_or_lies_under(&self, name: &str) -> bool {
        self.0.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    }
}

impl Hosts {
    /// Returns this machine's own names, `allowed`, and all names that lie under them, as those of buckets do.
    pub fn and(allowed: Vec<HostName>) -> Self {
        Self { allowed }
    }

    /// Checks that a request was sent to one of these hosts, and by no page from elsewhere.
    ///
    /// # Errors
    /// If it was not, with what would take it.
    pub fn check<T>(&self, request: &Request<T>) -> Result<(), Refusal> {
        let host = sent_to(request.headers()).ok_or_else(|| {
            refused("the request must name the host that it is sent to, once and as a name")
        })?;
        // A request that names its host in the address as well is sent to that one.
        let named = request.uri().authority().map(HostName::of);
        for host in [Some(Some(host.clone())), named].into_iter().flatten() {
            let host = host.ok_or_else(|| refused("the request's address names no host"))?;
            if !self.is_ours(&host) {
                let HostName(name) = host;
                return Err(refused(&format!(
                    "the sandbox is not for the host {name}: it answers requests to 127.0.0.1, [::1] and \
                     localhost, and to others that `xdeploy sandbox serve --allow-host {name}` names"
                )));
            }
        }
        if comes_from_elsewhere(request.headers(), &host) {
            return Err(refused("the sandbox answers no page of another origin"));
        }
        Ok(())
    }

    fn is_ours(&self, host: &HostName) -> bool {
        host.is_loopback() || self.allowed.iter().any(|allowed| host.is_or_lies_under(&allowed.0))
    }
}

/// Returns the host that the headers name.
fn sent_to(headers: &HeaderMap) -> Option<HostName> {
    let mut named = headers.get_all(header::HOST).iter();
    let authority: Authority = named.next()?.to_str().ok()?.parse().ok()?;
    HostName::of(&authority).filter(|_| named.next().is_none())
}

/// Whether a browser says that the request comes from a page of neither this machine nor `host` itself.
fn comes_from_elsewhere(headers: &HeaderMap, host: &HostName) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter().peekable();
    if origins.peek().is_some() {
        return origins.any(|origin| {
            origin_host(origin).is_none_or(|origin| !origin.is_loopback() && origin != *host)
        });
    }
    // An image or a script of a page comes without an origin.
    headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site")
}

/// Returns the host of an origin; `null` and origins without hosts have none.
fn origin_host(origin: &HeaderValue) -> Option<HostName> {
    let uri: Uri = origin.to_str().ok()?.parse().ok()?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    uri.authority().filter(|_| is_web).and_then(HostName::of)
}

fn refused(message: &str) -> Refusal {
    Refusal::forbidden("AccessDenied", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(uri: &str, headers: &[(&str, &str)]) -> Request<()> {
        let request = headers
            .iter()
            .fold(Request::get(uri), |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap()
    }

    fn to(host: &str) -> Request<()> {
        asked("/", &[("host", host)])
    }

    #[test]
    fn this_machine_has_many_names_and_others_are_none_of_them() {
        let hosts = Hosts::default();
        for host in [
            "127.0.0.1",
            "127.0.0.1:4599",
            "127.9.9.9",
            "[::1]:4599",
            "[::ffff:127.0.0.1]",
            "LOCALHOST",
            "localhost.:80",
            "a-bucket.localhost:4599",
        ] {
            assert_eq!(hosts.check(&to(host)), Ok(()), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:4599",
            "localhost.evil.example",
            "evillocalhost",
            "127.0.0.1.evil.example",
            "0.0.0.0:4599",
            "[::]",
            "10.0.0.1",
            "evil.example@localhost",
            "localhost@evil.example",
            ".localhost",
            "",
        ] {
            assert_eq!(hosts.check(&to(host)).unwrap_err().status, 403, "{host}");
        }
    }

    #[test]
    fn a_host_is_named_once_and_the_address_may_not_say_otherwise() {
        let hosts = Hosts::default();
        let twice = asked("/", &[("host", "localhost"), ("host", "evil.example")]);
        let elsewhere = asked("http://evil.example/", &[("host", "localhost")]);
        for request in [asked("/", &[]), twice, elsewhere] {
            assert_eq!(hosts.check(&request).unwrap_err().status, 403, "{request:?}");
        }
        let same = asked("http://localhost/", &[("host", "localhost")]);
        assert_eq!(hosts.check(&same), Ok(()));
    }

    #[test]
    fn a_name_that_is_allowed_brings_those_under_it() {
        let hosts = Hosts::and(vec!["Host.Docker.internal".parse().unwrap()]);
        for host in ["host.docker.internal:4599", "bucket.host.docker.internal"] {
            assert_eq!(hosts.check(&to(host)), Ok(()), "{host}");
        }
        let refused = hosts.check(&to("docker.internal")).unwrap_err();
        assert!(refused.message.contains("--allow-host docker.internal"), "{refused}");
    }

    #[test]
    fn a_page_from_elsewhere_is_not_answered() {
        let hosts = Hosts::and(vec!["sandbox.example".parse().unwrap()]);
        let from = |host: &str, name: &str, value: &str| {
            hosts.check(&asked("/", &[("host", host), (name, value)])).is_ok()
        };
        for origin in ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:8080"] {
            assert!(from("127.0.0.1:4599", "origin", origin), "{origin}");
        }
        for origin in [
            "null",
            "https://evil.example",
            "http://localhost.evil.example",
            "file://",
            "chrome-extension://abc",
            "http://sandbox.example",
            "localhost",
        ] {
            assert!(!from("127.0.0.1:4599", "origin", origin), "{origin}");
        }
        assert!(from("sandbox.example", "origin", "http://sandbox.example"));
        assert!(!from("127.0.0.1", "sec-fetch-site", "cross-site"));
        assert!(from("127.0.0.1", "sec-fetch-site", "none"));
    }

    #[test]
    fn what_is_allowed_is_a_name_and_nothing_else() {
        for text in ["host.docker.internal", "172.17.0.1", "::1", "[::1]", "a_b.example."] {
            assert!(text.parse::<HostName>().is_ok(), "{text}");
        }
        for text in ["", ".", "*", "a b", "http://a", "a:80", "a/b", "a..b", "ä"] {
            assert_eq!(text.parse::<HostName>(), Err(NoHostName), "{text}");
        }
    }
}
