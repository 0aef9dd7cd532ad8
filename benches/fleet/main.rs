//! How much `xdeploy` adds to the time that CloudFormation itself takes, and at what cost.
//!
//! Each case runs the release binary against the release binary's own sandbox, served by another
//! process with realistic rate limits and 20 ms of latency, and is held against a floor that the
//! cloud sets: see `case.rs`. Nothing here passes or fails; `README.md` beside this folder keeps
//! figures and says what they should be. `cargo bench --bench fleet -- chain again` runs two cases.

mod case;
mod cloud;
mod long;
mod measure;
mod peer;

use std::process::ExitCode;
use std::time::Duration;

use case::{CASES, Case};
use cloud::Cloud;
use measure::{Client, Measured};

/// How often each case is run; the run with the median wall time is shown.
const RUNS: usize = 3;
/// How long the cloud's buckets have to fill again between two runs against it.
const PAUSE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let names: Vec<&str> = CASES.iter().map(|case| case.name).chain(["long", "loop"]).collect();
    if let Some(unknown) = wanted.iter().find(|name| !names.contains(&name.as_str())) {
        eprintln!("there is no case `{unknown}`; there are {}", names.join(", "));
        return ExitCode::from(2);
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|other| other == name);
    for case in CASES.iter().filter(|case| is_wanted(case.name)) {
        show(case);
    }
    if is_wanted("long") {
        long::show();
    }
    if is_wanted("loop") {
        peer::show();
    }
    ExitCode::SUCCESS
}

/// Runs a case and prints the run with the median wall time.
fn show(case: &Case) {
    println!("{}: {case}", case.name);
    let mut runs: Vec<Run> = (0..RUNS).map(|_| run(case)).collect();
    runs.sort_by_key(|run| run.client.wall);
    let walls: Vec<String> = runs.iter().map(|run| seconds(run.client.wall)).collect();
    println!("  wall             {} (of {})", walls[RUNS / 2], walls.join(", "));
    runs.swap_remove(RUNS / 2).print(case);
}

/// One run of a case.
struct Run {
    client: Client,
    /// The longest chain of operations as the cloud timed them; nothing if there were none.
    path: Option<Duration>,
    cloud_cpu: Duration,
}

fn run(case: &Case) -> Run {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = case.write(folder.path());
    let cloud = Cloud::serve(&file, &case.serve_arguments());
    if case.is_again {
        Client::apply(&file, &cloud);
        std::thread::sleep(PAUSE);
    }
    let before = Measured::of(cloud.process()).cpu;
    let client = Client::apply(&file, &cloud);
    let cloud_cpu = Measured::of(cloud.process()).cpu - before;
    let path = (!case.is_again).then(|| case.path(&cloud));
    Run { client, path, cloud_cpu }
}

impl Run {
    fn print(&self, case: &Case) {
        let wall = self.client.wall.as_secs_f64();
        if let Some(path) = self.path {
            let floor = case.floor(path);
            for (name, time) in [("critical path", path), ("floor", floor)] {
                println!(
                    "  {name:16} {}, wall is ×{:.2}",
                    seconds(time),
                    wall / time.as_secs_f64()
                );
            }
        }
        let report = &self.client.report;
        println!("  result           {}", report.result());
        let calls = report.calls();
        let per_instance =
            calls.iter().map(|(_, count)| count).sum::<u64>() as f64 / case.instances() as f64;
        let kinds: Vec<String> = calls
            .iter()
            .map(|(kind, count)| format!("{kind} {:.2}", *count as f64 / case.instances() as f64))
            .collect();
        println!("  calls            {per_instance:.2} per stack instance: {}", kinds.join(", "));
        let all: u64 = calls.iter().map(|(_, count)| count).sum();
        let throttled = report.throttled();
        let share = 100.0 * throttled as f64 / all.max(1) as f64;
        println!("  throttled        {throttled} calls, {share:.1} %");
        let (cpu, cloud_cpu) = (self.client.measured.cpu, self.cloud_cpu);
        let per_call = cpu.as_secs_f64() * 1e3 / all.max(1) as f64;
        println!(
            "  CPU              {}, {per_call:.2} ms per call (the cloud {})",
            seconds(cpu),
            seconds(cloud_cpu)
        );
        println!("  peak memory      {} MB", self.client.measured.peak_kb / 1024);
        println!();
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
