//! Where a unit is in its organization.

/// The units that lead from the root to a unit, that one included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitPath {
    /// Their names; none for the root.
    pub names: Vec<String>,
    /// Their ids, the root's first: one more than names.
    pub ids: Vec<String>,
}

impl UnitPath {
    /// Returns it with slashes, empty for the root.
    pub fn written(&self) -> String {
        self.names.join("/")
    }
}
