//! `sandbox serve` for programs that are not in this process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::binary::Desk;

/// A sandbox on loopback with the accounts of an environment file; it ends with this.
pub struct Served {
    server: Child,
    /// Its address, such as `http://127.0.0.1:4599`.
    pub endpoint: String,
}

impl Served {
    /// Serves a sandbox with the accounts of `file` and what `arguments` say besides.
    pub fn new(desk: &Desk, file: &str, arguments: &[&str]) -> Self {
        let serve = ["sandbox", "serve", file, "--in-memory", "--port", "0"];
        let mut command = desk.command(&[&serve, arguments].concat());
        command.stderr(Stdio::null());
        Self::by(command)
    }

    /// Serves what a command serves that says where.
    pub fn by(mut command: Command) -> Self {
        let mut server = command.stdout(Stdio::piped()).spawn().expect("it can be started");
        let said = BufReader::new(server.stdout.take().expect("it is piped"));
        let is_address = |line: &String| line.contains("http://");
        let line = said.lines().map_while(Result::ok).find(is_address).expect("it says where");
        let (_, address) = line.split_once("http://").expect("it says where");
        let address = address.split_whitespace().next().expect("it says where");
        Self { endpoint: format!("http://{address}"), server }
    }

    /// Returns the process that serves.
    pub fn process(&mut self) -> &mut Child {
        &mut self.server
    }

    /// Returns the address without its scheme, such as `127.0.0.1:4599`.
    pub fn address(&self) -> &str {
        self.endpoint.trim_start_matches("http://")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
