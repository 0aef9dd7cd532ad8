//! Paths as files name each other by them.

use std::path::{Component, Path, PathBuf};

/// Returns the path without `a/..`, where that means the same file.
pub fn shortened(path: &Path) -> PathBuf {
    let mut short = PathBuf::new();
    for component in path.components() {
        let ends_in_name = matches!(short.components().next_back(), Some(Component::Normal(_)));
        match component {
            Component::CurDir => {}
            Component::ParentDir if ends_in_name => drop(short.pop()),
            other => short.push(other),
        }
    }
    // A folder that is a symbolic link has another parent than its path says.
    match (short.canonicalize(), path.canonicalize()) {
        (Ok(a), Ok(b)) if a != b => path.to_owned(),
        _ => short,
    }
}

/// Whether a file stands in a folder, also once links are followed.
pub fn stands_in(folder: &Path, file: &Path) -> bool {
    let followed = match (folder.canonicalize(), file.canonicalize()) {
        (Ok(folder), Ok(file)) => file.starts_with(folder),
        // What is not there cannot be read either.
        _ => true,
    };
    file.starts_with(folder) && followed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_as_short_as_it_can_be() {
        for (path, short) in [
            ("environments/../stacks/app.yaml", "stacks/app.yaml"),
            ("../app.yaml", "../app.yaml"),
            ("/a/b/./c/../d", "/a/b/d"),
            ("../x/../y", "../y"),
        ] {
            assert_eq!(shortened(Path::new(path)), Path::new(short));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_is_a_link_keeps_its_own_parent() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |path: &str| folder.path().join(path);
        std::fs::create_dir_all(at("real/environments")).expect("made");
        std::fs::write(at("real/app.yaml"), "inside").expect("written");
        std::fs::write(at("app.yaml"), "outside").expect("written");
        std::os::unix::fs::symlink(at("real/environments"), at("link")).expect("linked");
        let read = std::fs::read_to_string(shortened(&at("link/../app.yaml"))).expect("read");
        assert_eq!(read, "inside");
    }
}
