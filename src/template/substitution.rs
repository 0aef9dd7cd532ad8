//! The text of `Fn::Sub`: literals and names.

/// A part of such a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// Characters as they are.
    Literal(&'a str),
    /// What stands between `${` and `}`.
    Name(&'a str),
}

/// Returns the parts of a text; `${!X}` is the literal `${X}`.
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        let name = &rest[start + 2..start + length];
        parts.push(Part::Literal(&rest[..start]));
        match name.strip_prefix('!') {
            Some(literal) => {
                parts.extend([Part::Literal("${"), Part::Literal(literal), Part::Literal("}")]);
            }
            None => parts.push(Part::Name(name.trim())),
        }
        rest = &rest[start + length + 1..];
    }
    parts.push(Part::Literal(rest));
    parts.retain(|part| *part != Part::Literal(""));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_between_braces_and_an_exclamation_mark_keeps_them() {
        let whole: String = parts("a${B.C}-${!D}$")
            .into_iter()
            .map(|part| match part {
                Part::Literal(text) => text.to_owned(),
                Part::Name(name) => format!("<{name}>"),
            })
            .collect();
        assert_eq!(whole, "a<B.C>-${D}$");
    }
}
