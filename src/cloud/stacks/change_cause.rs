//! What makes a property change, as a change set tells it, in our words.
//!
//! Source: the CloudFormation API reference, `ResourceChangeDetail` and `ResourceTargetDefinition`.

use std::collections::BTreeSet;

use aws_sdk_cloudformation::types;

/// One thing that makes a property change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ChangeCause {
    /// It is told beside others.
    Sure(String),
    /// It is told only where nothing else is: that the template changes is said wherever a
    /// parameter or a resource does.
    Implied(&'static str),
}

impl ChangeCause {
    /// Returns what a detail of a change names as its cause.
    pub fn of(detail: &types::ResourceChangeDetail) -> Option<Self> {
        let target = detail.target.as_ref();
        let is_drift = target.is_some_and(|target| {
            target.drift.is_some()
                || target.attribute_change_type == Some(types::AttributeChangeType::SyncWithActual)
        });
        if is_drift || detail.change_source == Some(types::ChangeSource::NoModification) {
            return Some(Self::Sure("drift".to_owned()));
        }
        let named = |kind: &str| {
            let name = detail.causing_entity.as_deref().unwrap_or_default();
            Some(Self::Sure(format!("{kind} {name}").trim_end().to_owned()))
        };
        match detail.change_source.as_ref()? {
            types::ChangeSource::ParameterReference => named("parameter"),
            types::ChangeSource::ResourceReference => named("resource"),
            types::ChangeSource::ResourceAttribute => named("attribute"),
            types::ChangeSource::Automatic => Some(Self::Sure("nested stack".to_owned())),
            types::ChangeSource::DirectModification => {
                let attribute = target.and_then(|target| target.attribute.as_ref());
                let is_tag = attribute == Some(&types::ResourceAttribute::Tags);
                let what = if is_tag { "tags" } else { "template" };
                let is_static = detail.evaluation == Some(types::EvaluationType::Static);
                Some(if is_static { Self::Sure(what.to_owned()) } else { Self::Implied(what) })
            }
            _ => None,
        }
    }

    /// Returns causes as a text, if there are any.
    pub fn in_words(causes: &BTreeSet<Self>) -> Option<String> {
        let sure: Vec<&str> = causes
            .iter()
            .filter_map(|cause| match cause {
                Self::Sure(text) => Some(text.as_str()),
                Self::Implied(_) => None,
            })
            .collect();
        let implied = causes.iter().find_map(|cause| match cause {
            Self::Sure(_) => None,
            Self::Implied(text) => Some((*text).to_owned()),
        });
        if sure.is_empty() { implied } else { Some(sure.join(", ")) }
    }
}
