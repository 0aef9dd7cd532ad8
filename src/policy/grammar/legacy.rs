//! What IAM's older reader takes: effects as they are written, ARNs with enough parts, dates.

use serde_json::Value as Json;

use super::shape::without_qualifiers;
use crate::policy::elements::texts;

/// The last second that a date given as seconds may name.
const LAST_SECOND: u64 = i64::MAX as u64;
/// The first and the last year of a date.
const YEARS: std::ops::RangeInclusive<i64> = -292_275_054..=292_278_993;

/// Whether the older reader takes a statement; `with_resources` where no resource was found wrong already.
pub(super) fn reads(statement: &Json, with_resources: bool) -> bool {
    let resources =
        || texts(&statement["Resource"]).into_iter().chain(texts(&statement["NotResource"]));
    matches!(statement["Effect"].as_str(), Some("Allow" | "Deny"))
        && are_dates_read(&statement["Condition"])
        && (!with_resources || resources().all(|resource| is_resource_read(&resource)))
}

fn is_resource_read(resource: &str) -> bool {
    let parts: Vec<&str> = resource.split(':').collect();
    resource.is_empty()
        || resource == "*"
        || (parts.len() >= 6 || !resource.contains("::"))
            && parts.get(2).is_some_and(|service| !service.is_empty())
}

fn are_dates_read(conditions: &Json) -> bool {
    conditions.as_object().into_iter().flatten().all(|(operator, keys)| {
        !without_qualifiers(operator).starts_with("Date")
            || keys
                .as_object()
                .into_iter()
                .flatten()
                .all(|(_, dates)| texts(dates).iter().all(|date| is_date(date)))
    })
}

/// Whether a text is a date as IAM reads it: ISO 8601, in parts or whole, or seconds since 1970.
fn is_date(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if lower.contains("${") {
        return true;
    }
    if !lower.contains('t') && !lower.contains('-') {
        return lower.parse::<u64>().is_ok_and(|second| second <= LAST_SECOND);
    }
    let (day, time) = lower.split_once('t').unwrap_or((&lower, ""));
    is_day(day) && is_time(time)
}

fn is_day(day: &str) -> bool {
    let (sign, day) = day.strip_prefix('-').map_or(("", day), |rest| ("-", rest));
    let parts: Vec<&str> = day.split('-').collect();
    let year = format!("{sign}{}", parts[0]).parse::<i64>();
    parts.len() <= 3
        && year.is_ok_and(|year| YEARS.contains(&year))
        && parts.get(1).is_none_or(|month| is_within(month, 1, 12))
        && parts.get(2).is_none_or(|day| is_within(day, 1, 31))
}

fn is_time(time: &str) -> bool {
    let mut parts = time.splitn(3, ':');
    let hours = parts.next().unwrap_or_default();
    (hours.is_empty() || is_within(hours, 0, 23))
        && parts.next().is_none_or(|minutes| is_within(minutes, 0, 59))
        && parts.next().is_none_or(are_seconds)
}

/// Whether a text is seconds, with a fraction and a zone or without.
fn are_seconds(text: &str) -> bool {
    let (seconds, has_zone) = match (text.split_once('z'), text.split_once('+')) {
        (Some((seconds, rest)), _) => (seconds, rest.is_empty()),
        (None, Some((seconds, zone))) => (seconds, is_zone(zone)),
        (None, None) => (text, true),
    };
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    has_zone && is_within(seconds, 0, 59) && is_within(fraction, 0, 999_999_999)
}

fn is_zone(zone: &str) -> bool {
    let (hours, minutes) = zone.split_once(':').unwrap_or((zone, "00"));
    hours.len() == 2 && is_within(hours, 0, 23) && minutes.len() == 2 && is_within(minutes, 0, 59)
}

fn is_within(text: &str, first: u64, last: u64) -> bool {
    text.parse::<u64>().is_ok_and(|number| (first..=last).contains(&number))
}
