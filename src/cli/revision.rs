//! The git revision that a folder is at, read without starting git: there need be none, and a repository's
//! settings can name programs.

use std::fs;
use std::path::{Path, PathBuf};

/// How long a file of git may be that is read whole.
const MOST_BYTES: u64 = 4 << 20;

/// Returns the commit that is checked out where a folder is, if it is in a work tree of git and the commit
/// can be told.
pub fn revision(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let git = folder.ancestors().find_map(repository)?;
    let head = read(&git.join("HEAD"))?;
    let Some(reference) = head.trim().strip_prefix("ref: ") else { return commit(&head) };
    if !is_plain(reference) {
        return None;
    }
    let shared = match read(&git.join("commondir")) {
        Some(common) => git.join(common.trim()),
        None => git.clone(),
    };
    let loose = [&git, &shared].into_iter().find_map(|folder| read(&folder.join(reference)));
    match loose {
        Some(text) => commit(&text),
        None => packed(&read(&shared.join("packed-refs"))?, reference),
    }
}

/// Returns the folder with what git keeps of the work tree whose top is `folder`, if it is one.
fn repository(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    // Of a further work tree, or of a submodule.
    let text = read(&git)?;
    Some(folder.join(text.trim().strip_prefix("gitdir: ")?))
}

/// Returns the commit of a reference in the list of those that have no file of their own.
fn packed(list: &str, reference: &str) -> Option<String> {
    let mut lines = list.lines().filter_map(|line| line.trim_end().split_once(' '));
    commit(lines.find(|(_, name)| *name == reference)?.0)
}

/// Whether a reference leads to nothing but a reference.
fn is_plain(reference: &str) -> bool {
    reference.starts_with("refs/") && !reference.split('/').any(|part| part == "..")
}

/// Returns a commit's name, SHA-1 or SHA-256, if that is what a text is.
fn commit(text: &str) -> Option<String> {
    let name = text.trim();
    let is_name = matches!(name.len(), 40 | 64) && name.bytes().all(|b| b.is_ascii_hexdigit());
    is_name.then(|| name.to_owned())
}

fn read(file: &Path) -> Option<String> {
    let is_short = fs::metadata(file).is_ok_and(|it| it.is_file() && it.len() <= MOST_BYTES);
    if is_short { fs::read_to_string(file).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222";

    /// Returns the revision of a folder `tree/environments`, beside which files stand.
    fn told(files: &[(&str, &str)]) -> Option<String> {
        let home = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| {
            let path = home.path().join(name);
            fs::create_dir_all(path.parent().expect("it has one")).expect("made");
            fs::write(path, text).expect("written");
        };
        files.iter().for_each(|(name, text)| write(name, text));
        let folder = home.path().join("tree/environments");
        fs::create_dir_all(&folder).expect("made");
        revision(&folder)
    }

    #[test]
    fn the_commit_that_is_checked_out_is_told() {
        let head = ("tree/.git/HEAD", "ref: refs/heads/main\n");
        let list = format!("# pack-refs with: peeled\n{TWO} refs/heads/main\n^{ONE}\n");
        let packed = ("tree/.git/packed-refs", &*list);
        let loose = ("tree/.git/refs/heads/main", ONE);
        assert_eq!(told(&[head, loose, packed]).as_deref(), Some(ONE));
        assert_eq!(told(&[head, packed]).as_deref(), Some(TWO));
        assert_eq!(told(&[("tree/.git/HEAD", ONE)]).as_deref(), Some(ONE));
    }

    #[test]
    fn a_further_work_tree_is_at_its_own_commit() {
        let kept = [
            ("tree/.git", "gitdir: ../main/.git/worktrees/tree\n"),
            ("main/.git/HEAD", TWO),
            ("main/.git/worktrees/tree/HEAD", "ref: refs/heads/other\n"),
            ("main/.git/worktrees/tree/commondir", "../..\n"),
            ("main/.git/refs/heads/other", ONE),
        ];
        assert_eq!(told(&kept).as_deref(), Some(ONE));
    }

    #[test]
    fn what_is_no_commit_is_not_told() {
        assert_eq!(told(&[("tree/.git/HEAD", "ref: refs/heads/unborn\n")]), None);
        assert_eq!(told(&[("tree/.git/HEAD", "ref: ../../secret\n"), ("secret", ONE)]), None);
        assert_eq!(
            told(&[("tree/.git/HEAD", "ref: refs/../../secret"), ("tree/secret", ONE)]),
            None
        );
        assert_eq!(told(&[("tree/.git/HEAD", "\u{1b}[2J")]), None);
    }
}
