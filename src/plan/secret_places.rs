//! Secrets (redaction): those that stand in a file as plain text stay out of the snippets that faults show.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::document::{Fault, Faults, Place, SourceFile};
use crate::environment::{Environment, Piece, Reference, Text};

/// Places whose text is secret.
#[derive(Default)]
pub(super) struct SecretPlaces(Vec<Place>);

impl SecretPlaces {
    /// Adds the text of a secret value, and the variables it is made of.
    pub fn add(&mut self, environment: &Environment, text: &Text) {
        let mut seen = BTreeSet::new();
        self.add_text(environment, text, &mut seen);
    }

    fn add_text<'e>(
        &mut self,
        environment: &'e Environment,
        text: &'e Text,
        seen: &mut BTreeSet<&'e str>,
    ) {
        if text.pieces.iter().any(|piece| matches!(piece, Piece::Literal(_))) {
            self.0.push(text.place.clone());
        }
        for piece in &text.pieces {
            let Piece::Reference(Reference::Variable(name)) = piece else { continue };
            if seen.insert(name) {
                let of_accounts =
                    environment.accounts.iter().flat_map(|account| &account.variables);
                let of_groups = environment.groups.iter().flat_map(|group| &group.variables);
                let named = environment.variables.iter().chain(of_groups).chain(of_accounts);
                for (_, text) in named.filter(|(known, _)| known == name) {
                    self.add_text(environment, text, seen);
                }
            }
        }
    }

    /// Returns the faults with files in which every secret is stars.
    pub fn hidden_in(&self, faults: Faults) -> Faults {
        if self.0.is_empty() {
            return faults;
        }
        let mut redacted: HashMap<*const SourceFile, Arc<SourceFile>> = HashMap::new();
        let hidden = faults.0.into_iter().map(|fault| {
            let place = fault.place.as_ref().map(|Place { file, span }| {
                let known = redacted.entry(Arc::as_ptr(file));
                let file = known.or_insert_with(|| self.redacted(file)).clone();
                Place { file, span: span.clone() }
            });
            Fault { place, ..fault }
        });
        Faults(hidden.collect())
    }

    /// Returns the file with a star for each byte of a secret, so that every place stays right.
    fn redacted(&self, file: &Arc<SourceFile>) -> Arc<SourceFile> {
        let mut text = file.text.clone();
        for Place { file: of, span } in &self.0 {
            if Arc::ptr_eq(of, file) {
                let stars: String = file.text[span.clone()]
                    .chars()
                    .map(|c| if c == '\n' { "\n".to_owned() } else { "*".repeat(c.len_utf8()) })
                    .collect();
                text.replace_range(span.clone(), &stars);
            }
        }
        Arc::new(SourceFile { path: file.path.clone(), text })
    }
}
