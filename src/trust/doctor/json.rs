//! What the doctor found, for programs. Fields are only ever added.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::examination::{Examination, Examined};
use crate::event::SCHEMA;
use crate::plan::AccountEntry;

impl Examination {
    /// Returns what was found as one JSON object, with what went over the wire for it.
    pub fn json(&self, api_calls: &BTreeMap<String, u64>) -> String {
        let sources = self.sources.iter().map(|source| {
            json!({
                "environment": source.environment.as_str(),
                "account_id": source.account_id.as_str(),
                "caller": source.caller,
            })
        });
        let whole = json!({
            "schema": SCHEMA,
            "sources": sources.collect::<Vec<Json>>(),
            "accounts": self.accounts.iter().map(account).collect::<Vec<Json>>(),
            "api_calls": api_calls,
        });
        serde_json::to_string_pretty(&whole).expect("texts and numbers become JSON")
    }
}

fn account(examined: &Examined) -> Json {
    let (role, profile) = match &examined.entry {
        AccountEntry::AssumeRole(entry) => (Some(entry.role.as_str()), None),
        AccountEntry::Profile(profile) => (None, Some(profile.as_str())),
        AccountEntry::Source => (None, None),
    };
    json!({
        "environment": examined.environment.as_str(),
        "account": examined.account.as_str(),
        "account_id": examined.account_id.as_str(),
        "role": role,
        "profile": profile,
        "entered": examined.is_entered(),
        "caller": examined.caller,
        "permissions_read": examined.is_entered() && examined.permissions_unread.is_none(),
        "permissions_unread": examined.permissions_unread,
        "notes": examined.notes,
        "findings": examined.findings,
    })
}
