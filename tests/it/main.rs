//! Integration tests.

mod sandbox;
mod support;
