//! Who carries out a run.

use super::ci_job::ci_job;
use crate::event::Owner;

/// Returns who runs this program.
pub fn owner() -> Owner {
    let named = |name: &str| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    // Services and containers tend to set neither.
    let number = || format!("user {}", rustix::process::getuid().as_raw());
    let system = rustix::system::uname();
    Owner {
        user: named("USER").or_else(|| named("LOGNAME")).unwrap_or_else(number),
        host: system.nodename().to_string_lossy().into_owned(),
        process: std::process::id(),
        job: ci_job(named),
    }
}
