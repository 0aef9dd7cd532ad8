//! The README and the pages of `docs/`: what they lead to is there, and what they show is so.

mod cargo;
pub mod commands;
mod flags;
mod links;
pub mod pages;
mod security;
mod shell;
