//! `Fn::Cidr`: the first blocks of a size within a larger block.

use std::net::IpAddr;

/// Returns as many blocks as are asked for, each with `bits` for its hosts; none if they do not fit.
pub(super) fn blocks(within: &str, count: &str, bits: &str) -> Option<Vec<String>> {
    let (address, length) = within.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let (length, count, bits): (u32, u32, u32) =
        (length.parse().ok()?, count.parse().ok()?, bits.parse().ok()?);
    let (width, start) = match address {
        IpAddr::V4(address) => (32_u32, u128::from(u32::from(address))),
        IpAddr::V6(address) => (128, u128::from(address)),
    };
    let room = width.checked_sub(length)?.checked_sub(bits)?;
    let is_enough = room >= 32 || u64::from(count) <= 1 << room;
    if !(1..=256).contains(&count) || !is_enough || width - length >= 128 {
        return None;
    }
    let start = start >> (width - length) << (width - length);
    let block = |number: u32| {
        let at = start + (u128::from(number) << bits);
        let shown = match address {
            IpAddr::V4(_) => IpAddr::from(u32::try_from(at).ok()?.to_be_bytes()),
            IpAddr::V6(_) => IpAddr::from(at.to_be_bytes()),
        };
        Some(format!("{shown}/{}", width - bits))
    };
    (0..count).map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_follow_one_another() {
        let two = blocks("10.0.3.7/16", "2", "8").expect("they fit");
        assert_eq!(two, ["10.0.0.0/24", "10.0.1.0/24"]);
        let wide = blocks("2001:db8::/56", "2", "64").expect("they fit");
        assert_eq!(wide, ["2001:db8::/64", "2001:db8:0:1::/64"]);
        assert_eq!(blocks("10.0.0.0/24", "1", "8").expect("it fits"), ["10.0.0.0/24"]);
        for (within, count, bits) in [
            ("10.0.0.0/24", "2", "8"),
            ("10.0.0.0/16", "0", "8"),
            ("10.0.0.0/16", "1", "20"),
            ("x", "1", "8"),
        ] {
            assert_eq!(blocks(within, count, bits), None, "{within} {count} {bits}");
        }
    }
}
