//! Secrets of a plan that was kept without them: they are read anew from where they stand.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::{EnvVariables, EvaluationScope, Evaluator};
use super::fault_book::FaultBook;
use super::files::Files;
use super::model::PlannedEnvironment;
use super::placements::Placements;
use super::secret_piece::SecretSource;
use super::value::{PlannedValue, ValuePiece};
use crate::environment::Environment;
use crate::file;
use crate::name::InstanceId;

/// A parameter of a stack instance.
pub type ParameterOf = (InstanceId, String);

impl PlannedValue {
    /// Reads its secret parts anew: from variables, else from the same value as a file at hand gives it.
    ///
    /// # Errors
    /// With where the first part stands that is not there; the value is of no use then.
    pub fn read_anew(
        &mut self,
        variables: &EnvVariables<'_>,
        at_hand: Option<&Self>,
    ) -> Result<(), SecretSource> {
        let of_file = at_hand.filter(|other| other.kinds().eq(self.kinds()));
        let texts: Option<Vec<String>> =
            of_file.map(|other| other.secret_pieces().map(|piece| piece.text.clone()).collect());
        let secret = self.pieces.iter_mut().filter_map(|piece| match piece {
            ValuePiece::Secret(secret) => Some(secret),
            ValuePiece::Literal(_) | ValuePiece::Lookup(_) | ValuePiece::Output { .. } => None,
        });
        for (at, piece) in secret.enumerate() {
            let in_file = || Some(texts.as_ref()?[at].clone());
            let text = match &piece.source {
                SecretSource::Env { name, default_in: None } => variables(name),
                // As in a shell, `:-` stands in for an empty value as well.
                SecretSource::Env { name, default_in: Some(_) } => {
                    variables(name).filter(|value| !value.is_empty()).or_else(in_file)
                }
                SecretSource::File(_) => in_file(),
            };
            piece.text = text.ok_or_else(|| piece.source.clone())?;
        }
        Ok(())
    }

    /// Returns the names of the variables that its secret parts come from; nothing for those of files, whose paths are
    /// others in another folder.
    fn kinds(&self) -> impl Iterator<Item = Option<&str>> {
        self.secret_pieces().map(|piece| match &piece.source {
            SecretSource::Env { name, .. } => Some(name.as_str()),
            SecretSource::File(_) => None,
        })
    }
}

/// Returns the values of parameters as files at hand give them: those that are still what they were when the plan
/// of `known` was made.
pub fn secrets_at_hand(
    environments: &[Environment],
    known: &[PlannedEnvironment],
    wanted: &BTreeSet<ParameterOf>,
    variables: &EnvVariables<'_>,
) -> BTreeMap<ParameterOf, PlannedValue> {
    let is_same = |environment: &&Environment| known.iter().any(|one| is_as_then(environment, one));
    let same: Vec<Environment> = environments.iter().filter(is_same).cloned().collect();
    let placements = Placements::of(&same, &mut FaultBook::default());
    let mut evaluator = Evaluator::new(&placements, Files::within(None), variables);
    let mut values = BTreeMap::new();
    for placement in &placements.all {
        let target = &placements.targets[placement.target];
        let id = InstanceId {
            environment: same[target.environment].name.value.clone(),
            account: target.name.clone(),
            region: placement.region.clone(),
            stack: placement.stack.key.value.clone(),
        };
        let scope = EvaluationScope {
            environment: target.environment,
            target: Some(placement.target),
            region: Some(placement.region),
        };
        for &(name, text) in &placements.values_of(placement).parameters {
            let parameter = (id.clone(), name.value.clone());
            if wanted.contains(&parameter)
                && let Ok(value) = evaluator.secret(text, scope)
            {
                values.insert(parameter, value);
            }
        }
    }
    values
}

/// Whether a file and those that it extends are what they were.
fn is_as_then(environment: &Environment, known: &PlannedEnvironment) -> bool {
    let beneath = environment.beneath.iter().map(|file| file::digest(&file.text));
    environment.name.value == known.name
        && file::digest(&environment.file.text) == known.digest
        && beneath.eq(known.beneath.iter().map(|(_, digest)| digest.clone()))
}
