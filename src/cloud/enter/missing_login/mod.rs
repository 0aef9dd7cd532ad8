//! Why no credentials could be had, to the end of the chain: what was looked at, and why it gave none.
//!
//! The SDK says little of it ("the credential provider was not enabled") and names neither the files nor
//! the variables it read. They are looked at once more here, after the fact, and nothing is asked of
//! anybody. What is found is told in words, with what to do about that very cause.

mod chain;
mod explanation;
mod failure;
mod machine;
mod process;
mod profile;
mod words;

pub(in crate::cloud) use failure::missing_login;
