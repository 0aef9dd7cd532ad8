//! `${ssm:…}`, `${secret:…}` and `${external:…}` in a text: what follows the colon may hold references that are known
//! before.

use super::lookup::LookupKind;
use super::refused_reference::RefusedReference;
use super::text::{Piece, Reference, Text};

/// Reads what follows the colon of a reference; `text` reads one with references in it.
///
/// # Errors
/// When that is nothing that can be read.
pub(super) fn read(
    kind: LookupKind,
    rest: &str,
    text: impl Fn(&str) -> Result<Text, RefusedReference>,
) -> Result<Reference, RefusedReference> {
    if !rest.contains("${") {
        kind.parse(rest)?;
    }
    let text = text(rest)?;
    let is_late = |piece: &Piece| {
        matches!(piece, Piece::Reference(Reference::Output { .. } | Reference::Lookup { .. }))
    };
    if text.pieces.iter().any(is_late) {
        let message = "what is read when a stack starts does not say where another value is";
        return Err(RefusedReference::new(message, "in this reference", kind.form()));
    }
    Ok(Reference::Lookup { kind, text: Box::new(text) })
}
