//! The cloud: `xdeploy sandbox serve` in a process of its own, asked in plain HTTP how long things
//! took.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

/// How many accounts are asked at once.
const ASKING: usize = 32;

/// A cloud that is served until it is dropped.
pub struct Cloud {
    server: Child,
    /// Kept open for what the server may still say.
    _said: BufReader<ChildStdout>,
    /// `127.0.0.1` and a port.
    pub address: String,
}

impl Cloud {
    /// Serves a cloud in which the accounts and roles of an environment file exist.
    pub fn serve(file: &Path, arguments: &[String]) -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_xdeploy"))
            .args(["sandbox", "serve", "--port", "0"])
            .args(arguments)
            .arg(file)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary can be started");
        let mut said = BufReader::new(server.stdout.take().expect("stdout is a pipe"));
        let mut line = String::new();
        said.read_line(&mut line).expect("the server says where it listens");
        let address = line.trim().rsplit('/').next().unwrap_or_default().to_owned();
        Self { server, _said: said, address }
    }

    /// Returns the server's process id.
    pub fn process(&self) -> u32 {
        self.server.id()
    }

    /// Returns how long each stack of each account took, from its own first event to its last.
    pub fn creation_times(&self, accounts: &[String], stacks: &[String]) -> Vec<Vec<Duration>> {
        let share = accounts.len().div_ceil(ASKING);
        thread::scope(|scope| {
            let ask = |accounts: &[String]| -> Vec<Vec<Duration>> {
                let mut line = Line::to(&self.address);
                let mut of_account = |account: &String| -> Vec<Duration> {
                    stacks.iter().map(|stack| line.creation_time(account, stack)).collect()
                };
                accounts.iter().map(&mut of_account).collect()
            };
            let threads: Vec<_> =
                accounts.chunks(share).map(|part| scope.spawn(move || ask(part))).collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("no ask panics")).collect()
        })
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // It holds nothing that outlives it, and may have ended already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A connection to the cloud.
struct Line {
    stream: BufReader<TcpStream>,
    address: String,
}

impl Line {
    fn to(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        Self { stream: BufReader::new(stream), address: address.to_owned() }
    }

    fn creation_time(&mut self, account: &str, stack: &str) -> Duration {
        let action = format!("Action=DescribeStackEvents&StackName={stack}");
        let answer = loop {
            let (status, answer) = self.ask(account, &action);
            match status {
                200 => break answer,
                _ if answer.contains("Throttling") => thread::sleep(Duration::from_millis(100)),
                _ => return Duration::ZERO,
            }
        };
        // Newest first: the stack's own events are the first and the last.
        let mut times = answer.split("<Timestamp>").skip(1).filter_map(|rest| {
            let (time, _) = rest.split_once('<')?;
            time.parse::<Timestamp>().ok()
        });
        let newest = times.next().unwrap_or_default();
        let oldest = times.last().unwrap_or(newest);
        newest.duration_since(oldest).unsigned_abs()
    }

    /// Sends a request as the root of an account, and returns status and body of the answer.
    fn ask(&mut self, account: &str, body: &str) -> (u16, String) {
        let request = format!(
            "POST / HTTP/1.1\r\nhost: {}\r\nauthorization: AWS4-HMAC-SHA256 \
             Credential={account}/20260101/eu-central-1/cloudformation/aws4_request\r\n\
             content-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).expect("the server reads");
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("the server answers");
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let mut length = 0;
        while line != "\r\n" {
            line.clear();
            self.stream.read_line(&mut line).expect("the server answers");
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length is a number");
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the server answers");
        (status, String::from_utf8(body).expect("answers are UTF-8"))
    }
}
