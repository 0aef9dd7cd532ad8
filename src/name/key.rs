//! The keys under which an environment file and a template keep their values.

use super::text::{checked_text, is_made_of};

checked_text!(
    /// The name of a template's parameter: letters and digits, at most 255.
    ///
    /// Source: the CloudFormation user guide, "Parameters": logical ids are alphanumeric.
    ParameterName,
    "a parameter name",
    "letters and digits are allowed, at most 255",
    "^[A-Za-z0-9]{1,255}$",
    |text| is_made_of(text, 1, 255, |c| c.is_ascii_alphanumeric())
);

checked_text!(
    /// The name of a template's output: letters and digits, at most 255.
    ///
    /// Source: the CloudFormation user guide, "Outputs": logical ids are alphanumeric.
    OutputKey,
    "an output name",
    "letters and digits are allowed, at most 255",
    "^[A-Za-z0-9]{1,255}$",
    |text| is_made_of(text, 1, 255, |c| c.is_ascii_alphanumeric())
);

checked_text!(
    /// The key of a stack's tag: at most 128 characters, not starting with `aws:`.
    ///
    /// Its pattern is wider than the rule: not every dialect of regular expressions, and not every
    /// editor, can say which characters are letters.
    ///
    /// Source: the CloudFormation API reference, `Tag`.
    TagKey,
    "a tag key",
    "1 to 128 letters, digits, spaces or `_.:/=+-@` are allowed, and `aws:` may not begin it",
    "^[^\\x00-\\x1f]{1,128}$",
    is_tag_key
);

fn is_tag_key(text: &str) -> bool {
    let is_reserved = text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
    !is_reserved
        && is_made_of(text, 1, 128, |c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
}

checked_text!(
    /// The name of one of an environment file's variables: letters, digits, `-` and `_`, at most
    /// 128, so that `${variables.x}` has one reading.
    VariableName,
    "a variable name",
    "letters, digits, `-` and `_` are allowed, starting with a letter or digit, at most 128",
    "^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$",
    |text| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && is_made_of(text, 1, 128, |c| c.is_ascii_alphanumeric() || "-_".contains(c))
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_key_may_hold_words_but_not_begin_with_aws() {
        for text in ["owner", "Cost Center", "team/größe:1", "awsome"] {
            text.parse::<TagKey>().expect(text);
        }
        for text in ["", "aws:cloudformation:stack-name", "AWS:x", "a\nb", "${environment}"] {
            text.parse::<TagKey>().expect_err(text);
        }
    }

    #[test]
    fn a_variable_name_holds_no_dot() {
        "image-tag".parse::<VariableName>().expect("a variable name");
        "image.tag".parse::<VariableName>().expect_err("a dot");
    }
}
