//! A world as a test that can be kept.

use super::case::Case;

/// Returns a test that plays a world once more.
pub fn test(case: &Case) -> String {
    // Rust's own notation, but for lists.
    let value = format!("{case:?}").replace('[', "vec![");
    format!(
        "// Keep it in tests/it/worlds/found.rs, under a name that says what it found:\n\
         #[test]\nfn a_world_that_broke_a_promise_keeps_it() {{\n    \
         use crate::worlds::case::{{PriorStack::*, Case, Doing::*, Happens::*, Incident, Mishap, \
         OnFailure::*, Reads::*, Rollout, Stack}};\n    \
         crate::worlds::keeps_its_promises(&{value});\n}}\n"
    )
}

#[test]
fn a_printed_world_is_a_test_in_rust() {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    for _ in 0..50 {
        let case = super::case::cases().new_tree(&mut runner).expect("a world").current();
        let file = syn::parse_file(&test(&case)).expect("Rust");
        assert_eq!(file.items.len(), 1);
    }
}
