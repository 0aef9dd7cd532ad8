//! The functions that the tests in `tests/it/hostile` feed with mutated bytes, for a fuzzer.

#[path = "../../tests/it/hostile/fed/mod.rs"]
pub mod fed;

#[path = "../../tests/it/support"]
pub mod support {
    pub mod files;
    pub mod world;
}
