//! Outputs as variables in files that no shell reads: GitHub's `$GITHUB_OUTPUT` and `$GITHUB_ENV`, and dotenv.

/// Returns a line of `$GITHUB_OUTPUT`; a value of several lines stands between lines that are not in it.
///
/// Source: the GitHub documentation, "Workflow commands for GitHub Actions", multiline strings.
pub(super) fn github(variable: &str, value: &str) -> String {
    if !value.contains(['\n', '\r']) {
        return format!("{variable}={value}\n");
    }
    let mut end = "XDEPLOY_END".to_owned();
    while value.lines().any(|line| line.trim() == end) {
        end.push('_');
    }
    format!("{variable}<<{end}\n{value}\n{end}\n")
}

/// Returns a line of a dotenv file: as it is where every reader takes that, `docker --env-file` among them,
/// which knows no quotes; else in double quotes with escapes.
pub(super) fn dotenv(variable: &str, value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return format!("{variable}={value}\n");
    }
    let mut quoted = String::with_capacity(value.len() + 2);
    for c in value.chars() {
        match c {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '"' | '\\' | '$' | '`' => quoted.extend(['\\', c]),
            other => quoted.push(other),
        }
    }
    format!("{variable}=\"{quoted}\"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_several_lines_cannot_end_itself_or_begin_another_variable() {
        assert_eq!(github("A", "x=y $z"), "A=x=y $z\n");
        let value = "one\nXDEPLOY_END\nB=evil";
        let text = "A<<XDEPLOY_END_\none\nXDEPLOY_END\nB=evil\nXDEPLOY_END_\n";
        assert_eq!(github("A", value), text);
    }

    #[test]
    fn a_dotenv_value_is_quoted_only_where_it_has_to_be() {
        assert_eq!(dotenv("A", "arn:aws:iam::1:role/x"), "A=arn:aws:iam::1:role/x\n");
        assert_eq!(dotenv("A", "a \"b\" $c\n\\"), "A=\"a \\\"b\\\" \\$c\\n\\\\\"\n");
        assert_eq!(dotenv("A", ""), "A=\"\"\n");
    }
}
