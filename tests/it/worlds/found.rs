//! Worlds that once broke a promise.

use super::case::{
    Before::*, Case, Doing::*, Happens::*, Incident, Mishap, OnFailure::*, Reads::*,
};
use super::case::{Rollout, Stack};
use super::keeps_its_promises;

/// Stacks that stand as nothing special.
fn stack() -> Stack {
    Stack { fails: false, needs: vec![], reads: Nowhere, before: Absent, seconds: 1 }
}

/// One account, one stack that is to be created, calm weather.
fn calm() -> Case {
    let on_failure = Stop;
    let rollout = Rollout { waves: vec![0, 0, 0], tolerance: 0, is_strict: false, on_failure };
    Case {
        doing: Apply,
        accounts: 1,
        regions: 1,
        closed: vec![],
        stacks: vec![stack()],
        rollout,
        max_concurrent: None,
        rate: None,
        weather: vec![],
        incidents: vec![],
        is_taken_back: false,
    }
}

#[test]
fn a_look_from_before_the_creation_is_not_believed_after_one_that_showed_the_stack() {
    let weather = vec![Mishap { kind: 9, action: 3, skip: 2, times: 1 }];
    keeps_its_promises(&Case { weather, ..calm() });
}

#[test]
fn an_account_that_cannot_be_proven_for_a_while_is_looked_at_by_whoever_goes_on() {
    let lost = Mishap { kind: 1, action: 6, skip: 1, times: 2 };
    keeps_its_promises(&Case {
        stacks: vec![Stack { before: Older, ..stack() }, stack(), stack()],
        weather: vec![lost.clone(), lost],
        incidents: vec![Incident { after: 8, happens: Killed }],
        ..calm()
    });
}

#[test]
fn nothing_goes_back_before_it_is_known_what_became_of_all_that_was_sent() {
    let lost = Mishap { kind: 1, action: 6, skip: 1, times: 2 };
    let case = calm();
    keeps_its_promises(&Case {
        stacks: vec![Stack { before: Older, ..stack() }, stack(), stack()],
        rollout: Rollout { on_failure: RollbackWave, ..case.rollout.clone() },
        weather: vec![lost.clone(), lost],
        incidents: vec![Incident { after: 16, happens: Killed }],
        ..case
    });
}

#[test]
fn a_run_that_is_left_while_it_goes_back_ends_every_stack_instance() {
    let case = calm();
    keeps_its_promises(&Case {
        accounts: 2,
        closed: vec![0],
        stacks: vec![stack(), Stack { seconds: 11, ..stack() }, stack()],
        rollout: Rollout { waves: vec![1, 0, 0], on_failure: RollbackRun, ..case.rollout.clone() },
        incidents: vec![
            Incident { after: 14, happens: KilledAfter(705) },
            Incident { after: 15, happens: Killed },
            Incident { after: 6, happens: AskedTwice },
        ],
        ..case
    });
}

#[test]
fn an_update_taken_up_is_not_told_as_a_creation() {
    keeps_its_promises(&Case {
        stacks: vec![
            Stack { before: Older, seconds: 2, ..stack() },
            Stack { needs: vec![0], reads: InItsAccount, ..stack() },
        ],
        weather: vec![Mishap { kind: 9, action: 3, skip: 0, times: 2 }],
        incidents: vec![Incident { after: 5, happens: Killed }],
        ..calm()
    });
}

#[test]
fn a_look_from_before_a_deletion_does_not_end_one_that_is_taken_up() {
    keeps_its_promises(&Case {
        doing: Destroy,
        stacks: vec![Stack { before: Older, ..stack() }],
        weather: vec![Mishap { kind: 9, action: 3, skip: 0, times: 2 }],
        incidents: vec![Incident { after: 7, happens: Killed }],
        ..calm()
    });
}
