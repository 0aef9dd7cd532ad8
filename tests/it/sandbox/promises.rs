//! What holds whatever is asked of a stack, and whatever fails.

use proptest::prelude::*;

use crate::support::embedded::{Embedded, Stacks};

const DEV: &str = "100000000001";

/// One resource of a random template: its version, whether its name follows the version, what it
/// needs, and which step fails.
#[derive(Clone, Debug)]
struct Topic {
    version: u8,
    is_named: bool,
    needs: Option<usize>,
    fails: &'static str,
}

fn topic() -> impl Strategy<Value = Topic> {
    let fails = prop_oneof![
        6 => Just(""), 1 => Just("create"), 1 => Just("update"), 1 => Just("update, rollback"),
    ];
    (0..3u8, any::<bool>(), proptest::option::of(0..4usize), fails)
        .prop_map(|(version, is_named, needs, fails)| Topic { version, is_named, needs, fails })
}

fn template(topics: &[Topic]) -> String {
    let mut text = "Resources:\n  Anchor: { Type: AWS::SNS::Topic }\n".to_owned();
    for (at, topic) in topics.iter().enumerate() {
        let name = match topic.is_named {
            true => format!("TopicName: t{at}-v{}", topic.version),
            false => format!("DisplayName: v{}", topic.version),
        };
        let needs = topic.needs.filter(|need| *need < at);
        let needs = needs.map_or("Anchor".to_owned(), |need| format!("T{need}"));
        text += &format!(
            "  T{at}:\n    Type: AWS::SNS::Topic\n    DependsOn: {needs}\n    Metadata: {{ Sandbox: \
             {{ FailOn: [{}], Times: 2 }} }}\n    Properties: {{ {name} }}\n",
            topic.fails
        );
    }
    text
}

/// Returns the resources that stand, as logical and physical ids.
async fn standing(stacks: &Stacks) -> Vec<(String, String)> {
    let described = stacks.0.describe_stack_resources().stack_name("app").send().await;
    let resources = described.expect("the stack stands").stack_resources.unwrap_or_default();
    let stands = resources.into_iter().filter(|resource| {
        resource.resource_status.as_ref().is_some_and(|status| status.as_str() != "DELETE_COMPLETE")
    });
    stands
        .map(|resource| {
            let physical = resource.physical_resource_id.unwrap_or_default();
            (resource.logical_resource_id.unwrap_or_default(), physical)
        })
        .collect()
}

/// Creates and updates one stack with random templates, then deletes it.
async fn live(templates: &[Vec<Topic>]) {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let mut last_good: Option<Vec<(String, String)>> = None;
    for topics in templates {
        let text = template(topics);
        let status = match last_good {
            None => stacks.create("app", &text).await,
            Some(_) => {
                let update = stacks.0.update_stack().stack_name("app").template_body(&text);
                // What changes nothing is refused, and everything stays as it was.
                let _ = update.send().await;
                stacks.settled("app").await
            }
        };
        let now = standing(&stacks).await;
        match status.as_str() {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" => {
                assert_eq!(now.len(), topics.len() + 1, "{now:?}");
                assert!(now.iter().all(|(_, physical)| !physical.is_empty()), "{now:?}");
                last_good = Some(now);
            }
            "UPDATE_ROLLBACK_COMPLETE" => assert_eq!(Some(now), last_good),
            "UPDATE_ROLLBACK_FAILED" => {
                let go_on = stacks.0.continue_update_rollback().stack_name("app").send().await;
                go_on.expect("a stuck rollback can be continued");
                // Several resources may be stuck one after the other, each once.
                let status = stacks.settled("app").await;
                if status != "UPDATE_ROLLBACK_COMPLETE" {
                    break;
                }
                assert_eq!(Some(standing(&stacks).await), last_good);
            }
            "ROLLBACK_COMPLETE" => {
                assert!(now.is_empty(), "{now:?}");
                break;
            }
            // A failure on demand was left for the way back.
            "ROLLBACK_FAILED" => break,
            other => panic!("a stack settles in {other}"),
        }
    }
    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
    // Every name it ever took is free again.
    let every: Vec<String> = (0..4)
        .flat_map(|at| (0..3).map(move |version| (at, version)))
        .map(|(at, version)| {
            format!(
                "  N{at}{version}: {{ Type: AWS::SNS::Topic, Properties: {{ TopicName: \
                 t{at}-v{version} }} }}\n"
            )
        })
        .collect();
    let every = format!("Resources:\n{}", every.concat());
    assert_eq!(stacks.create("names", &every).await, "CREATE_COMPLETE");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_settled_stack_holds_what_was_asked_for_and_a_deleted_one_nothing(
        templates in proptest::collection::vec(proptest::collection::vec(topic(), 0..4), 1..5)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(live(&templates));
    }
}

const PIECES: [&str; 26] = [
    "Resources:",
    "Outputs:",
    "Parameters:",
    "Conditions:",
    "\n",
    "\n  ",
    "\n    ",
    "A:",
    "B:",
    "Type: ",
    "AWS::SNS::Topic",
    "AWS::IAM::Role",
    "Properties:",
    "{ ",
    " }",
    "[",
    "]",
    ", ",
    "!Ref A",
    "!Sub \"${A.Arn}${\"",
    "!GetAtt ",
    "Fn::If: [",
    "Fn::Join: ",
    "Value: ",
    "DependsOn: A",
    "Condition: C",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_template_brings_the_sandbox_down(
        pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..30),
        cut in 0..400usize,
    ) {
        let whole = "Parameters: { P: { Type: Number, Default: 1 } }\nConditions: { C: !Equals [!Ref P, \
            1] }\nMappings: { M: { a: { b: c } } }\nResources:\n  A: { Type: AWS::SNS::Topic, Condition: \
            C, Properties: { TopicName: !FindInMap [M, a, b] } }\n  B:\n    Type: AWS::SSM::Parameter\n    \
            Properties: { Type: String, Value: !If [C, !Select [0, !Split [\",\", x]], !Ref A] }\nOutputs: \
            { O: { Value: !Join [\"-\", [!Sub \"${B.Value}\", !Ref \"AWS::NoValue\"]] } }\n";
        let cut = whole.floor_char_boundary(cut.min(whole.len()));
        let template = format!("{}{}{}", &whole[..cut], pieces.concat(), &whole[cut..]);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let cloud = Embedded::new();
            let stacks = cloud.stacks(DEV);
            let create = stacks.0.create_stack().stack_name("app").template_body(template);
            match create.send().await {
                Ok(_) => {
                    stacks.settled("app").await;
                    assert_eq!(stacks.delete("app").await, "DELETE_COMPLETE");
                }
                Err(refused) => {
                    let said = crate::support::embedded::words(&refused);
                    assert!(said.contains("Error: ") || said.contains("Exception: "), "{said}");
                }
            }
        });
    }
}
