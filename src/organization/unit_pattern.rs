//! Patterns for units: `Workloads/Prod`, `Workloads/*`, `Workloads/**`, or an id in place of the first names.

use std::fmt;
use std::str::FromStr;

use super::listing::{ListedUnit, Listing};
use super::unit_path::UnitPath;

/// Which units: a path from the root or from the unit of an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitPattern {
    written: String,
    /// The id that the path begins at; the root if there is none.
    from: Option<String>,
    path: Vec<Step>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// The child unit of this name.
    Named(String),
    /// `*`: any child unit.
    OneLevel,
    /// `**`: the unit itself, and all beneath it.
    AnyDepth,
}

impl Step {
    /// Whether a unit of this name may be the next on the path.
    fn takes(&self, name: &str) -> bool {
        match self {
            Self::Named(wanted) => wanted == name,
            Self::OneLevel | Self::AnyDepth => true,
        }
    }
}

/// A text that is no pattern for units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a unit's path from the root is needed, such as `Workloads/Prod/**`, or its id")]
pub struct NotAUnitPattern;

impl FromStr for UnitPattern {
    type Err = NotAUnitPattern;

    fn from_str(text: &str) -> Result<Self, NotAUnitPattern> {
        let path = text.strip_prefix('/').unwrap_or(text);
        let mut steps = path.split('/').peekable();
        let from = steps.next_if(|step| is_id(step)).map(str::to_owned);
        let path: Vec<Step> = steps
            .map(|step| match step {
                "" => None,
                "*" => Some(Step::OneLevel),
                "**" => Some(Step::AnyDepth),
                // Part of a name would look as if it were a pattern for it.
                name if name.contains('*') || name != name.trim() => None,
                name => Some(Step::Named(name.to_owned())),
            })
            .collect::<Option<_>>()
            .ok_or(NotAUnitPattern)?;
        Ok(Self { written: text.to_owned(), from, path })
    }
}

impl fmt::Display for UnitPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl UnitPattern {
    /// Returns the id that it begins at, if it begins at one.
    pub fn id(&self) -> Option<&str> {
        self.from.as_deref()
    }

    /// Whether it means a unit of a listing.
    pub fn matches(&self, unit: &ListedUnit, listing: &Listing) -> bool {
        self.beneath(unit, listing).is_some_and(|names| fits(&self.path, names))
    }

    /// Whether it means the unit that a path leads to.
    pub fn means(&self, unit: &UnitPath) -> bool {
        let from = match &self.from {
            Some(id) => unit.ids.iter().position(|known| known == id),
            None => Some(0),
        };
        from.is_some_and(|from| fits(&self.path, &unit.names[from..]))
    }

    /// Whether it can mean a unit somewhere beneath this one. What begins at an id may do so anywhere.
    pub fn leads_beneath(&self, path: &[String]) -> bool {
        self.from.is_some() || leads(&self.path, path)
    }

    /// Whether the units that it names one by one are there.
    pub fn is_there(&self, listing: &Listing) -> bool {
        let named = self.path.iter().take_while(|step| matches!(step, Step::Named(_))).count();
        let stem = &self.path[..named];
        let is_stem =
            |unit: &ListedUnit| self.beneath(unit, listing).is_some_and(|names| fits(stem, names));
        listing.units.iter().any(is_stem)
    }

    /// Returns the path of a unit that it means, with `any` for a name that may be any.
    pub fn example(&self) -> Vec<String> {
        let name = |step: &Step| match step {
            Step::Named(name) => Some(name.clone()),
            Step::OneLevel => Some("any".to_owned()),
            Step::AnyDepth => None,
        };
        self.path.iter().filter_map(name).collect()
    }

    /// Returns the names that lead to a unit from where the pattern begins, if it is beneath that.
    fn beneath<'u>(&self, unit: &'u ListedUnit, listing: &Listing) -> Option<&'u [String]> {
        let Some(id) = &self.from else { return Some(&unit.path) };
        unit.path.strip_prefix(listing.unit(id)?.path.as_slice())
    }
}

/// Whether a path goes these steps, all of them.
fn fits(steps: &[Step], names: &[String]) -> bool {
    // Which beginnings of the path the steps so far lead along, by their length. To try each way of each `**` in turn
    // would take time that doubles with every one of them.
    let mut reached = vec![false; names.len() + 1];
    reached[0] = true;
    for step in steps {
        match step {
            Step::AnyDepth => {
                for depth in 1..reached.len() {
                    reached[depth] |= reached[depth - 1];
                }
            }
            Step::OneLevel | Step::Named(_) => {
                for depth in (1..reached.len()).rev() {
                    reached[depth] = reached[depth - 1] && step.takes(&names[depth - 1]);
                }
                reached[0] = false;
            }
        }
    }
    reached[names.len()]
}

/// Whether a longer path than this can go these steps.
fn leads(steps: &[Step], names: &[String]) -> bool {
    match (steps.split_first(), names.split_first()) {
        (None, _) => false,
        (Some((Step::AnyDepth, _)), _) | (Some(_), None) => true,
        (Some((Step::OneLevel, rest)), Some((_, deeper))) => leads(rest, deeper),
        (Some((Step::Named(wanted), rest)), Some((name, deeper))) => {
            wanted == name && leads(rest, deeper)
        }
    }
}

/// Whether a text is the id of a root or of a unit.
///
/// Source: the Organizations API reference, `ListAccountsForParent`, parameter `ParentId`.
fn is_id(text: &str) -> bool {
    let is_made_of = |text: &str, least: usize| {
        (least..=32).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    match (text.strip_prefix("r-"), text.strip_prefix("ou-").and_then(|rest| rest.split_once('-')))
    {
        (Some(root), _) => is_made_of(root, 4),
        (None, Some((root, unit))) => is_made_of(root, 4) && is_made_of(unit, 8),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(path: &str) -> Vec<String> {
        path.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    fn listing(paths: &[&str]) -> Listing {
        let id = |at| if at == 0 { "r-ab12".into() } else { format!("ou-ab12-{at:08}") };
        let units = paths.iter().enumerate();
        let units = units.map(|(at, path)| ListedUnit { id: id(at), path: names(path) });
        Listing { units: units.collect(), accounts: Vec::new() }
    }

    /// Returns the paths that a pattern means.
    fn meant(pattern: &str) -> Vec<String> {
        let all = listing(&["", "Labs", "Work", "Work/Prod", "Work/Prod/Pci", "Work/Test"]);
        let pattern: UnitPattern = pattern.parse().expect("a pattern");
        let units = all.units.iter().filter(|unit| pattern.matches(unit, &all));
        units.map(ListedUnit::written).collect()
    }

    #[test]
    fn a_path_means_one_unit_a_star_its_children_and_two_all_in_it_and_beneath() {
        assert_eq!(meant("Work"), ["Work"]);
        assert_eq!(meant("/Work/Prod"), ["Work/Prod"]);
        assert_eq!(meant("Work/*"), ["Work/Prod", "Work/Test"]);
        assert_eq!(meant("Work/**"), ["Work", "Work/Prod", "Work/Prod/Pci", "Work/Test"]);
        assert_eq!(meant("*"), ["Labs", "Work"]);
        assert_eq!(meant("*/Prod"), ["Work/Prod"]);
        assert_eq!(meant("**/Pci"), ["Work/Prod/Pci"]);
        assert_eq!(meant("**").len(), 6);
        assert_eq!(meant("work"), [""; 0]);
    }

    #[test]
    fn an_id_stands_for_the_names_that_lead_to_its_unit() {
        assert_eq!(meant("r-ab12"), [""]);
        assert_eq!(meant("r-ab12/**").len(), 6);
        assert_eq!(meant("ou-ab12-00000002"), ["Work"]);
        assert_eq!(meant("ou-ab12-00000002/*"), ["Work/Prod", "Work/Test"]);
        assert_eq!(meant("ou-ab12-99999999/**"), [""; 0]);
    }

    #[test]
    fn only_what_is_named_must_be_there() {
        let all = listing(&["", "Work", "Work/Prod"]);
        let is_there = |pattern: &str| pattern.parse::<UnitPattern>().unwrap().is_there(&all);
        assert!(is_there("Work/Prod/*") && is_there("**") && is_there("r-ab12"));
        assert!(!is_there("Work/Prod/Pci/**") && !is_there("ou-ab12-99999999"));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for wrong in ["", "/", "Work//Prod", "Work/", "Work/Pr*", " Work", "r-ab12/"] {
            assert!(wrong.parse::<UnitPattern>().is_err(), "{wrong}");
        }
    }

    /// Whether a path goes these steps, by trying every way.
    fn goes(steps: &[Step], names: &[String]) -> bool {
        let Some((step, rest)) = steps.split_first() else { return names.is_empty() };
        match step {
            Step::AnyDepth => (0..=names.len()).any(|skipped| goes(rest, &names[skipped..])),
            Step::OneLevel | Step::Named(_) => names
                .split_first()
                .is_some_and(|(name, deeper)| step.takes(name) && goes(rest, deeper)),
        }
    }

    #[test]
    fn a_pattern_of_many_depths_is_answered_at_once() {
        let pattern: UnitPattern = ["**/a"; 40].join("/").parse().unwrap();
        let path = vec!["a".to_owned(); 60];
        let unit =
            |path: &[String]| ListedUnit { id: "ou-ab12-00000001".into(), path: path.to_vec() };
        assert!(pattern.matches(&unit(&path), &Listing::default()));
        assert!(!pattern.matches(&unit(&path[..39]), &Listing::default()));
        let other = [&path[..], &["b".to_owned()]].concat();
        assert!(!pattern.matches(&unit(&other), &Listing::default()));
    }

    proptest! {
        #[test]
        fn a_path_fits_if_one_of_all_ways_leads_there(
            pattern in prop::collection::vec(prop_oneof!["[ab]", Just("*".into()), Just("**".into())], 1..6),
            path in prop::collection::vec("[ab]", 0..6),
        ) {
            let pattern: UnitPattern = pattern.join("/").parse().unwrap();
            prop_assert_eq!(fits(&pattern.path, &path), goes(&pattern.path, &path));
        }

        #[test]
        fn a_walk_never_stops_above_a_unit_that_is_meant(
            pattern in prop::collection::vec(prop_oneof!["[ab]", Just("*".into()), Just("**".into())], 1..5),
            path in prop::collection::vec("[ab]", 0..5),
        ) {
            let pattern: UnitPattern = pattern.join("/").parse().unwrap();
            let unit = ListedUnit { id: "ou-ab12-00000001".into(), path };
            if pattern.matches(&unit, &Listing::default()) {
                for above in 0..unit.path.len() {
                    prop_assert!(pattern.leads_beneath(&unit.path[..above]), "{above}");
                }
            }
        }

        #[test]
        fn whatever_is_written_is_read_or_refused(text in "\\PC{0,12}") {
            if let Ok(pattern) = text.parse::<UnitPattern>() {
                prop_assert_eq!(pattern.to_string(), text);
            }
        }
    }
}
