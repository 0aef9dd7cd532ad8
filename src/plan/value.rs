//! Text that is complete but for outputs of other stack instances, which only the run learns.

use serde::Serialize;

use crate::environment::ListPart;
use crate::template::MOST_VALUE_BYTES;

/// Text that is complete but for outputs of other stack instances.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PlannedValue {
    /// Its parts in order.
    pub pieces: Vec<ValuePiece>,
}

impl PlannedValue {
    /// Returns the text, if no output of another stack instance is part of it.
    pub fn as_text(&self) -> Option<String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                ValuePiece::Literal(literal) => text.push_str(literal),
                ValuePiece::Output { .. } => return None,
            }
        }
        Some(text)
    }

    /// Returns the text, with each output looked up by stack instance and name.
    ///
    /// # Errors
    /// With what `output` fails with.
    pub fn filled<'o, E>(
        &self,
        mut output: impl FnMut(usize, &str) -> Result<&'o str, E>,
    ) -> Result<String, E> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                ValuePiece::Literal(literal) => text.push_str(literal),
                ValuePiece::Output { instances, key, part } => {
                    let found: Result<Vec<&str>, E> =
                        instances.iter().map(|&instance| output(instance, key)).collect();
                    let found = found?;
                    text.push_str(&match part {
                        Some(part) => part.of_list(&found, MOST_VALUE_BYTES),
                        None => found.join(","),
                    });
                }
            }
        }
        Ok(text)
    }

    /// Adds characters at the end.
    pub(super) fn push_text(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(ValuePiece::Literal(literal)) => literal.push_str(text),
            Some(ValuePiece::Output { .. }) | None => {
                self.pieces.push(ValuePiece::Literal(text.to_owned()));
            }
        }
    }

    /// Returns every stack instance whose output is part of the value.
    pub fn needs(&self) -> impl Iterator<Item = usize> + '_ {
        self.pieces
            .iter()
            .flat_map(|piece| match piece {
                ValuePiece::Literal(_) => &[][..],
                ValuePiece::Output { instances, .. } => instances,
            })
            .copied()
    }
}

/// A part of a [`PlannedValue`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValuePiece {
    /// Characters as they are.
    Literal(String),
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
}
