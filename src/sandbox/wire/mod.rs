//! The wire: AWS's protocols (query, JSON), forms, XML, and refusals.

pub mod form;
pub mod json;
pub mod query;
mod refusal;
mod request_id;
pub mod xml;

pub use refusal::Refusal;
pub use request_id::request_id;
