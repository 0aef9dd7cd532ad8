//! `rollout`: its keys, each with its sentence and its shape.

use super::keys::MappingKeys;
use super::rollout::{ConcurrencyMode, OnFailure, Rollout, WaveLimits};
use super::shape::{Choice, List, Portion, Record, WithPlace};
use super::wave::WaveShape;

/// `rollout`.
pub(super) const ROLLOUT: Record<Rollout> =
    Record { needed: "a mapping with `waves` or `max-concurrent`", keys: rollout };

const WAVES: WithPlace<List<WaveShape>> =
    WithPlace(List { needed: "a list of waves", least: 1, most: None, of: WaveShape });

const CONCURRENCY_MODE: Choice<ConcurrencyMode> = Choice {
    needed: "a concurrency mode",
    words: &[("soft", ConcurrencyMode::Soft), ("strict", ConcurrencyMode::Strict)],
    later: &[],
};

const ON_FAILURE: Choice<OnFailure> =
    Choice { needed: "what a failure leads to", words: OnFailure::WORDS, later: &[] };

fn rollout(keys: &mut MappingKeys<'_>) -> Option<Rollout> {
    let waves = keys.optional(
        "waves",
        "Lists of accounts, by name, pattern or group, `!` takes away what stands before: those of the second are changed once those of the first ended well. `\"*\"` takes all that are left; `source`, the source account, is part of the last unless it is named. Instead of a list, a mapping with `accounts` says more of a wave.",
        &WAVES,
    );
    let max_concurrent = keys.optional(
        "max-concurrent",
        "How many stack instances may be in flight at once: a number, or a percentage of the wave's stack instances; no limit without it.",
        &Portion { least: 1 },
    );
    let failure_tolerance = keys.optional(
        "failure-tolerance",
        "How many accounts of a wave may fail before nothing more is started: a number, or a percentage of the wave's accounts; 0 without it.",
        &Portion { least: 0 },
    );
    let concurrency_mode = keys.optional(
        "concurrency-mode",
        "`strict` never has more accounts in flight than may still fail, plus one; `soft`, the default, has as many as `max-concurrent` allows.",
        &CONCURRENCY_MODE,
    );
    let on_failure = keys.optional(
        "on-failure",
        "`stop`, the default, starts nothing more once more accounts failed than may; `continue` goes on with everything that does not need a failed stack instance; `rollback-wave` and `rollback-run` stop, and then put back what the run changed in that wave, or all of it.",
        &ON_FAILURE,
    );
    let wave_limits = WaveLimits {
        max_concurrent,
        failure_tolerance: failure_tolerance.unwrap_or_default(),
        concurrency_mode: concurrency_mode.unwrap_or_default(),
        on_failure: on_failure.unwrap_or_default(),
    };
    Some(Rollout { waves, wave_limits })
}
