//! What is packed, of folders as people have them and as nobody should.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{Cursor, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use zip::ZipArchive;

use super::{Boundary, PackError, Packed, Packing, PackingStore, check};

/// Returns a folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
}

fn packed(path: &Path, packing: Packing) -> Result<Packed, PackError> {
    PackingStore::default().pack(path, packing, &Boundary::default())
}

fn content(packed: &Packed) -> Vec<u8> {
    let mut content = Vec::new();
    while (content.len() as u64) < packed.bytes() {
        content.extend(packed.chunk(content.len() as u64).expect("it is kept"));
    }
    content
}

/// Returns the texts of an archive by name, each with its mode.
fn unzipped(packed: &Packed) -> BTreeMap<String, (String, u32)> {
    let mut archive = ZipArchive::new(Cursor::new(content(packed))).expect("an archive");
    let files = (0..archive.len()).map(|at| {
        let mut file = archive.by_index(at).expect("an entry");
        let mut text = String::new();
        file.read_to_string(&mut text).expect("text");
        (file.name().expect("text").into_owned(), (text, file.unix_mode().expect("a mode") & 0o777))
    });
    files.collect()
}

/// Returns why a path cannot be packed, without the folder that it stands in.
fn refusal(folder: &Path, path: &Path, packing: Packing) -> String {
    let error = packed(path, packing).expect_err("it cannot be packed");
    let same = check(path, packing, &Boundary::default());
    if !matches!(error, PackError::Unreadable { .. }) {
        assert_eq!(same.expect_err("it is seen beforehand").to_string(), error.to_string());
    }
    error.to_string().replace(&format!("{}/", folder.display()), "")
}

const FILES: &[(&str, &str)] =
    &[("b/c.py", "import d\n"), ("a.py", "print()\n"), ("run", "#!/bin/sh\n"), ("b.py", "")];

#[test]
fn the_same_files_are_the_same_bytes_whoever_made_them_when_and_in_which_order() {
    let one = folder(FILES);
    set_mode(&one.path().join("run"), 0o755);
    let first = packed(one.path(), Packing::Zip).expect("packed");
    let reversed: Vec<_> = FILES.iter().copied().rev().collect();
    let other = folder(&reversed);
    for (name, mode) in [("run", 0o700), ("a.py", 0o600), ("b.py", 0o664), ("b/c.py", 0o444)] {
        let path = other.path().join(name);
        let written = fs::File::options().write(true).open(&path).expect("there");
        written.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1)).expect("set");
        set_mode(&path, mode);
    }
    let second = packed(other.path(), Packing::Zip).expect("packed");
    assert_eq!(content(&first), content(&second));
    let files = unzipped(&first);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["a.py", "b.py", "b/c.py", "run"]);
    assert_eq!(files["b/c.py"], ("import d\n".to_owned(), 0o644), "Lambda's user can read it");
    assert_eq!(files["run"].1, 0o755);
    // Whoever changes this has every function of every user deployed anew.
    assert_eq!(first.digest(), DIGEST);
}

const DIGEST: &str = "9b11984ba72171f157dd56af763b429f1d9ef8bde83e8143dddacc27f5353585";

#[test]
fn a_file_that_may_be_started_and_one_that_may_not_are_two() {
    let one = folder(FILES);
    let first = packed(one.path(), Packing::Zip).expect("packed");
    set_mode(&one.path().join("run"), 0o755);
    assert_ne!(first, packed(one.path(), Packing::Zip).expect("packed"));
}

#[test]
fn large_files_are_packed_whole_and_several_stand_beside_each_other() {
    let numbers: String = (0..200_000).map(|n| format!("{n}\n")).collect();
    let one = folder(&[("code/numbers", &numbers), ("schema.graphql", &numbers), ("x", "x")]);
    let mut store = PackingStore::default();
    let mut pack = |name: &str, packing| {
        store.pack(&one.path().join(name), packing, &Boundary::default()).expect("packed")
    };
    let (code, schema) = (pack("code", Packing::Zip), pack("schema.graphql", Packing::File));
    let zipped = pack("x", Packing::Zip);
    assert_eq!(unzipped(&code)["numbers"].0, numbers);
    assert_eq!(content(&schema), numbers.as_bytes());
    assert_eq!(unzipped(&zipped)["x"].0, "x");
    assert!(code.bytes() < schema.bytes());
    // What is large enough to be compressed in blocks tells a compressor that changed.
    assert_eq!(code.digest(), LARGE_DIGEST);
}

const LARGE_DIGEST: &str = "2b7adb6a1b888730ee0168516550ea0ec790d6373d0a5f8f493b6c9935b1ddba";

#[test]
fn code_that_is_one_file_is_zipped_unless_it_is_an_archive() {
    let one = folder(&[("app.py", "print()"), ("odd.zip", "PK\x03\x04 and no more")]);
    let zipped = packed(&one.path().join("app.py"), Packing::Zip).expect("packed");
    assert_eq!(unzipped(&zipped)["app.py"].0, "print()");
    let archive = one.path().join("code.zip");
    fs::write(&archive, content(&zipped)).expect("written");
    assert_eq!(packed(&archive, Packing::Zip).expect("taken"), zipped);
    assert_ne!(packed(&one.path().join("app.py"), Packing::File).expect("taken"), zipped);
    let said = refusal(one.path(), &one.path().join("odd.zip"), Packing::Zip);
    assert_eq!(said, "`odd.zip` begins as a zip archive and cannot be read as one");
}

#[test]
fn links_are_followed_but_not_into_a_circle() {
    let one = folder(&[("code/a", "a"), ("shared/b", "b")]);
    symlink("../shared", one.path().join("code/shared")).expect("linked");
    symlink("a", one.path().join("code/c")).expect("linked");
    let code = one.path().join("code");
    let files = unzipped(&packed(&code, Packing::Zip).expect("packed"));
    assert_eq!(files.keys().collect::<Vec<_>>(), ["a", "c", "shared/b"]);
    symlink("../code", one.path().join("shared/back")).expect("linked");
    let said = refusal(one.path(), &code, Packing::Zip);
    assert_eq!(said, "`code/shared/back` leads back to a folder that it stands in");
}

#[test]
fn what_cannot_be_packed_is_told_by_name_and_nothing_is_waited_for() {
    let one = folder(&[("code/a", "a"), ("empty/.keep/x", "")]);
    fs::remove_file(one.path().join("empty/.keep/x")).expect("removed");
    let code = one.path().join("code");
    let told = |says: &str| assert_eq!(refusal(one.path(), &code, Packing::Zip), says);
    let pipe = code.join("pipe");
    let fifo = rustix::fs::Mode::RUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, fifo, 0).expect("made");
    told("`code/pipe` is a named pipe, and only files and folders can be packed");
    let said = refusal(one.path(), &pipe, Packing::File);
    assert_eq!(said, "`code/pipe` is a named pipe, and only files and folders can be packed");
    fs::remove_file(&pipe).expect("removed");
    let socket = UnixListener::bind(code.join("socket")).expect("bound");
    told("`code/socket` is a socket, and only files and folders can be packed");
    drop(socket);
    fs::remove_file(code.join("socket")).expect("removed");
    symlink("nowhere", code.join("dangling")).expect("linked");
    told("`code/dangling` is a link that leads to nothing");
    fs::remove_file(code.join("dangling")).expect("removed");
    let name = OsStr::from_bytes(b"caf\xe9");
    // Some file systems take no such name.
    if fs::write(code.join(name), "").is_ok() {
        told("the name of `code/caf\u{fffd}` is not UTF-8");
        fs::remove_file(code.join(name)).expect("removed");
    }
    let said = refusal(one.path(), &one.path().join("empty"), Packing::Zip);
    assert_eq!(said, "the folder `empty` holds no file");
    let said = refusal(one.path(), &code, Packing::File);
    assert_eq!(said, "`code` is a folder, and a file is needed");
    let said = refusal(one.path(), &one.path().join("none"), Packing::ZipFolder);
    assert_eq!(said, "`none` does not exist");
}

#[test]
fn odd_names_are_packed_as_they_are() {
    let long = "n".repeat(255);
    let one = folder(&[("line\nbreak", "1"), (&long, "2"), ("-rf", "3"), ("ünï/ço dé", "4")]);
    let files = unzipped(&packed(one.path(), Packing::Zip).expect("packed"));
    assert_eq!(files["line\nbreak"].0, "1");
    assert_eq!(files[&long].0, "2");
    assert_eq!(files["ünï/ço dé"].0, "4");
}

#[test]
fn nothing_leads_out_of_a_boundary_not_even_a_link() {
    let machine = folder(&[("secret", "s"), ("files/code/a", "a"), ("files/other/b", "b")]);
    let files = machine.path().join("files");
    let boundary = Boundary::of(&files, [Path::new("other/link")]).expect("it is there");
    let pack = |path: &Path| PackingStore::default().pack(path, Packing::Zip, &boundary);
    let said = |path: &Path| pack(path).expect_err("it is refused").to_string();
    assert!(pack(&files.join("code")).is_ok());
    assert!(said(&files.join("../secret")).ends_with("leads outside"));
    assert!(said(Path::new("/etc/passwd")).ends_with("leads outside"));
    assert!(said(&files.join("..")).ends_with("leads outside"));
    symlink("../../secret", files.join("code/stolen")).expect("linked");
    assert!(said(&files.join("code")).contains("code/stolen` leads outside"));
    let lost = said(&files.join("other"));
    assert!(lost.contains("other/link` is a link"), "{lost}");
}
