//! Seeded randomness: whether a fault happens follows from its seed, from its target, and from how often
//! that target came before.
//!
//! Calls of other accounts that happen to come in between change nothing, so a run that does the
//! same has the same faults.

use std::collections::BTreeMap;

/// How often each target came, for one fault.
#[derive(Clone, Debug, Default)]
pub struct SeededRandom(BTreeMap<String, u64>);

impl SeededRandom {
    /// Decides whether a fault of this probability happens to `target` now.
    pub fn decide(&mut self, seed: u64, probability: f64, target: &str) -> bool {
        let count = self.0.entry(target.to_owned()).or_default();
        *count += 1;
        let text = format!("{seed}/{target}/{count}");
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

    fn decided(seed: u64, others: bool) -> Vec<bool> {
        let mut random = SeededRandom::default();
        let decide = |_| {
            if others {
                random.decide(seed, 0.3, "another");
            }
            random.decide(seed, 0.3, "one")
        };
        (0..1000).map(decide).collect()
    }

    #[test]
    fn what_is_decided_follows_from_the_seed_whatever_else_happens() {
        assert_eq!(decided(1, false), decided(1, true));
        assert_ne!(decided(1, false), decided(2, false));
        let count = decided(1, false).iter().filter(|is_hit| **is_hit).count();
        assert!((250..350).contains(&count), "{count}");
    }
}
