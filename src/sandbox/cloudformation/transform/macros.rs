//! Which macros a template calls, and what they leave open.

use serde_json::Value as Json;

use super::loops::LANGUAGE_EXTENSIONS;
use super::serverless::SERVERLESS;
use crate::sandbox::cloudformation::macro_call::{CALL, calls_macro};

/// The macro that adds what an object of a bucket holds.
const INCLUDE: &str = "AWS::Include";

/// Whether macros have a say in what the template holds: all of it, or a part.
pub fn is_transformed(template: &Json) -> bool {
    names(template).next().is_some() || calls_macro(template)
}

/// Whether a macro of which nothing is known may have made more than the template says.
pub fn is_open(template: &Json) -> bool {
    names(template).any(|name| name != LANGUAGE_EXTENSIONS)
}

/// Whether a macro may have made a resource of this name.
pub fn may_have_made(template: &Json, name: &str) -> bool {
    let resources = template["Resources"].as_object().into_iter().flatten();
    // What AWS SAM makes is called after the resource that it makes it for, or after itself.
    let is_after_another = || {
        let mut named = resources.map(|(id, _)| id.as_str()).chain(["Serverless"]);
        named.any(|id| name.starts_with(id))
    };
    let is_other = |name: &str| ![LANGUAGE_EXTENSIONS, SERVERLESS].contains(&name);
    is_open(template) && (names(template).any(is_other) || is_after_another())
}

/// Whether a macro of which nothing is known may have changed what any part of the template says.
pub fn may_change_parts(template: &Json) -> bool {
    let is_known = |name: &str| [LANGUAGE_EXTENSIONS, SERVERLESS, INCLUDE].contains(&name);
    names(template).any(|name| !is_known(name))
}

/// Returns the names of the macros that are called on the whole template.
pub(super) fn names(template: &Json) -> impl Iterator<Item = &str> {
    let one_or_more = match &template["Transform"] {
        Json::Array(names) => names.as_slice(),
        Json::Null => &[],
        one => std::slice::from_ref(one),
    };
    one_or_more.iter().filter_map(|name| name.as_str().or_else(|| name["Name"].as_str()))
}

/// Lets macros that are called on a whole section count as called on the template: both may add what they like.
pub(super) fn lift(template: &mut Json) {
    let Some(sections) = template.as_object_mut() else { return };
    let mut called: Vec<Json> = sections.remove(CALL).into_iter().collect();
    let held = sections.values_mut().filter_map(Json::as_object_mut);
    called.extend(held.filter_map(|section| section.remove(CALL)));
    if called.is_empty() {
        return;
    }
    let mut all = match sections.remove("Transform") {
        Some(Json::Array(names)) => names,
        Some(name) => vec![name],
        None => Vec::new(),
    };
    all.append(&mut called);
    sections.insert("Transform".to_owned(), Json::Array(all));
}
