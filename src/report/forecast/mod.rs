//! How long a run will still take, and what takes longer than it should.
//!
//! Nothing is made up: a stack instance is expected to take as long as its own stack took before,
//! else as long as those with the same template take in this run: those that ended, and those that
//! run as far as their resources tell. The last of many takes longer than the one in the middle, so
//! that the way to the end is measured by what nine in ten stay within. While too little of that is
//! known, nothing is said. It knows only what events told: not how many may be in flight, nor what a
//! failure will stop within an environment.

mod expected;
mod left;
mod path;
mod peers;
#[cfg(test)]
mod tests;

pub use left::Forecast;
