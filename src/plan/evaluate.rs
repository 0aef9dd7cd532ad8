//! References become values, but for outputs: those become the stack instances that yield them.

use std::borrow::Cow;

use crate::document::{Fault, Place, did_you_mean, quoted};
use crate::environment::{Environment, OutputScope, Piece, Reference, Text};
use crate::name::Region;

use super::files::Files;
use super::placements::Placements;
use super::value::{PlannedValue, ValuePiece};

/// What the process's environment holds, by a variable's name.
pub type EnvVariables<'v> = dyn Fn(&str) -> Option<String> + 'v;

/// How deep variables may name each other; the file's own check finds every cycle.
pub(super) const MOST_LEVELS: usize = 64;

/// How many references one value may hold, those of its variables counted: variables that name
/// others twice would otherwise grow without end.
pub(super) const MOST_REFERENCES: usize = 1_000;

/// How large a value may become, in bytes; nothing that CloudFormation takes is nearly as large.
const MOST_BYTES: usize = 65_536;

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
}

/// A value that is being put together.
#[derive(Default)]
struct Growing {
    value: PlannedValue,
    bytes: usize,
    references: usize,
}

impl Growing {
    fn push_text(&mut self, text: &str) {
        self.bytes += text.len();
        self.value.push_text(text);
    }

    fn push_output(&mut self, output: ValuePiece) {
        self.references += 1;
        self.value.pieces.push(output);
    }

    /// Refuses to grow beyond what any honest value is.
    fn check(&self, level: usize) -> Result<(), String> {
        if level > MOST_LEVELS {
            return Err(format!("variables name each other more than {MOST_LEVELS} levels deep"));
        }
        if self.references > MOST_REFERENCES {
            return Err(format!("the value holds more than {MOST_REFERENCES} references"));
        }
        if self.bytes > MOST_BYTES {
            return Err(format!("the value has more than {MOST_BYTES} bytes"));
        }
        Ok(())
    }
}

/// Returns the fault of a variable of the process that is referred to and not set.
pub(super) fn not_set(name: &str, place: &Place) -> Fault {
    Fault::at(place, format!("the environment variable `{name}` is not set"))
        .with_help(format!("set it, or give a default: `${{env:{name}:-…}}`"))
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
        let mut growing = Growing::default();
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
            Fault::at(&text.place, "an output of a stack cannot be used here: it is not known yet")
                .with_help(
                    "outputs may stand in `parameters`, `tags`, `service-role` and \
                     `notification-arns`",
                )
        })
    }

    fn append(
        &mut self,
        text: &Text,
        scope: EvaluationScope<'e>,
        level: usize,
        growing: &mut Growing,
    ) -> Result<(), Fault> {
        for piece in &text.pieces {
            growing.check(level).map_err(|message| Fault::at(&text.place, message))?;
            match piece {
                Piece::Literal(literal) => growing.push_text(literal),
                Piece::Reference(Reference::Output { stack, key, scope: of, part }) => {
                    let of = self.named(of, scope, &text.place, level, growing)?;
                    let instances = self.yielding(stack, &of, scope, &text.place)?;
                    let (key, part) = (key.clone(), *part);
                    growing.push_output(ValuePiece::Output { instances, key, part });
                }
                Piece::Reference(Reference::Variable(name)) => {
                    let named = self.variable(name, scope, &text.place)?;
                    growing.references += 1;
                    self.append(named, scope, level + 1, growing)?;
                }
                Piece::Reference(other) => {
                    let known = self.known(other, scope, &text.place)?;
                    growing.references += 1;
                    growing.push_text(&known);
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
        self.named(of, scope, place, 0, &mut Growing::default())
    }

    /// Returns in which account and Region an output is, once the references in that are known.
    fn named<'s>(
        &mut self,
        of: &'s OutputScope,
        scope: EvaluationScope<'e>,
        place: &Place,
        level: usize,
        growing: &mut Growing,
    ) -> Result<Cow<'s, OutputScope>, Fault> {
        let OutputScope::Written(text) = of else { return Ok(Cow::Borrowed(of)) };
        let mut within =
            Growing { bytes: growing.bytes, references: growing.references, ..Growing::default() };
        self.append(text, scope, level + 1, &mut within)?;
        growing.references = within.references;
        let Some(known) = within.value.as_text() else {
            let message = "an output does not say in which account another one is";
            return Err(Fault::at(place, message));
        };
        let read = OutputScope::of_known(&known);
        let named = read.map_err(|(message, help)| Fault {
            help,
            ..Fault::at(place, message).with_label(format!("after `@` stands {}", quoted(&known)))
        })?;
        Ok(Cow::Owned(named))
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
            Reference::Variable(_) | Reference::Output { .. } => {
                unreachable!("variables and outputs are taken before")
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
