//! A listing as it is kept for a time: what was asked, when, and what was answered; and whether it still does.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::listing::Listing;
use super::unit_pattern::UnitPattern;
use crate::name::{AccountId, EnvironmentName, RoleArn};

/// How long a listing is used by commands that touch accounts.
pub const FRESH_FOR: Duration = Duration::from_secs(15 * 60);

/// The listings of environments.
pub type Listings = BTreeMap<EnvironmentName, KeptListing>;

/// A listing, with what it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptListing {
    /// When Organizations was asked.
    pub listed: Timestamp,
    /// Whether nobody was asked: it is made up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_made_up: bool,
    /// What it was asked.
    pub asked: Question,
    /// The account whose credentials asked, or assumed the role that did.
    #[serde(default)]
    pub source: Option<AccountId>,
    /// What it answered.
    pub listing: Listing,
    /// The names of the accounts that each pattern for units meant when its unit was there last.
    #[serde(default)]
    pub held: BTreeMap<String, Vec<String>>,
}

/// What Organizations is asked for an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The units' patterns, as they are written.
    pub units: Vec<String>,
    /// Whether tags matter.
    #[serde(default)]
    pub with_tags: bool,
    /// Who asks; nothing where the file does not tell by itself.
    #[serde(default)]
    pub asker: Option<Asker>,
}

/// Who asks Organizations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    /// The role, instead of the source account.
    #[serde(default)]
    pub role: Option<RoleArn>,
    /// The source account, if the file names one.
    #[serde(default)]
    pub source: Option<AccountId>,
    /// Else the profile that holds its credentials, if the file names that.
    #[serde(default)]
    pub profile: Option<String>,
}

impl Question {
    /// Whether the answer to this one answers another as well: it is asked by the same, and for no more.
    pub fn holds(&self, other: &Self) -> bool {
        self.asker.is_some() && self.asker == other.asker && self.covers(other)
    }

    /// Whether another asks for no more than this one, whoever asks.
    pub fn covers(&self, other: &Self) -> bool {
        let is_asked = |unit: &String| self.units.contains(unit);
        (self.with_tags || !other.with_tags) && other.units.iter().all(is_asked)
    }

    /// Returns its patterns.
    pub fn patterns(&self) -> Vec<UnitPattern> {
        self.units.iter().filter_map(|unit| unit.parse().ok()).collect()
    }
}

impl KeptListing {
    /// Returns what was answered now, to be kept in the place of what was kept before.
    pub fn new(
        asked: Question,
        (listing, listed): (Listing, Timestamp),
        before: Option<&Self>,
    ) -> Self {
        let known = listing.known();
        let mut held = before.map(|before| before.held.clone()).unwrap_or_default();
        held.retain(|unit, _| asked.units.contains(unit));
        for pattern in asked.patterns().iter().filter(|pattern| pattern.is_there(&listing)) {
            let meant = known.values().filter(|account| pattern.means(&account.unit));
            held.insert(pattern.to_string(), meant.map(|account| account.name.clone()).collect());
        }
        Self { listed, is_made_up: false, asked, source: None, listing, held }
    }
}

/// How fresh a listing must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// As fresh as it can be: Organizations is asked.
    Anew,
    /// No older than [`FRESH_FOR`].
    Recent,
    /// As it is: Organizations is not asked.
    Kept,
}

/// Where a listing is had from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListingSource {
    /// From what is kept.
    Kept,
    /// From Organizations, which is asked.
    Organizations,
    /// From nowhere: none is kept that answers the question, and nobody may be asked.
    Nowhere,
}

/// Decides where a listing is had from.
pub fn listing_source(
    kept: Option<&KeptListing>,
    question: &Question,
    freshness: Freshness,
    now: Timestamp,
) -> ListingSource {
    let answering = kept.filter(|kept| kept.asked.holds(question));
    // A clock that was set back makes nothing fresh for ever.
    let is_recent = |kept: &KeptListing| {
        let age = Duration::try_from(now.duration_since(kept.listed));
        age.is_ok_and(|age| age <= FRESH_FOR)
    };
    match (answering, freshness) {
        (Some(_), Freshness::Kept) => ListingSource::Kept,
        (Some(kept), Freshness::Recent) if is_recent(kept) => ListingSource::Kept,
        (None, Freshness::Kept) => ListingSource::Nowhere,
        (_, Freshness::Anew | Freshness::Recent) => ListingSource::Organizations,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(units: &[&str]) -> Question {
        let units = units.iter().map(|&unit| unit.to_owned()).collect();
        Question { units, asker: Some(Asker::default()), ..Question::default() }
    }

    fn source(kept: &Question, asked: &Question, freshness: Freshness, age: i64) -> ListingSource {
        let listed = Timestamp::from_second(1_000_000).unwrap();
        let kept = KeptListing::new(kept.clone(), (Listing::default(), listed), None);
        let now = Timestamp::from_second(1_000_000 + age).unwrap();
        listing_source(Some(&kept), asked, freshness, now)
    }

    #[test]
    fn a_listing_is_used_for_a_quarter_of_an_hour_by_those_that_may_ask() {
        let asked = question(&["Work"]);
        for (freshness, age, expected) in [
            (Freshness::Recent, 900, ListingSource::Kept),
            (Freshness::Recent, 901, ListingSource::Organizations),
            (Freshness::Recent, -1, ListingSource::Organizations),
            (Freshness::Anew, 0, ListingSource::Organizations),
            (Freshness::Kept, 1_000_000, ListingSource::Kept),
        ] {
            assert_eq!(source(&asked, &asked, freshness, age), expected, "{freshness:?} {age}");
        }
    }

    #[test]
    fn a_listing_answers_what_asks_for_no_more_than_it_does() {
        let kept = Question { with_tags: true, ..question(&["Work", "Labs"]) };
        let answers = |asked: &Question| source(&kept, asked, Freshness::Kept, 0);
        let asked_by = |asker| Question { asker: Some(asker), ..question(&["Work"]) };
        assert_eq!(answers(&question(&["Labs"])), ListingSource::Kept);
        for asked in [
            question(&["Work", "Old"]),
            asked_by(Asker {
                role: "arn:aws:iam::100000000001:role/reader".parse().ok(),
                ..Asker::default()
            }),
            asked_by(Asker { source: "100000000001".parse().ok(), ..Asker::default() }),
            asked_by(Asker { profile: Some("hub".to_owned()), ..Asker::default() }),
            Question { asker: None, ..question(&["Work"]) },
        ] {
            assert_eq!(answers(&asked), ListingSource::Nowhere, "{asked:?}");
        }
        let without_tags = question(&["Work"]);
        let asked = Question { with_tags: true, ..question(&["Work"]) };
        let source = source(&without_tags, &asked, Freshness::Kept, 0);
        assert_eq!(source, ListingSource::Nowhere);
    }

    #[test]
    fn what_a_unit_held_is_remembered_while_it_is_gone() {
        let units = ["Work".parse().unwrap()];
        let there = Listing::made_up(&units, &BTreeMap::new());
        let first = KeptListing::new(question(&["Work"]), (there, Timestamp::UNIX_EPOCH), None);
        let gone = (Listing::default(), Timestamp::UNIX_EPOCH);
        let second = KeptListing::new(question(&["Work"]), gone.clone(), Some(&first));
        assert_eq!(second.held["Work"].len(), 2);
        let other = KeptListing::new(question(&["Labs"]), gone, Some(&second));
        assert!(other.held.is_empty());
    }
}
