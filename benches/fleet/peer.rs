//! The same small work done by a shell loop of the AWS CLI, for comparison.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::case::{CASES, Case};
use super::cloud::Cloud;
use super::{measure, seconds};

/// Runs the loop once and prints what it cost, if there is an AWS CLI.
pub fn show() {
    let case = CASES.iter().find(|case| case.name == "small").expect("the case stands in the list");
    println!("loop: {case}, by `benches/fleet/loop.sh` with the AWS CLI");
    let Some(cli) = cli() else {
        println!("  left out: no AWS CLI in .local/peers (`cargo test` puts one there) or PATH\n");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = case.write(folder.path());
    let cloud = Cloud::serve(&file, &case.serve_arguments());
    let ended = measure::run(
        Command::new("bash")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/fleet/loop.sh"))
            .envs(measure::keys(&cloud.address))
            .env("AWS_DEFAULT_REGION", "eu-central-1")
            .env("AWS_CLI", cli)
            .env("ACCOUNTS", case.account_ids().join(" "))
            .env("STACKS", case.stack_names().join(" "))
            .env("TEMPLATE", folder.path().join("stack.yaml")),
    );
    print(case, &ended, &cloud);
}

fn print(case: &Case, ended: &measure::Ended, cloud: &Cloud) {
    let wall = ended.wall.as_secs_f64();
    println!("  wall             {}", seconds(ended.wall));
    let path = case.path(cloud);
    println!("  critical path    {}, wall is ×{:.2}", seconds(path), wall / path.as_secs_f64());
    let calls = ended.stdout.lines().count() as f64 / f64::from(case.instances());
    println!("  calls            {calls:.2} per stack instance");
    println!("  CPU              {}\n", seconds(ended.measured.cpu));
}

fn cli() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(".local/peers/bin/aws");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("aws"));
    std::iter::once(own).chain(found).find(|path| path.exists())
}
