//! One stack instance of `apply`: from what is found to what was asked for.

mod applying;
mod change;
mod planned;
mod repair;
mod rounds;

pub(super) use rounds::apply;
