//! What may start, and what never will: a plain machine over the order of a plan.
//!
//! It is told what ended and whether somebody wants to stop, and answers with what to do now. It
//! knows stack instances as numbers and nothing about them.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

/// What the engine is to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Start this one.
    Start(usize),
    /// This one will not be started.
    Skip {
        /// Which.
        index: usize,
        /// Why not.
        because: SkipCause,
    },
}

/// Why a stack instance is not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipCause {
    /// One that it needs did not succeed.
    NeedFailed {
        /// The need that ended without success, or was skipped for the same reason.
        need: usize,
    },
    /// The run was asked to stop.
    Cancelled,
}

/// How many may be in flight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Concurrency {
    /// Of all together; no limit if absent.
    pub overall: Option<NonZeroUsize>,
    /// Of each group; no limit if absent.
    pub per_group: Vec<Option<NonZeroUsize>>,
}

/// One entry of the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Those that must have succeeded before.
    pub needs: Vec<usize>,
    /// The group whose limit it counts towards.
    pub group: usize,
}

/// Where each stack instance stands and which may start.
#[derive(Clone, Debug)]
pub struct Schedule {
    nodes: Vec<Node>,
    ready: BTreeSet<usize>,
    concurrency: Concurrency,
    running: usize,
    running_per_group: Vec<usize>,
    is_cancelled: bool,
}

#[derive(Clone, Debug)]
struct Node {
    group: usize,
    open_needs: usize,
    dependents: Vec<usize>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Ended,
}

impl Schedule {
    /// Returns a schedule in which nothing has started.
    ///
    /// Groups are positions in `concurrency.per_group`; a group beyond its end has no limit.
    ///
    /// # Panics
    /// When a need is not an entry.
    pub fn new(entries: &[Entry], concurrency: Concurrency) -> Self {
        let mut nodes: Vec<Node> = entries
            .iter()
            .map(|entry| Node {
                group: entry.group,
                open_needs: entry.needs.len(),
                dependents: Vec::new(),
                state: State::Waiting,
            })
            .collect();
        for (index, entry) in entries.iter().enumerate() {
            for &need in &entry.needs {
                nodes[need].dependents.push(index);
            }
        }
        let ready = (0..nodes.len()).filter(|&index| nodes[index].open_needs == 0).collect();
        let groups = entries.iter().map(|entry| entry.group + 1).max().unwrap_or(0);
        Self {
            nodes,
            ready,
            concurrency,
            running: 0,
            running_per_group: vec![0; groups],
            is_cancelled: false,
        }
    }

    /// Returns what may start at the beginning.
    pub fn begin(&mut self) -> Vec<Decision> {
        self.start_ready()
    }

    /// Takes in that a started one ended, and returns what follows.
    ///
    /// # Panics
    /// When it was not running.
    pub fn finished(&mut self, index: usize, is_good: bool) -> Vec<Decision> {
        assert_eq!(self.nodes[index].state, State::Running, "only what runs can end");
        self.nodes[index].state = State::Ended;
        self.running -= 1;
        self.running_per_group[self.nodes[index].group] -= 1;
        let mut decisions = Vec::new();
        if is_good {
            for dependent in self.nodes[index].dependents.clone() {
                let node = &mut self.nodes[dependent];
                node.open_needs -= 1;
                if node.open_needs == 0 && node.state == State::Waiting {
                    self.ready.insert(dependent);
                }
            }
        } else {
            self.skip_dependents(index, &mut decisions);
        }
        decisions.extend(self.start_ready());
        decisions
    }

    /// Takes in that nothing more is to be started, and returns everything that now never will.
    pub fn cancel(&mut self) -> Vec<Decision> {
        self.is_cancelled = true;
        self.ready.clear();
        let mut decisions = Vec::new();
        for (index, node) in self.nodes.iter_mut().enumerate() {
            if node.state == State::Waiting {
                node.state = State::Ended;
                decisions.push(Decision::Skip { index, because: SkipCause::Cancelled });
            }
        }
        decisions
    }

    /// Whether everything has ended.
    pub fn is_over(&self) -> bool {
        self.running == 0 && self.nodes.iter().all(|node| node.state == State::Ended)
    }

    /// Returns those that run now, ascending.
    pub fn running(&self) -> Vec<usize> {
        (0..self.nodes.len()).filter(|&index| self.nodes[index].state == State::Running).collect()
    }

    fn skip_dependents(&mut self, failed: usize, decisions: &mut Vec<Decision>) {
        let mut open = vec![failed];
        while let Some(need) = open.pop() {
            for dependent in self.nodes[need].dependents.clone() {
                if self.nodes[dependent].state == State::Waiting {
                    self.nodes[dependent].state = State::Ended;
                    let because = SkipCause::NeedFailed { need };
                    decisions.push(Decision::Skip { index: dependent, because });
                    open.push(dependent);
                }
            }
        }
    }

    fn start_ready(&mut self) -> Vec<Decision> {
        let mut decisions = Vec::new();
        if self.is_cancelled {
            return decisions;
        }
        let candidates: Vec<usize> = self.ready.iter().copied().collect();
        for index in candidates {
            if self.concurrency.overall.is_some_and(|most| self.running >= most.get()) {
                break;
            }
            let group = self.nodes[index].group;
            let most_of_group = self.concurrency.per_group.get(group).copied().flatten();
            if most_of_group.is_some_and(|most| self.running_per_group[group] >= most.get()) {
                continue;
            }
            self.ready.remove(&index);
            self.nodes[index].state = State::Running;
            self.running += 1;
            self.running_per_group[group] += 1;
            decisions.push(Decision::Start(index));
        }
        decisions
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entries(needs: &[&[usize]]) -> Vec<Entry> {
        needs.iter().map(|needs| Entry { needs: needs.to_vec(), group: 0 }).collect()
    }

    #[test]
    fn each_starts_the_moment_its_needs_are_done() {
        let mut schedule = Schedule::new(&entries(&[&[], &[], &[0], &[1]]), Concurrency::default());
        assert_eq!(schedule.begin(), [Decision::Start(0), Decision::Start(1)]);
        assert_eq!(schedule.finished(1, true), [Decision::Start(3)]);
        assert_eq!(schedule.finished(0, true), [Decision::Start(2)]);
    }

    #[test]
    fn a_failed_need_skips_its_dependents_only() {
        let mut schedule = Schedule::new(&entries(&[&[], &[0], &[1], &[]]), Concurrency::default());
        schedule.begin();
        assert_eq!(
            schedule.finished(0, false),
            [
                Decision::Skip { index: 1, because: SkipCause::NeedFailed { need: 0 } },
                Decision::Skip { index: 2, because: SkipCause::NeedFailed { need: 1 } },
            ]
        );
        assert!(!schedule.is_over());
        schedule.finished(3, true);
        assert!(schedule.is_over());
    }

    #[test]
    fn nothing_starts_after_a_cancel() {
        let mut schedule = Schedule::new(&entries(&[&[], &[0]]), Concurrency::default());
        schedule.begin();
        assert_eq!(schedule.cancel(), [Decision::Skip { index: 1, because: SkipCause::Cancelled }]);
        assert!(schedule.finished(0, true).is_empty());
        assert!(schedule.is_over());
    }

    #[derive(Clone, Debug)]
    struct World {
        entries: Vec<Entry>,
        overall: Option<usize>,
        per_group: Vec<Option<usize>>,
        bad: Vec<bool>,
        order: Vec<usize>,
        cancel_at: Option<usize>,
    }

    prop_compose! {
        fn worlds()(count in 1usize..30)(
            needs in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..4), count),
            groups in prop::collection::vec(0usize..3, count),
            bad in prop::collection::vec(prop::bool::weighted(0.2), count),
            order in prop::collection::vec(any::<usize>(), count),
            overall in prop::option::of(1usize..5),
            per_group in prop::collection::vec(prop::option::of(1usize..4), 3),
            cancel_at in prop::option::of(0usize..30),
        ) -> World {
            let entries = needs.iter().enumerate().map(|(index, needs)| {
                let mut needs: Vec<usize> = if index == 0 { Vec::new() } else {
                    needs.iter().map(|need| need.index(index)).collect()
                };
                needs.sort_unstable();
                needs.dedup();
                Entry { needs, group: groups[index] }
            }).collect();
            World { entries, overall, per_group, bad, order, cancel_at }
        }
    }

    /// Plays a world to its end and checks every promise on the way.
    fn play(world: &World) {
        let limit = |most: &Option<usize>| most.and_then(NonZeroUsize::new);
        let concurrency = Concurrency {
            overall: limit(&world.overall),
            per_group: world.per_group.iter().map(limit).collect(),
        };
        let mut schedule = Schedule::new(&world.entries, concurrency);
        let count = world.entries.len();
        let mut ended: Vec<Option<bool>> = vec![None; count];
        let mut running: Vec<usize> = Vec::new();
        let mut is_cancelled = false;
        let mut decisions = schedule.begin();
        for step in 0.. {
            for decision in decisions.drain(..) {
                match decision {
                    Decision::Start(index) => {
                        assert!(!is_cancelled, "nothing starts after a cancel");
                        assert!(ended[index].is_none() && !running.contains(&index));
                        for &need in &world.entries[index].needs {
                            assert_eq!(ended[need], Some(true), "needs succeeded before");
                        }
                        running.push(index);
                    }
                    Decision::Skip { index, because } => {
                        assert!(ended[index].is_none() && !running.contains(&index));
                        if let SkipCause::NeedFailed { need } = because {
                            assert_eq!(ended[need], Some(false));
                        }
                        ended[index] = Some(false);
                    }
                }
            }
            assert!(world.overall.is_none_or(|most| running.len() <= most));
            for (group, most) in world.per_group.iter().enumerate() {
                let of_group = running.iter().filter(|&&i| world.entries[i].group == group).count();
                assert!(most.is_none_or(|most| of_group <= most));
            }
            if world.cancel_at == Some(step) && !is_cancelled {
                is_cancelled = true;
                decisions = schedule.cancel();
                continue;
            }
            let Some(at) = world.order.get(step % count).map(|order| order % running.len().max(1))
            else {
                break;
            };
            if running.is_empty() {
                break;
            }
            let index = running.swap_remove(at);
            ended[index] = Some(!world.bad[index]);
            decisions = schedule.finished(index, !world.bad[index]);
        }
        assert!(ended.iter().all(Option::is_some), "every one ends exactly once");
        assert!(schedule.is_over());
    }

    proptest! {
        #[test]
        fn the_order_the_limits_and_the_ends_hold_in_every_world(world in worlds()) {
            play(&world);
        }
    }
}
