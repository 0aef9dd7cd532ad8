//! Access key ids, which tell their account: its number is in their letters, in base 32.

use crate::name::AccountId;

const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Which bits of the first six bytes hold the account's number.
const ACCOUNT_SHIFT: u32 = 7;
const ACCOUNT_MASK: u64 = (1 << 40) - 1;

/// Returns the access key id with a prefix such as `AKIA`, for an account; `own` makes it this
/// key's alone.
pub fn key_id(prefix: &str, account: &AccountId, own: u128) -> String {
    let number: u64 = account.as_str().parse().expect("an account id is 12 digits");
    // The highest bit is set in all keys that carry their account.
    let first: u64 = 1 << 47 | (number & ACCOUNT_MASK) << ACCOUNT_SHIFT | (own as u64 & 0x7f);
    let bits = u128::from(first) << 32 | (own >> 7) & 0xffff_ffff;
    let letter = |at: u32| LETTERS[(bits >> (75 - 5 * at) & 31) as usize];
    prefix.chars().chain((0..16).map(|at| char::from(letter(at)))).collect()
}

/// Returns the account that an access key id tells.
pub fn account_of(key: &str) -> Option<AccountId> {
    let letters = key.get(4..14).filter(|_| key.len() == 20)?;
    let mut bits: u64 = 0;
    for letter in letters.bytes() {
        let value = LETTERS.iter().position(|other| *other == letter)?;
        bits = bits << 5 | value as u64;
    }
    // Ten letters are fifty bits, of which the last two belong to the seventh byte.
    let first = bits >> 2;
    format!("{:012}", first >> ACCOUNT_SHIFT & ACCOUNT_MASK).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_key_tells_its_account() {
        for account in ["000000000012", "100000000001", "999999999999"] {
            let account: AccountId = account.parse().unwrap();
            for own in [0, 1, u128::MAX] {
                let key = key_id("AKIA", &account, own);
                assert_eq!(key.len(), 20, "{key}");
                assert_eq!(account_of(&key), Some(account.clone()), "{key}");
            }
        }
        assert_ne!(
            key_id("AKIA", &"100000000001".parse().unwrap(), 1),
            key_id("AKIA", &"100000000001".parse().unwrap(), 2)
        );
        assert_eq!(account_of("AKIA0189"), None);
    }
}
