//! Whether a work tree of git has changes that are not committed.
//!
//! Git is asked, and kept from starting what the repository's own settings name: whoever made it is not
//! trusted. Where that cannot be, where there is no git, or where it takes long, nothing is known.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::git::git;

/// How long git may take: a large work tree on a slow disk is not worth more.
const WITHIN: Duration = Duration::from_secs(2);
/// How much of an answer is read.
const MOST_BYTES: u64 = 1 << 20;
/// How long is waited until a program that has said all is asked again whether it has ended.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(2);

/// Whether the work tree that a folder is in has changes of files that git knows and that are not committed;
/// `false` where that is not known.
///
/// Git is asked once: what it says of a folder is kept for as long as the program runs.
pub fn has_uncommitted_changes(folder: &Path) -> bool {
    static ASKED: Mutex<BTreeMap<PathBuf, bool>> = Mutex::new(BTreeMap::new());
    let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    *asked.entry(folder.to_owned()).or_insert_with(|| ask(folder))
}

fn ask(folder: &Path) -> bool {
    let until = Instant::now() + WITHIN;
    let settings = ["config", "--list", "--includes", "--show-scope", "--name-only", "-z"];
    let Some(settings) = answer(folder, &settings, until) else { return false };
    if names_a_filter(&settings) {
        return false;
    }
    let status = ["status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all"];
    answer(folder, &status, until).is_some_and(|changes| !changes.is_empty())
}

/// Whether the repository's own settings name a program that git puts a file's text through before it compares
/// it.
///
/// The names stand behind the scope of each, all of them ended by a zero byte.
fn names_a_filter(settings: &[u8]) -> bool {
    if settings.len() as u64 >= MOST_BYTES {
        // What follows is not known.
        return true;
    }
    let words: Vec<&[u8]> = settings.split(|byte| *byte == 0).collect();
    words.chunks_exact(2).any(|pair| {
        let is_own = !matches!(pair[0], b"system" | b"global" | b"command");
        is_own && pair[1].to_ascii_lowercase().starts_with(b"filter.")
    })
}

/// Returns what git answers about a folder, if it does so in time and all goes well.
fn answer(folder: &Path, arguments: &[&str], until: Instant) -> Option<Vec<u8>> {
    let mut git = git(folder, arguments);
    let mut git =
        git.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let text = read(&mut git, until);
    let is_well = text.is_some() && has_ended_well(&mut git, until);
    if !is_well {
        let _ = git.kill();
        let _ = git.wait();
    }
    text.filter(|_| is_well)
}

fn read(git: &mut Child, until: Instant) -> Option<Vec<u8>> {
    let mut pipe = git.stdout.take().expect("it is piped").take(MOST_BYTES);
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut text = Vec::new();
        let read = pipe.read_to_end(&mut text);
        // What is left is read as well: git would wait for that for ever.
        let _ = io::copy(pipe.get_mut(), &mut io::sink());
        let _ = tell.send(read.ok().map(|_| text));
    });
    told.recv_timeout(until.saturating_duration_since(Instant::now())).ok().flatten()
}

fn has_ended_well(git: &mut Child, until: Instant) -> bool {
    loop {
        match git.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < until => thread::sleep(LOOK_AGAIN_AFTER),
            Ok(None) | Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_counts_where_the_repository_itself_names_it() {
        assert!(!names_a_filter(b""));
        assert!(!names_a_filter(b"global\0filter.lfs.clean\0local\0core.bare\0"));
        assert!(names_a_filter(b"local\0core.bare\0local\0filter.x.clean\0"));
        assert!(names_a_filter(b"worktree\0Filter.x.process\0"));
    }

    #[test]
    fn of_a_folder_that_is_in_no_work_tree_nothing_is_known() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(!has_uncommitted_changes(folder.path()));
        assert!(!has_uncommitted_changes(&folder.path().join("missing")));
    }
}
