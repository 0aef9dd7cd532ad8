//! The lease of a lock: who may take it, and for how long whoever has it may go on, each by their own clock.
//!
//! The lock is an object that its owner writes anew every [`BEAT`], each time with the entity tag of the time before
//! as condition: two owners cannot follow one another without one of them being refused. An owner counts from when it
//! *began* its last write that was carried out, and takes the lock for its own no longer than [`OWNED_FOR`]. Whoever
//! wants it counts from when it *saw* an entity tag first, and takes the lock once the same one has stood for
//! [`LEASE`]. No clock is compared with another one: between the two stand ten seconds, for clocks that run at
//! different speeds.

use std::time::Duration;

/// How long a lock is its owner's after it was last heard of.
pub const LEASE: Duration = Duration::from_secs(30);

/// How often its owner is heard of.
pub const BEAT: Duration = Duration::from_secs(10);

/// How long an owner takes it for its own without an answer.
pub const OWNED_FOR: Duration = Duration::from_secs(20);

/// How often whoever waits looks.
pub const LOOKED_EVERY: Duration = Duration::from_secs(1);

/// What stands where a lock is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundLock {
    /// No object: nobody ever had it.
    Absent,
    /// Its last owner gave it back.
    Free {
        /// The object's entity tag.
        etag: String,
    },
    /// Somebody has it.
    Held {
        /// The object's entity tag.
        etag: String,
        /// How long ago it was written, by the clock of who keeps it; absent if that is not told.
        age: Option<Duration>,
        /// Whether its owner is known to be gone: a process of this very machine that lives no more.
        is_gone: bool,
    },
}

/// What who wants a lock does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimStep {
    /// Writes the object where none stands.
    Make,
    /// Writes it over the one with this entity tag, which is nobody's.
    Take(String),
    /// Writes it over the one with this entity tag, whose owner was not heard of for a lease.
    TakeOver(String),
    /// It is another's, for so long at least if that one is not heard of again.
    Busy(Duration),
}

/// Somebody who wants a lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// The entity tag that was seen last, and when it was seen first, by our own clock.
    seen: Option<(String, Duration)>,
}

impl Claim {
    /// Takes in what stands there `now`, by a clock of our own that never goes back, and says what comes next.
    pub fn on(&mut self, found: FoundLock, now: Duration) -> ClaimStep {
        let (etag, age, is_gone) = match found {
            FoundLock::Absent => return ClaimStep::Make,
            FoundLock::Free { etag } => return ClaimStep::Take(etag),
            FoundLock::Held { etag, age, is_gone } => (etag, age, is_gone),
        };
        let first = match &self.seen {
            Some((known, first)) if *known == etag => *first,
            _ => now,
        };
        self.seen = Some((etag.clone(), first));
        let unheard = age.unwrap_or_default().max(now.saturating_sub(first));
        match is_gone || unheard >= LEASE {
            true => ClaimStep::TakeOver(etag),
            false => ClaimStep::Busy(LEASE - unheard),
        }
    }
}

/// Somebody who has a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// When the last write that was carried out was begun, by our own clock.
    renewed: Duration,
}

impl Hold {
    /// Returns the hold of a lock whose write began at this moment and was carried out.
    pub fn since(began: Duration) -> Self {
        Self { renewed: began }
    }

    /// Until when the lock counts as ours.
    pub fn until(self) -> Duration {
        self.renewed + OWNED_FOR
    }

    /// When its owner is to be heard of next.
    pub fn next_beat(self) -> Duration {
        self.renewed + BEAT
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn held(etag: &str, age: Option<u64>) -> FoundLock {
        let age = age.map(Duration::from_secs);
        FoundLock::Held { etag: etag.to_owned(), age, is_gone: false }
    }

    #[test]
    fn a_lock_is_taken_once_the_same_tag_has_stood_for_a_lease() {
        let mut claim = Claim::default();
        assert_eq!(claim.on(held("a", None), 100 * SECOND), ClaimStep::Busy(LEASE));
        assert_eq!(claim.on(held("a", None), 129 * SECOND), ClaimStep::Busy(SECOND));
        assert_eq!(claim.on(held("b", None), 130 * SECOND), ClaimStep::Busy(LEASE));
        assert_eq!(claim.on(held("b", None), 160 * SECOND), ClaimStep::TakeOver("b".to_owned()));
    }

    #[test]
    fn one_that_was_long_unheard_of_when_it_is_seen_first_is_taken_at_once() {
        let now = Duration::ZERO;
        assert_eq!(Claim::default().on(held("a", Some(30)), now), ClaimStep::TakeOver("a".into()));
        assert_eq!(Claim::default().on(held("a", Some(29)), now), ClaimStep::Busy(SECOND));
        let gone = FoundLock::Held { etag: "a".into(), age: None, is_gone: true };
        assert_eq!(Claim::default().on(gone, now), ClaimStep::TakeOver("a".into()));
        assert_eq!(Claim::default().on(FoundLock::Absent, now), ClaimStep::Make);
        let free = FoundLock::Free { etag: "a".into() };
        assert_eq!(Claim::default().on(free, now), ClaimStep::Take("a".into()));
    }

    /// What one machine does at a step of a world.
    #[derive(Clone, Copy, Debug)]
    enum Act {
        /// Looks, or is heard of, with its answer.
        Goes,
        /// The same, and the answer is lost though it was carried out.
        GoesUnheard,
        /// Nothing: it stands still.
        Stands,
    }

    /// A machine: its own clock in thousandths of the world's, what it wants and what it has.
    struct Machine {
        speed: u64,
        ahead: Duration,
        claim: Claim,
        hold: Option<(Hold, String)>,
    }

    impl Machine {
        fn now(&self, world: Duration) -> Duration {
            self.ahead + world * u32::try_from(self.speed).expect("small") / 1000
        }
    }

    /// The object: its entity tag, whether it is held, and when it was written.
    struct Object {
        writes: u32,
        is_held: bool,
        written: Duration,
    }

    impl Object {
        fn etag(&self) -> String {
            self.writes.to_string()
        }

        /// Writes it if its entity tag is this one.
        fn write(&mut self, etag: &str, now: Duration) -> bool {
            let is_written = self.etag() == etag;
            if is_written {
                *self = Self { writes: self.writes + 1, is_held: true, written: now };
            }
            is_written
        }
    }

    fn acts() -> impl Strategy<Value = Vec<(usize, Act, u64)>> {
        let act = prop_oneof![
            6 => Just(Act::Goes),
            1 => Just(Act::GoesUnheard),
            3 => Just(Act::Stands),
        ];
        // Steps of up to 15 s, so that a lease runs out within a few.
        prop::collection::vec((0..3usize, act, 1..15_000u64), 1..120)
    }

    proptest! {
        #[test]
        fn never_do_two_take_it_for_theirs_whatever_their_clocks_say(
            acts in acts(),
            speeds in prop::array::uniform3(900..1100u64),
            ahead in prop::array::uniform3(0..100_000u64),
            tells_age in any::<bool>(),
        ) {
            let mut machines: Vec<Machine> = speeds.iter().zip(ahead).map(|(speed, ahead)| Machine {
                speed: *speed,
                ahead: Duration::from_secs(ahead),
                claim: Claim::default(),
                hold: None,
            }).collect();
            let mut object = Object { writes: 0, is_held: false, written: Duration::ZERO };
            let mut world = Duration::ZERO;
            for (who, act, ms) in acts {
                world += Duration::from_millis(ms);
                let machine = &mut machines[who];
                let now = machine.now(world);
                let is_heard = matches!(act, Act::Goes);
                if !matches!(act, Act::Stands) {
                    match machine.hold.take() {
                        // An owner that lost it hears so and stops.
                        Some((hold, etag)) => {
                            let is_written = object.write(&etag, world);
                            machine.hold = match (is_written, is_heard) {
                                (true, true) => Some((Hold::since(now), object.etag())),
                                // It looks what stands there and finds its own, without counting from there.
                                (true, false) => Some((hold, object.etag())),
                                (false, _) => None,
                            };
                        }
                        None => {
                            let (etag, age) = (object.etag(), tells_age.then(|| world - object.written));
                            let found = match object.is_held {
                                true => FoundLock::Held { etag, age, is_gone: false },
                                false => FoundLock::Free { etag },
                            };
                            let step = machine.claim.on(found, now);
                            if let ClaimStep::Take(etag) | ClaimStep::TakeOver(etag) = step
                                && object.write(&etag, world)
                                && is_heard
                            {
                                machine.hold = Some((Hold::since(now), object.etag()));
                            }
                        }
                    }
                }
                let owners = machines.iter().filter(|machine| {
                    machine.hold.as_ref().is_some_and(|(hold, _)| machine.now(world) < hold.until())
                });
                prop_assert!(owners.count() <= 1);
            }
        }

        #[test]
        fn an_owner_that_is_gone_keeps_nobody_for_longer_than_a_lease(wait in 0..100_000u64) {
            let mut claim = Claim::default();
            let begun = Duration::from_millis(wait);
            let mut now = begun;
            while let ClaimStep::Busy(_) = claim.on(held("dead", None), now) {
                now += LOOKED_EVERY;
            }
            prop_assert!(now - begun <= LEASE + LOOKED_EVERY);
        }
    }
}
