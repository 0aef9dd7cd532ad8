//! The walk from the root to the accounts that are meant: in parallel, and no further than patterns lead.

use futures::stream::{self, FuturesUnordered, StreamExt, TryStreamExt};

use super::client::Organizations;
use crate::cloud::wire::call_error::CallError;
use crate::organization::{ListedAccount, ListedUnit, Listing, UnitPattern};

/// How many calls of a kind wait for their turn or for an answer; the rate decides how many are sent.
const AT_ONCE: usize = 16;

impl Organizations {
    /// Returns the units that the patterns lead to, and the accounts in those that they mean: all, if there are no
    /// patterns. Tags are asked for where they matter.
    ///
    /// # Errors
    /// With the first call that Organizations refuses or does not answer.
    pub async fn list(&self, units: &[UnitPattern], with_tags: bool) -> Result<Listing, CallError> {
        let root = ListedUnit { id: self.root().await?, path: Vec::new() };
        let mut listing = Listing { units: vec![root.clone()], accounts: Vec::new() };
        let leads = |path: &[String]| {
            units.is_empty() || units.iter().any(|pattern| pattern.leads_beneath(path))
        };
        let mut walked = FuturesUnordered::new();
        walked.extend(leads(&root.path).then(|| self.children(root)));
        while let Some(children) = walked.next().await {
            for unit in children? {
                listing.units.push(unit.clone());
                walked.extend(leads(&unit.path).then(|| self.children(unit)));
            }
        }
        // Whichever answer came first, the listing is the same.
        listing.units.sort_by(|one, other| one.path.cmp(&other.path));
        listing.accounts = self.accounts_of(units, &listing).await?;
        if with_tags {
            listing.accounts = self.tagged(listing.accounts).await?;
        }
        listing.accounts.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(listing)
    }

    async fn children(&self, parent: ListedUnit) -> Result<Vec<ListedUnit>, CallError> {
        let units = self.units(&parent.id).await?.into_iter();
        let beneath = |(id, name)| {
            let path = parent.path.iter().cloned().chain([name]).collect();
            ListedUnit { id, path }
        };
        Ok(units.map(beneath).collect())
    }

    /// Returns the accounts in the units that are meant.
    async fn accounts_of(
        &self,
        units: &[UnitPattern],
        listing: &Listing,
    ) -> Result<Vec<ListedAccount>, CallError> {
        let is_meant = |unit: &&ListedUnit| {
            units.is_empty() || units.iter().any(|pattern| pattern.matches(unit, listing))
        };
        let meant: Vec<&ListedUnit> = listing.units.iter().filter(is_meant).collect();
        let accounts = stream::iter(meant).map(|unit| self.accounts(&unit.id));
        accounts.buffer_unordered(AT_ONCE).try_concat().await
    }

    async fn tagged(&self, accounts: Vec<ListedAccount>) -> Result<Vec<ListedAccount>, CallError> {
        let tagged = stream::iter(accounts).map(|account| async move {
            let tags = Some(self.tags(account.id.as_str()).await?);
            Ok(ListedAccount { tags, ..account })
        });
        tagged.buffer_unordered(AT_ONCE).try_collect().await
    }
}
