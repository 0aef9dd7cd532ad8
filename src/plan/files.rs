//! The files that environments name, each read once however many stack instances use it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::{self, Fault, Faults, Place};
use crate::file::{shortened, stands_in};
use crate::foreign;
use crate::policy::grammar::{self, PolicyUse};
use crate::template::Template;

/// The largest stack policy that CloudFormation accepts, in bytes.
///
/// Source: the CloudFormation API reference, `SetStackPolicy`, parameter `StackPolicyBody`.
const MOST_POLICY_BYTES: usize = 16_384;

/// The largest file that `${file:}` puts into a value, in bytes; a parameter holds far less.
const MOST_VALUE_BYTES: usize = 65_536;

/// The files read so far, good or faulty.
#[derive(Default)]
pub(super) struct Files {
    templates: HashMap<PathBuf, (Option<Arc<Template>>, Vec<Fault>)>,
    texts: HashMap<PathBuf, Result<Arc<str>, String>>,
    /// Each path as a folder and a file give it, and as it is shown.
    paths: HashMap<PathBuf, PathBuf>,
    /// The folder that no file may stand outside of; absent if any file may be read.
    root: Option<PathBuf>,
}

impl Files {
    /// Returns no files yet; none outside of `root` is ever read, if there is one.
    pub fn within(root: Option<&Path>) -> Self {
        Self { root: root.map(Path::to_owned), ..Self::default() }
    }

    /// Returns the template named at `place`, as far as it can be read, and its faults; that it cannot be
    /// read is one at `place`.
    pub fn template(&mut self, named: &Path, place: &Place) -> (Option<Arc<Template>>, Vec<Fault>) {
        if let Some(scheme) = address(named) {
            let message = format!("{} is an address, and a template is a file", quoted_path(named));
            let help = format!(
                "download it and name the file: it is read here, whether it comes by {scheme} or not; one \
                 over 51,200 bytes is sent through `artifacts.bucket`"
            );
            return (None, vec![Fault::at(place, message).with_help(help)]);
        }
        let path = match self.path(named, place) {
            Ok(path) => path,
            Err(fault) => return (None, vec![fault]),
        };
        let (template, faults) = self.templates.entry(path).or_insert_with_key(|path| {
            let (template, faults) = Template::load_despite_faults(path);
            (template.map(Arc::new), faults)
        });
        let faults = faults.iter().map(|fault| placed(fault.clone(), place));
        (template.clone(), faults.collect())
    }

    /// Returns the body of the stack policy named at `place`.
    ///
    /// # Errors
    /// A file that cannot be read or is not JSON.
    pub fn stack_policy(&mut self, named: &Path, place: &Place) -> Result<Arc<str>, Fault> {
        let body = self.text(named, place, MOST_POLICY_BYTES)?;
        let fault = |what: String| {
            Fault::at(place, format!("the stack policy `{}` {what}", foreign::path(named)))
        };
        let policy: serde_json::Value =
            serde_json::from_str(&body).map_err(|error| fault(format!("is not JSON: {error}")))?;
        match stack_policy_lacks(&policy) {
            Some(what) => Err(fault(format!("has {what}"))
                .with_help("each statement has `Effect`, `Action`, `Principal` and `Resource`")),
            None => Ok(body),
        }
    }

    /// Returns the session policy named at `place`, without blanks that mean nothing.
    ///
    /// # Errors
    /// A file that cannot be read or holds no policy.
    pub fn session_policy(&mut self, named: &Path, place: &Place) -> Result<Arc<str>, Fault> {
        let body = self.text(named, place, MOST_POLICY_BYTES)?;
        let fault = |what: String| {
            Fault::at(place, format!("the session policy `{}` {what}", foreign::path(named)))
        };
        let policy: serde_json::Value =
            serde_json::from_str(&body).map_err(|error| fault(format!("is not JSON: {error}")))?;
        if policy["Statement"].is_null() {
            return Err(fault("has no `Statement`".to_owned()));
        }
        if let Some(why) = grammar::fault(&policy, PolicyUse::Inline) {
            return Err(fault(format!("is none that AWS takes: {}", why.trim_end_matches('.'))));
        }
        Ok(policy.to_string().into())
    }

    /// Returns what `${file:}` stands for: the file's text without the line end at its end.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn value(&mut self, named: &Path, place: &Place) -> Result<String, Fault> {
        let text = self.text(named, place, MOST_VALUE_BYTES)?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
    }

    fn text(&mut self, named: &Path, place: &Place, most_bytes: usize) -> Result<Arc<str>, Fault> {
        let path = self.path(named, place)?;
        let read = self.texts.entry(path).or_insert_with_key(|path| {
            document::read(path, most_bytes)
                .map(|file| Arc::from(file.text.as_str()))
                .map_err(|Faults(faults)| faults[0].message.clone())
        });
        read.clone().map_err(|message| Fault::at(place, message))
    }

    fn path(&mut self, named: &Path, place: &Place) -> Result<PathBuf, Fault> {
        let joined = place.file.folder().join(named);
        let path = self.paths.entry(joined).or_insert_with_key(|joined| shortened(joined)).clone();
        match &self.root {
            Some(root) if !stands_in(root, &path) => {
                let message = format!("`{}` leads outside", foreign::path(named));
                Err(Fault::at(place, message).with_help("name a file that is part of the artifact"))
            }
            _ => Ok(path),
        }
    }
}

/// Says what a stack policy lacks that CloudFormation asks for, if it lacks something.
///
/// Source: the CloudFormation user guide, "Prevent updates to stack resources", "Policy structure".
fn stack_policy_lacks(policy: &serde_json::Value) -> Option<String> {
    let statements = match &policy["Statement"] {
        serde_json::Value::Array(statements) => statements.as_slice(),
        statement @ serde_json::Value::Object(_) => std::slice::from_ref(statement),
        _ => return Some("no `Statement`".to_owned()),
    };
    let elements: [&[&str]; 4] =
        [&["Effect"], &["Action", "NotAction"], &["Principal"], &["Resource", "NotResource"]];
    statements.iter().enumerate().find_map(|(at, statement)| {
        let is_there = |names: &&&[&str]| !names.iter().any(|name| !statement[*name].is_null());
        let missing = elements.iter().find(is_there)?;
        Some(format!("no `{}` in statement {}", missing[0], at + 1))
    })
}

/// A file that cannot be read has no place of its own: it is at fault where it is named.
fn placed(fault: Fault, place: &Place) -> Fault {
    match fault.place {
        Some(_) => fault,
        None => Fault { place: Some(place.clone()), ..fault },
    }
}

/// Returns the scheme of an address on the network, if a path is one; an ARN of an object is one of S3.
fn address(named: &Path) -> Option<&str> {
    let text = named.to_str()?;
    let is_arn = text.split_once(':').is_some_and(|(start, rest)| {
        start.eq_ignore_ascii_case("arn") && rest.matches(':').count() >= 4
    });
    let scheme = if is_arn { "s3" } else { text.split_once("://")?.0 };
    ["http", "https", "s3"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))
}

fn quoted_path(named: &Path) -> String {
    format!("`{}`", foreign::path(named))
}
