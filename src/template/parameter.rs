//! A template's parameters and the values they accept.

use super::pattern::Pattern;

use crate::document::{Place, quoted};

/// The largest value that CloudFormation accepts for a parameter, in bytes.
///
/// Source: the CloudFormation user guide, "Quotas", parameter values.
pub const MOST_VALUE_BYTES: usize = 4_096;

/// A parameter that a template declares.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateParameter {
    /// Where it stands.
    pub place: Place,
    /// `Type`, such as `String` or `AWS::SSM::Parameter::Value<String>`.
    pub parameter_type: String,
    /// Whether it has a `Default`.
    pub has_default: bool,
    /// Its `Default` as CloudFormation takes it, if that is text.
    pub default: Option<String>,
    /// Where its `Default` stands.
    pub default_place: Option<Place>,
    /// Whether `NoEcho` hides its value.
    pub is_secret: bool,
    /// `AllowedValues`, if there are any.
    pub allowed_values: Option<Vec<String>>,
    /// `AllowedPattern`.
    pub allowed_pattern: Option<Pattern>,
    /// `ConstraintDescription`, as written.
    pub constraint_description: Option<String>,
    /// `MinLength` and `MaxLength`, in characters.
    pub length: (Option<u64>, Option<u64>),
    /// `MinValue` and `MaxValue`, for `Number`.
    pub range: (Option<f64>, Option<f64>),
}

impl TemplateParameter {
    /// Whether its value names a parameter of the parameter store, whose value it stands for.
    pub fn is_stored(&self) -> bool {
        self.parameter_type.starts_with("AWS::SSM::Parameter::Value<")
    }

    /// Says what is wrong with `value`, if anything is, as a fragment that goes on from the
    /// parameter's name: "must have at most 12 characters".
    ///
    /// A secret value is never part of it. What only CloudFormation can judge passes: values that
    /// name a resource or an SSM parameter, and patterns that only Java's regular expressions know.
    pub fn objection(&self, value: &str) -> Option<String> {
        if value.len() > MOST_VALUE_BYTES {
            let bytes = value.len();
            return Some(format!("has {bytes} bytes; CloudFormation takes {MOST_VALUE_BYTES}"));
        }
        let objection = match self.parameter_type.as_str() {
            "String" => self.text_objection(value).or_else(|| self.length_objection(value)),
            "Number" => self.number_objection(value).or_else(|| self.text_objection(value)),
            // Where an allowed value holds commas itself, it is compared as a whole.
            "CommaDelimitedList" if self.text_objection(value).is_none() => None,
            "CommaDelimitedList" => items(value).find_map(|item| self.text_objection(item)),
            "List<Number>" => items(value).find_map(|item| self.number_objection(item)),
            _ => None,
        }?;
        Some(match &self.constraint_description {
            Some(description) => format!("{objection}: {description}"),
            None => objection,
        })
    }

    fn text_objection(&self, text: &str) -> Option<String> {
        if let Some(allowed) = &self.allowed_values
            && !allowed.iter().any(|value| value == text)
        {
            let shown: Vec<String> = allowed.iter().take(8).map(|value| quoted(value)).collect();
            let more = if allowed.len() > shown.len() { ", …" } else { "" };
            return Some(format!("must be one of {}{more}", shown.join(", ")));
        }
        let pattern = self.allowed_pattern.as_ref()?;
        (!pattern.accepts(text))
            .then(|| format!("must match the pattern {}", quoted(&pattern.text)))
    }

    fn length_objection(&self, text: &str) -> Option<String> {
        let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
        match self.length {
            (Some(least), _) if length < least => {
                Some(format!("must have at least {}", characters(least)))
            }
            (_, Some(most)) if length > most => {
                Some(format!("must have at most {}", characters(most)))
            }
            _ => None,
        }
    }

    fn number_objection(&self, text: &str) -> Option<String> {
        let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        match (number, self.range) {
            (None, _) => Some("must be a number".to_owned()),
            (Some(number), (Some(least), _)) if number < least => {
                Some(format!("must be at least {least}"))
            }
            (Some(number), (_, Some(most))) if number > most => {
                Some(format!("must be at most {most}"))
            }
            _ => None,
        }
    }
}

/// Returns the items of a list parameter; spaces around them do not count.
fn items(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim)
}

fn characters(count: u64) -> String {
    format!("{count} character{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::document::SourceFile;

    fn parameter(parameter_type: &str) -> TemplateParameter {
        let file = SourceFile { path: "t.yaml".into(), text: String::new() };
        TemplateParameter {
            place: Place { file: Arc::new(file), span: 0..0 },
            parameter_type: parameter_type.to_owned(),
            has_default: false,
            default: None,
            default_place: None,
            is_secret: false,
            allowed_values: None,
            allowed_pattern: None,
            constraint_description: None,
            length: (None, None),
            range: (None, None),
        }
    }

    #[test]
    fn the_whole_value_must_match_the_pattern() {
        let pattern = Some(Pattern::new("[0-9]{12}|root"));
        let text = TemplateParameter { allowed_pattern: pattern.clone(), ..parameter("String") };
        assert_eq!(text.objection("100000000001"), None);
        assert_eq!(text.objection("root"), None);
        let says = text.objection("1000000000012");
        assert_eq!(says.as_deref(), Some("must match the pattern `[0-9]{12}|root`"));
        assert!(text.objection("root\n").is_some());

        let list =
            TemplateParameter { allowed_pattern: pattern, ..parameter("CommaDelimitedList") };
        assert_eq!(list.objection("root, 100000000001"), None);
        assert!(list.objection("root,admin").is_some());
    }

    #[test]
    fn a_value_outside_its_bounds_is_refused_without_being_shown() {
        let described = Some("three words".to_owned());
        for (parameter, value, says) in [
            (parameter("Number"), "twelve", "must be a number"),
            (parameter("List<Number>"), "1, 2,", "must be a number"),
            (
                TemplateParameter { range: (Some(1.0), None), ..parameter("Number") },
                "0.5",
                "must be at least 1",
            ),
            (
                TemplateParameter { range: (None, Some(9.5)), ..parameter("Number") },
                "10",
                "must be at most 9.5",
            ),
            (
                TemplateParameter { length: (Some(3), None), ..parameter("String") },
                "éé",
                "must have at least 3 characters",
            ),
            (
                TemplateParameter { length: (None, Some(3)), ..parameter("String") },
                "secret",
                "must have at most 3 characters",
            ),
            (
                TemplateParameter {
                    allowed_values: Some(vec!["dev".into(), "prod".into()]),
                    constraint_description: described,
                    ..parameter("String")
                },
                "test",
                "must be one of `dev`, `prod`: three words",
            ),
        ] {
            assert_eq!(parameter.objection(value).as_deref(), Some(says), "{value}");
        }
        assert_eq!(parameter("AWS::EC2::VPC::Id").objection("not-a-vpc"), None);
        assert!(parameter("String").objection(&"x".repeat(5000)).is_some());
    }
}
