//! The detection of one stack's drift: what to do after each answer, and how long to wait before. It is plain: it is told
//! what was answered, and adds up what it had waited for.

use std::collections::BTreeMap;
use std::time::Duration;

use super::unread::UnreadResources;

/// Before the first look, and between the first two.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Between looks, at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Before a detection of others is asked for again.
const OTHERS_PAUSE: Duration = Duration::from_secs(5);
/// Before resources are looked at again whose services were asked too often.
const CALM_PAUSES: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(20)];
/// After so long, a detection is not waited for any more.
///
/// Source: `DetectStackDrift` "can take up to several minutes, depending on the number of resources".
const PATIENCE: Duration = Duration::from_secs(45 * 60);
/// So many resources can be named.
///
/// Source: the API reference of `DetectStackDrift`, `LogicalResourceIds`.
const MOST_NAMES: usize = 200;

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A detection was begun.
    Begun,
    /// Another one goes on.
    GoesOnByOthers,
    /// The stack bears none.
    NotPossible,
    /// The one that was begun goes on.
    GoesOn,
    /// It is over, with how many resources have drifted, as far as that is told, and those that were not read.
    Over(Option<usize>, UnreadResources),
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Wait, then begin a detection: of all resources, or of those named.
    Begin(Duration, Vec<String>),
    /// Wait, then look how far it is.
    Look(Duration),
    /// Stop: nothing more is asked.
    End(Detected),
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Detected {
    /// What was found can be read.
    Found {
        /// Whether there may be anything that has drifted.
        may_have_drifted: bool,
        /// What was not read, and why.
        unread: UnreadResources,
    },
    /// The stack bears no detection as it stands.
    NotPossible,
    /// It took too long.
    TookTooLong,
}

/// The detection of one stack's drift, as far as it is.
#[derive(Debug, Default)]
pub(super) struct Detection {
    asked: Vec<String>,
    pause: Duration,
    waited: Duration,
    rounds: usize,
    may_have_drifted: bool,
    unread: BTreeMap<String, String>,
    unnamed: Option<String>,
}

impl Detection {
    /// Returns a detection that begins, and its first step.
    pub fn begin() -> (Self, Step) {
        (Self::default(), Step::Begin(Duration::ZERO, Vec::new()))
    }

    /// Takes in an answer and returns what to do next.
    pub fn on(&mut self, answer: Answer) -> Step {
        match answer {
            Answer::Begun => {
                self.pause = FIRST_PAUSE;
                self.look()
            }
            Answer::GoesOn => {
                self.pause = (self.pause * 3 / 2).min(LONGEST_PAUSE);
                self.look()
            }
            Answer::GoesOnByOthers => {
                let asked = self.asked.clone();
                self.wait(OTHERS_PAUSE, |pause| Step::Begin(pause, asked))
            }
            // What was found before still holds.
            Answer::NotPossible if self.rounds > 0 => self.found(),
            Answer::NotPossible => Step::End(Detected::NotPossible),
            Answer::Over(drifted, unread) => self.over(drifted, unread),
        }
    }

    fn look(&mut self) -> Step {
        self.wait(self.pause, Step::Look)
    }

    fn wait(&mut self, pause: Duration, step: impl FnOnce(Duration) -> Step) -> Step {
        self.waited += pause;
        match self.waited > PATIENCE {
            true if self.rounds > 0 => self.found(),
            true => Step::End(Detected::TookTooLong),
            false => step(pause),
        }
    }

    /// Looks once more at what was not read because too much was asked for at once.
    fn over(&mut self, drifted: Option<usize>, unread: UnreadResources) -> Step {
        self.may_have_drifted |= drifted != Some(0);
        self.unread.retain(|name, _| !self.asked.is_empty() && !self.asked.contains(name));
        self.unread.extend(unread.by_name);
        self.unnamed = unread.unnamed;
        let passing = self.unread.iter().filter(|(_, reason)| passes(reason));
        let names: Vec<String> = passing.map(|(name, _)| name.clone()).collect();
        let pause = CALM_PAUSES.get(self.rounds).copied();
        self.rounds += 1;
        let Some(pause) = pause.filter(|_| !names.is_empty()) else { return self.found() };
        self.asked = if names.len() > MOST_NAMES { Vec::new() } else { names };
        let asked = self.asked.clone();
        self.wait(pause, |pause| Step::Begin(pause, asked))
    }

    fn found(&mut self) -> Step {
        let (by_name, unnamed) = (std::mem::take(&mut self.unread), self.unnamed.take());
        let unread = UnreadResources { by_name, unnamed };
        Step::End(Detected::Found { may_have_drifted: self.may_have_drifted, unread })
    }
}

/// Whether a resource may be read a little later that was not read for this reason.
fn passes(reason: &str) -> bool {
    let texts = ["rate exceeded", "throttl", "internal failure", "internal error", "timed out"];
    let reason = reason.to_lowercase();
    texts.iter().any(|text| reason.contains(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unread(names: &[(&str, &str)]) -> UnreadResources {
        let named = names.iter().map(|(name, why)| ((*name).to_owned(), (*why).to_owned()));
        UnreadResources { by_name: named.collect(), unnamed: None }
    }

    fn names(step: Step) -> Vec<String> {
        match step {
            Step::Begin(_, names) => names,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_was_asked_too_often_is_looked_at_twice_more_and_then_told() {
        let (mut detection, first) = Detection::begin();
        assert_eq!(names(first), Vec::<String>::new());
        let both = [("A", "Rate exceeded"), ("B", "User: x is not authorized")];
        assert_eq!(names(detection.on(Answer::Over(Some(1), unread(&both)))), ["A"]);
        assert_eq!(names(detection.on(Answer::Over(Some(0), unread(&both[..1])))), ["A"]);
        let end = detection.on(Answer::Over(Some(0), unread(&both[..1])));
        let found = Detected::Found { may_have_drifted: true, unread: unread(&both) };
        assert_eq!(end, Step::End(found), "the first one found some");
    }

    #[test]
    fn what_is_read_the_second_time_is_no_matter() {
        let (mut detection, _) = Detection::begin();
        detection.on(Answer::Over(Some(0), unread(&[("A", "Internal Failure")])));
        let end = detection.on(Answer::Over(Some(0), unread(&[])));
        let found = Detected::Found { may_have_drifted: false, unread: unread(&[]) };
        assert_eq!(end, Step::End(found));
    }

    #[test]
    fn a_detection_of_others_is_waited_for() {
        let (mut detection, _) = Detection::begin();
        assert_eq!(detection.on(Answer::GoesOnByOthers), Step::Begin(OTHERS_PAUSE, Vec::new()));
        assert_eq!(detection.on(Answer::Begun), Step::Look(FIRST_PAUSE));
    }

    proptest! {
        #[test]
        fn every_detection_ends_and_waits_as_long_as_it_may(
            answers in prop::collection::vec((0u8..6, 0usize..3), 1..40),
        ) {
            let (mut detection, mut step) = Detection::begin();
            let (mut waited, mut begun, mut steps) = (Duration::ZERO, false, 0);
            for (answer, count) in answers.iter().cycle() {
                steps += 1;
                prop_assert!(steps < 5000, "it never ends");
                let next = match (&step, answer) {
                    (Step::End(_), _) => break,
                    (Step::Begin(..), 0 | 3) => Answer::GoesOnByOthers,
                    (Step::Begin(..), 1) => Answer::NotPossible,
                    (Step::Begin(..), _) => Answer::Begun,
                    (Step::Look(_), 0..=3) => Answer::GoesOn,
                    (Step::Look(_), _) => {
                        let all = [("A", "Rate exceeded"), ("B", "no")];
                        Answer::Over(Some(0), unread(&all[..*count]))
                    }
                };
                if let Step::Begin(pause, _) | Step::Look(pause) = &step {
                    waited += *pause;
                    prop_assert!(*pause <= Duration::from_secs(20));
                }
                let is_look = matches!(step, Step::Look(_));
                prop_assert!(!is_look || begun, "nothing is looked at that was not begun");
                begun = match next {
                    Answer::Begun => true,
                    Answer::GoesOn => begun,
                    _ => false,
                };
                step = detection.on(next);
            }
            prop_assert!(waited <= PATIENCE);
        }
    }
}
