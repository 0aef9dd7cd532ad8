//! The commands of a page, run by one shell in a folder with the project's examples.
//!
//! A sandbox with the accounts of all example files stands in for AWS, so that nothing leaves this
//! machine. A page may serve one of its own.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::pages::{Fence, Page};
use crate::support::binary::Desk;

/// A page whose commands take longer waits for something that never comes.
const ENDS_WITHIN: Duration = Duration::from_secs(300);

/// Files that together have every account and role of the examples.
const SERVED: &str = "environments/all.yaml environments/bootstrap.yaml environments/delegation.yaml \
                      environments/hub.yaml environments/pipeline.yaml environments/repository-access.yaml";

/// What a page's commands left.
pub struct Ran {
    work: tempfile::TempDir,
    /// How many blocks were run.
    pub blocks: usize,
    /// What was asked of cargo besides `cargo run`.
    pub cargo: Vec<String>,
    /// What is not as the page says, one line each.
    pub faults: Vec<String>,
}

/// How a block of a page is to be taken: the words after its language.
pub struct Mark<'a>(&'a Fence);

impl<'a> Mark<'a> {
    /// Returns the marks of a block.
    pub fn of(fence: &'a Fence) -> Self {
        Self(fence)
    }

    /// Returns the language, such as `sh`.
    pub fn language(&self) -> &'a str {
        self.0.info.split(' ').next().unwrap_or_default()
    }

    /// Returns whether a word such as `not-run` is among the marks.
    pub fn has(&self, word: &str) -> bool {
        self.0.info.split(' ').skip(1).any(|other| other == word)
    }

    /// Returns the value of a mark such as `exit=2`.
    pub fn value(&self, name: &str) -> Option<&'a str> {
        let words = self.0.info.split(' ').skip(1);
        words.filter_map(|word| word.split_once('=')).find(|(key, _)| *key == name).map(|(_, v)| v)
    }

    /// Returns whether something must have come of the block.
    fn is_looked_at(&self) -> bool {
        self.is_run() || self.adds() || self.has("printed")
    }

    /// Returns whether the block adds to a file, which is then checked.
    fn adds(&self) -> bool {
        self.value("append").is_some()
    }

    /// Returns whether the block holds commands that the tests run.
    pub fn is_run(&self) -> bool {
        matches!(self.language(), "sh" | "console") && !self.has("not-run")
    }
}

/// Runs the commands of a page, with `before` in front and the programs of a folder within reach.
pub fn run(page: &Page, before: &str, tools: Option<&Path>) -> Ran {
    let home = Desk::with_examples();
    let work = tempfile::tempdir().expect("a temporary folder");
    let noted = work.path();
    let fences = page.fences();
    let script = script(page, &fences, before, noted);
    let path = noted.join("page.sh");
    std::fs::write(&path, script).expect("the folder takes files");
    let is_ended = shell(&path, home.path(), noted, tools);

    let lines = |name: &str| -> Vec<String> {
        let text = std::fs::read_to_string(noted.join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    };
    let (cargo, failed) = (lines("cargo"), lines("failed"));
    let is_run = |fence: &&Fence| Mark::of(fence).is_run();
    let mut ran =
        Ran { blocks: fences.iter().filter(is_run).count(), cargo, faults: Vec::new(), work };
    if !is_ended {
        ran.faults.push(format!("{}: its commands did not end", page.path));
    }
    let outside = failed.iter().filter(|note| note.starts_with("0 "));
    ran.faults.extend(outside.map(|note| format!("{}: before its blocks: {note}", page.path)));
    for fence in fences.iter().filter(|fence| Mark::of(fence).is_looked_at()) {
        ran.look_at(page, fence, &failed);
    }
    ran
}

impl Ran {
    /// Returns all that the commands printed.
    pub fn log(&self) -> String {
        let log = std::fs::read(self.work.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    fn look_at(&mut self, page: &Page, fence: &Fence, failed: &[String]) {
        let place = format!("{}:{}", page.path, fence.line);
        let start = format!("{} ", fence.line);
        let notes = failed.iter().filter_map(|note| note.strip_prefix(&start));
        let codes: BTreeSet<&str> = notes.filter_map(|note| note.split(' ').nth(1)).collect();
        let expected: BTreeSet<&str> = Mark::of(fence).value("exit").into_iter().collect();
        if codes != expected {
            self.faults.push(format!("{place}: exit codes {codes:?}, not {expected:?}"));
        }
        if Mark::of(fence).has("printed") {
            let printed = steady(&self.log());
            let is_there = |line: &String| printed.iter().any(|other| other.contains(line));
            if !steady(&fence.text).iter().all(is_there) {
                self.faults.push(format!("{place}: no command of the page prints it"));
            }
        }
        if Mark::of(fence).language() == "console" {
            let (out, err) = printed(self.work.path(), fence);
            let read = |path| std::fs::read_to_string(path).unwrap_or_default();
            let (out, err) = (read(out), read(err));
            let is_shown = |line: &&str| !line.starts_with("$ ");
            let shown: Vec<&str> = fence.text.lines().filter(is_shown).collect();
            let shown = steady(&shown.join("\n"));
            // A page may leave out what is told on the way.
            if steady(&out) != shown && steady(&(out + &err)) != shown {
                self.faults.push(format!("{place}: it does not print what the page shows"));
            }
        }
    }
}

/// Returns the script that runs every block of a page.
fn script(page: &Page, fences: &[Fence], before: &str, work: &Path) -> String {
    let mut script = format!(
        "{}\nBLOCK=0\nserve sandbox serve {SERVED} --in-memory\n\
         export AWS_ENDPOINT_URL=http://$(address)\n{before}\n",
        include_str!("shell.sh")
    );
    let mut line = |text: String| {
        script.push_str(&text);
        script.push('\n');
    };
    for fence in fences {
        let mark = Mark::of(fence);
        if let Some(path) = mark.value("file").or(mark.value("append")) {
            let kept = work.join(format!("file-{}", fence.line));
            std::fs::write(&kept, &fence.text).expect("the folder takes files");
            let is_more = mark.adds();
            let arrow = if is_more { ">>" } else { ">" };
            line(format!("mkdir -p $(dirname {path}) && cat {} {arrow} {path}", kept.display()));
            if is_more {
                line(format!("BLOCK={}; \"$PROGRAM\" validate {path}", fence.line));
            }
        }
        if !mark.is_run() {
            continue;
        }
        let block = work.join(format!("block-{}.sh", fence.line));
        std::fs::write(&block, commands(page, fence)).expect("the folder takes files");
        line(format!("BLOCK={}; echo \"=== {}:{}\"", fence.line, page.path, fence.line));
        let source = match mark.language() {
            "console" => {
                let (out, err) = printed(work, fence);
                let (out, err) = (out.display(), err.display());
                format!(". {} >{out} 2>{err}; cat {out} {err}", block.display())
            }
            _ => format!(". {}", block.display()),
        };
        line(source);
    }
    script
}

/// Returns where stdout and stderr of a block go.
fn printed(work: &Path, fence: &Fence) -> (PathBuf, PathBuf) {
    (work.join(format!("out-{}", fence.line)), work.join(format!("err-{}", fence.line)))
}

/// Returns the commands of a block: without prompts, and with the port that is free in place of the page's.
fn commands(page: &Page, fence: &Fence) -> String {
    let text = match Mark::of(fence).language() {
        "console" => {
            let typed = fence.text.lines().filter_map(|line| line.strip_prefix("$ "));
            typed.fold(String::new(), |text, line| text + line + "\n")
        }
        _ => fence.text.clone(),
    };
    assert!(!text.is_empty(), "{}:{}: a block without a command", page.path, fence.line);
    // The shell's own `serve` goes into the background and says when it answers.
    let serve = regex::Regex::new("(?m)^(xdeploy sandbox serve .*) &$").expect("a pattern");
    serve.replace_all(&text, "$1").replace("127.0.0.1:4599", "$(address)")
}

/// Runs a script in a process group that ends with it; returns whether it ended by itself.
fn shell(script: &Path, home: &Path, work: &Path, tools: Option<&Path>) -> bool {
    let log = std::fs::File::create(work.join("log")).expect("the folder takes files");
    let bin = work.join("bin");
    std::fs::create_dir(&bin).expect("the folder takes folders");
    let program = Path::new(env!("CARGO_BIN_EXE_xdeploy"));
    std::os::unix::fs::symlink(program, bin.join("xdeploy")).expect("the folder takes links");
    let path = [Some(bin), tools.map(Path::to_path_buf), Some(PathBuf::from("/usr/bin:/bin"))];
    let path: Vec<String> =
        path.into_iter().flatten().map(|part| part.display().to_string()).collect();
    let mut child = Command::new("bash")
        .arg(script)
        .current_dir(home)
        .env_clear()
        .envs([("HOME", home), ("WORK", work), ("PROGRAM", program)])
        .envs([("PATH", path.join(":").as_str()), ("LANG", "C.UTF-8")])
        .envs([("AWS_ACCESS_KEY_ID", "999999999999"), ("AWS_SECRET_ACCESS_KEY", "sandbox")])
        .envs([("AWS_DEFAULT_REGION", "eu-central-1"), ("AWS_EC2_METADATA_DISABLED", "true")])
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a file handle"))
        .stderr(log)
        .process_group(0)
        .spawn()
        .expect("bash is there");
    let group = rustix::process::Pid::from_child(&child);
    let (ended, is_ended) = mpsc::channel();
    let waiting = std::thread::spawn(move || {
        let _ = ended.send(child.wait());
    });
    let is_ended = is_ended.recv_timeout(ENDS_WITHIN).is_ok();
    if !is_ended {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    waiting.join().expect("it only waits");
    is_ended
}

/// Returns the lines of a text in an order of their own, without what differs from run to run: times, ids of runs and
/// the random ends of names.
fn steady(text: &str) -> Vec<String> {
    let patterns = [
        (r"\b\d{8}-\d{6}-[a-z0-9]{4}\b", "RUN"),
        (r"\b(\d+m )?\d+(\.\d+)?s\b", "TIME"),
        (r"-([A-Z0-9]{12}|[a-z0-9]{12})\b", "-RANDOM"),
        // What a page shows is of AWS; the tests run it at a sandbox that is served.
        (r"(, )?\bat http://127\.0\.0\.1:\d+(, )?", ""),
        (r"\s+", " "),
    ];
    let patterns =
        patterns.map(|(pattern, word)| (regex::Regex::new(pattern).expect("a pattern"), word));
    let plain = |line: &str| {
        let replace = |line: String, (pattern, word): &(regex::Regex, &str)| {
            pattern.replace_all(&line, *word).into_owned()
        };
        patterns.iter().fold(line.to_owned(), replace).trim().to_owned()
    };
    let mut lines: Vec<String> = text.lines().map(plain).filter(|line| !line.is_empty()).collect();
    lines.sort();
    lines
}
