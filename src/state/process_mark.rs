//! The mark of a process: whether it still lives can be told on the machine where it ran, and nowhere else.

use std::fs;

use serde::{Deserialize, Serialize};

/// A process, for as long as its machine is not started anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessMark {
    /// The machine since it was started, and what it counts processes in.
    machine: String,
    process: u32,
    /// When it was started, in ticks since its machine was: numbers of processes are given again.
    started: u64,
}

impl ProcessMark {
    /// Returns the mark of this process; nothing where the system does not tell it.
    pub fn own() -> Option<Self> {
        let process = std::process::id();
        Some(Self { machine: machine()?, process, started: started(process)? })
    }

    /// Whether it ran on this machine and lives no more.
    pub fn is_gone(&self) -> bool {
        machine().is_some_and(|here| here == self.machine)
            && started(self.process) != Some(self.started)
    }
}

/// Returns what tells this machine, since it was started, and its namespace of processes from all others.
fn machine() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), namespace.to_str()?))
}

/// Returns when a process was started, by field 22 of `/proc/PID/stat`; nothing if it lives no more.
///
/// Source: the manual page proc_pid_stat(5).
fn started(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is the program's name, which may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    // One that has ended and was not waited for does nothing more.
    let is_over = matches!(fields.next()?, "Z" | "X");
    fields.nth(18)?.parse().ok().filter(|_| !is_over)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_lives_is_not_gone_and_one_that_ended_is() {
        let own = ProcessMark::own().expect("Linux tells it");
        assert!(!own.is_gone());
        let mut child = std::process::Command::new("true").spawn().expect("it is there");
        let process = child.id();
        let started = started(process).unwrap_or(1);
        child.wait().expect("it ends");
        assert!(ProcessMark { process, started, ..own.clone() }.is_gone());
        assert!(ProcessMark { started: own.started + 1, ..own.clone() }.is_gone());
        assert!(!ProcessMark { machine: "another".into(), process, ..own }.is_gone());
    }
}
