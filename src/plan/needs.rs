//! What a text needs of other stacks, told without its value.

use super::evaluate::{EvaluationScope, Evaluator, MOST_LEVELS, MOST_REFERENCES};
use crate::document::Fault;
use crate::environment::{Piece, Reference, Text};

impl<'e> Evaluator<'e, '_> {
    /// Returns the stack instances whose outputs a text holds, whatever its other references are.
    ///
    /// # Errors
    /// The first reference to an output that is nowhere.
    pub fn needs(&mut self, text: &Text, scope: EvaluationScope<'e>) -> Result<Vec<usize>, Fault> {
        let mut needs = Vec::new();
        self.append_needs(text, scope, 0, &mut needs)?;
        Ok(needs)
    }

    fn append_needs(
        &mut self,
        text: &Text,
        scope: EvaluationScope<'e>,
        level: usize,
        needs: &mut Vec<usize>,
    ) -> Result<(), Fault> {
        for piece in &text.pieces {
            match piece {
                Piece::Reference(Reference::Output { stack, scope: of, .. }) => {
                    let of = self.located(of, scope, &text.place)?;
                    needs.extend(self.yielding(stack, &of, scope, &text.place)?);
                }
                // Variables that name others twice would otherwise grow without end.
                Piece::Reference(Reference::Variable(name))
                    if level <= MOST_LEVELS && needs.len() <= MOST_REFERENCES =>
                {
                    if let Ok(named) = self.variable(name, scope, &text.place) {
                        self.append_needs(named, scope, level + 1, needs)?;
                    }
                }
                Piece::Reference(_) | Piece::Literal(_) => {}
            }
        }
        Ok(())
    }
}
