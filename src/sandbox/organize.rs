//! Who is in the sandbox's organization: as somebody wrote it down, or made up.

use super::organizations::Organization;
use super::router::Sandbox;
use super::world::StoreError;

impl Sandbox {
    /// Sets which organization there is, in place of any other.
    ///
    /// # Errors
    /// If the state cannot be read or written.
    pub fn organize(&self, organization: Organization) -> Result<(), StoreError> {
        let mut store = self.store();
        let _lock = store.lock_folder()?;
        store.load_organization()?;
        store.put_organization(organization)
    }

    /// Makes up units and accounts beside those that were made up before, unless somebody wrote down who is in the
    /// organization; returns whether they are made up.
    ///
    /// # Errors
    /// If the state cannot be read or written.
    pub fn make_up(&self, organization: Organization) -> Result<bool, StoreError> {
        let mut store = self.store();
        let _lock = store.lock_folder()?;
        store.load_organization()?;
        let organization = organization.made_up_beside(store.organization());
        let is_made_up = organization.is_made_up;
        if store.organization() != Some(&organization) {
            store.put_organization(organization)?;
        }
        Ok(is_made_up)
    }
}
