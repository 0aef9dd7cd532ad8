//! Independent implementations of AWS and its clients, installed on first use and started per test.

mod python;
mod server;

pub use python::program;
pub use server::Server;
