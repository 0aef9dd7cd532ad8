//! Integration tests.

mod peers;
mod support;
