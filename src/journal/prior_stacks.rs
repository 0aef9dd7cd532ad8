//! Prior stacks: how stacks stood before a run changed them, kept beside its journal for a rollback.
//!
//! The stacks are lines of `RUN.before.jsonl`, their templates files named after their digests in
//! the state folder's `templates`, shared by all runs. Lines with the key `sent` or `stands` beside them
//! tell what this run sends, and what earlier ones sent, where AWS's answers do not show it. All are
//! readable by their owner only.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::RunFolder;
use super::folder::before_name;
use crate::event::{KeepPriorStack, PriorStack, SentNote, SentTexts, StandingNote};
use crate::file::{Folder, How};
use crate::foreign;
use crate::name::{InstanceId, RunId};

/// The folder of templates in a state folder.
const TEMPLATES: &str = "templates";

/// The templates of a state folder, by their digests.
#[derive(Clone, Debug)]
pub struct Templates {
    folder: RunFolder,
}

impl Templates {
    /// Returns the templates that are kept beside a folder of journals.
    pub fn of(folder: &RunFolder) -> Self {
        Self { folder: folder.clone() }
    }

    /// Keeps a template, unless it is kept already; a file that holds something else is replaced.
    ///
    /// # Errors
    /// If it cannot be written, or the digest is not its own.
    pub fn keep(&self, digest: &str, text: &str) -> io::Result<()> {
        if crate::file::digest(text) != digest {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a template is not what its digest says",
            ));
        }
        let folder = self.folder.make_beside(TEMPLATES)?;
        match folder.read(digest) {
            Ok(kept) if kept == text.as_bytes() => Ok(()),
            // What stands there is no template of ours, whatever it is.
            _ => folder.replace(digest, text.as_bytes()),
        }
    }

    /// Returns the template whose digest is `digest`, or begins with it.
    ///
    /// # Errors
    /// If there is none, it cannot be read, or the file was cut or changed since it was written.
    pub fn read(&self, digest: &str) -> io::Result<String> {
        let folder = self.folder.open_beside(TEMPLATES).map_err(|error| missing(digest, error))?;
        let name = full_name(&folder, digest)?;
        let text = folder.read_text(&name).map_err(|error| missing(&name, error))?;
        if crate::file::digest(&text) != name {
            let path = folder.path().join(name);
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "{} does not hold what its name says: it was cut or changed",
                    foreign::path(&path)
                ),
            ));
        }
        Ok(text)
    }
}

/// Returns the whole digest of the template whose digest begins so, if it is kept.
fn full_name(folder: &Folder, start: &str) -> io::Result<String> {
    if folder.holds(start) {
        return Ok(start.to_owned());
    }
    let names = folder.names()?.into_iter().filter_map(|name| name.into_string().ok());
    let is_digest = |name: &String| name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
    let found = names.filter(is_digest).find(|name| name.starts_with(start));
    Ok(found.unwrap_or_else(|| start.to_owned()))
}

fn missing(digest: &str, error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::NotFound => {
            io::Error::new(error.kind(), format!("its template {digest} is not kept any more"))
        }
        _ => error,
    }
}

/// Keeps what stood before, one after the other, until the run is over.
///
/// Whatever came meanwhile is made safe together.
pub async fn keep_prior_stacks(
    folder: RunFolder,
    run: RunId,
    mut incoming: mpsc::Receiver<KeepPriorStack>,
) {
    const MOST_AT_ONCE: usize = 256;
    let mut keeper = PriorStackFile { folder, run, file: None };
    let mut batch = Vec::new();
    while incoming.recv_many(&mut batch, MOST_AT_ONCE).await > 0 {
        let kept = keeper.keep(&batch).map_err(|error| error.to_string());
        for KeepPriorStack { done, .. } in batch.drain(..) {
            // Whoever waited may have been left.
            let _ = done.send(kept.clone());
        }
    }
}

struct PriorStackFile {
    folder: RunFolder,
    run: RunId,
    file: Option<File>,
}

impl PriorStackFile {
    fn keep(&mut self, batch: &[KeepPriorStack]) -> io::Result<()> {
        let templates = Templates::of(&self.folder);
        let mut lines = Vec::new();
        for KeepPriorStack { before, sent, template, .. } in batch {
            if let Some(before) = before {
                if let (Some(text), Some(digest)) = (template, &before.template) {
                    templates.keep(digest, text)?;
                }
                push_line(&mut lines, before);
            }
            if let Some(sent) = sent {
                push_line(&mut lines, &Note::Sent(sent.clone()));
            }
        }
        self.append(&lines)
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let file = self.folder.opened()?.open(before_name(&self.run), How::Append)?;
                self.file.insert(file)
            }
        };
        file.write_all(lines)?;
        file.sync_data()
    }
}

fn push_line(lines: &mut Vec<u8>, line: &impl Serialize) {
    serde_json::to_writer(&mut *lines, line).expect("what is kept becomes JSON");
    lines.push(b'\n');
}

/// A line that is no stack of before; runs of an older version skip it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Note {
    /// What this run sends.
    Sent(SentNote),
    /// What earlier runs sent, of stacks that this one may not come to.
    Stands(StandingNote),
}

/// What the lines of a run tell of texts that were sent and that AWS's answers do not show.
#[derive(Debug, Default)]
pub struct SentTextNotes {
    /// What the run itself sent; of several notes of one stack instance the last.
    pub sent: BTreeMap<InstanceId, SentTexts>,
    /// What earlier runs had sent when it began.
    pub standing: Vec<StandingNote>,
}

/// Keeps beside a run's journal what earlier runs sent, so that who reads this one need not read them.
///
/// # Errors
/// If it cannot be written.
pub fn keep_standing(
    folder: &RunFolder,
    run: &RunId,
    standing: impl Iterator<Item = StandingNote>,
) -> io::Result<()> {
    let mut lines = Vec::new();
    standing.for_each(|note| push_line(&mut lines, &Note::Stands(note)));
    if lines.is_empty() {
        return Ok(());
    }
    PriorStackFile { folder: folder.clone(), run: run.clone(), file: None }.append(&lines)
}

/// Reads what a run sent, and what those before it had sent, where AWS's answers do not show it.
///
/// # Errors
/// If the file is there and cannot be read.
pub fn read_sent_texts(folder: &RunFolder, run: &RunId) -> io::Result<SentTextNotes> {
    let text = kept_text(folder, run)?;
    let mut notes = SentTextNotes::default();
    for note in text.lines().filter_map(|line| serde_json::from_str::<Note>(line).ok()) {
        match note {
            Note::Sent(note) => drop(notes.sent.insert(note.instance, note.texts)),
            Note::Stands(note) => notes.standing.push(note),
        }
    }
    Ok(notes)
}

/// Returns the lines that a run kept; none if it kept nothing.
fn kept_text(folder: &RunFolder, run: &RunId) -> io::Result<String> {
    match folder.opened().and_then(|runs| runs.read_text(before_name(run))) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => read,
    }
}

/// Reads what stood before a run changed it; of several notes of one stack instance the first.
///
/// # Errors
/// If the file is there and cannot be read.
pub fn read_prior_stacks(
    folder: &RunFolder,
    run: &RunId,
) -> io::Result<BTreeMap<InstanceId, PriorStack>> {
    let text = kept_text(folder, run)?;
    let mut prior_stacks = BTreeMap::new();
    // A last line that was cut off belongs to a call that was not sent.
    for before in text.lines().filter_map(|line| serde_json::from_str::<PriorStack>(line).ok()) {
        prior_stacks.entry(before.instance.clone()).or_insert(before);
    }
    Ok(prior_stacks)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::file::digest;

    #[test]
    fn runs_of_one_process_keep_the_same_template_at_the_same_time() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let templates = Templates::of(&RunFolder::of(state.path()));
        let texts: Vec<String> = (0..40).map(|n| format!("Resources: {{}} # {n}")).collect();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for text in &texts {
                        templates.keep(&digest(text), text).expect("it is kept");
                    }
                });
            }
        });
        assert_eq!(templates.read(&digest(&texts[7])).expect("it is there"), texts[7]);
        let left = fs::read_dir(state.path().join("templates")).expect("it stands").count();
        assert_eq!(left, texts.len(), "no draft is left");
    }

    #[test]
    fn a_template_that_is_not_what_its_digest_says_is_neither_kept_nor_read() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let templates = Templates::of(&RunFolder::of(state.path()));
        let text = "Resources: {}";
        let name = digest(text);
        assert!(templates.keep(&name, "Resources:").is_err());
        templates.keep(&name, text).expect("it is kept");
        assert_eq!(templates.read(&name[..12]).expect("its start is enough"), text);
        let path = state.path().join("templates").join(&name);
        fs::write(&path, "Resources:").expect("it is cut");
        for asked in [&name[..], &name[..12]] {
            let said = templates.read(asked).expect_err("it was cut").to_string();
            assert!(said.contains(&path.display().to_string()), "{said}");
        }
        templates.keep(&name, text).expect("it is kept again");
        assert_eq!(templates.read(&name).expect("it is whole"), text);
    }

    #[test]
    fn a_template_is_neither_read_nor_written_through_a_link() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let templates = Templates::of(&RunFolder::of(state.path()));
        let (text, other) = ("Resources: {}", state.path().join("other"));
        let name = digest(text);
        templates.keep(&name, text).expect("it is kept");
        let path = state.path().join("templates").join(&name);
        fs::rename(&path, &other).expect("moved");
        for link in [std::os::unix::fs::symlink, |from: &_, to: &_| fs::hard_link(from, to)] {
            link(&other, &path).expect("linked");
            assert!(templates.read(&name).is_err());
            templates.keep(&name, text).expect("it takes the link's place");
            assert_eq!(templates.read(&name).expect("it is ours"), text);
            fs::write(&path, "changed").expect("written");
            assert_eq!(fs::read_to_string(&other).expect("it stands"), text);
            fs::remove_file(&path).expect("removed");
        }
    }
}
