//! Conditions that come to the same whatever is given to a stack.

use std::collections::BTreeMap;

use crate::document::Node;
use crate::template::function_call::function;

/// How often conditions that name others are looked at; what is nested deeper is left open.
const MOST_PASSES: usize = 8;

/// Returns what those conditions come to that nothing but the template decides.
pub fn literal_conditions<'n>(conditions: &BTreeMap<&'n str, &'n Node>) -> BTreeMap<&'n str, bool> {
    let mut known = BTreeMap::new();
    for _ in 0..MOST_PASSES {
        let before = known.len();
        for (name, node) in conditions {
            if let Some(holds) = literal(node, &known) {
                known.insert(*name, holds);
            }
        }
        if known.len() == before {
            break;
        }
    }
    known
}

fn literal(node: &Node, known: &BTreeMap<&str, bool>) -> Option<bool> {
    if let (None, Some([(key, name)])) = (&node.tag, node.entries())
        && key.text == "Condition"
    {
        return known.get(name.as_text()?).copied();
    }
    let (name, argument) = function(node)?;
    let argument = argument.node();
    if name == "Condition" {
        return known.get(argument.as_text()?).copied();
    }
    let items = argument.items()?;
    let mut operands = items.iter().map(|item| literal(item, known));
    match name {
        "Equals" => are_equal(items),
        "Not" => operands.next()?.map(|holds| !holds),
        "And" => together(operands, false),
        "Or" => together(operands, true),
        _ => None,
    }
}

/// Returns what conditions come to of which one that comes to `decisive` decides.
fn together(mut operands: impl Iterator<Item = Option<bool>>, decisive: bool) -> Option<bool> {
    operands
        .try_fold(Some(!decisive), |all, holds| match holds {
            Some(holds) if holds == decisive => Err(Some(decisive)),
            Some(_) => Ok(all),
            None => Ok(None),
        })
        .unwrap_or_else(|decided| decided)
}

/// Returns whether two values that stand there are equal. Of some that are written differently only CloudFormation
/// knows: `true` and `True`, or `1` and `1.0`.
fn are_equal(items: &[Node]) -> Option<bool> {
    let [one, other] = items else { return None };
    let text = |node: &Node| {
        node.as_text().filter(|_| node.tag.is_none() && !node.is_null()).map(str::to_owned)
    };
    let (one, other) = (text(one)?, text(other)?);
    if one == other {
        return Some(true);
    }
    let number = |text: &str| text.parse::<f64>().ok();
    let are_numbers = number(&one).is_some() && number(&other).is_some();
    let are_alike = are_numbers || one.eq_ignore_ascii_case(&other);
    (!are_alike).then_some(false)
}
