//! Runs that the binary kept, and a run that a test follows while it goes on.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};

use super::binary::{Desk, Printed};

/// Returns the journals in a state folder of a desk, oldest first.
pub fn journals(desk: &Desk, state: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(desk.path().join(state).join("runs")) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let is_journal = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".jsonl") && !name.ends_with(".before.jsonl")
    };
    let mut paths: Vec<_> = paths.filter(is_journal).collect();
    // Names tell seconds; of two runs that began in the same one, the one that was written first.
    paths.sort_by_cached_key(|path| {
        let written = std::fs::metadata(path).and_then(|found| found.modified()).ok();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        (name.get(..15).unwrap_or_default().to_owned(), written, path.clone())
    });
    paths
}

/// A run whose events a test reads as they come.
pub struct Followed {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Followed {
    /// Starts a command that writes its events to stderr, one a line.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary can be started");
        let stderr = BufReader::new(child.stderr.take().expect("stderr is a pipe"));
        Self { child, stderr, said: String::new() }
    }

    /// Reads until a line holds `text`.
    pub fn wait_for(&mut self, text: &str) {
        loop {
            let start = self.said.len();
            let read = self.stderr.read_line(&mut self.said).expect("UTF-8");
            assert!(read > 0, "the run ended before it said {text}:\n{}", self.said);
            if self.said[start..].contains(text) {
                return;
            }
        }
    }

    /// Returns the id of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, such as `INT`.
    pub fn signal(&self, name: &str) {
        send(name, &self.child);
    }

    /// Closes both ends that it speaks to, sends a signal, and returns the exit code.
    pub fn signal_unheard(self, name: &str) -> Option<i32> {
        let Self { mut child, stderr, .. } = self;
        drop((stderr, child.stdout.take()));
        send(name, &child);
        child.wait().expect("it ends").code()
    }

    /// Ends the run without warning.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Waits for the end of the run.
    pub fn end(mut self) -> Printed {
        self.stderr.read_to_string(&mut self.said).expect("UTF-8");
        let output = self.child.wait_with_output().expect("it ends");
        Printed { stderr: self.said, ..Printed::from(output) }
    }
}

fn send(signal: &str, to: &Child) {
    let (signal, id) = (format!("-{signal}"), to.id().to_string());
    let sent = Command::new("kill").args([signal, id]).status().expect("kill is there");
    assert!(sent.success());
}
