//! Lists in parts: one of which a part stands in no parameter would lose what belongs there, silently.

use std::collections::BTreeMap;

use super::fault_book::FaultBook;
use super::growing_value::{MOST_LEVELS, MOST_REFERENCES};
use super::placements::{Placement, Placements};
use crate::document::{Fault, Place, quoted};
use crate::environment::{ListPart, OutputScope, Piece, Reference, Text};

/// How many missing parts are named.
const MOST_NAMED: usize = 8;

/// A list that is split: its environment, as a position; the reference without the part, and how many parts
/// there are.
type SplitList = (usize, String, usize);

/// The parts of a list that stand somewhere, by number, with the spot of the first of each.
type KnownParts<'e> = BTreeMap<usize, &'e Place>;

/// Warns of lists of which the parameters of all stacks of an environment do not hold every part, and of parts
/// that one stack holds twice. What is selected does not count.
pub(super) fn check(placements: &Placements<'_>, faults: &mut FaultBook) {
    let mut lists: BTreeMap<SplitList, KnownParts<'_>> = BTreeMap::new();
    for placement in &placements.all {
        let mut of_stack: BTreeMap<SplitList, KnownParts<'_>> = BTreeMap::new();
        for (list, part, place) in parts_of(placements, placement) {
            let known = of_stack.entry(list.clone()).or_default();
            if known.insert(part.number(), place).is_some() {
                faults.enter(told_twice(placement, &list.1, part, place));
            }
            lists.entry(list).or_default().entry(part.number()).or_insert(place);
        }
    }
    for ((_, list, count), known) in &lists {
        if let Some(fault) = told_missing(list, *count, known) {
            faults.enter(fault);
        }
    }
}

/// Returns the parts of lists in the parameters of a stack in an account, each with its list and spot.
fn parts_of<'e>(
    placements: &Placements<'e>,
    placement: &Placement<'e>,
) -> Vec<(SplitList, ListPart, &'e Place)> {
    let target = &placements.targets[placement.target];
    let mut found = Vec::new();
    for &(_, text) in &placements.values_of(placement).parameters {
        // Variables that name others twice would otherwise grow without end.
        let mut left = MOST_REFERENCES;
        let mut waiting = vec![(text, 0)];
        while let Some((text, level)) = waiting.pop() {
            for piece in &text.pieces {
                match piece {
                    Piece::Reference(Reference::Output { stack, key, scope, part: Some(part) }) => {
                        let list = format!("output:{stack}.{key}@{}", written(scope));
                        let list = (target.environment, list, part.count());
                        found.push((list, *part, &text.place));
                    }
                    Piece::Reference(Reference::Variable(name))
                        if level < MOST_LEVELS && left > 0 =>
                    {
                        left -= 1;
                        let named = target.variables.get(name.as_str());
                        waiting.extend(named.map(|&named| (named, level + 1)));
                    }
                    Piece::Reference(_) | Piece::Literal(_) => {}
                }
            }
        }
    }
    found
}

fn told_twice(placement: &Placement<'_>, list: &str, part: ListPart, place: &Place) -> Fault {
    let message = format!(
        "part {part} of a list stands twice in the parameters of the stack {}: {}",
        quoted(placement.stack.key.value.as_str()),
        quoted(&format!("${{{list}#{part}}}")),
    );
    let fault = Fault::at(place, message).with_label("here again").into_warning();
    fault.with_help("what it holds is passed twice; name each part in one parameter")
}

/// Says which parts of a list no parameter holds.
fn told_missing(list: &str, count: usize, known: &KnownParts<'_>) -> Option<Fault> {
    let missing: Vec<usize> = (1..=count).filter(|number| !known.contains_key(number)).collect();
    let (first, place) = (missing.first()?, known.values().next()?);
    let named: Vec<String> =
        missing.iter().take(MOST_NAMED).map(|number| format!("`#{number}/{count}`")).collect();
    let more = match missing.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "a part of the list {} is left out: no parameter holds {}{more}",
        quoted(&format!("${{{list}}}")),
        named.join(", "),
    );
    let help = format!(
        "what belongs there is passed to no stack; give a parameter {}, or split the list into fewer parts",
        quoted(&format!("${{{list}#{first}/{count}}}")),
    );
    Some(
        Fault::at(place, message)
            .with_label("the other parts begin here")
            .with_help(help)
            .into_warning(),
    )
}

/// Returns what follows `@`, as it is written.
fn written(scope: &OutputScope) -> String {
    match scope {
        OutputScope::Same => String::new(),
        OutputScope::Region(region) => format!("/{region}"),
        OutputScope::Account(account) => account.to_string(),
        OutputScope::AccountRegion(account, region) => format!("{account}/{region}"),
        OutputScope::Everywhere => "*".to_owned(),
        OutputScope::EverywhereIn(region) => format!("*/{region}"),
        OutputScope::Written(text) => written_text(text),
    }
}

fn written_text(text: &Text) -> String {
    let of_piece = |piece: &Piece| match piece {
        Piece::Literal(literal) => literal.clone(),
        Piece::Reference(Reference::Environment) => "${environment}".to_owned(),
        Piece::Reference(Reference::SourceAccount) => "${source.account}".to_owned(),
        Piece::Reference(Reference::AccountName) => "${account.name}".to_owned(),
        Piece::Reference(Reference::AccountId) => "${account.id}".to_owned(),
        Piece::Reference(Reference::AccountUnit) => "${account.unit}".to_owned(),
        Piece::Reference(Reference::AccountTag(key)) => format!("${{account.tags.{key}}}"),
        Piece::Reference(Reference::Region) => "${region}".to_owned(),
        Piece::Reference(Reference::Partition) => "${partition}".to_owned(),
        Piece::Reference(Reference::Variable(name)) => format!("${{variables.{name}}}"),
        Piece::Reference(Reference::Env { name, default: None }) => format!("${{env:{name}}}"),
        Piece::Reference(Reference::Env { name, default: Some(default) }) => {
            format!("${{env:{name}:-{default}}}")
        }
        Piece::Reference(Reference::File(path)) => format!("${{file:{}}}", path.display()),
        Piece::Reference(Reference::Output { .. } | Reference::Lookup { .. }) => {
            unreachable!("what is known late does not say where an output is")
        }
    };
    text.pieces.iter().map(of_piece).collect()
}

#[cfg(test)]
mod tests {
    use crate::plan::folder::TestFolder;

    /// Returns the warnings of an environment with two accounts, whose variables and stacks beside the roles
    /// are these.
    fn warnings(variables: &str, stacks: &str) -> Vec<String> {
        let folder = TestFolder::new();
        folder.write("hub.yaml", HUB);
        let text = format!(
            "environment: test\nsource: {{ account: '999999999999' }}\nassume-role: {{ name: deployer \
             }}\nregions: [eu-central-1]\naccounts: {{ dev: '100000000001', prod: '100000000002' \
             }}\n{variables}stacks:\n  role: {{ template: role.yaml, parameters: {{ Account: \
             '999999999999' }} }}\n{stacks}"
        );
        let plan = folder.resolve(&text).expect("warnings stop nothing");
        plan.doubts.iter().map(|doubt| doubt.message.clone()).collect()
    }

    const HUB: &str = "Parameters:
  A: { Type: CommaDelimitedList, Default: '' }
  B: { Type: CommaDelimitedList, Default: '' }
  C: { Type: CommaDelimitedList, Default: '' }
Resources: { Topic: { Type: AWS::SNS::Topic } }
";

    /// Returns a stack of the source account with these values for its parameters.
    fn hub(name: &str, values: &[&str]) -> String {
        let parameters: Vec<String> = ["A", "B", "C"]
            .iter()
            .zip(values)
            .map(|(key, value)| format!("{key}: '{value}'"))
            .collect();
        let parameters = parameters.join(", ");
        format!(
            "  {name}: {{ template: hub.yaml, accounts: [source], parameters: {{ {parameters} }} }}\n"
        )
    }

    fn part(scope: &str, part: &str) -> String {
        format!("${{output:role.RoleArn@{scope}#{part}}}")
    }

    #[test]
    fn a_list_whose_parts_all_stand_somewhere_is_fine() {
        let all = ["1/3", "2/3", "3/3"].map(|it| part("*", it));
        let [one, two, three] = all.each_ref().map(String::as_str);
        assert_eq!(warnings("", &hub("hub", &[one, two, three])), [""; 0]);
        let over_two = hub("hub", &[three]) + &hub("other", &[two, one]);
        assert_eq!(warnings("", &over_two), [""; 0]);
        let each_its_own = hub("hub", &[one, two, three]) + &hub("other", &[&part("*", "1/1")]);
        assert_eq!(warnings("", &each_its_own), [""; 0]);
        let variables = format!("variables: {{ a: '{one}', b: '${{variables.a}}' }}\n");
        assert_eq!(warnings(&variables, &hub("hub", &["${variables.b}", two, three])), [""; 0]);
    }

    #[test]
    fn a_part_that_no_parameter_holds_is_told() {
        let left_out = |list: &str, parts: &str| {
            format!(
                "a part of the list `${{output:role.RoleArn@{list}}}` is left out: no parameter holds {parts}"
            )
        };
        let (one, two, three) = (part("*", "1/3"), part("*", "2/3"), part("*", "3/3"));
        assert_eq!(warnings("", &hub("hub", &[&one, &three])), [left_out("*", "`#2/3`")]);
        assert_eq!(warnings("", &hub("hub", &[&one, &two])), [left_out("*", "`#3/3`")]);
        assert_eq!(warnings("", &hub("hub", &[&two])), [left_out("*", "`#1/3`, `#3/3`")]);
        let many = part("*", "1/200");
        let first =
            "`#2/200`, `#3/200`, `#4/200`, `#5/200`, `#6/200`, `#7/200`, `#8/200`, `#9/200`";
        assert_eq!(
            warnings("", &hub("hub", &[&many])),
            [left_out("*", &format!("{first} and 191 more"))]
        );
        let regional = part("*/eu-central-1", "2/2");
        assert_eq!(
            warnings("", &hub("hub", &[&part("*", "1/2"), &regional])),
            [left_out("*", "`#2/2`"), left_out("*/eu-central-1", "`#1/2`")],
            "they are parts of two lists"
        );
        let here = part("*/${region}", "1/2");
        assert_eq!(
            warnings("", &hub("hub", &[&here])),
            [left_out("*/${region}", "`#2/2`")],
            "a scope is told as it is written"
        );
    }

    #[test]
    fn a_part_that_stands_twice_in_a_stack_is_told() {
        let (one, two) = (part("*", "1/2"), part("*", "2/2"));
        let twice = "part 1/2 of a list stands twice in the parameters of the stack `hub`: \
                     `${output:role.RoleArn@*#1/2}`";
        assert_eq!(warnings("", &hub("hub", &[&one, &two, &one])), [twice]);
        let variables = format!("variables: {{ a: '{one}' }}\n");
        let told = warnings(&variables, &hub("hub", &["${variables.a}", "${variables.a}", &two]));
        assert_eq!(told, [twice]);
        let both = hub("hub", &[&one, &two]) + &hub("other", &[&one, &two]);
        assert_eq!(warnings("", &both), [""; 0], "two stacks may hold a list each");
    }

    #[test]
    fn variables_that_name_others_twice_are_no_endless_work() {
        let chain: String = (0..60)
            .map(|at| format!("  v{at}: '${{variables.v{0}}}${{variables.v{0}}}'\n", at + 1))
            .collect();
        let folder = TestFolder::new();
        folder.write("hub.yaml", HUB);
        let text = format!(
            "environment: test\nsource: {{ account: '999999999999' }}\nregions: [eu-central-1]\n\
             assume-role: {{ name: deployer }}\naccounts: {{ dev: '100000000001' }}\nvariables:\n{chain}  v60: x\nstacks:\n{}",
            hub("hub", &["${variables.v0}"])
        );
        let faults = folder.resolve(&text).expect_err("too many references");
        assert!(faults.contains("more than 1000 references"), "{faults}");
    }
}
