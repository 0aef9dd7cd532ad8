//! Hosts that are reached without a proxy: `NO_PROXY`.

use std::net::IpAddr;

/// The hosts that `NO_PROXY` names.
///
/// As the AWS CLI reads it: `*` alone is every host; a name is that host, with its port or without, and
/// all hosts beneath it. Networks such as `10.0.0.0/8` are read as well, as curl and Go do.
#[derive(Debug, Default)]
pub(super) struct NoProxy {
    is_all: bool,
    names: Vec<String>,
    networks: Vec<(IpAddr, u32)>,
}

impl NoProxy {
    pub fn of(text: &str) -> Self {
        let mut found = Self { is_all: text.trim() == "*", ..Self::default() };
        for entry in text.split(',').map(str::trim) {
            let name = entry.trim_start_matches('.').to_ascii_lowercase();
            if let Some(network) = network(&name) {
                found.networks.push(network);
            } else if !name.is_empty() {
                found.names.push(name);
            }
        }
        found
    }

    /// Whether a host is reached without a proxy; `authority` is the host with its port.
    pub fn contains(&self, host: &str, authority: &str) -> bool {
        let is_beneath = |whole: &str, name: &str| {
            whole.strip_suffix(name).is_some_and(|before| before.ends_with('.'))
        };
        let is_named = |name: &String| {
            host == name
                || authority == name
                || is_beneath(host, name)
                || is_beneath(authority, name)
        };
        let address: Option<IpAddr> = host.parse().ok();
        self.is_all
            || self.names.iter().any(is_named)
            || address.is_some_and(|address| {
                self.networks.iter().any(|(network, bits)| is_in(address, *network, *bits))
            })
    }
}

fn network(name: &str) -> Option<(IpAddr, u32)> {
    let (address, bits) = name.split_once('/')?;
    let (address, bits): (IpAddr, u32) = (address.parse().ok()?, bits.parse().ok()?);
    (bits <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, bits))
}

/// Whether the first `bits` of two addresses are the same.
fn is_in(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            let differ = one.to_bits() ^ other.to_bits();
            differ.leading_zeros() >= bits
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            let differ = one.to_bits() ^ other.to_bits();
            differ.leading_zeros() >= bits
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hosts_and_all_beneath_them() {
        let without =
            NoProxy::of(" .Corp.example , sts.amazonaws.com:8443,10.0.0.0/8, ::/127,, x/y");
        for (host, port) in [
            ("corp.example", 443),
            ("deep.corp.example", 443),
            ("sts.amazonaws.com", 8443),
            ("10.200.3.4", 80),
            ("::1", 80),
        ] {
            assert!(without.contains(host, &format!("{host}:{port}")), "{host}");
        }
        for (host, port) in [("badcorp.example", 443), ("sts.amazonaws.com", 443), ("11.0.0.1", 80)]
        {
            assert!(!without.contains(host, &format!("{host}:{port}")), "{host}");
        }
        assert!(NoProxy::of("*").contains("a", "a") && !NoProxy::of("").contains("a", "a"));
        assert!(!NoProxy::of("a,*").contains("b", "b"), "as in the AWS CLI");
        assert!(NoProxy::of("0.0.0.0/0").contains("1.2.3.4", "1.2.3.4"));
    }
}
