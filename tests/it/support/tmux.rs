//! A real terminal: a pane of a tmux server of its own, with a shell in it.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};
use rustix::termios::{LocalModes, tcgetattr};

use super::binary::Desk;

/// How long a test waits for what it looks for; a machine that builds at the same time is slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// A terminal with an interactive shell, in the folder of a desk.
pub struct Pane {
    desk: Desk,
}

/// What the terminal is said to be, besides its size.
#[derive(Clone, Copy)]
pub struct Manner {
    pub columns: u16,
    pub rows: u16,
    /// Variables of the shell, such as `NO_COLOR=1`.
    pub variables: &'static [&'static str],
}

impl Manner {
    /// A terminal that shows colours and all of Unicode.
    pub fn sized(columns: u16, rows: u16) -> Self {
        Self { columns, rows, variables: &["TERM=screen-256color", "LC_ALL=C.UTF-8"] }
    }
}

impl Pane {
    /// Opens a terminal at a desk, where `./xdeploy` is the binary.
    ///
    /// Without tmux there is none, and the test is skipped; in CI it fails instead.
    pub fn open(desk: Desk, manner: Manner) -> Option<Self> {
        if !has_tmux() {
            return None;
        }
        let binary = desk.path().join("xdeploy");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_xdeploy"), binary).expect("a free name");
        let pane = Self { desk };
        let home = format!("HOME={}", pane.folder().display());
        let path = format!("PATH={}", std::env::var("PATH").expect("a shell needs one"));
        let (columns, rows) = (manner.columns.to_string(), manner.rows.to_string());
        let mut arguments = vec!["-u", "-f", "/dev/null", "new-session", "-d"];
        arguments.extend(["-x", &columns, "-y", &rows, "env", "-i", &home, &path]);
        arguments.extend(["PS1=$ ", "AWS_EC2_METADATA_DISABLED=true"]);
        arguments.extend(manner.variables);
        arguments.extend(["bash", "--norc", "--noprofile", "-i"]);
        pane.tmux(&arguments);
        pane.tmux(&["set", "-g", "status", "off"]);
        pane.tmux(&["set", "-g", "history-limit", "20000"]);
        pane.until("the shell's prompt", |screen| screen.ends_with('$'));
        Some(pane)
    }

    /// Returns the desk that it stands on.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    pub fn folder(&self) -> &Path {
        self.desk.path()
    }

    /// Types a line, with Enter.
    pub fn type_line(&self, line: &str) {
        self.type_text(line);
        self.key("Enter");
    }

    /// Types a part of a line.
    pub fn type_text(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    /// Presses a key, such as `C-c`.
    pub fn key(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.tmux(&["resize-window", "-x", &columns, "-y", &rows]);
    }

    /// Returns what stands on the screen, without blanks at the ends.
    pub fn screen(&self) -> String {
        trimmed(&self.tmux(&["capture-pane", "-p"]))
    }

    /// Returns everything since the terminal was opened, with wrapped lines put together.
    pub fn history(&self) -> String {
        trimmed(&self.tmux(&["capture-pane", "-p", "-J", "-S", "-"]))
    }

    /// Whether the cursor can be seen.
    pub fn has_cursor(&self) -> bool {
        self.tmux(&["display-message", "-p", "#{cursor_flag}"]).trim() == "1"
    }

    /// Whether the terminal keeps, at Ctrl-C, what was written and is not shown yet.
    pub fn keeps_output(&self) -> bool {
        let path = self.tmux(&["display-message", "-p", "#{pane_tty}"]);
        // A leader of a session without a terminal would get this one as its own.
        let opened = open(path.trim(), OFlags::RDONLY | OFlags::NOCTTY, Mode::empty());
        let settings = tcgetattr(opened.expect("the pane has a terminal"));
        settings.expect("a terminal has settings").local_modes.contains(LocalModes::NOFLSH)
    }

    /// Copies every byte that comes from the terminal's programs from now on to a file of this name.
    pub fn record(&self, name: &str) {
        let file = self.folder().join(name);
        self.tmux(&["pipe-pane", "-O", &format!("exec cat > '{}'", file.display())]);
    }

    /// Waits until the screen is as asked for, and returns it.
    #[track_caller]
    pub fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if is_so(&screen) {
                return screen;
            }
            assert!(Instant::now() < deadline, "waited in vain for {what}:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for the prompt after a command that was typed, and returns the screen.
    #[track_caller]
    pub fn until_prompt(&self) -> String {
        self.until("the prompt", |screen| screen.lines().last() == Some("$"))
    }

    /// Returns the process that the shell started last.
    #[track_caller]
    pub fn child(&self) -> String {
        let shell = self.tmux(&["display-message", "-p", "#{pane_pid}"]);
        let shell = shell.trim();
        let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"));
        let children = children.expect("the shell runs");
        children.split_whitespace().last().expect("the shell has a child").to_owned()
    }

    /// Sends a signal to a process.
    pub fn signal(&self, signal: &str, process: &str) {
        let sent = Command::new("kill").args([signal, process]).status().expect("kill runs");
        assert!(sent.success(), "kill {signal} {process}");
    }

    #[track_caller]
    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux")
            .arg("-S")
            .arg(self.folder().join("tmux"))
            .args(arguments)
            .current_dir(self.folder())
            .output()
            .expect("tmux can be started");
        assert!(output.status.success(), "tmux {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("tmux prints UTF-8")
    }
}

impl Drop for Pane {
    fn drop(&mut self) {
        let socket = self.folder().join("tmux");
        // Whatever still runs in the terminal ends with it.
        let _ = Command::new("tmux").arg("-S").arg(socket).arg("kill-server").output();
    }
}

fn trimmed(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

fn has_tmux() -> bool {
    if Command::new("tmux").arg("-V").output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    let needed = "tests in a terminal need tmux (Debian: apt-get install tmux)";
    assert!(std::env::var_os("CI").is_none(), "{needed}");
    // Straight to stderr: what a passing test prints is not shown.
    let _ = writeln!(std::io::stderr(), "skipped: {needed}");
    false
}
