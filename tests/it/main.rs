//! All integration tests, in one binary: the SDK is linked once.

mod architecture;
mod browser;
mod cli;
mod docs;
mod doctor;
mod engine;
mod hostile;
mod kills;
mod organization;
mod peers;
mod sandbox;
mod secrets;
mod state;
mod support;
mod terminal;
mod worlds;
