//! Where the secrets of a stack that stands go, as its own template tells: that of the file may be another one. Where it
//! cannot be read, they may be anywhere.

use std::sync::Arc;

use crate::cloud::{Stack, Stacks};
use crate::document::SourceFile;
use crate::template::Template;

/// Where the values of the `NoEcho` parameters of a stack may stand.
pub(super) enum DeployedSecrets {
    /// Nowhere: the stack has none.
    None,
    /// Where this template puts them.
    Of(Box<Template>),
    /// Nobody knows: anywhere.
    Any,
}

impl DeployedSecrets {
    /// Reads where those of a stack go.
    pub async fn read(stacks: &Stacks, stack: &Stack) -> Self {
        if stack.parameters.iter().all(|given| given.value.is_some()) {
            return Self::None;
        }
        let Ok(Some(text)) = stacks.processed_template_of(&stack.id).await else {
            return Self::Any;
        };
        let file = SourceFile { path: "template".into(), text: text.to_string() };
        match Template::parse_accepted(Arc::new(file)) {
            Ok(template) => Self::Of(Box::new(template)),
            Err(_) => Self::Any,
        }
    }

    /// Whether one may stand in a property of a resource.
    pub fn may_stand_in_property(&self, resource: &str, property: &str) -> bool {
        self.may(resource, |template| {
            template.secret_uses.values().any(|it| it.may_stand_in_property(resource, property))
        })
    }

    /// Whether one may stand in what AWS calls a resource; of one in a nested stack, its own name stands behind that of
    /// the stack's, as in `Network/Subnet`.
    pub fn may_name(&self, resource: &str) -> bool {
        match resource.split_once('/') {
            Some((nested, _)) => self.are_given_to(nested),
            None => self.may(resource, |template| {
                template.secret_uses.values().any(|it| it.may_name(resource))
            }),
        }
    }

    /// Whether one is given to a resource, such as a nested stack.
    pub fn are_given_to(&self, resource: &str) -> bool {
        self.may(resource, |template| {
            template.secret_uses.values().any(|it| it.resources.contains(resource))
        })
    }

    fn may(&self, resource: &str, says: impl FnOnce(&Template) -> bool) -> bool {
        match self {
            Self::None => false,
            Self::Any => true,
            // What a macro made is in the template that was carried out; what is not, somebody else made.
            Self::Of(template) => !template.resources.contains_key(resource) || says(template),
        }
    }
}
