//! Independent implementations of AWS and its clients, installed on first use and started per test.

mod aws_cli;
mod python;
mod server;

pub use aws_cli::AwsCli;
pub use python::program;
pub use server::Server;
