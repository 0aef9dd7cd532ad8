//! A part of a long list: `#2/3`, where one value cannot hold all of it.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One of several parts of a list that is joined with commas, each as large as a parameter may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListPart {
    /// Which, from 1.
    number: u8,
    /// How many there are.
    of: u8,
}

/// The most parts: as many as a template may have parameters.
///
/// Source: the CloudFormation user guide, "Quotas", parameters.
const MOST_PARTS: u8 = 200;

impl ListPart {
    /// What such a part is.
    pub const RULE: &'static str =
        "a part of a list reads `#1/3`: its number, and how many parts there are, at most 200";

    /// Returns what of `items` belongs to this part, joined with commas: the parts before it are filled
    /// first, with at most `most_bytes` each, and the last one takes all that is left.
    pub fn of_list(self, items: &[&str], most_bytes: usize) -> String {
        let mut parts = vec![String::new()];
        for item in items {
            let is_last = parts.len() == usize::from(self.of);
            let part = parts.last_mut().expect("there is always one");
            let is_full = !part.is_empty() && part.len() + 1 + item.len() > most_bytes;
            match (part.is_empty(), is_full && !is_last) {
                (_, true) => parts.push((*item).to_owned()),
                (true, false) => part.push_str(item),
                (false, false) => {
                    part.push(',');
                    part.push_str(item);
                }
            }
        }
        parts.into_iter().nth(usize::from(self.number) - 1).unwrap_or_default()
    }

    /// Returns how many parts hold items of these `sizes` in bytes, with at most `most_bytes` in each.
    pub fn enough(sizes: impl IntoIterator<Item = usize>, most_bytes: usize) -> usize {
        let (mut parts, mut filled) = (1, 0);
        for size in sizes {
            let with_it = if filled == 0 { size } else { filled + 1 + size };
            let is_full = filled > 0 && with_it > most_bytes;
            parts += usize::from(is_full);
            filled = if is_full { size } else { with_it };
        }
        parts
    }

    /// Returns how a list is split into so many parts, in words.
    pub fn split_into(count: usize) -> String {
        match count {
            ..=2 => "split it over 2 parameters with `@*#1/2` and `@*#2/2`".to_owned(),
            _ if count <= usize::from(MOST_PARTS) => {
                format!(
                    "split it over {count} parameters with `@*#1/{count}` to `@*#{count}/{count}`"
                )
            }
            _ => format!(
                "it needs {count} parameters, and a template has at most {MOST_PARTS}: take the output of \
                 fewer accounts"
            ),
        }
    }

    /// Returns which part it is, from 1.
    pub fn number(self) -> usize {
        usize::from(self.number)
    }

    /// Returns how many parts there are.
    pub fn count(self) -> usize {
        usize::from(self.of)
    }
}

impl FromStr for ListPart {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (number, of) = text.split_once('/').ok_or(())?;
        let digits = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
            true => text.parse::<u8>().map_err(drop),
            false => Err(()),
        };
        let (number, of) = (digits(number)?, digits(of)?);
        let is_valid = (1..=of).contains(&number) && of <= MOST_PARTS;
        is_valid.then_some(Self { number, of }).ok_or(())
    }
}

impl fmt::Display for ListPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Serialize for ListPart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ListPart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|()| D::Error::custom(Self::RULE))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(text: &str) -> ListPart {
        text.parse().expect("a part")
    }

    #[test]
    fn parts_are_filled_one_after_the_other_and_the_last_takes_the_rest() {
        let items = ["aaa", "bbb", "ccc", "ddd"];
        let of = |written: &str| part(written).of_list(&items, 7);
        assert_eq!(["1/3", "2/3", "3/3"].map(of), ["aaa,bbb", "ccc,ddd", ""]);
        assert_eq!(["1/1"].map(of), ["aaa,bbb,ccc,ddd"], "it is told as too long then");
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for text in ["", "1", "0/2", "3/2", "+1/2", "1/201", "1/2/3", "a/b", "1/", "/2"] {
            assert_eq!(text.parse::<ListPart>(), Err(()), "{text}");
        }
    }

    #[test]
    fn how_a_list_is_split_names_every_part() {
        assert_eq!(
            ListPart::split_into(2),
            "split it over 2 parameters with `@*#1/2` and `@*#2/2`"
        );
        assert_eq!(ListPart::split_into(3), "split it over 3 parameters with `@*#1/3` to `@*#3/3`");
        assert!(ListPart::split_into(201).contains("at most 200"));
    }

    proptest! {
        #[test]
        fn the_parts_together_are_the_list(
            items in prop::collection::vec("[a-z]{1,12}", 1..40), of in 1u8..6, most in 12usize..60,
        ) {
            let items: Vec<&str> = items.iter().map(String::as_str).collect();
            let parts: Vec<String> =
                (1..=of).map(|number| ListPart { number, of }.of_list(&items, most)).collect();
            for part in &parts[..parts.len() - 1] {
                prop_assert!(part.len() <= most);
            }
            let sizes = || items.iter().map(|item| item.len());
            let fits = parts.last().is_some_and(|last| last.len() <= most);
            prop_assert_eq!(fits, ListPart::enough(sizes(), most) <= usize::from(of));
            let filled: Vec<&str> =
                parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
            prop_assert_eq!(filled.join(","), items.join(","));
        }
    }
}
