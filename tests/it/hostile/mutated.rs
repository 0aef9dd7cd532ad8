//! Bytes that are nearly right.

/// How many changes are made at once, at most.
const MOST_CHANGES: usize = 5;

/// Makes new bytes out of old ones, the same in every run.
pub struct Mutator<'w> {
    random: fastrand::Rng,
    words: &'w [Vec<u8>],
}

impl<'w> Mutator<'w> {
    /// Returns one that knows words to put in.
    pub fn new(seed: u64, words: &'w [Vec<u8>]) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), words }
    }

    /// Returns one of the seeds, changed in a few places.
    pub fn mutate(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = self.one_of(seeds);
        for _ in 0..self.random.usize(1..=MOST_CHANGES) {
            bytes = self.change(&bytes, seeds);
        }
        bytes
    }

    fn change(&mut self, bytes: &[u8], seeds: &[Vec<u8>]) -> Vec<u8> {
        let (start, end) = self.stretch(bytes);
        let (before, within, after) = (&bytes[..start], &bytes[start..end], &bytes[end..]);
        match self.random.u8(0..10) {
            0 => before.to_vec(),
            1 => [before, after].concat(),
            2 => [before, within, within, after].concat(),
            3 => [before, &[self.random.u8(..)], within, after].concat(),
            4 => self.flipped(bytes),
            5 => {
                let other = self.one_of(seeds);
                let (start, end) = self.stretch(&other);
                [before, &other[start..end], after].concat()
            }
            6 => [before, after, within].concat(),
            7 => [before, &self.one_of(self.words), after].concat(),
            _ => [before, &self.one_of(self.words), within, after].concat(),
        }
    }

    fn flipped(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        if !bytes.is_empty() {
            let at = self.random.usize(..bytes.len());
            bytes[at] ^= 1 << self.random.u8(0..8);
        }
        bytes
    }

    /// Returns where a stretch begins and ends: a few bytes, a line, or anything.
    fn stretch(&mut self, bytes: &[u8]) -> (usize, usize) {
        let at = self.random.usize(..=bytes.len());
        let line_start = bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
        let rest = &bytes[at..];
        let line_end =
            rest.iter().position(|b| *b == b'\n').map_or(bytes.len(), |end| at + end + 1);
        match self.random.u8(0..3) {
            0 => (at, bytes.len().min(at + self.random.usize(0..8))),
            1 => (line_start, line_end),
            _ => (at, self.random.usize(at..=bytes.len())),
        }
    }

    fn one_of(&mut self, choices: &[Vec<u8>]) -> Vec<u8> {
        self.random.choice(choices).cloned().unwrap_or_default()
    }
}

#[test]
fn what_is_mutated_differs_and_is_the_same_in_every_run() {
    let seeds = vec![b"one: two\nthree: four\n".to_vec(), b"five".to_vec()];
    let words = vec![b"six".to_vec()];
    let mutated = || -> Vec<Vec<u8>> {
        let mut mutator = Mutator::new(1, &words);
        (0..100).map(|_| mutator.mutate(&seeds)).collect()
    };
    let mut all = mutated();
    assert_eq!(all, mutated());
    all.sort();
    all.dedup();
    assert!(all.len() > 60, "{}", all.len());
}
