//! The calls for resources of a type, as two tables tell them.
//!
//! A line is `TYPE|SERVICE|RESOURCE|WORDS`: the prefix of the type's actions if that is not its service in small
//! letters, and the pattern of the ARN that the calls are about, `*` if it is left out. The words:
//!
//! | word | the call is made |
//! |---|---|
//! | `+Action` | when a resource is made; the first is the one that makes it |
//! | `~Action` | when a property changes that has no word of its own |
//! | `-Action` | when a resource is deleted |
//! | `Property=Action` | for a property that a new resource has, or that changes to another value |
//! | `~Property=Action` | for a property that changes to another value |
//! | `Property>service` | to pass the role that stands there to a service |
//!
//! A `*` that ends an action stands for the type's last part; of several actions, joined by `/`, one is needed.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The calls for resources of one type.
#[derive(Clone, Copy, Debug)]
pub struct HandledType {
    type_name: &'static str,
    prefix: &'static str,
    /// The pattern of the ARN that its calls are about.
    pub resource: &'static str,
    words: &'static str,
}

/// When a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// When a resource is made.
    Made,
    /// When a property changes that has no word of its own.
    Changed,
    /// When a resource is deleted.
    Deleted,
    /// For a property that a resource has or gets.
    Given(&'static str),
    /// For a property that changes.
    Altered(&'static str),
    /// For the role that stands in a property.
    Passed(&'static str),
}

static BY_TYPE: LazyLock<HashMap<&str, HandledType>> = LazyLock::new(|| {
    // What is written by hand counts.
    let lines = include_str!("handlers.txt").lines().chain(include_str!("modelled.txt").lines());
    lines.filter_map(HandledType::read).map(|handled| (handled.type_name, handled)).collect()
});

/// Returns the calls for a type, as far as they are known; custom resources are all of one type.
pub fn find(type_name: &str) -> Option<&'static HandledType> {
    let known = if type_name.starts_with("Custom::") {
        "AWS::CloudFormation::CustomResource"
    } else {
        type_name
    };
    BY_TYPE.get(known)
}

impl HandledType {
    fn read(line: &'static str) -> Option<Self> {
        let mut fields = line.split('|');
        let mut field = || fields.next();
        let (type_name, prefix, resource, words) = (field()?, field()?, field()?, field()?);
        let resource = if resource.is_empty() { "*" } else { resource };
        Some(Self { type_name, prefix, resource, words })
    }

    /// Returns its calls: when, and the actions one of which is called, or the service that a role is passed to.
    pub fn calls(&self) -> impl Iterator<Item = (Occasion, Vec<String>)> {
        self.words.split(' ').filter_map(|word| {
            if let Some((path, service)) = word.split_once('>') {
                return Some((Occasion::Passed(path), vec![service.to_owned()]));
            }
            let (occasion, actions) = match (word.split_once('='), word.split_at_checked(1)?) {
                (Some((property, actions)), ("~", _)) => {
                    (Occasion::Altered(property.trim_start_matches('~')), actions)
                }
                (Some((property, actions)), _) => (Occasion::Given(property), actions),
                (None, ("+", action)) => (Occasion::Made, action),
                (None, ("~", action)) => (Occasion::Changed, action),
                (None, ("-", action)) => (Occasion::Deleted, action),
                (None, _) => return None,
            };
            Some((occasion, actions.split('/').map(|action| self.full(action)).collect()))
        })
    }

    /// Returns the properties that have a word of their own, and those that are never a change by themselves.
    pub fn own_properties(&self) -> impl Iterator<Item = &'static str> {
        let named = self.words.split(' ').filter_map(|word| word.split_once('='));
        named.map(|(property, _)| property.trim_start_matches('~')).chain(["Tags"])
    }

    fn full(&self, action: &str) -> String {
        let mut parts = self.type_name.split("::").skip(1);
        let service = parts.next().unwrap_or_default().to_lowercase();
        let prefix = if self.prefix.is_empty() { &service } else { self.prefix };
        match action.strip_suffix('*') {
            Some(verb) => format!("{prefix}:{verb}{}", parts.next().unwrap_or_default()),
            None => format!("{prefix}:{action}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(type_name: &str) -> Vec<(Occasion, Vec<String>)> {
        find(type_name).map(|handled| handled.calls().collect()).unwrap_or_default()
    }

    #[test]
    fn every_word_of_the_tables_is_one() {
        for (name, handled) in &*BY_TYPE {
            assert_eq!(handled.calls().count(), handled.words.split(' ').count(), "{name}");
        }
        assert!(BY_TYPE.len() > 1000, "{}", BY_TYPE.len());
    }

    #[test]
    fn a_types_calls_are_those_of_its_line() {
        let one = |occasion, action: &str| (occasion, vec![action.to_owned()]);
        assert_eq!(
            calls("AWS::EC2::InternetGateway"),
            [
                one(Occasion::Made, "ec2:CreateInternetGateway"),
                one(Occasion::Deleted, "ec2:DeleteInternetGateway")
            ]
        );
        let group = calls("AWS::ECR::Repository");
        assert_eq!(group[0], one(Occasion::Made, "ecr:CreateRepository"));
        let altered = one(Occasion::Altered("ImageTagMutability"), "ecr:PutImageTagMutability");
        assert!(group.contains(&altered), "{group:?}");
        let balancer = calls("AWS::ElasticLoadBalancingV2::LoadBalancer");
        assert_eq!(balancer[0], one(Occasion::Made, "elasticloadbalancing:CreateLoadBalancer"));
        assert_eq!(calls("Custom::Thing")[0], one(Occasion::Made, "lambda:InvokeFunction"));
        assert!(calls("AWS::CloudFormation::WaitConditionHandle").is_empty());
    }
}
