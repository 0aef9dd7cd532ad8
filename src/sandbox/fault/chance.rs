//! Seeded randomness: what is drawn follows from the seed, from what is befallen, and from how
//! often that came before.
//!
//! Calls of other accounts that happen to come in between change nothing, so a run that does the
//! same meets the same.

use std::collections::BTreeMap;

/// What was drawn so far for one fault.
#[derive(Clone, Debug, Default)]
pub struct SeededChances(BTreeMap<String, u64>);

impl SeededChances {
    /// SeededChances for `occasion`: whether something with this probability happens.
    pub fn draw(&mut self, seed: u64, probability: f64, occasion: &str) -> bool {
        let count = self.0.entry(occasion.to_owned()).or_default();
        *count += 1;
        let text = format!("{seed}/{occasion}/{count}");
        fastrand::Rng::with_seed(digest(&text)).f64() < probability
    }
}

/// FNV-1a: the same on every machine and in every version.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64, others: bool) -> Vec<bool> {
        let mut draws = SeededChances::default();
        let draw = |_| {
            if others {
                draws.draw(seed, 0.3, "another");
            }
            draws.draw(seed, 0.3, "one")
        };
        (0..1000).map(draw).collect()
    }

    #[test]
    fn what_is_drawn_follows_from_the_seed_whatever_else_happens() {
        assert_eq!(drawn(1, false), drawn(1, true));
        assert_ne!(drawn(1, false), drawn(2, false));
        let count = drawn(1, false).iter().filter(|is_hit| **is_hit).count();
        assert!((250..350).contains(&count), "{count}");
    }
}
