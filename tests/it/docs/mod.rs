//! The README and the pages of `docs/`: what they lead to is there, and what they show is so.

mod links;
mod pages;
mod security;
