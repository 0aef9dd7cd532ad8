//! A poll that everybody shares who follows a stack of one account and Region.
//!
//! Whoever follows a stack waits until its own time to look has come, or until somebody else's look
//! showed its stack as well. The first whose time has come reads for all: one listing shows every
//! stack in flight, where that costs less than asking for each. Nobody else runs in between: there
//! is no task for a stack that waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;

use crate::cloud::stack::Stack;
use crate::cloud::wire::call_error::CallError;

/// A listing serves those that start within this time after it.
const FRESH_FOR: Duration = Duration::from_secs(10);

/// The shared poll of one account and Region.
#[derive(Debug, Default)]
pub(in crate::cloud) struct SharedPoll {
    state: Mutex<State>,
    /// Tells those who wait that something was read, or that nobody reads any more.
    pub changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Who is followed, by ARN.
    followed: BTreeMap<String, Follower>,
    /// How each followed stack was last seen, and which reading showed it.
    seen: BTreeMap<String, (u64, Option<Stack>)>,
    /// How many readings have begun; each is known by its number.
    begun: u64,
    is_reading: bool,
    listing: Option<Listing>,
    /// The last reading that failed.
    failed: Option<(u64, CallError)>,
    /// Whether listing is refused, or costs more than asking for each stack.
    is_unlisted: bool,
    /// The names of stacks that were followed: something moved them since whatever a listing showed.
    moved: BTreeSet<String>,
}

#[derive(Debug)]
struct Follower {
    count: usize,
    /// The readings that had begun when it was first followed: what they show is from before.
    since: u64,
}

/// The stacks of the run in the account and Region at one time, by name.
#[derive(Debug)]
struct Listing {
    at: SystemTime,
    pages: usize,
    stacks: BTreeMap<String, Stack>,
}

/// What somebody who wants to know how a stack stands is to do.
#[derive(Debug)]
pub(in crate::cloud) enum PollStep<'a> {
    /// Nothing: this is how it stands, and the number of the reading that showed it.
    Seen(u64, Option<Box<Stack>>),
    /// Nothing: somebody else's reading of this number failed, and with it one's own.
    Failed(u64, CallError),
    /// Read, one stack or all of them, and say what was read.
    Read(PollPermit<'a>),
    /// Ask for the one stack, without telling anybody: there is no listing here.
    Ask,
    /// Wait until its time has come or something has changed.
    Wait,
}

/// The permit to poll for everybody; given back when it is dropped.
#[derive(Debug)]
pub(in crate::cloud) struct PollPermit<'a> {
    watch: &'a SharedPoll,
    number: u64,
    /// Whether all stacks are to be listed, because that costs less than asking for each.
    pub is_listing: bool,
}

impl SharedPoll {
    /// Takes in that somebody follows a stack, whose operation was accepted before.
    pub fn follow(&self, stack_id: &str) {
        let mut state = self.state();
        state.moved.extend(name_of(stack_id).map(str::to_owned));
        let since = state.begun;
        let follower = state.followed.entry(stack_id.to_owned());
        follower.or_insert(Follower { count: 0, since }).count += 1;
    }

    /// Takes in that somebody no longer follows a stack.
    pub fn unfollow(&self, stack_id: &str) {
        let mut state = self.state();
        let follower = state.followed.get_mut(stack_id).expect("it was followed");
        follower.count -= 1;
        if follower.count == 0 {
            state.followed.remove(stack_id);
            state.seen.remove(stack_id);
        }
    }

    /// Returns the number of the last reading that has begun.
    pub fn begun(&self) -> u64 {
        self.state().begun
    }

    /// Returns what the follower of a stack is to do next; `after` is the last poll that its
    /// follower knows of, `is_due` whether its time has come.
    pub fn step(&self, stack_id: &str, after: u64, is_due: bool) -> PollStep<'_> {
        let mut state = self.state();
        if let Some((number, stack)) = state.seen.get(stack_id)
            && *number > after
        {
            return PollStep::Seen(*number, stack.clone().map(Box::new));
        }
        if !is_due {
            return PollStep::Wait;
        }
        if let Some(failed) = state.failure_after(after) {
            return failed;
        }
        if state.is_reading {
            return PollStep::Wait;
        }
        let pages = state.listing.as_ref().map_or(1, |listing| listing.pages);
        let is_listing = !state.is_unlisted && state.followed.len() > pages;
        PollStep::Read(self.begin(&mut state, is_listing))
    }

    /// Returns what is next to find a stack by name before anything is done to it, for somebody
    /// who asked at `asked_at`, when reading `after` was the last that had begun.
    pub fn step_to_find(
        &self,
        name: &str,
        asked_at: SystemTime,
        after: u64,
        now: SystemTime,
    ) -> PollStep<'_> {
        let mut state = self.state();
        if state.moved.contains(name) {
            return PollStep::Ask;
        }
        if let Some(listing) = &state.listing
            && (listing.at >= asked_at
                || now.duration_since(listing.at).is_ok_and(|age| age <= FRESH_FOR))
        {
            return PollStep::Seen(state.begun, listing.stacks.get(name).cloned().map(Box::new));
        }
        if state.is_unlisted {
            return PollStep::Ask;
        }
        if let Some(failed) = state.failure_after(after) {
            return failed;
        }
        if state.is_reading {
            return PollStep::Wait;
        }
        PollStep::Read(self.begin(&mut state, true))
    }

    fn begin(&self, state: &mut State, is_listing: bool) -> PollPermit<'_> {
        state.is_reading = true;
        state.begun += 1;
        PollPermit { watch: self, number: state.begun, is_listing }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no holder panics")
    }
}

/// Returns the name in a stack's ARN.
fn name_of(stack_id: &str) -> Option<&str> {
    stack_id.split_once(":stack/")?.1.split('/').next()
}

impl State {
    fn failure_after<'a>(&self, after: u64) -> Option<PollStep<'a>> {
        let (number, error) = self.failed.as_ref().filter(|(number, _)| *number > after)?;
        Some(PollStep::Failed(*number, error.clone()))
    }
}

impl PollPermit<'_> {
    /// Returns its number.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Takes in how one stack stands.
    pub fn saw_one(self, stack_id: &str, stack: Option<Stack>) {
        let mut state = self.watch.state();
        if state.followed.contains_key(stack_id) {
            state.seen.insert(stack_id.to_owned(), (self.number, stack));
        }
    }

    /// Takes in how all stacks stood from `at` on, in how many pages that was told, and which of
    /// them are worth keeping.
    pub fn saw_all(
        self,
        at: SystemTime,
        pages: usize,
        stacks: Vec<Stack>,
        is_kept: impl Fn(&Stack) -> bool,
    ) {
        let mut state = self.watch.state();
        let by_id: BTreeMap<&str, &Stack> =
            stacks.iter().map(|stack| (stack.id.as_str(), stack)).collect();
        // What began before an operation was accepted may show how its stack stood before.
        let is_later = |follower: &Follower| follower.since < self.number;
        let followed = state.followed.iter().filter(|(_, follower)| is_later(follower));
        let seen: Vec<(String, Option<Stack>)> = followed
            .map(|(id, _)| (id.clone(), by_id.get(id.as_str()).map(|&stack| stack.clone())))
            .collect();
        state.seen.extend(seen.into_iter().map(|(id, stack)| (id, (self.number, stack))));
        let kept = stacks.into_iter().filter(is_kept);
        let stacks = kept.map(|stack| (stack.name.clone(), stack)).collect();
        state.listing = Some(Listing { at, pages, stacks });
    }

    /// Takes in that reading failed: those who waited for it do not try the same one by one.
    pub fn failed(self, error: CallError) {
        self.watch.state().failed = Some((self.number, error));
    }

    /// Takes in that there is no use in listing here.
    pub fn gave_up_listing(self) {
        self.watch.state().is_unlisted = true;
    }
}

impl Drop for PollPermit<'_> {
    fn drop(&mut self) {
        self.watch.state().is_reading = false;
        self.watch.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: SystemTime = SystemTime::UNIX_EPOCH;

    fn stack(name: &str) -> Stack {
        Stack { name: name.to_owned(), id: format!("arn:{name}"), ..Stack::default() }
    }

    fn read(step: PollStep<'_>) -> PollPermit<'_> {
        match step {
            PollStep::Read(reading) => reading,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_reads_and_all_see() {
        let watch = SharedPoll::default();
        watch.follow("arn:a");
        watch.follow("arn:b");
        let reading = read(watch.step("arn:a", 0, true));
        assert!(reading.is_listing);
        assert!(matches!(watch.step("arn:b", 0, true), PollStep::Wait), "one reads at a time");
        reading.saw_all(START, 1, vec![stack("a")], |_| true);
        assert!(matches!(watch.step("arn:b", 0, false), PollStep::Seen(1, None)));
        assert!(matches!(watch.step("arn:a", 0, false), PollStep::Seen(1, Some(_))));
        assert!(matches!(watch.step("arn:a", 1, false), PollStep::Wait));
    }

    #[test]
    fn a_reading_that_began_before_an_operation_says_nothing_of_it() {
        let watch = SharedPoll::default();
        watch.follow("arn:a");
        watch.follow("arn:b");
        let reading = read(watch.step("arn:a", 0, true));
        watch.follow("arn:late");
        reading.saw_all(START, 1, vec![stack("a"), stack("b")], |_| true);
        assert!(matches!(watch.step("arn:late", 1, false), PollStep::Wait));
        read(watch.step("arn:late", 1, true)).saw_all(START, 1, vec![stack("late")], |_| true);
        assert!(matches!(watch.step("arn:late", 1, false), PollStep::Seen(2, Some(_))));
    }

    #[test]
    fn a_reader_that_goes_away_lets_another_read() {
        let watch = SharedPoll::default();
        watch.follow("arn:a");
        drop(read(watch.step("arn:a", 0, true)));
        let reading = read(watch.step("arn:a", 0, true));
        assert!(!reading.is_listing, "a single stack is asked for alone");
        reading.saw_one("arn:a", Some(stack("a")));
        assert!(matches!(watch.step("arn:a", 0, false), PollStep::Seen(2, Some(_))));
    }

    #[test]
    fn a_failure_is_told_to_those_who_waited_for_the_reading() {
        let watch = SharedPoll::default();
        watch.follow("arn:a");
        watch.follow("arn:b");
        let error = CallError {
            operation: "cloudformation:DescribeStacks",
            code: None,
            text: "nothing answers".to_owned(),
            origin: crate::cloud::ErrorOrigin::Network,
        };
        read(watch.step("arn:a", 0, true)).failed(error);
        assert!(matches!(watch.step("arn:b", 0, true), PollStep::Failed(1, _)));
        assert!(matches!(watch.step("arn:b", 1, true), PollStep::Read(_)), "then it tries itself");
    }

    #[test]
    fn many_pages_are_not_listed_for_few_stacks() {
        let watch = SharedPoll::default();
        watch.follow("arn:a");
        watch.follow("arn:b");
        read(watch.step("arn:a", 0, true)).saw_all(START, 3, Vec::new(), |_| true);
        assert!(!read(watch.step("arn:a", 1, true)).is_listing);
    }

    #[test]
    fn a_listing_serves_those_that_asked_before_it_or_soon_after() {
        let watch = SharedPoll::default();
        let find = |name, asked_at, now| watch.step_to_find(name, asked_at, 0, now);
        read(find("a", START, START)).saw_all(
            START,
            1,
            vec![stack("a"), stack("other")],
            |stack| stack.name == "a",
        );
        let soon = START + Duration::from_secs(9);
        assert!(matches!(find("a", soon, soon), PollStep::Seen(_, Some(_))));
        assert!(matches!(find("b", soon, soon), PollStep::Seen(_, None)));
        assert!(matches!(find("other", soon, soon), PollStep::Seen(_, None)), "it was not kept");
        let late = START + Duration::from_secs(60);
        assert!(matches!(find("a", START, late), PollStep::Seen(_, Some(_))), "slow is not old");
        read(find("a", late, late)).gave_up_listing();
        assert!(matches!(find("a", late, late), PollStep::Ask));
    }
}
