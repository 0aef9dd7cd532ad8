//! The request context: the values that conditions and policy variables can ask for, by condition key.
//!
//! Source: the IAM user guide, "Request context" and "IAM policy elements: Variables and tags". Keys
//! are compared without regard to case.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// The values of condition keys in one request.
#[derive(Clone, Debug, Default)]
pub struct RequestContext {
    /// By key, in lower case.
    values: BTreeMap<String, Vec<String>>,
    /// Keys, or beginnings of keys that end in `/`, which the request lacks if they have no value.
    lacking: &'static [&'static str],
}

/// What a request has under a condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextValues<'a> {
    /// These values, at least one.
    Values(&'a [String]),
    /// Nothing, and that is certain.
    Absent,
    /// Nobody here can tell.
    Unknown,
}

/// A pattern with its policy variables filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filled<'a> {
    /// All of them.
    Pattern(Cow<'a, str>),
    /// The request has no value for one of them: the pattern is like nothing.
    Absent,
    /// Nobody here can tell the value of one of them.
    Unknown,
}

impl RequestContext {
    /// Returns a context without values. Of a key that gets none it is known that the request lacks
    /// it if `lacking` holds the key, in lower case, or its beginning up to a `/`.
    pub fn lacking(lacking: &'static [&'static str]) -> Self {
        Self { values: BTreeMap::new(), lacking }
    }

    /// Gives a key one value.
    pub fn put(&mut self, key: &str, value: impl Into<String>) {
        self.put_all(key, vec![value.into()]);
    }

    /// Gives a key its values; without any, the request is known to lack it.
    pub fn put_all(&mut self, key: &str, values: Vec<String>) {
        self.values.insert(key.to_ascii_lowercase(), values);
    }

    /// Says which tags come with the request.
    pub fn put_request_tags<'a>(
        &mut self,
        tags: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) {
        let mut keys = Vec::new();
        for (key, value) in tags {
            self.put(&format!("aws:RequestTag/{key}"), value);
            keys.push(key.clone());
        }
        self.put_all("aws:TagKeys", keys);
    }

    /// Returns what the request has under a key, which is in lower case.
    pub fn find(&self, key: &str) -> ContextValues<'_> {
        let is_lacking = |lacking: &&str| match lacking.strip_suffix('/') {
            Some(_) => key.starts_with(lacking),
            None => key == *lacking,
        };
        match self.values.get(key) {
            Some(values) if values.is_empty() => ContextValues::Absent,
            Some(values) => ContextValues::Values(values),
            None if self.lacking.iter().any(is_lacking) => ContextValues::Absent,
            None => ContextValues::Unknown,
        }
    }

    /// Returns a pattern with its policy variables filled in, such as `${aws:username}`.
    pub fn fill<'a>(&self, pattern: &'a str) -> Filled<'a> {
        if !pattern.contains("${") {
            return Filled::Pattern(Cow::Borrowed(pattern));
        }
        let mut filled = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else { return Filled::Absent };
            filled.push_str(before);
            match self.variable(name) {
                Filled::Pattern(value) => filled.push_str(&value),
                Filled::Absent => return Filled::Absent,
                Filled::Unknown => return Filled::Unknown,
            }
            rest = after;
        }
        Filled::Pattern(Cow::Owned(filled + rest))
    }

    fn variable<'a>(&'a self, name: &'a str) -> Filled<'a> {
        // `${*}`, `${?}` and `${$}` are those characters themselves.
        if matches!(name, "*" | "?" | "$") {
            return Filled::Pattern(name.into());
        }
        let (key, default) = match name.split_once(',') {
            Some((key, default)) => (key, Some(default.trim().trim_matches('\''))),
            None => (name, None),
        };
        match (self.find(&key.trim().to_ascii_lowercase()), default) {
            (ContextValues::Values([value]), _) => Filled::Pattern(value.into()),
            (ContextValues::Unknown, _) => Filled::Unknown,
            (_, Some(default)) => Filled::Pattern(default.into()),
            (_, None) => Filled::Absent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_and_a_missing_one_fits_nothing() {
        let mut context = RequestContext::lacking(&["aws:principaltag/"]);
        context.put("aws:username", "ann");
        let filled = |pattern: &'static str| Filled::Pattern(pattern.into());
        assert_eq!(context.fill("home/${aws:username}/*"), filled("home/ann/*"));
        assert_eq!(context.fill("${aws:PrincipalTag/team, 'none'}"), filled("none"));
        assert_eq!(context.fill("${aws:PrincipalTag/team}"), Filled::Absent);
        assert_eq!(context.fill("${aws:SourceIp}"), Filled::Unknown);
        assert_eq!(context.fill("${*}"), filled("*"));
        assert_eq!(context.fill("${aws:username"), Filled::Absent);
    }

    #[test]
    fn a_key_is_known_to_lack_by_its_name_or_its_beginning() {
        let mut context = RequestContext::lacking(&["aws:principaltag/", "aws:username"]);
        assert_eq!(context.find("aws:principaltag/x"), ContextValues::Absent);
        assert_eq!(context.find("aws:username"), ContextValues::Absent);
        assert_eq!(context.find("aws:usernames"), ContextValues::Unknown);
        context.put_request_tags(&BTreeMap::new());
        assert_eq!(context.find("aws:tagkeys"), ContextValues::Absent);
    }
}
