//! The `Rules` of a template: what they assert of its parameters, as far as that can be told before it is sent.
//!
//! Source: the CloudFormation user guide, "Rules section structure"; the template reference, "Rule functions".

use super::expression::Expression;
use super::function_call::function;
use crate::document::{Node, Place};

/// What a rule asserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// The rule's name.
    pub rule: String,
    /// Where the assertion stands.
    pub place: Place,
    /// Where this holds, the rule is looked at.
    condition: Claim,
    claim: Claim,
    /// What the template says of it.
    pub description: Option<String>,
}

/// What holds or not.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Claim {
    Equals(Box<[Expression; 2]>),
    Contains(Vec<Expression>, Box<Expression>),
    All(Vec<Claim>),
    Any(Vec<Claim>),
    Not(Box<Claim>),
    /// What only AWS can tell.
    Unknown,
}

/// How deep functions may stand in each other.
const MOST_LEVELS: usize = 16;

impl Assertion {
    /// Whether it is known not to be so, where `known` says what parameters and pseudo parameters are.
    pub fn is_broken(&self, known: impl Fn(&str) -> Option<String>) -> bool {
        self.condition.truth(&known) == Some(true) && self.claim.truth(&known) == Some(false)
    }
}

impl Claim {
    fn of(node: &Node, level: usize) -> Self {
        let Some((name, argument)) = function(node).filter(|_| level < MOST_LEVELS) else {
            return Self::Unknown;
        };
        let items = argument.node().items().unwrap_or_default();
        let claims = || items.iter().map(|item| Self::of(item, level + 1)).collect();
        match (name, items) {
            ("Equals", [one, other]) => {
                Self::Equals(Box::new([Expression::of(one), Expression::of(other)]))
            }
            ("Contains", [list, item]) => match list.items().filter(|_| list.tag.is_none()) {
                Some(list) => Self::Contains(
                    list.iter().map(Expression::of).collect(),
                    Box::new(Expression::of(item)),
                ),
                None => Self::Unknown,
            },
            ("And", _) => Self::All(claims()),
            ("Or", _) => Self::Any(claims()),
            ("Not", [claim]) => Self::Not(Box::new(Self::of(claim, level + 1))),
            _ => Self::Unknown,
        }
    }

    /// Returns whether it holds; nothing if that is not known.
    fn truth(&self, known: &dyn Fn(&str) -> Option<String>) -> Option<bool> {
        let of_all = |claims: &[Self], settles: bool| {
            let truths: Vec<Option<bool>> = claims.iter().map(|claim| claim.truth(known)).collect();
            let is_settled = truths.contains(&Some(settles));
            let is_known = is_settled || truths.iter().all(Option::is_some);
            is_known.then_some(is_settled == settles)
        };
        match self {
            Self::Equals(sides) => {
                let [one, other] = sides.each_ref().map(|side| side.text(known));
                same(&one?, &other?)
            }
            Self::Contains(list, item) => {
                let item = item.text(known)?;
                let of_each = list.iter().map(|it| it.text(known).and_then(|it| same(&it, &item)));
                let found: Vec<Option<bool>> = of_each.collect();
                let is_there = found.contains(&Some(true));
                (is_there || found.iter().all(Option::is_some)).then_some(is_there)
            }
            Self::All(claims) => of_all(claims, false),
            Self::Any(claims) => of_all(claims, true),
            Self::Not(claim) => claim.truth(known).map(|truth| !truth),
            Self::Unknown => None,
        }
    }
}

/// Returns whether two texts are equal; nothing for two spellings of a number, of which one may be written anew.
fn same(one: &str, other: &str) -> Option<bool> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    match (number(one), number(other)) {
        (Some(first), Some(second)) if one != other && first == second => None,
        _ => Some(one == other),
    }
}

/// Returns what the rules of the template whose tree is `root` assert.
pub(super) fn assertions(root: &Node) -> Vec<Assertion> {
    let rules = root.value_of("Rules").and_then(Node::entries).unwrap_or_default();
    let of_rule = rules.iter().flat_map(|(key, rule)| {
        let asserted = rule.value_of("Assertions").and_then(Node::items).unwrap_or_default();
        asserted.iter().filter_map(move |assertion| {
            let claim = assertion.value_of("Assert")?;
            let condition = rule.value_of("RuleCondition");
            let description = assertion.value_of("AssertDescription").and_then(Node::as_text);
            Some(Assertion {
                rule: key.text.clone(),
                place: claim.place.clone(),
                condition: condition.map_or(Claim::All(Vec::new()), |node| Claim::of(node, 0)),
                claim: Claim::of(claim, 0),
                description: description.map(str::to_owned),
            })
        })
    });
    of_rule.collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::document::SourceFile;
    use crate::template::Template;

    /// Whether a template that asserts this is broken, where `P` is `x` and `U` is not known.
    fn is_broken(asserts: &str, condition: &str) -> bool {
        let text = format!(
            "Rules: {{ R: {{ {condition} Assertions: [ {{ Assert: {asserts} }} ] }} }}\n\
             Parameters: {{ P: {{ Type: String }}, U: {{ Type: String }} }}\n\
             Resources: {{ T: {{ Type: AWS::SNS::Topic }} }}\n"
        );
        let file = SourceFile { path: "t.yaml".into(), text };
        let template =
            Template::parse(Arc::new(file)).unwrap_or_else(|faults| panic!("{faults:?}"));
        let [assertion] = &template.assertions[..] else { panic!("one") };
        assertion.is_broken(|name| (name == "P").then(|| "x".to_owned()))
    }

    #[test]
    fn an_assertion_is_broken_where_all_that_settles_it_is_known() {
        for asserts in [
            "!Equals [!Ref P, a]",
            "!Not [!Equals [!Ref P, x]]",
            "!And [!Equals [!Ref U, a], !Equals [!Ref P, a]]",
            "!Or [!Equals [!Ref P, b], !Equals [!Ref P, a]]",
            "{ 'Fn::Contains': [[a, b], !Ref P] }",
            "!Equals [!Sub '${P}-x', x]",
        ] {
            assert!(is_broken(asserts, ""), "{asserts}");
            assert!(is_broken(asserts, "RuleCondition: !Equals [!Ref P, x],"), "{asserts}");
            assert!(!is_broken(asserts, "RuleCondition: !Equals [!Ref P, y],"), "{asserts}");
            assert!(!is_broken(asserts, "RuleCondition: !Equals [!Ref U, y],"), "{asserts}");
        }
    }

    #[test]
    fn an_assertion_that_holds_or_is_not_known_is_not_broken() {
        for asserts in [
            "!Equals [!Ref P, x]",
            "!Equals [!Ref U, a]",
            "!And [!Equals [!Ref U, a], !Equals [!Ref P, x]]",
            "!Or [!Equals [!Ref U, a], !Equals [!Ref P, a]]",
            "{ 'Fn::Contains': [[a, !Ref U], !Ref P] }",
            "{ 'Fn::Contains': [{ 'Fn::RefAll': 'AWS::EC2::VPC::Id' }, !Ref P] }",
            "{ 'Fn::EachMemberIn': [[!Ref P], [a]] }",
            "!Not [!Equals ['1', '1.0']]",
        ] {
            assert!(!is_broken(asserts, ""), "{asserts}");
        }
    }
}
