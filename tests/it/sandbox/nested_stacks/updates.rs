//! Updates of nested stacks, and the way back from them.

use aws_sdk_cloudformation::types::StackStatus;

use super::{FAILING, TOPIC, Templates, nested};
use crate::support::embedded::words;

/// Returns what happened to a stack since it had so many events.
async fn since(templates: &Templates, stack: &str, before: usize) -> Vec<String> {
    let name = stack.split('/').nth(1).unwrap_or(stack).to_owned();
    let story = templates.stacks.story(stack).await;
    story[before..].iter().map(|line| line.replace(&format!("{name} "), "stack ")).collect()
}

async fn count(templates: &Templates, stack: &str) -> usize {
    templates.stacks.story(stack).await.len()
}

#[tokio::test(start_paused = true)]
async fn an_update_reaches_each_nested_stack_and_changes_what_has_changed() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    templates.put("a.yaml", TOPIC).await;
    templates.put("b.yaml", TOPIC).await;
    let root = format!(
        "Resources:\n  A: {}\n  B: {}\nOutputs: {{ Of: {{ Value: !GetAtt A.Outputs.Names }} }}\n",
        nested("a.yaml", ""),
        nested("b.yaml", "")
    );
    assert_eq!(stacks.create("app", &root).await, "CREATE_COMPLETE");
    let (a, b) = (templates.nested("app", "A").await, templates.nested("app", "B").await);
    let (of_app, of_a, of_b) =
        (count(&templates, "app").await, count(&templates, &a).await, count(&templates, &b).await);

    // The same template of the root, as the templates in the bucket may have changed.
    let changed = TOPIC.replace("Default: a", "Default: c");
    templates
        .put(
            "a.yaml",
            &changed.replace("Resources: {", "Resources: { New: { Type: AWS::SNS::Topic },"),
        )
        .await;
    assert_eq!(stacks.update("app", &root).await, "UPDATE_COMPLETE");
    assert_eq!(
        since(&templates, "app", of_app).await,
        [
            "stack UPDATE_IN_PROGRESS User Initiated",
            "A UPDATE_IN_PROGRESS",
            "B UPDATE_IN_PROGRESS",
            "B UPDATE_COMPLETE",
            "A UPDATE_COMPLETE",
            "stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "A UPDATE_COMPLETE",
            "stack UPDATE_COMPLETE",
        ]
    );
    assert_eq!(
        since(&templates, &a, of_a).await,
        [
            "stack UPDATE_IN_PROGRESS User Initiated",
            "New CREATE_IN_PROGRESS",
            "New CREATE_IN_PROGRESS Resource creation Initiated",
            "New CREATE_COMPLETE",
            "stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "stack UPDATE_COMPLETE",
        ]
    );
    assert_eq!(since(&templates, &b, of_b).await, [""; 0], "nothing of it has changed");
    assert_eq!(stacks.output("app", "Of").await, "c");
}

#[tokio::test(start_paused = true)]
async fn a_failed_update_takes_back_what_nested_stacks_have_changed() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    for name in ["a.yaml", "b.yaml"] {
        templates.put(name, TOPIC).await;
    }
    let root = |more: &str| {
        format!(
            "Resources:\n  A: {}\n  B: {{ DependsOn: A, {}\n{more}",
            nested("a.yaml", ""),
            nested("b.yaml", "").trim_start_matches('{')
        )
    };
    assert_eq!(stacks.create("app", &root("")).await, "CREATE_COMPLETE");
    let (a, b) = (templates.nested("app", "A").await, templates.nested("app", "B").await);
    let (of_app, of_a, of_b) =
        (count(&templates, "app").await, count(&templates, &a).await, count(&templates, &b).await);
    let more = TOPIC.replace("Resources: {", "Resources: { New: { Type: AWS::SNS::Topic },");
    templates.put("a.yaml", &more.replace("Default: a", "Default: c")).await;
    templates.put("b.yaml", &format!("{TOPIC}{}", "")).await;
    templates.put("b.yaml", &TOPIC.replace("Resources: {", "Resources: { Bad: { Type: AWS::SNS::Topic, Metadata: { Sandbox: { FailOn: create } } },")).await;
    assert_eq!(stacks.update("app", &root("")).await, "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(
        since(&templates, "app", of_app).await,
        [
            "stack UPDATE_IN_PROGRESS User Initiated".to_owned(),
            "A UPDATE_IN_PROGRESS".to_owned(),
            "A UPDATE_COMPLETE".to_owned(),
            "B UPDATE_IN_PROGRESS".to_owned(),
            format!(
                "B UPDATE_FAILED Embedded stack {b} was not successfully updated. Currently in \
                 UPDATE_ROLLBACK_IN_PROGRESS with reason: The following resource(s) failed to create: [Bad]."
            ),
            "stack UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [B]."
                .to_owned(),
            "A UPDATE_IN_PROGRESS".to_owned(),
            "A UPDATE_COMPLETE".to_owned(),
            "B UPDATE_IN_PROGRESS".to_owned(),
            "B UPDATE_COMPLETE".to_owned(),
            "stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS".to_owned(),
            "A UPDATE_COMPLETE".to_owned(),
            "B UPDATE_COMPLETE".to_owned(),
            "stack UPDATE_ROLLBACK_COMPLETE".to_owned(),
        ]
    );
    assert_eq!(
        since(&templates, &a, of_a).await[4..],
        [
            "stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "stack UPDATE_ROLLBACK_IN_PROGRESS",
            "stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "New DELETE_IN_PROGRESS",
            "New DELETE_COMPLETE",
            "stack UPDATE_ROLLBACK_COMPLETE",
        ]
    );
    let of_b = since(&templates, &b, of_b).await;
    assert_eq!(of_b.last().unwrap(), "stack UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(stacks.output(&a, "Names").await, "a", "its outputs are those of before");
}

#[tokio::test(start_paused = true)]
async fn a_nested_stack_that_is_not_wanted_any_more_goes_at_the_end_or_stays() {
    for (policy, status) in
        [("Delete", StackStatus::DeleteComplete), ("Retain", StackStatus::CreateComplete)]
    {
        let templates = Templates::new().await;
        let stacks = &templates.stacks;
        templates.put("topic.yaml", TOPIC).await;
        let inner = nested("topic.yaml", "");
        let root = format!(
            "Resources:\n  Own: {{ Type: AWS::SNS::Topic }}\n  Inner: {{ DeletionPolicy: {policy}, {}\n",
            inner.trim_start_matches('{')
        );
        assert_eq!(stacks.create("app", &root).await, "CREATE_COMPLETE");
        let inner = templates.nested("app", "Inner").await;
        let without = "Resources: { Own: { Type: AWS::SNS::Topic } }";
        assert_eq!(stacks.update("app", without).await, "UPDATE_COMPLETE");
        assert_eq!(stacks.describe(&inner).await.stack_status, Some(status));
    }
}

#[tokio::test(start_paused = true)]
async fn a_nested_way_back_that_is_stuck_is_continued_from_the_root_only() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    let stuck = TOPIC.replace(
        "Type: AWS::SNS::Topic,",
        "Type: AWS::SNS::Topic, Metadata: { Sandbox: { FailOn: rollback, Reason: stuck } },",
    );
    templates.put("topic.yaml", &stuck).await;
    let root = |shown: &str, more: &str| {
        let inner = nested("topic.yaml", &format!(", Parameters: {{ Shown: {shown} }}"));
        format!("Resources:\n  Inner: {inner}\n{more}")
    };
    assert_eq!(stacks.create("app", &root("a", "")).await, "CREATE_COMPLETE");
    let inner = templates.nested("app", "Inner").await;
    let bad = "  Bad: { Type: AWS::SNS::Topic, DependsOn: Inner, Metadata: { Sandbox: { FailOn: create } } }\n";
    assert_eq!(stacks.update("app", &root("b", bad)).await, "UPDATE_ROLLBACK_FAILED");
    let story = stacks.story("app").await;
    let failed = format!(
        "Inner UPDATE_FAILED Embedded stack {inner} was not successfully updated. Currently in \
         UPDATE_ROLLBACK_FAILED with reason: The following resource(s) failed to update: [Topic]."
    );
    assert!(story.contains(&failed), "{story:#?}");

    let name = inner.split('/').nth(1).unwrap();
    let skipping = |stack: &str, skipped: &str| {
        let go_on = stacks.0.continue_update_rollback().stack_name(stack);
        go_on.resources_to_skip(skipped).send()
    };
    for (stack, skipped, told) in [
        (name, "Topic", "RollbackUpdatedStack cannot be invoked on child stacks"),
        ("app", "Inner", "Nested stacks could not be skipped"),
        ("app", "Inner.Topic", "Stack [Inner] does not exist"),
    ] {
        let refused = words(&skipping(stack, skipped).await.unwrap_err());
        assert_eq!(refused, format!("ValidationError: {told}"));
    }
    stacks.0.continue_update_rollback().stack_name("app").send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_ROLLBACK_FAILED");
    skipping("app", &format!("{name}.Topic")).await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_ROLLBACK_COMPLETE");
    let status = stacks.describe(&inner).await.stack_status;
    assert_eq!(status, Some(StackStatus::UpdateRollbackComplete));
}

#[tokio::test(start_paused = true)]
async fn nested_stacks_wait_in_place_while_rollback_is_disabled_and_go_back_together() {
    let templates = Templates::new().await;
    let stacks = &templates.stacks;
    templates.put("topic.yaml", TOPIC).await;
    templates.put("other.yaml", TOPIC).await;
    let root = |shown: &str| {
        let given = format!(", Parameters: {{ Shown: {shown} }}");
        let other = nested("other.yaml", &given);
        let (inner, other) =
            (nested("topic.yaml", &given), other.trim_start_matches('{').to_owned());
        format!("Resources:\n  Inner: {inner}\n  Other: {{ DependsOn: Inner, {other}\n")
    };
    assert_eq!(stacks.create("app", &root("a")).await, "CREATE_COMPLETE");
    templates.put("other.yaml", FAILING).await;
    let keep = |text: String| {
        stacks.0.update_stack().stack_name("app").template_body(text).disable_rollback(true).send()
    };
    templates
        .put("other.yaml", &format!("Parameters: {{ Shown: {{ Type: String }} }}{FAILING}"))
        .await;
    keep(root("b")).await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_FAILED");
    let inner = templates.nested("app", "Inner").await;
    let other = templates.nested("app", "Other").await;
    assert_eq!(stacks.describe(&other).await.stack_status, Some(StackStatus::UpdateFailed));
    let waiting = Some(StackStatus::UpdateCompleteCleanupInProgress);
    assert_eq!(stacks.describe(&inner).await.stack_status, waiting);

    stacks.0.rollback_stack().stack_name("app").send().await.unwrap();
    assert_eq!(stacks.settled("app").await, "UPDATE_ROLLBACK_COMPLETE");
    for nested in [&inner, &other] {
        let status = stacks.describe(nested).await.stack_status;
        assert_eq!(status, Some(StackStatus::UpdateRollbackComplete));
    }

    templates.put("other.yaml", TOPIC).await;
    assert_eq!(stacks.update("app", &root("c")).await, "UPDATE_COMPLETE");
    for nested in [&inner, &other] {
        assert_eq!(stacks.describe(nested).await.stack_status, Some(StackStatus::UpdateComplete));
    }
}
