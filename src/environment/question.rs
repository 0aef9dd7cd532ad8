//! What is asked about an environment's accounts, and what is known of them.

use std::collections::BTreeSet;

use super::model::Environment;
use crate::name::AccountId;
use crate::organization::{KnownAccount, Listing, Question};

impl Environment {
    /// Returns what Organizations is asked for it, if it is asked: no more than the file needs to know.
    /// Who asks it is known once what the file refers to is.
    pub fn question(&self) -> Option<Question> {
        let organization = self.organization.as_ref()?;
        let groups = || self.groups.iter().map(|group| &group.members);
        let of_all = || std::iter::once(&organization.members).chain(groups());
        let units: BTreeSet<String> =
            of_all().flat_map(|one| &one.units).map(|unit| unit.value.to_string()).collect();
        Some(Question {
            units: units.into_iter().collect(),
            with_tags: !organization.tag_keys.is_empty()
                || of_all().any(|one| !one.tags.is_empty()),
            asker: None,
        })
    }

    /// Returns an organization that is made up for the units and tags that the file names.
    pub fn made_up_listing(&self) -> Listing {
        let Some(organization) = &self.organization else { return Listing::default() };
        let first =
            |(key, values): (&String, &Vec<String>)| Some((key.clone(), values.first()?.clone()));
        let of_groups = self.groups.iter().flat_map(|group| &group.members.tags);
        let named = of_groups.chain(&organization.members.tags).filter_map(first);
        let referred = organization.tag_keys.iter();
        let referred = referred.map(|key| (key.clone(), "made-up".to_owned()));
        let tags = referred.chain(named).collect();
        let patterns = self.question().map(|question| question.patterns()).unwrap_or_default();
        Listing::made_up(&patterns, &tags)
    }

    /// Whether nobody asked which accounts it has, and some are made up.
    pub fn has_made_up_accounts(&self) -> bool {
        let organization = self.organization.as_ref();
        organization.and_then(|it| it.found.as_ref()).is_some_and(|found| found.is_made_up)
    }

    /// Returns what Organizations knows of an account, if it was asked and does.
    pub fn known(&self, id: &AccountId) -> Option<&KnownAccount> {
        self.organization.as_ref()?.found.as_ref()?.known.get(id)
    }
}
