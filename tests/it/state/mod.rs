//! State that a team shares: machines that are killed, cut off and come back, on a bucket that refuses, loses answers
//! and is slow.

mod ci_examples;
mod damaged;
mod machine;
mod processes;
mod team;
mod unkept;
mod worlds;
