//! Worlds that once broke a promise.

use super::case::{
    Case, Doing::*, Happens::*, Incident, Mishap, OnFailure::*, PriorStack::*, Reads::*,
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
fn an_update_whose_rollback_fails_goes_back_with_its_run() {
    let stuck = Mishap { kind: 17, action: 10, skip: 1, times: 2 };
    let case = calm();
    for (on_failure, is_taken_back) in [(Stop, true), (RollbackRun, false), (RollbackRun, true)] {
        for skip in 0..3 {
            keeps_its_promises(&Case {
                stacks: vec![
                    Stack { before: Older, ..stack() },
                    Stack { before: Older, ..stack() },
                ],
                rollout: Rollout { on_failure, ..case.rollout.clone() },
                weather: vec![Mishap { skip, ..stuck.clone() }],
                is_taken_back,
                ..case.clone()
            });
        }
    }
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
fn a_deletion_that_is_taken_up_is_not_judged_by_a_look_from_before_it() {
    let older = || Stack { before: Older, ..stack() };
    keeps_its_promises(&Case {
        doing: Destroy,
        stacks: vec![older(), stack(), older(), stack()],
        weather: vec![Mishap { kind: 9, action: 3, skip: 2, times: 1 }],
        incidents: vec![Incident { after: 11, happens: AskedTwice }],
        ..calm()
    });
}

#[test]
fn what_is_left_at_once_on_its_way_back_ends_all_the_same() {
    let case = calm();
    keeps_its_promises(&Case {
        stacks: vec![stack(), Stack { fails: true, ..stack() }],
        rollout: Rollout { on_failure: RollbackWave, ..case.rollout.clone() },
        incidents: vec![
            Incident { after: 13, happens: Killed },
            Incident { after: 6, happens: AskedTwice },
        ],
        ..case
    });
}

#[test]
fn what_was_under_way_is_followed_although_its_wave_stopped_meanwhile() {
    let case = calm();
    keeps_its_promises(&Case {
        stacks: vec![
            Stack { before: AsWanted, ..stack() },
            Stack { needs: vec![0], ..stack() },
            Stack { fails: true, before: NeverWorked, ..stack() },
            Stack { seconds: 2, ..stack() },
        ],
        rollout: Rollout { on_failure: RollbackWave, ..case.rollout.clone() },
        max_concurrent: Some(2),
        incidents: vec![Incident { after: 23, happens: AskedTwice }],
        ..case
    });
}

#[test]
fn a_stack_whose_events_do_not_show_themselves_yet_is_asked_for_them_again() {
    let case = calm();
    keeps_its_promises(&Case {
        stacks: vec![
            stack(),
            stack(),
            Stack { needs: vec![0], before: AsWanted, ..stack() },
            Stack { needs: vec![2], ..stack() },
        ],
        rollout: Rollout { on_failure: RollbackWave, ..case.rollout.clone() },
        weather: vec![Mishap { kind: 9, action: 4, skip: 0, times: 1 }],
        incidents: vec![Incident { after: 19, happens: KilledAfter(16) }],
        ..case
    });
}

#[test]
fn a_look_from_before_an_update_that_is_taken_up_does_not_end_it() {
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
fn nothing_is_put_back_while_it_cannot_be_seen_whether_a_creation_was_accepted() {
    keeps_its_promises(&Case {
        stacks: vec![stack(), Stack { seconds: 30, ..stack() }],
        weather: vec![Mishap { kind: 10, action: 4, skip: 0, times: 11 }],
        incidents: vec![Incident { after: 5, happens: KilledAfter(15) }],
        is_taken_back: true,
        ..calm()
    });
}

#[test]
fn a_creation_that_does_not_show_itself_at_once_is_this_runs_own() {
    keeps_its_promises(&Case {
        stacks: vec![stack(), stack(), stack()],
        weather: vec![Mishap { kind: 9, action: 3, skip: 0, times: 2 }],
        incidents: vec![Incident { after: 6, happens: KilledAfter(11) }],
        ..calm()
    });
}

#[test]
fn a_run_that_did_not_go_back_whole_never_succeeded() {
    let case = calm();
    keeps_its_promises(&Case {
        stacks: vec![Stack { before: Older, ..stack() }, Stack { seconds: 2, ..stack() }],
        rollout: Rollout { on_failure: RollbackWave, ..case.rollout.clone() },
        weather: vec![Mishap { kind: 16, action: 0, skip: 1, times: 2 }],
        incidents: vec![
            Incident { after: 12, happens: Killed },
            Incident { after: 16, happens: Asked },
        ],
        ..case
    });
}

#[test]
fn a_stack_that_ended_as_it_stood_before_is_not_believed_before_it_shows_the_update() {
    keeps_its_promises(&Case {
        stacks: vec![
            Stack { before: Older, ..stack() },
            Stack { needs: vec![0], reads: InItsAccount, ..stack() },
        ],
        weather: vec![Mishap { kind: 9, action: 10, skip: 0, times: 3 }],
        incidents: vec![Incident { after: 5, happens: AskedTwice }],
        ..calm()
    });
}
