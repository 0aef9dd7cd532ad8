//! The state folder of a command that names none: the nearest `.xdeploy`, here or above.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The name of a state folder.
pub const NAME: &str = ".xdeploy";

/// The permission by which everybody may write into a folder.
const EVERYBODY_WRITES: u32 = 0o002;

/// Returns the state folder of a command that takes none: the one that the process's environment names, else the nearest.
pub fn of_process() -> PathBuf {
    let named = std::env::var_os("XDEPLOY_STATE_DIR").filter(|named| !named.is_empty());
    named.map_or_else(nearest, PathBuf::from)
}

/// Returns the nearest state folder: the one that stands here, else the nearest one above, else the one
/// that is made here.
pub fn nearest() -> PathBuf {
    let here = PathBuf::from(NAME);
    match std::env::current_dir() {
        Ok(folder) if here.symlink_metadata().is_err() => above(&folder).unwrap_or(here),
        // Whatever stands here is ours to use or to refuse.
        _ => here,
    }
}

/// Returns the nearest state folder above a folder.
///
/// One that is another user's, or a link, is passed over: what stands in it would be believed. Nor is one
/// looked for in a folder that everybody may write to, such as `/tmp`, and above it.
fn above(folder: &Path) -> Option<PathBuf> {
    let parents = folder.ancestors().skip(1);
    let is_closed =
        |parent: &&Path| parent.metadata().is_ok_and(|found| found.mode() & EVERYBODY_WRITES == 0);
    parents.take_while(is_closed).map(|parent| parent.join(NAME)).find(|state| is_ours(state))
}

fn is_ours(state: &Path) -> bool {
    let user = rustix::process::geteuid().as_raw();
    state.symlink_metadata().is_ok_and(|found| found.is_dir() && found.uid() == user)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// Returns a folder `a/b/c` in a folder of our own.
    fn nested() -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().expect("a temporary folder");
        let deep = root.path().join("a/b/c");
        fs::create_dir_all(&deep).expect("the folder takes folders");
        for folder in ["a", "a/b", "a/b/c"] {
            let private = fs::Permissions::from_mode(0o700);
            fs::set_permissions(root.path().join(folder), private).expect("it is ours");
        }
        (root, deep)
    }

    #[test]
    fn the_nearest_folder_above_is_taken() {
        let (root, deep) = nested();
        fs::create_dir(root.path().join("a/.xdeploy")).expect("made");
        assert_eq!(above(&deep), Some(root.path().join("a/.xdeploy")));
        fs::create_dir(root.path().join("a/b/.xdeploy")).expect("made");
        assert_eq!(above(&deep), Some(root.path().join("a/b/.xdeploy")));
        assert_eq!(above(&root.path().join("a/b")), Some(root.path().join("a/.xdeploy")));
    }

    #[test]
    fn a_link_or_a_file_of_that_name_is_passed_over() {
        let (root, deep) = nested();
        fs::create_dir(root.path().join("a/.xdeploy")).expect("made");
        symlink(root.path().join("a/.xdeploy"), root.path().join("a/b/.xdeploy")).expect("linked");
        assert_eq!(above(&deep), Some(root.path().join("a/.xdeploy")));
    }

    #[test]
    fn nothing_is_looked_for_where_everybody_may_write() {
        let (root, deep) = nested();
        fs::create_dir(root.path().join("a/.xdeploy")).expect("made");
        let open = root.path().join("a/b");
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).expect("it is ours");
        assert_eq!(above(&deep), None);
    }
}
