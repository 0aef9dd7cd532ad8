//! Nested stacks: a resource that is a stack of its own, made from a template in a bucket.
//!
//! `definition` reads what one is to be off its resource, `carry_out` has it made, changed, taken back and
//! deleted, `outcome` tells what its end means for its resource, `unknown_template` makes up what
//! stands in a bucket that the sandbox does not have. The stack above waits for what it asked for;
//! one that is nested waits, before it clears up, until all around it is done.
//!
//! Source: the CloudFormation template reference, `AWS::CloudFormation::Stack`; the user guide, "Nested stacks" and
//! "Troubleshooting", "Nested stacks are stuck in UPDATE_COMPLETE_CLEANUP_IN_PROGRESS". Events and reasons are
//! those of public recordings.

mod carry_out;
mod definition;
mod outcome;
mod unknown_template;

pub use outcome::{deleted, made_or_changed, stuck_way_back};
