//! What a text needs of other stacks, told without its value.

use std::collections::BTreeSet;

use super::evaluate::{EvaluationScope, Evaluator};
use super::growing_value::MOST_REFERENCES;
use crate::document::Fault;
use crate::environment::{Piece, Reference, Text};

impl<'e> Evaluator<'e, '_> {
    /// Returns the stack instances whose outputs a text holds, whatever its other references are.
    ///
    /// # Errors
    /// The first reference to an output that is nowhere.
    pub fn needs(&mut self, text: &Text, scope: EvaluationScope<'e>) -> Result<Vec<usize>, Fault> {
        let (mut needs, mut seen) = (Vec::new(), BTreeSet::new());
        self.append_needs(text, scope, &mut needs, &mut seen)?;
        Ok(needs)
    }

    fn append_needs(
        &mut self,
        text: &Text,
        scope: EvaluationScope<'e>,
        needs: &mut Vec<usize>,
        seen: &mut BTreeSet<String>,
    ) -> Result<(), Fault> {
        for piece in &text.pieces {
            match piece {
                Piece::Reference(Reference::Output { stack, scope: of, .. }) => {
                    let of = self.located(of, scope, &text.place)?;
                    needs.extend(self.yielding(stack, &of, scope, &text.place)?);
                }
                // A variable needs the same wherever it is named: those that name others twice would be endless work.
                Piece::Reference(Reference::Variable(name))
                    if seen.len() <= MOST_REFERENCES && seen.insert(name.clone()) =>
                {
                    if let Ok(named) = self.variable(name, scope, &text.place) {
                        self.append_needs(named, scope, needs, seen)?;
                    }
                }
                Piece::Reference(_) | Piece::Literal(_) => {}
            }
        }
        Ok(())
    }
}
