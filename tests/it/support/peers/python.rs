//! The Python environment that the peers live in: `.local/peers`, made by the first test that asks.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

/// Returns the path of a program in the peers' environment, such as `ministack` or `python`.
///
/// The environment is made on first use, and again when `tests/peers/requirements.txt` or the
/// machine's Python changes. Tests may ask from several threads and processes at the same time; a
/// failure ends each of them with the same text, and is not tried again for each.
pub fn program(name: &str) -> PathBuf {
    static ENVIRONMENT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match ENVIRONMENT.get_or_init(environment) {
        Ok(environment) => environment.join("bin").join(name),
        Err(failure) => panic!("{failure}"),
    }
}

fn environment() -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let requirements = root.join("tests/peers/requirements.txt");
    let local = root.join(".local");
    let environment = local.join("peers");
    fs::create_dir_all(&local).expect("the repository is writable");

    // Held until the function returns, so that one process installs and the others wait.
    let lock = File::create(local.join("peers.lock")).expect("the repository is writable");
    lock.lock().expect("the file system has locks");

    let stamp_file = environment.join("stamp");
    let stamp = stamp(&requirements)?;
    if fs::read_to_string(&stamp_file).is_ok_and(|found| found == stamp) {
        return Ok(environment);
    }
    if environment.exists() {
        fs::remove_dir_all(&environment).expect("an outdated environment can be removed");
    }
    eprintln!("installing the peers into {} (once, about a minute)", environment.display());
    run(
        Command::new("python3").args(["-m", "venv"]).arg(&environment),
        "the tests against independent implementations need Python 3.10 or later with `venv` \
         (Debian and Ubuntu: apt-get install python3-venv)",
    )?;
    run(
        Command::new(environment.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"])
            .arg("-r")
            .arg(&requirements),
        "the packages of tests/peers/requirements.txt come from the Python package index: is it \
         within reach?",
    )?;
    // Written last, so that an interrupted installation is begun anew.
    fs::write(&stamp_file, stamp).expect("the environment is writable");
    Ok(environment)
}

/// Returns what an environment was made from: the requirements' digest and the Python.
fn stamp(requirements: &Path) -> Result<String, String> {
    let text = fs::read(requirements).expect("the requirements are part of the repository");
    let python = run(Command::new("python3").arg("--version"), "the tests need Python 3")?;
    let digest: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{digest} {python}"))
}

/// Runs a program to its end and returns what it printed; a failure carries `advice`.
fn run(command: &mut Command, advice: &str) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}\n{advice}"))?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(said(&output.stdout))
    } else {
        Err(format!("{command:?}: {}\n{}\n{advice}", output.status, said(&output.stderr)))
    }
}
