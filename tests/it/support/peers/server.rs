//! A peer as a process on a free port of the loopback interface, ended with the test.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::program;
use crate::support::bound::Bound;

/// Another process may take the port between finding it free and the server's own use of it.
const MOST_STARTS: usize = 3;

/// A running server. It ends, and its files go, when it is dropped.
pub struct Server {
    process: Child,
    port: u16,
    folder: TempDir,
}

impl Server {
    /// Starts ministack with signatures, policies and trust policies enforced.
    pub fn ministack() -> Self {
        Self::start("/_ministack/health", ministack)
    }

    /// Starts moto's server.
    pub fn moto() -> Self {
        Self::start("/moto-api/", |port, _| {
            let mut command = Command::new(program("moto_server"));
            command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
            command
        })
    }

    /// Starts the embedded cloud, in which every resource takes `seconds`.
    pub fn sandbox(seconds: &str) -> Self {
        Self::sandbox_of(seconds, &[])
    }

    /// Starts the embedded cloud with the accounts and roles of the project's own environment files.
    pub fn sandbox_of(seconds: &str, files: &[&str]) -> Self {
        Self::sandbox_with(seconds, files, &[])
    }

    /// Starts the same with further flags.
    pub fn sandbox_with(seconds: &str, files: &[&str], flags: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self::start("/", |port, _| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_xdeploy"));
            command
                .args(["sandbox", "serve", "--in-memory", "--port", &port.to_string()])
                .args(["--seconds-per-resource", seconds])
                .args(flags)
                .args(files.iter().map(|file| root.join(file)));
            command
        })
    }

    /// Starts what `command` returns for a port and a folder of its own, and waits until it answers
    /// to a GET of `health`.
    fn start(health: &str, command: impl Fn(u16, &Path) -> Command) -> Self {
        (0..MOST_STARTS)
            .find_map(|_| Self::try_start(health, &command))
            .expect("the server finds a free port within three attempts")
    }

    fn try_start(health: &str, command: impl Fn(u16, &Path) -> Command) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let log = std::fs::File::create(folder.path().join("log")).expect("a writable folder");
        let process = isolated(command(port, folder.path()), folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file handle"))
            .stderr(log)
            .spawn()
            .expect("the server is installed");
        let mut server = Self { process, port, folder };
        // They need a second, a starved machine minutes: as long as any test may take.
        let _bound = Bound::begin();
        loop {
            let ended = server.process.try_wait().expect("our own child").is_some();
            if ended && server.log().contains("ddress already in use") {
                return None;
            }
            assert!(!ended, "the server ended at once:\n{}", server.log());
            if answers(port, health) {
                return Some(server);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Returns the address of the server, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns what the server has said so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It keeps nothing that is worth an orderly end, and ministack may ignore a gentle one.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn ministack(port: u16, folder: &Path) -> Command {
    let mut command = Command::new(program("ministack"));
    command
        .env("GATEWAY_PORT", port.to_string())
        .envs([("BIND_HOST", "127.0.0.1"), ("MINISTACK_HOST", "127.0.0.1")])
        .envs([("IOT_MTLS_ENABLED", "0"), ("SFTP_ENABLED", "0"), ("LOG_LEVEL", "WARNING")])
        .env("AUTH", "true")
        .env("STATE_DIR", folder.join("state"))
        .env("S3_DATA_DIR", folder.join("s3"));
    command
}

/// Returns the command with nothing of this machine's AWS settings within its reach.
fn isolated(mut command: Command, home: &Path) -> Command {
    let settings: Vec<_> = std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| name.to_string_lossy().starts_with("AWS_"))
        .collect();
    for name in settings {
        command.env_remove(name);
    }
    command
        .env("HOME", home)
        .env("TMPDIR", home)
        .env("AWS_CONFIG_FILE", home.join("config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", home.join("credentials"))
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound address").port()
}

fn answers(port: u16, path: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let request = format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    let mut reply = [0; 12];
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_exact(&mut reply).is_ok()
        && reply.starts_with(b"HTTP/1.")
}
