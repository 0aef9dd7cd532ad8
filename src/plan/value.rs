//! Text that is complete but for what only the run learns: outputs of other stack instances, and values that AWS keeps.

use serde::{Deserialize, Serialize};

use super::lookup::PlannedLookup;
use super::secret_piece::SecretPiece;
use crate::environment::ListPart;
use crate::template::MOST_VALUE_BYTES;

/// Text that is complete but for outputs of other stack instances, and values that are looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlannedValue {
    /// Its parts in order.
    pub pieces: Vec<ValuePiece>,
}

impl PlannedValue {
    /// Returns the text, if nothing is part of it that only the run learns.
    pub fn as_text(&self) -> Option<String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                ValuePiece::Literal(literal) => text.push_str(literal),
                ValuePiece::Secret(secret) => text.push_str(&secret.text),
                ValuePiece::Output { .. } | ValuePiece::Lookup(_) => return None,
            }
        }
        Some(text)
    }

    /// Returns the text, with each output by stack instance and name, and what each lookup found.
    ///
    /// # Errors
    /// With what `output` or `lookup` fails with.
    pub fn filled<'o, E>(
        &self,
        mut output: impl FnMut(usize, &str) -> Result<&'o str, E>,
        mut lookup: impl FnMut(&PlannedLookup) -> Result<&'o str, E>,
    ) -> Result<String, E> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                ValuePiece::Literal(literal) => text.push_str(literal),
                ValuePiece::Secret(secret) => text.push_str(&secret.text),
                ValuePiece::Output { instances, key, part } => {
                    let found: Result<Vec<&str>, E> =
                        instances.iter().map(|&instance| output(instance, key)).collect();
                    let found = found?;
                    text.push_str(&match part {
                        Some(part) => part.of_list(&found, MOST_VALUE_BYTES),
                        None => found.join(","),
                    });
                }
                ValuePiece::Lookup(planned) => text.push_str(lookup(planned)?),
            }
        }
        Ok(text)
    }

    /// Returns the name and the stack instances of an output that the value joins from several.
    pub(super) fn joined(&self) -> Option<(&str, &[usize])> {
        self.pieces.iter().find_map(|piece| match piece {
            ValuePiece::Output { instances, key, .. } if instances.len() > 1 => {
                Some((key.as_str(), instances.as_slice()))
            }
            ValuePiece::Output { .. }
            | ValuePiece::Literal(_)
            | ValuePiece::Secret(_)
            | ValuePiece::Lookup(_) => None,
        })
    }

    /// Adds characters at the end.
    pub(super) fn push_text(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(ValuePiece::Literal(literal)) => literal.push_str(text),
            Some(ValuePiece::Secret(_) | ValuePiece::Output { .. } | ValuePiece::Lookup(_))
            | None => {
                self.pieces.push(ValuePiece::Literal(text.to_owned()));
            }
        }
    }

    /// Returns every stack instance whose output is part of the value.
    pub fn needs(&self) -> impl Iterator<Item = usize> + '_ {
        self.pieces
            .iter()
            .flat_map(|piece| match piece {
                ValuePiece::Literal(_) | ValuePiece::Secret(_) | ValuePiece::Lookup(_) => &[][..],
                ValuePiece::Output { instances, .. } => instances,
            })
            .copied()
    }

    /// Returns what is looked up for the value.
    pub fn lookups(&self) -> impl Iterator<Item = &PlannedLookup> {
        self.pieces.iter().filter_map(|piece| match piece {
            ValuePiece::Lookup(lookup) => Some(lookup),
            ValuePiece::Literal(_) | ValuePiece::Secret(_) | ValuePiece::Output { .. } => None,
        })
    }

    /// Returns the parts of it that are secret.
    pub fn secret_pieces(&self) -> impl Iterator<Item = &SecretPiece> {
        self.pieces.iter().filter_map(|piece| match piece {
            ValuePiece::Secret(secret) => Some(secret),
            ValuePiece::Literal(_) | ValuePiece::Lookup(_) | ValuePiece::Output { .. } => None,
        })
    }
}

/// A part of a [`PlannedValue`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValuePiece {
    /// Characters as they are.
    Literal(String),
    /// Characters of a secret value.
    Secret(SecretPiece),
    /// An output of other stack instances; of several, joined with commas.
    Output {
        /// The stack instances that yield it, as positions in the plan.
        instances: Vec<usize>,
        /// The output's name.
        key: String,
        /// Which part of the list it is, if not the whole.
        #[serde(skip_serializing_if = "Option::is_none")]
        part: Option<ListPart>,
    },
    /// A value that AWS keeps, read when the stack instance starts.
    Lookup(PlannedLookup),
}
