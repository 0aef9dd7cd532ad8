//! The connection to AWS that all accounts of a run share, and what is learned over it.

pub(super) mod bucket_namespace;
pub(super) mod bucket_regions;
pub(super) mod cloud;
pub(super) mod logins;
pub(super) mod uploaded_objects;
