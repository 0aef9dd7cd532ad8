//! One watch over everything that moves in an account and Region.
//!
//! Whoever follows a stack waits until its own time to look has come, or until somebody else's look
//! showed its stack as well. The first whose time has come reads for all: one listing shows every
//! stack in flight, where that costs less than asking for each. Nobody else runs in between: there
//! is no task for a stack that waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;

use super::stack::Stack;

/// A listing serves those that start within this time after it.
const FRESH_FOR: Duration = Duration::from_secs(10);

/// The watch of one account and Region.
#[derive(Debug, Default)]
pub(super) struct Watch {
    state: Mutex<State>,
    /// Tells those who wait that something was read, or that nobody reads any more.
    pub changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// How many follow each stack, by ARN.
    followed: BTreeMap<String, usize>,
    /// How each followed stack was last seen, and which look that was.
    seen: BTreeMap<String, (u64, Option<Stack>)>,
    looks: u64,
    is_reading: bool,
    listing: Option<Listing>,
}

/// All stacks of the account and Region at one time, by name.
#[derive(Debug)]
struct Listing {
    at: SystemTime,
    pages: usize,
    stacks: BTreeMap<String, Stack>,
    /// Those that were changed since.
    changed: BTreeSet<String>,
}

/// What somebody who wants to know how a stack stands is to do.
#[derive(Debug)]
pub(super) enum Turn<'a> {
    /// Nothing: this is how it stands, and the number of the look that showed it.
    Seen(u64, Option<Stack>),
    /// Read, one stack or all of them, and say what was read.
    Read(Reading<'a>),
    /// Wait until its time has come or something has changed.
    Wait,
}

/// The right to read for everybody; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    watch: &'a Watch,
    /// Whether all stacks are to be listed, because that costs less than asking for each.
    pub is_listing: bool,
}

impl Watch {
    /// Takes in that somebody follows a stack.
    pub fn follow(&self, stack_id: &str) {
        *self.state().followed.entry(stack_id.to_owned()).or_default() += 1;
    }

    /// Takes in that somebody no longer follows a stack.
    pub fn unfollow(&self, stack_id: &str) {
        let mut state = self.state();
        let followers = state.followed.get_mut(stack_id).expect("it was followed");
        *followers -= 1;
        if *followers == 0 {
            state.followed.remove(stack_id);
            state.seen.remove(stack_id);
        }
    }

    /// Returns whose turn it is to look at a followed stack; `after` is the look that its follower
    /// saw last, `is_due` whether its time has come.
    pub fn turn(&self, stack_id: &str, after: u64, is_due: bool) -> Turn<'_> {
        let mut state = self.state();
        if let Some((look, stack)) = state.seen.get(stack_id)
            && *look > after
        {
            return Turn::Seen(*look, stack.clone());
        }
        if !is_due || state.is_reading {
            return Turn::Wait;
        }
        state.is_reading = true;
        let pages = state.listing.as_ref().map_or(1, |listing| listing.pages);
        let is_listing = state.followed.len() > pages;
        Turn::Read(Reading { watch: self, is_listing })
    }

    /// Returns whose turn it is to find a stack by name before anything is done to it.
    pub fn turn_to_find(&self, name: &str, now: SystemTime) -> Turn<'_> {
        let mut state = self.state();
        if let Some(listing) = &state.listing
            && now.duration_since(listing.at).is_ok_and(|age| age <= FRESH_FOR)
            && !listing.changed.contains(name)
        {
            return Turn::Seen(state.looks, listing.stacks.get(name).cloned());
        }
        if state.is_reading {
            return Turn::Wait;
        }
        state.is_reading = true;
        Turn::Read(Reading { watch: self, is_listing: true })
    }

    /// Takes in that a stack is being changed: what a listing showed of it is no longer true.
    pub fn forget(&self, name: &str) {
        if let Some(listing) = &mut self.state().listing {
            listing.changed.insert(name.to_owned());
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no holder panics")
    }
}

impl Reading<'_> {
    /// Takes in how one stack stands.
    pub fn saw_one(self, stack_id: &str, stack: Option<Stack>) {
        let mut state = self.watch.state();
        state.looks += 1;
        let look = state.looks;
        if state.followed.contains_key(stack_id) {
            state.seen.insert(stack_id.to_owned(), (look, stack));
        }
    }

    /// Takes in how all stacks stand, and in how many pages they were told.
    pub fn saw_all(self, at: SystemTime, pages: usize, stacks: Vec<Stack>) {
        let mut state = self.watch.state();
        state.looks += 1;
        let look = state.looks;
        let mut by_id: BTreeMap<&str, &Stack> =
            stacks.iter().map(|stack| (stack.id.as_str(), stack)).collect();
        let followed: Vec<String> = state.followed.keys().cloned().collect();
        for stack_id in followed {
            let stack = by_id.remove(stack_id.as_str()).cloned();
            state.seen.insert(stack_id, (look, stack));
        }
        let stacks = stacks.into_iter().map(|stack| (stack.name.clone(), stack)).collect();
        state.listing = Some(Listing { at, pages, stacks, changed: BTreeSet::new() });
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.watch.state().is_reading = false;
        self.watch.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(name: &str) -> Stack {
        Stack { name: name.to_owned(), id: format!("arn:{name}"), ..Stack::default() }
    }

    fn read(turn: Turn<'_>) -> Reading<'_> {
        match turn {
            Turn::Read(reading) => reading,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_reads_and_all_see() {
        let watch = Watch::default();
        watch.follow("arn:a");
        watch.follow("arn:b");
        let reading = read(watch.turn("arn:a", 0, true));
        assert!(reading.is_listing);
        assert!(matches!(watch.turn("arn:b", 0, true), Turn::Wait), "one reads at a time");
        reading.saw_all(SystemTime::UNIX_EPOCH, 1, vec![stack("a")]);
        assert!(matches!(watch.turn("arn:b", 0, false), Turn::Seen(1, None)));
        assert!(matches!(watch.turn("arn:a", 0, false), Turn::Seen(1, Some(_))));
        assert!(matches!(watch.turn("arn:a", 1, false), Turn::Wait));
    }

    #[test]
    fn a_reader_that_goes_away_lets_another_read() {
        let watch = Watch::default();
        watch.follow("arn:a");
        drop(read(watch.turn("arn:a", 0, true)));
        let reading = read(watch.turn("arn:a", 0, true));
        assert!(!reading.is_listing, "a single stack is asked for alone");
        reading.saw_one("arn:a", Some(stack("a")));
        assert!(matches!(watch.turn("arn:a", 0, false), Turn::Seen(1, Some(_))));
    }

    #[test]
    fn many_pages_are_not_listed_for_few_stacks() {
        let watch = Watch::default();
        watch.follow("arn:a");
        watch.follow("arn:b");
        read(watch.turn("arn:a", 0, true)).saw_all(SystemTime::UNIX_EPOCH, 3, Vec::new());
        assert!(!read(watch.turn("arn:a", 1, true)).is_listing);
    }

    #[test]
    fn a_listing_serves_those_that_start_soon_after() {
        let watch = Watch::default();
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        read(watch.turn_to_find("a", start)).saw_all(start, 1, vec![stack("a")]);
        let soon = start + Duration::from_secs(9);
        assert!(matches!(watch.turn_to_find("a", soon), Turn::Seen(_, Some(_))));
        assert!(matches!(watch.turn_to_find("b", soon), Turn::Seen(_, None)));
        watch.forget("b");
        drop(read(watch.turn_to_find("b", soon)));
        let late = start + Duration::from_secs(11);
        assert!(matches!(watch.turn_to_find("a", late), Turn::Read(_)));
    }
}
