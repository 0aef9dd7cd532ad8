//! Which values of a change may be told: none that a `NoEcho` parameter feeds, as it is or as it was.
//!
//! The value that a run sends is known and hidden wherever it stands; the one that the stack has is not. AWS masks
//! them, which is not relied upon.

use super::deployed_secrets::DeployedSecrets;
use crate::cloud::{Stack, Stacks};
use crate::event::{ChangeAction, ResourceChange};
use crate::template::Template;

/// What stands in a value's place, as in CloudFormation's own replies.
const WITHHELD: &str = "****";

/// Returns the changes of the stack found as they may be told; the template is the one that it would be updated with.
pub(super) fn shown(
    mut changes: Vec<ResourceChange>,
    template: &Template,
    found: &Stack,
) -> Vec<ResourceChange> {
    let was_given_others = has_former_secrets(template, found);
    for change in &mut changes {
        let mut properties = std::mem::take(&mut change.properties);
        let feed = SecretFeed::of(change, template);
        for property in &mut properties {
            let is_fed = feed.feeds(&property.name);
            if is_fed || was_given_others {
                property.before.iter_mut().for_each(|value| WITHHELD.clone_into(value));
            }
            if is_fed {
                property.after.iter_mut().for_each(|value| WITHHELD.clone_into(value));
            }
        }
        change.properties = properties;
    }
    changes
}

/// Returns changes without what AWS calls resources that are lost where that may repeat a secret of the stack.
pub(super) async fn without_named_secrets(
    mut changes: Vec<ResourceChange>,
    stacks: &Stacks,
    found: &Stack,
) -> Vec<ResourceChange> {
    let mut named: Vec<_> = changes
        .iter_mut()
        .filter(|it| it.physical_id.is_some() && it.action != ChangeAction::Add)
        .collect();
    if named.is_empty() {
        return changes;
    }
    let deployed = DeployedSecrets::read(stacks, found).await;
    for change in &mut named {
        if deployed.may_name(&change.resource) {
            change.physical_id = Some(WITHHELD.to_owned());
        }
    }
    changes
}

/// Whether the stack has `NoEcho` parameters that are none in the template any more: where their values go is not known.
fn has_former_secrets(template: &Template, found: &Stack) -> bool {
    let is_secret = |name: &str| template.parameters.get(name).is_some_and(|it| it.is_secret);
    found.parameters.iter().any(|given| given.value.is_none() && !is_secret(&given.name))
}

/// Which properties of a resource may be fed by a `NoEcho` parameter.
enum SecretFeed<'a> {
    /// None: the template has no such parameter, or not for this.
    No,
    /// All, as a macro may have made the resource, or a nested stack has it.
    All,
    /// Those that the template gives one.
    Named(&'a Template, &'a str),
}

impl<'a> SecretFeed<'a> {
    fn of(change: &'a ResourceChange, template: &'a Template) -> Self {
        if template.is_unknown() {
            return Self::All;
        }
        if template.secret_uses.is_empty() {
            return Self::No;
        }
        let (own, is_nested) = match change.resource.split_once('/') {
            Some((own, _)) => (own, true),
            None => (change.resource.as_str(), false),
        };
        let is_given = || template.secret_uses.values().any(|uses| uses.resources.contains(own));
        match template.resources.get(own) {
            _ if template.may_add_outputs => Self::All,
            None => Self::All,
            Some(_) if is_nested && is_given() => Self::All,
            Some(_) if is_nested => Self::No,
            Some(declared) if *declared != change.resource_type => Self::All,
            Some(_) => Self::Named(template, own),
        }
    }

    fn feeds(&self, property: &str) -> bool {
        match self {
            Self::No => false,
            Self::All => true,
            Self::Named(template, resource) => {
                let mut uses = template.secret_uses.values();
                uses.any(|uses| uses.may_stand_in_property(resource, property))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::cloud::FoundParameter;
    use crate::document::SourceFile;
    use crate::event::{PropertyChange, Replacement};

    const TEMPLATE: &str = "Parameters:
  Password: { Type: String, NoEcho: true }
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    Properties: { MasterUserPassword: !Ref Password, DBInstanceClass: a }
    Metadata: { Of: !Ref Password }
  Plain: { Type: AWS::SQS::Queue }
  Network: { Type: AWS::CloudFormation::Stack, Properties: { Parameters: { P: !Ref Password } } }
  Open: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: a } }
";

    fn template(text: &str) -> Template {
        let file = SourceFile { path: "a.yaml".into(), text: text.to_owned() };
        Template::parse_accepted(Arc::new(file)).expect("a template")
    }

    /// Returns what is told of a property: its values.
    fn told(template: &Template, found: &Stack, change: (&str, &str, &str)) -> String {
        let (resource, resource_type, property) = change;
        let property = PropertyChange {
            before: Some("b".to_owned()),
            after: Some("a".to_owned()),
            ..PropertyChange::new(property, Replacement::False)
        };
        let change = ResourceChange {
            properties: vec![property],
            ..ResourceChange::new(ChangeAction::Modify, resource, resource_type)
        };
        let shown = shown(vec![change], template, found);
        let PropertyChange { before, after, .. } = &shown[0].properties[0];
        format!("{} {}", before.as_deref().unwrap_or("-"), after.as_deref().unwrap_or("-"))
    }

    #[test]
    fn what_a_parameter_without_echo_feeds_is_withheld_as_it_was_and_as_it_would_be() {
        let (template, found) = (template(TEMPLATE), Stack::default());
        for (change, expected) in [
            (("Database", "AWS::RDS::DBInstance", "MasterUserPassword"), "**** ****"),
            (("Database", "AWS::RDS::DBInstance", "Metadata"), "**** ****"),
            (("Database", "AWS::RDS::DBInstance", "DBInstanceClass"), "b a"),
            (("Plain", "AWS::SQS::Queue", "DelaySeconds"), "b a"),
            (("Network", "AWS::CloudFormation::Stack", "Parameters"), "**** ****"),
            (("Network/Database", "AWS::RDS::DBInstance", "DBInstanceClass"), "**** ****"),
            (("Open/Inner/Queue", "AWS::SQS::Queue", "DelaySeconds"), "b a"),
            (("Plain", "AWS::SQS::Other", "DelaySeconds"), "**** ****"),
            (("MadeByAMacro", "AWS::SQS::Queue", "DelaySeconds"), "**** ****"),
        ] {
            assert_eq!(told(&template, &found, change), expected, "{change:?}");
        }
    }

    #[test]
    fn of_a_macro_that_may_do_anything_nothing_is_told_where_there_is_a_secret() {
        let change = ("Plain", "AWS::SQS::Queue", "DelaySeconds");
        let open = |text: &str| template(&format!("Transform: Own\n{text}"));
        assert_eq!(told(&open(TEMPLATE), &Stack::default(), change), "**** ****");
        let public = "Resources: { Plain: { Type: AWS::SQS::Queue } }\n";
        assert_eq!(told(&open(public), &Stack::default(), change), "b a");
    }

    #[test]
    fn what_a_stack_holds_of_a_secret_that_is_none_any_more_is_withheld() {
        let given = |value: Option<&str>| FoundParameter {
            name: "Token".to_owned(),
            value: value.map(str::to_owned),
        };
        let stack = |value| Stack { parameters: vec![given(value)], ..Stack::default() };
        let change = ("Plain", "AWS::SQS::Queue", "DelaySeconds");
        assert_eq!(told(&template(TEMPLATE), &stack(None), change), "**** a");
        assert_eq!(told(&template(TEMPLATE), &stack(Some("x")), change), "b a");
    }
}
