//! What can be said of a stack once, wherever it stands: its template and how the two fit.

use std::sync::Arc;

use super::fault_book::FaultBook;
use super::files::Files;
use super::placements::Placements;
use crate::document::{Fault, did_you_mean, quoted};
use crate::environment::{Environment, Placed, StackSpec, Text};
use crate::foreign;
use crate::template::{
    Capability, LocalContent, LocalPath, MOST_BYTES_IN_REQUEST, Template, TemplateParameter,
    may_be_octal,
};

/// What every instance of a stack shares.
#[derive(Clone)]
pub(super) struct CheckedStack {
    /// The template that the parameters are checked against.
    pub template: Arc<Template>,
    /// The capabilities it is sent with.
    pub capabilities: Vec<String>,
    /// The body of its stack policy.
    pub stack_policy: Option<Arc<str>>,
}

/// Checks a stack of the environment at position `environment` and returns what its instances
/// share; nothing if its template cannot be read.
pub(super) fn check(
    placements: &Placements<'_>,
    environment: usize,
    stack: &StackSpec,
    files: &mut Files,
    faults: &mut FaultBook,
) -> Option<CheckedStack> {
    check_depends_on(placements, environment, stack, faults);
    check_files(&placements.environments[environment], stack, files, faults)
}

/// Checks only where a stack stands beside its needs, and returns what its instances share as far as it
/// can be read: what is wrong with its files is no matter.
pub(super) fn check_order(
    placements: &Placements<'_>,
    environment: usize,
    stack: &StackSpec,
    files: &mut Files,
    faults: &mut FaultBook,
) -> CheckedStack {
    check_depends_on(placements, environment, stack, faults);
    let (template, _) = files.template(&stack.template.value, &stack.template.place);
    let unknown = || Arc::new(Template::unknown(&stack.template.value));
    let template = template.unwrap_or_else(unknown);
    let policy = stack.settings.stack_policy.as_ref();
    let stack_policy =
        policy.and_then(|policy| files.stack_policy(&policy.value, &policy.place).ok());
    CheckedStack { template, capabilities: Vec::new(), stack_policy }
}

/// Checks the files that a stack names, whatever else is wrong with its environment.
pub(super) fn check_files(
    environment: &Environment,
    stack: &StackSpec,
    files: &mut Files,
    faults: &mut FaultBook,
) -> Option<CheckedStack> {
    let stack_policy = stack.settings.stack_policy.as_ref().and_then(|policy| {
        let read = files.stack_policy(&policy.value, &policy.place);
        read.map_err(|fault| faults.enter(fault)).ok()
    });
    let (template, found) = files.template(&stack.template.value, &stack.template.place);
    found.into_iter().for_each(|fault| faults.enter(fault));
    let template = template?;
    check_bucket(&template, environment, stack, faults);
    check_parameters(&template, stack, faults);
    let capabilities = check_capabilities(&template, stack, faults);
    Some(CheckedStack { template, capabilities, stack_policy })
}

/// A need in the same account and Region that stands in none of them would never be a need.
fn check_depends_on(
    placements: &Placements<'_>,
    environment: usize,
    stack: &StackSpec,
    faults: &mut FaultBook,
) {
    let standing = placements.of_stack(environment, &stack.key.value);
    for need in &stack.depends_on {
        let stands_beside = |&at: &usize| {
            let placement = &placements.all[at];
            placements.find(placement.target, placement.region, &need.value).is_some()
        };
        if !standing.iter().any(stands_beside) {
            let (stack, need_name) = (&stack.key.value, &need.value);
            let message =
                format!("`{need_name}` stands in no account and Region in which `{stack}` does");
            faults.enter(
                Fault::at(&need.place, message)
                    .with_help("a reference to one of its outputs orders across accounts"),
            );
        }
    }
}

fn check_bucket(
    template: &Template,
    environment: &Environment,
    stack: &StackSpec,
    faults: &mut FaultBook,
) {
    if template.needs_bucket() && environment.artifacts.is_none() {
        let bytes = template.file.text.len();
        let message = format!("the template has {bytes} bytes and does not fit into a request");
        faults.enter(
            Fault::at(&stack.template.place, message)
                .with_label(format!("over {MOST_BYTES_IN_REQUEST} bytes"))
                .with_help("add `artifacts` with the `bucket` that it goes through"),
        );
    }
    let is_needed = |local: &&LocalPath| local.content != LocalContent::Notice;
    if let Some(local) = template.local_paths.iter().find(is_needed)
        && environment.artifacts.is_none()
    {
        let path = foreign::path(&environment.file.path);
        let message =
            format!("{} is to be uploaded, and `{path}` names no bucket", quoted(&local.path));
        faults.enter(
            Fault::at(&local.place, message)
                .with_label("local path")
                .with_help("add `artifacts` with the `bucket` that it goes to"),
        );
    }
}

fn check_parameters(template: &Template, stack: &StackSpec, faults: &mut FaultBook) {
    let path = foreign::path(&template.file.path);
    for (name, _) in stack.all_parameters() {
        if !template.parameters.contains_key(&name.value) {
            let message = format!("`{path}` has no parameter {}", quoted(&name.value));
            let fault = Fault::at(&name.place, message).with_label("unknown parameter");
            let known = template.parameters.keys().map(String::as_str);
            faults.enter(Fault { help: did_you_mean(&name.value, known), ..fault });
        }
    }
    for (name, parameter) in &template.parameters {
        let is_given = is_given_everywhere(stack, name);
        if let Some(fault) = default_objection(name, parameter, &path) {
            // Who gives a value does not use the default.
            faults.enter(if is_given { fault.into_warning() } else { fault });
        }
    }
}

/// Whether a stack gives a parameter a value, and none of its overrides may take it away.
fn is_given_everywhere(stack: &StackSpec, name: &str) -> bool {
    let is_given = stack.parameters.iter().any(|(given, _)| given.value == name);
    let takes_away = |parameters: &Vec<(Placed<String>, Option<Text>)>| {
        let mut parameters = parameters.iter();
        parameters.len() == 0 || parameters.any(|(it, text)| it.value == name && text.is_none())
    };
    let mut overrides = stack.overrides.iter().filter_map(|over| over.value.parameters.as_ref());
    is_given && !overrides.any(takes_away)
}

/// Says what is wrong with the default of a parameter by the parameter's own rules.
fn default_objection(name: &str, parameter: &TemplateParameter, path: &str) -> Option<Fault> {
    let (default, place) = (parameter.default.as_ref()?, parameter.default_place.as_ref()?);
    let objection = parameter.objection(default)?;
    // CloudFormation may read another value than the one that is judged here.
    let message = format!("the default of the parameter `{name}` {objection}");
    (!may_be_octal(default)).then(|| match parameter.is_secret {
        // Its spot would show it.
        true => Fault::of_file(&place.file.path, format!("`{path}`: {message}")),
        false => Fault::at(place, message),
    })
}

/// Returns the capabilities named, or the default; those that the template lacks are faults.
fn check_capabilities(
    template: &Template,
    stack: &StackSpec,
    faults: &mut FaultBook,
) -> Vec<String> {
    let named = stack.settings.capabilities.as_ref();
    let sent = named.map_or_else(|| vec![Capability::Iam.to_string()], |named| named.value.clone());
    let place = named.map_or(&stack.template.place, |named| &named.place);
    let known: Vec<Capability> = sent.iter().filter_map(|text| text.parse().ok()).collect();
    for (needed, reason) in &template.needed_capabilities {
        if !known.iter().any(|capability| capability.covers(*needed)) {
            let path = foreign::path(&template.file.path);
            faults.enter(
                Fault::at(place, format!("`{path}` needs {needed}, which the stack does not name"))
                    .with_help(format!(
                        "if you trust it, add {needed} to the stack's `capabilities`: see {reason}"
                    )),
            );
        }
    }
    sent
}
