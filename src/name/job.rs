//! The id of a job of a pipeline.

use super::text::{checked_text, is_made_of};

checked_text!(
    /// The id of a job of CodePipeline, such as `1f2e3d4c-5b6a-7980-91a2-b3c4d5e6f708`.
    ///
    /// Source: CodePipeline API reference, `AcknowledgeJob`, `jobId`.
    JobId,
    "a job's id",
    "a job's id is a UUID in small letters",
    "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    is_job_id
);

fn is_job_id(text: &str) -> bool {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let parts: Vec<&str> = text.split('-').collect();
    let lengths = [8, 4, 4, 4, 12];
    parts.len() == lengths.len()
        && parts.iter().zip(lengths).all(|(part, length)| is_made_of(part, length, length, is_hex))
}
