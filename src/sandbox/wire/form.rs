//! The parameters of a request in AWS's query protocol: `Parameters.member.1.ParameterKey=…`.

use std::collections::BTreeMap;

use super::refusal::Refusal;

/// Parameters by name; an empty value counts as absent, as it does for AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads `a=1&b=2`, from a body or from an address.
    pub fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name, true), decode(value, true))
                })
                .collect(),
        )
    }

    /// Returns a parameter, if it is there.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns a parameter as it was sent, empty or not.
    pub fn as_sent(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns a parameter.
    ///
    /// # Errors
    /// If it is absent, in the words of the API's own model.
    pub fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.optional(name).ok_or_else(|| {
            let mut member = name.to_owned();
            member[..1].make_ascii_lowercase();
            Refusal::validation(format!(
                "1 validation error detected: Value null at '{member}' failed to satisfy \
                 constraint: Member must not be null"
            ))
        })
    }

    /// Returns a parameter that is `true` or `false`.
    ///
    /// # Errors
    /// If it is neither.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.optional(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Refusal::bad_request(
                "MalformedInput",
                format!("{name} must be either true or false"),
            )),
        }
    }

    /// Returns a parameter that is a whole number.
    ///
    /// # Errors
    /// If it is none.
    pub fn number(&self, name: &str) -> Result<Option<u32>, Refusal> {
        let Some(text) = self.optional(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            Refusal::bad_request("MalformedInput", format!("{name} must be a whole number"))
        })
    }

    /// Returns a list of structures, in the order of their numbers.
    pub fn list(&self, name: &str) -> Vec<Form> {
        let mut members: BTreeMap<u32, Form> = BTreeMap::new();
        let prefix = format!("{name}.member.");
        for (key, value) in &self.0 {
            let Some(rest) = key.strip_prefix(&prefix) else { continue };
            let (number, member) = rest.split_once('.').unwrap_or((rest, ""));
            let Ok(number) = number.parse() else { continue };
            members.entry(number).or_default().0.insert(member.to_owned(), value.clone());
        }
        members.into_values().collect()
    }

    /// Returns a list of texts, in the order of their numbers.
    pub fn texts(&self, name: &str) -> Vec<String> {
        self.list(name).iter().filter_map(|member| member.optional("").map(str::to_owned)).collect()
    }

    /// Whether any parameter of that name, or of a structure or list of that name, is there.
    pub fn mentions(&self, name: &str) -> bool {
        let prefix = format!("{name}.");
        self.0
            .iter()
            .any(|(key, value)| !value.is_empty() && (key == name || key.starts_with(&prefix)))
    }
}

/// Returns `text` with `%41` read as `A` and, in forms, `+` as a space.
pub fn decode(text: &str, plus_is_space: bool) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], code) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 2;
            }
            (b'+', _) if plus_is_space => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Returns `text` with everything but letters, digits and `-._~` written as `%41`.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_in_the_order_of_their_numbers() {
        let form = Form::parse("A.member.10=k&A.member.2=b&A.member.1=a+%26");
        assert_eq!(form.texts("A"), ["a &", "b", "k"]);
    }

    #[test]
    fn structures_keep_their_members_together() {
        let form = Form::parse("T.member.1.Key=a&T.member.1.Value=1&T.member.2.Key=b");
        let list = form.list("T");
        assert_eq!(list.len(), 2);
        assert_eq!(list[0].optional("Value"), Some("1"));
        assert_eq!(list[1].optional("Value"), None);
    }

    #[test]
    fn what_is_encoded_is_read_back() {
        assert_eq!(encode("{\"a\": \"é*\"}"), "%7B%22a%22%3A%20%22%C3%A9%2A%22%7D");
        assert_eq!(decode(&encode("a+b %é~"), true), "a+b %é~");
    }

    #[test]
    fn a_broken_escape_is_kept_as_it_is() {
        assert_eq!(decode("100%", true), "100%");
        assert_eq!(decode("%zz%é", true), "%zz%é");
    }
}
