//! Runs `xdeploy apply` and reads off what it cost.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::cloud::Cloud;

/// The kernel counts processor time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);
/// How often the memory of a process is looked at. Linux keeps the peak itself, as long as the
/// process lives.
const LOOK: Duration = Duration::from_millis(20);

/// What a process used so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measured {
    /// Processor time in user and kernel mode, of its children that ended too.
    pub cpu: Duration,
    /// The most memory it held.
    pub peak_kb: u64,
}

impl Measured {
    /// Reads what a process used; one that ended and was not waited for still tells its time.
    pub fn of(process: u32) -> Self {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // The name in parentheses may hold spaces; utime, stime, cutime and cstime are the 14th to
        // 17th field of the whole line.
        let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(4);
        let ticks: u32 = fields.filter_map(|field| field.parse::<u32>().ok()).sum();
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok());
        Self { cpu: TICK * ticks, peak_kb: peak.unwrap_or(0) }
    }
}

/// A command that ended.
pub struct Ended {
    /// From its start to its end.
    pub wall: Duration,
    /// What it used.
    pub measured: Measured,
    /// What it printed.
    pub stdout: String,
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Ended {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the command can be started");
    let (stdout, peak_kb) = watch(&mut child);
    let wall = start.elapsed();
    // Its output is closed a moment before it has ended; it is not waited for before it told.
    let is_ended = |process: u32| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        stat.rsplit(") ").next().is_none_or(|rest| rest.starts_with('Z'))
    };
    while !is_ended(child.id()) {
        thread::sleep(Duration::from_millis(1));
    }
    let measured = Measured { peak_kb, ..Measured::of(child.id()) };
    child.wait().expect("the command has ended");
    Ended { wall, measured, stdout }
}

/// Reads what a process prints until it ends, and returns it with the most memory it held.
fn watch(child: &mut Child) -> (String, u64) {
    let process = child.id();
    let peak = AtomicU64::new(0);
    let is_over = AtomicU64::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while is_over.load(Ordering::Relaxed) == 0 {
                peak.fetch_max(Measured::of(process).peak_kb, Ordering::Relaxed);
                thread::sleep(LOOK);
            }
        });
        let mut text = String::new();
        let mut stdout = child.stdout.take().expect("stdout is a pipe");
        stdout.read_to_string(&mut text).expect("the command prints UTF-8");
        is_over.store(1, Ordering::Relaxed);
        (text, peak.load(Ordering::Relaxed))
    })
}

/// A run of `xdeploy apply`.
pub struct Client {
    /// From its start to its end.
    pub wall: Duration,
    /// What it used.
    pub measured: Measured,
    /// What it reported.
    pub report: Report,
}

impl Client {
    /// Applies an environment file to a cloud.
    pub fn apply(file: &Path, cloud: &Cloud) -> Self {
        let folder = file.parent().expect("a file stands in a folder");
        let ended = run(Command::new(env!("CARGO_BIN_EXE_xdeploy"))
            .args(["apply", "--yes", "--output", "json", "--progress", "none"])
            .arg(file)
            .current_dir(folder)
            .env_clear()
            .envs(keys(&cloud.address))
            .env("HOME", folder));
        let report = serde_json::from_str(&ended.stdout).unwrap_or(Value::Null);
        Self { wall: ended.wall, measured: ended.measured, report: Report(report) }
    }
}

/// Returns what leads a client to a cloud, as the source account.
pub fn keys(address: &str) -> [(&'static str, String); 5] {
    [
        ("AWS_ENDPOINT_URL", format!("http://{address}")),
        ("AWS_ACCESS_KEY_ID", "999999999999".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "sandbox".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_REGION", "eu-central-1".to_owned()),
    ]
}

/// The JSON report of a run.
pub struct Report(Value);

impl Report {
    /// Returns the run's result and the outcomes of its stack instances.
    pub fn result(&self) -> String {
        let result = self.0["result"].as_str().unwrap_or("no report");
        let counts = self.0["summary"].as_object().into_iter().flatten();
        let counts = counts.filter(|(_, count)| *count != 0);
        let counts: Vec<String> = counts.map(|(word, count)| format!("{count} {word}")).collect();
        let failure = &self.0["stack_instances"].as_array().into_iter().flatten();
        let mut failures = failure.clone().filter(|one| !one["failure"].is_null());
        let first = failures.next().map(|one| format!("; first: {}", one["failure"]["message"]));
        format!("{result}: {}{}", counts.join(", "), first.unwrap_or_default())
    }

    /// Returns the calls by kind, retries included.
    pub fn calls(&self) -> Vec<(&str, u64)> {
        let calls = self.0["api_calls"].as_object().into_iter().flatten();
        calls
            .map(|(kind, count)| {
                let name = kind.split_once(':').map_or(kind.as_str(), |(_, name)| name);
                (name, count.as_u64().unwrap_or(0))
            })
            .collect()
    }

    /// Returns how many calls were throttled.
    pub fn throttled(&self) -> u64 {
        self.0["throttled"].as_u64().unwrap_or(0)
    }
}
