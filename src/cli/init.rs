//! `xdeploy init`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::CommandError;
use super::exit::Exit;
use super::init_answers::answers;
use super::init_args::InitArgs;
use super::load::variable;
use super::print;
use crate::document::{Faults, SourceFile};
use crate::environment::{self, Environment};
use crate::foreign;
use crate::plan;
use crate::report::shell_word;
use crate::scaffold::{self, FirstEnvironment, NewFile, NotWritten};

/// Writes the files of a first environment, all or none of them, and says what to do next.
///
/// # Errors
/// When something is missing and there is nobody to ask, a file is there already, or what was said makes no
/// environment file.
pub fn init(arguments: &InitArgs) -> Result<Exit, CommandError> {
    let first = answers(arguments)?;
    let mut schema = serde_json::to_string_pretty(&environment::schema()).expect("it is JSON");
    schema.push('\n');
    let files = first.files(schema);
    check(&first, &files, &arguments.dir)?;
    let written =
        scaffold::write(&shortened(&arguments.dir), &files).map_err(|error| refused(&error))?;
    for path in written.new {
        print::note_line(&format!("wrote {}", foreign::path(&shortened(&path))));
    }
    for path in written.other {
        print::note_line(&left(&path));
    }
    Ok(print::result(&next(&first, &arguments.dir)).then(Exit::Done))
}

/// Returns what is said of a file that was there.
fn left(path: &Path) -> String {
    let advice = match path.file_name().is_some_and(|name| name == ".gitignore") {
        true => "see that it has `.xdeploy/`, the state of runs",
        false => "`xdeploy schema` prints what it would be",
    };
    format!("left {} as it is: {advice}", foreign::path(&shortened(path)))
}

/// Refuses Regions that nobody knows, and files of which the environment file, the first of them, could not be read.
fn check(first: &FirstEnvironment, files: &[NewFile], folder: &Path) -> Result<(), Faults> {
    for region in &first.regions {
        plan::read_region(region.as_str(), &variable)?;
    }
    let NewFile { path, text, .. } = &files[0];
    let file = SourceFile { path: shortened(&folder.join(path)), text: text.clone() };
    Environment::from_source(&Arc::new(file)).map(|_| ())
}

fn refused(error: &NotWritten) -> CommandError {
    match error {
        NotWritten::AlreadyThere(_) => CommandError::usage(format!("{error}: nothing was written"))
            .with_help("name an empty folder with --dir"),
        NotWritten::Refused { .. } => CommandError::caused_by(error, "nothing was written"),
    }
}

/// Returns the commands that come next.
fn next(first: &FirstEnvironment, folder: &Path) -> String {
    let path = shortened(&folder.join(first.path()));
    // What begins with a hyphen would be taken for a flag.
    let is_flag = path.as_os_str().as_encoded_bytes().starts_with(b"-");
    let path = if is_flag { Path::new(".").join(path) } else { path };
    let file = shell_word(&foreign::path(&path));
    format!(
        "Next:\n  xdeploy validate {file}          # is all well with the files?\n  \
         xdeploy plan {file} --sandbox    # what would change, in a cloud inside the program\n  \
         xdeploy apply {file} --sandbox   # change it there\n\
         Without --sandbox the same commands go to AWS, with credentials of {}.",
        first.source_account
    )
}

/// Returns a path without the `.` that it begins with.
fn shortened(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}
