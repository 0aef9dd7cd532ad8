//! References become values, but for what only the run learns: outputs become the stack instances that yield them,
//! lookups the places that are read.

use std::borrow::Cow;

use crate::document::{Fault, Place, did_you_mean, quoted};
use crate::environment::{Environment, OutputScope, Piece, Reference, Text};
use crate::name::Region;

use super::files::Files;
use super::growing_value::GrowingValue;
use super::outside_account::OutsideAccount;
use super::placements::Placements;
use super::secret_piece::SecretSource;
use super::value::{PlannedValue, ValuePiece};

/// What the process's environment holds, by a variable's name.
pub type EnvVariables<'v> = dyn Fn(&str) -> Option<String> + 'v;

/// Where a text stands, and with that what its references mean.
#[derive(Clone, Copy)]
pub(super) struct EvaluationScope<'e> {
    /// The environment, as a position.
    pub environment: usize,
    /// The account, as a position among the targets; none for what is the file's own.
    pub target: Option<usize>,
    /// The Region for `${region}`; absent where none is chosen.
    pub region: Option<&'e Region>,
}

/// Gives texts their values.
pub(super) struct Evaluator<'e, 'v> {
    /// Where everything stands; outputs are looked up by position in its placements.
    pub placements: &'e Placements<'e>,
    /// The files that texts and stacks name.
    pub files: Files,
    /// The process's environment.
    pub variables: &'v EnvVariables<'v>,
    /// The accounts that values are read in and no stack is sent to; their positions follow those of the others.
    pub outside: Vec<OutsideAccount>,
}

/// Returns the fault of a variable of the process that is referred to and not set.
pub(super) fn not_set(name: &str, place: &Place) -> Fault {
    Fault::at(place, format!("the environment variable `{name}` is not set"))
        .with_help(format!("set it, or give a default: `${{env:{name}:-…}}`"))
}

/// Returns where the value of a reference at a place comes from, if it may be secret.
fn source_of(reference: &Reference, place: &Place) -> Option<SecretSource> {
    if let Reference::Env { name, default } = reference {
        let default_in = default.as_ref().map(|_| place.file.path.clone());
        return Some(SecretSource::Env { name: name.clone(), default_in });
    }
    let Reference::File(path) = reference else { return None };
    Some(SecretSource::File(path.clone()))
}

impl<'e, 'v> Evaluator<'e, 'v> {
    /// Returns an evaluator that has met no account outside of the files.
    pub fn new(
        placements: &'e Placements<'e>,
        files: Files,
        variables: &'v EnvVariables<'v>,
    ) -> Self {
        Self { placements, files, variables, outside: Vec::new() }
    }
}

impl<'e> Evaluator<'e, '_> {
    /// Returns the value of a text that may hold outputs.
    ///
    /// In the result, stack instances are positions in [`Placements::all`].
    ///
    /// # Errors
    /// The first reference that stands for nothing.
    pub fn value(
        &mut self,
        text: &Text,
        scope: EvaluationScope<'e>,
    ) -> Result<PlannedValue, Fault> {
        let mut growing = GrowingValue::default();
        self.append(text, scope, 0, &mut growing)?;
        Ok(growing.value)
    }

    /// Returns the value of a text that is secret, which knows where it comes from.
    ///
    /// # Errors
    /// As [`Evaluator::value`].
    pub fn secret(
        &mut self,
        text: &Text,
        scope: EvaluationScope<'e>,
    ) -> Result<PlannedValue, Fault> {
        let mut growing = GrowingValue { is_secret: true, ..GrowingValue::default() };
        self.append(text, scope, 0, &mut growing)?;
        Ok(growing.value)
    }

    /// Returns the value of a text that is needed before any stack is deployed.
    ///
    /// # Errors
    /// As [`Evaluator::value`], and a reference to an output.
    pub fn text(&mut self, text: &Text, scope: EvaluationScope<'e>) -> Result<String, Fault> {
        let value = self.value(text, scope)?;
        value.as_text().ok_or_else(|| {
            let what = match value.lookups().next() {
                Some(lookup) => format!("`{}`", lookup.what),
                None => "an output of a stack".to_owned(),
            };
            Fault::at(&text.place, format!("{what} cannot be used here: it is not known yet"))
                .with_help(
                    "outputs and what is looked up may stand in `parameters`, `tags`, `service-role` and \
                     `notification-arns`",
                )
        })
    }

    fn append(
        &mut self,
        text: &Text,
        scope: EvaluationScope<'e>,
        level: usize,
        growing: &mut GrowingValue,
    ) -> Result<(), Fault> {
        for piece in &text.pieces {
            growing.check(level).map_err(|message| Fault::at(&text.place, message))?;
            match piece {
                Piece::Literal(literal) => {
                    let source = || Some(SecretSource::File(text.place.file.path.clone()));
                    growing.push_from(source, literal);
                }
                Piece::Reference(Reference::Output { stack, key, scope: of, part }) => {
                    let of = self.named(of, scope, &text.place, level, growing)?;
                    let instances = self.yielding(stack, &of, scope, &text.place)?;
                    let (key, part) = (key.clone(), *part);
                    growing.push_late(ValuePiece::Output { instances, key, part });
                }
                Piece::Reference(Reference::Lookup { kind, text: of }) => {
                    let written = self.known_before(of, scope, &text.place, level, growing)?;
                    let lookup = self.planned_lookup(*kind, &written, scope, &text.place)?;
                    growing.push_late(ValuePiece::Lookup(lookup));
                }
                Piece::Reference(Reference::Variable(name)) => {
                    let named = self.variable(name, scope, &text.place)?;
                    growing.references += 1;
                    self.append(named, scope, level + 1, growing)?;
                }
                Piece::Reference(other) => {
                    let known = self.known(other, scope, &text.place)?;
                    growing.references += 1;
                    growing.push_from(|| source_of(other, &text.place), &known);
                }
            }
        }
        Ok(())
    }

    /// Returns in which account and Region an output is that a text at `place` refers to.
    ///
    /// # Errors
    /// A reference in it that stands for nothing.
    pub fn located<'s>(
        &mut self,
        of: &'s OutputScope,
        scope: EvaluationScope<'e>,
        place: &Place,
    ) -> Result<Cow<'s, OutputScope>, Fault> {
        self.named(of, scope, place, 0, &mut GrowingValue::default())
    }

    /// Returns in which account and Region an output is, once the references in that are known.
    fn named<'s>(
        &mut self,
        of: &'s OutputScope,
        scope: EvaluationScope<'e>,
        place: &Place,
        level: usize,
        growing: &mut GrowingValue,
    ) -> Result<Cow<'s, OutputScope>, Fault> {
        let OutputScope::Written(text) = of else { return Ok(Cow::Borrowed(of)) };
        let known = self.known_before(text, scope, place, level, growing)?;
        let read = OutputScope::of_known(&known);
        let named = read.map_err(|(message, help)| Fault {
            help,
            ..Fault::at(place, message).with_label(format!("after `@` stands {}", quoted(&known)))
        })?;
        Ok(Cow::Owned(named))
    }

    /// Returns what a text within a reference says, which stands at `place`.
    fn known_before(
        &mut self,
        text: &Text,
        scope: EvaluationScope<'e>,
        place: &Place,
        level: usize,
        growing: &mut GrowingValue,
    ) -> Result<String, Fault> {
        let mut within = GrowingValue {
            bytes: growing.bytes,
            references: growing.references,
            ..GrowingValue::default()
        };
        self.append(text, scope, level + 1, &mut within)?;
        growing.references = within.references;
        within.value.as_text().ok_or_else(|| {
            let message = "what only a run learns does not say in which account another value is";
            Fault::at(place, message)
        })
    }

    /// Returns what a reference stands for that holds no other.
    fn known(
        &mut self,
        reference: &Reference,
        scope: EvaluationScope<'e>,
        place: &Place,
    ) -> Result<String, Fault> {
        let target = scope.target.map(|target| &self.placements.targets[target]);
        let meaningless = |name: &str| {
            Fault::at(place, format!("`${{{name}}}` has no meaning outside an account"))
        };
        match reference {
            Reference::Environment => Ok(self.environment(scope).name.value.to_string()),
            Reference::SourceAccount => match &self.environment(scope).source.account {
                Some(id) => Ok(id.value.to_string()),
                None => Err(Fault::at(place, "the file has no `source.account` to refer to")
                    .with_help("add the source account's id as `source.account`")),
            },
            Reference::AccountName => target
                .map(|target| target.name.to_string())
                .ok_or_else(|| meaningless("account.name")),
            Reference::AccountId => {
                target.map(|target| target.id.to_string()).ok_or_else(|| meaningless("account.id"))
            }
            Reference::AccountUnit | Reference::AccountTag(_) => {
                self.told_by_organization(reference, scope, place)
            }
            Reference::Region => {
                scope.region.map(Region::to_string).ok_or_else(|| meaningless("region"))
            }
            Reference::Partition => scope
                .region
                .map(|region| region.partition().to_string())
                .ok_or_else(|| meaningless("partition")),
            Reference::Env { name, default } => {
                self.env(name, default.as_deref()).ok_or_else(|| not_set(name, place))
            }
            Reference::File(path) => self.files.value(path, place),
            Reference::Variable(_) | Reference::Output { .. } | Reference::Lookup { .. } => {
                unreachable!("variables, outputs and lookups are taken before")
            }
        }
    }

    fn environment(&self, scope: EvaluationScope<'e>) -> &'e Environment {
        &self.placements.environments[scope.environment]
    }

    fn env(&self, name: &str, default: Option<&str>) -> Option<String> {
        let found = (self.variables)(name);
        match default {
            // As in a shell, `:-` stands in for an empty value as well.
            Some(default) => {
                found.filter(|value| !value.is_empty()).or_else(|| Some(default.to_owned()))
            }
            None => found,
        }
    }

    /// Returns the text of a variable.
    ///
    /// # Errors
    /// One that is not given in this scope.
    pub fn variable(
        &self,
        name: &str,
        scope: EvaluationScope<'e>,
        place: &Place,
    ) -> Result<&'e Text, Fault> {
        let found = match scope.target {
            Some(target) => self.placements.targets[target].variables.get(name).copied(),
            None => {
                let variables = &self.environment(scope).variables;
                variables.iter().find(|(known, _)| known == name).map(|(_, text)| text)
            }
        };
        found.ok_or_else(|| {
            let known = self.environment(scope).variables.iter().map(|(known, _)| known.as_str());
            let fault =
                Fault::at(place, format!("the variable {} is not given here", quoted(name)));
            Fault { help: did_you_mean(name, known), ..fault }
        })
    }
}
