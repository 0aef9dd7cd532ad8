//! A file as text, or why it is none.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use super::fault::{Fault, Faults, SourceFile};
use crate::foreign;

/// Reads the file at `path`, of at most `most_bytes`, without its byte order mark if it has one.
///
/// # Errors
/// A file that is missing, a folder, unreadable, too large or not text.
pub fn read(path: &Path, most_bytes: usize) -> Result<Arc<SourceFile>, Faults> {
    let bytes = read_bytes(path, most_bytes).map_err(|fault| Faults(vec![fault]))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = line_of(&error.as_bytes()[..valid]);
        let byte = error.as_bytes()[valid];
        not_text(path, &format!("byte 0x{byte:02x} on line {line} is not UTF-8"))
    })?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    if let Some((offset, found)) = text.char_indices().find(|&(_, c)| !is_text(c)) {
        let line = line_of(&text.as_bytes()[..offset]);
        let found = u32::from(found);
        return Err(not_text(path, &format!("it holds U+{found:04X} on line {line}")));
    }
    Ok(Arc::new(SourceFile { path: path.to_owned(), text }))
}

fn read_bytes(path: &Path, most_bytes: usize) -> Result<Vec<u8>, Fault> {
    let shown = foreign::path(path);
    let cannot_read = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Fault::of_file(path, format!("`{shown}` does not exist")),
        ErrorKind::IsADirectory => {
            Fault::of_file(path, format!("`{shown}` is a folder, not a file"))
        }
        ErrorKind::PermissionDenied => Fault::of_file(path, format!("`{shown}` may not be read"))
            .with_help("check the permissions of the file and of the folders above it"),
        _ => Fault::of_file(path, format!("`{shown}` cannot be read: {error}")),
    };
    let mut bytes = Vec::new();
    let bound = u64::try_from(most_bytes).unwrap_or(u64::MAX);
    let file = File::open(path).map_err(cannot_read)?;
    file.take(bound.saturating_add(1)).read_to_end(&mut bytes).map_err(cannot_read)?;
    if bytes.len() > most_bytes {
        let message = format!("`{shown}` is too large: more than {most_bytes} bytes");
        return Err(Fault::of_file(path, message));
    }
    Ok(bytes)
}

/// Whether YAML allows the character to stand in a file as it is.
///
/// Source: YAML 1.2.2, section 5.1, `c-printable`.
fn is_text(c: char) -> bool {
    !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{85}')
}

fn line_of(before: &[u8]) -> usize {
    before.iter().filter(|&&byte| byte == b'\n').count() + 1
}

fn not_text(path: &Path, why: &str) -> Faults {
    Faults(vec![Fault::of_file(
        path,
        format!("`{}` is not a text file: {why}", foreign::path(path)),
    )])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault_of(bytes: &[u8]) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file.yaml");
        std::fs::write(&path, bytes).expect("written");
        let shown = path.display().to_string();
        match read(&path, 16) {
            Ok(file) => format!("{:?}", file.text),
            Err(faults) => faults.0[0].message.replace(&shown, "file.yaml"),
        }
    }

    #[test]
    fn a_file_that_is_no_text_says_why() {
        for (bytes, says) in [
            (&b"a: b\n"[..], r#""a: b\n""#),
            (b"\xef\xbb\xbfa: b", r#""a: b""#),
            (b"a: b\nc: \xff", "`file.yaml` is not a text file: byte 0xff on line 2 is not UTF-8"),
            (b"a\0", "`file.yaml` is not a text file: it holds U+0000 on line 1"),
            (&[b'x'; 17], "`file.yaml` is too large: more than 16 bytes"),
        ] {
            assert_eq!(fault_of(bytes), says);
        }
    }

    #[test]
    fn a_missing_file_and_a_folder_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let message = |path: &Path| read(path, 16).expect_err("a fault").0[0].message.clone();
        assert!(message(folder.path()).ends_with("is a folder, not a file"));
        assert!(message(&folder.path().join("none.yaml")).ends_with("does not exist"));
    }
}
