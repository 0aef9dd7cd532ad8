//! Worlds that once broke a promise.
