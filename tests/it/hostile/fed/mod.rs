//! What hostile bytes are fed to: each function takes any bytes at all and must come back, without a
//! panic and with what it promises.
//!
//! The tests beside this feed bytes that were mutated at random; the targets in `fuzz/` feed what a
//! fuzzer that watches the code's branches makes up. Both feed the same functions.

pub mod environment;
pub mod journal;
pub mod references;
pub mod replies;
pub mod template;

use std::path::{Path, PathBuf};
use std::time::Duration;

use xdeploy::document::Faults;

/// The longest that a run may take by its own clock, whatever the cloud answers and a file says.
const ENDS_WITHIN: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// Shows faults as a terminal would, wide and narrow.
fn show(faults: &Faults) {
    assert!(!faults.0.is_empty(), "what is refused has a fault");
    for width in [80, 20] {
        assert!(!faults.render(false, width).is_empty());
    }
    assert!(!faults.render(true, 80).is_empty());
}

/// Returns the folder of the project, from which the fuzzer's own package is one level away.
fn project() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_project = |folder: &&Path| folder.join("environments").is_dir();
    package.ancestors().find(is_project).expect("the project has environments").to_owned()
}

/// Carries out something in time that stands still until everybody waits.
fn in_paused_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(work)
}
