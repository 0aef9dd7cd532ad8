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

/// Returns a line of a dotenv file that python-dotenv, dotenv for Node.js, Node.js itself, Docker Compose and a
/// shell read alike. Plain values stand as they are: `docker run --env-file` reads them too, and knows no
/// quotes.
///
/// Source: their parsers. In single quotes all take what stands there, but for a quote, two backslashes and one
/// at the end; python-dotenv replaces `${…}` even there. In double quotes some know escapes and variables.
///
/// # Errors
/// With what the value holds, if there is no such line.
pub(super) fn dotenv(variable: &str, value: &str) -> Result<String, &'static str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return Ok(format!("{variable}={value}\n"));
    }
    if value.contains("${") {
        return Err("`${`, which some replace in any quotes");
    }
    if value.contains(['\r', '\0']) {
        return Err("a carriage return or a zero byte, which some leave out");
    }
    if value.is_empty() {
        return Ok(format!("{variable}=\"\"\n"));
    }
    if !value.contains('\'') && !value.contains(r"\\") && !value.ends_with('\\') {
        return Ok(format!("{variable}='{value}'\n"));
    }
    if !value.contains(['"', '\\', '$', '`']) {
        return Ok(format!("{variable}=\"{value}\"\n"));
    }
    Err(
        r#"`'` beside `"`, `\`, `$` or a backtick, `\\`, or `\` at its end, which some read otherwise in any quotes"#,
    )
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
        for (value, line) in [
            ("arn:aws:iam::1:role/x", "A=arn:aws:iam::1:role/x\n"),
            ("a \"b\" $c `d`\n\\e # f", "A='a \"b\" $c `d`\n\\e # f'\n"),
            ("it's\nhere", "A=\"it's\nhere\"\n"),
            ("", "A=\"\"\n"),
        ] {
            assert_eq!(dotenv("A", value).as_deref(), Ok(line));
        }
        for value in ["${HOME}", "a\r\nb", "it's $x", "'\"", r"a \\ b", r"a b\"] {
            assert!(dotenv("A", value).is_err(), "{value}");
        }
    }
}
