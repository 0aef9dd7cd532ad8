//! Patterns for resource types: `AWS::RDS::*`.

use super::text::{checked_text, is_made_of};

checked_text!(
    /// A pattern for resource types, such as `AWS::RDS::*`: `*` stands for any characters, also for none.
    ///
    /// Source: the CloudFormation user guide, "Using the CloudFormation registry": a type is `Organization::Service::Resource`,
    /// a module ends in `::MODULE`, a custom resource is `Custom::` and letters, digits or `_@-`.
    TypePattern,
    "a resource type",
    "a type such as `AWS::RDS::DBInstance` is needed, in which `*` stands for any characters: `AWS::RDS::*`",
    "^(\\*|[A-Za-z0-9*]{1,64}(::[A-Za-z0-9_@*-]{1,64}){1,3})$",
    is_type_pattern
);

fn is_type_pattern(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let parts: Vec<&str> = text.split("::").collect();
    let is_part =
        |part: &&str| is_made_of(part, 1, 64, |c| c.is_ascii_alphanumeric() || "_@*-".contains(c));
    let is_first = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '*');
    (2..=4).contains(&parts.len()) && is_first(parts[0]) && parts.iter().all(is_part)
}

impl TypePattern {
    /// Whether a resource type is meant.
    pub fn matches(&self, resource_type: &str) -> bool {
        let mut parts = self.as_str().split('*');
        let Some(mut rest) = parts.next().and_then(|first| resource_type.strip_prefix(first))
        else {
            return false;
        };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;
    use crate::name::Name;

    fn pattern(text: &str) -> TypePattern {
        text.parse().expect("a pattern")
    }

    #[test]
    fn a_star_stands_for_any_characters_of_a_type() {
        for (text, of_type, matches) in [
            ("AWS::RDS::*", "AWS::RDS::DBInstance", true),
            ("AWS::RDS::*", "AWS::RDSX::DBInstance", false),
            ("AWS::RDS::DBInstance", "AWS::RDS::DBInstance", true),
            ("AWS::RDS::DBInstance", "AWS::RDS::DBInstanceX", false),
            ("AWS::*::Table", "AWS::DynamoDB::Table", true),
            ("AWS::*::Table", "AWS::DynamoDB::GlobalTable", false),
            ("AWS::*DB*::*Table", "AWS::DynamoDB::GlobalTable", true),
            ("AWS::RDS::DB*DB", "AWS::RDS::DB", false),
            ("*", "Custom::Thing", true),
        ] {
            assert_eq!(pattern(text).matches(of_type), matches, "{text} {of_type}");
        }
    }

    proptest! {
        #[test]
        fn a_pattern_matches_as_the_regular_expression_with_the_same_stars(
            text in "A(B|\\*){0,3}::(B|A|\\*){1,4}",
            of_type in "A[AB:]{0,3}::[AB]{1,6}",
        ) {
            let regex = format!("^{}$", text.replace('*', ".*"));
            let matches = Regex::new(&regex).expect("an expression").is_match(&of_type);
            prop_assert_eq!(pattern(&text).matches(&of_type), matches, "{} {}", text, of_type);
        }

        #[test]
        fn the_rule_and_its_pattern_say_the_same(text in "([A-Za-z0-9*_@:-]{0,12}|AWS(::[A-Z*a_]{0,3}){0,4})") {
            let regex = Regex::new(TypePattern::PATTERN).expect("an expression");
            prop_assert_eq!(text.parse::<TypePattern>().is_ok(), regex.is_match(&text), "{}", text);
        }
    }
}
