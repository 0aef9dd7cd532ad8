//! What `validate` finds in templates.

use serde_json::json;

use crate::support::binary::Desk;

const FILE: &str = "environment: dev
source: { account: '999999999999', profile: shared }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { dev: '100000000001' }
stacks:
";

/// Returns a folder whose environment file has these lines below `stacks`.
fn desk(stacks: &str) -> Desk {
    let desk = Desk::empty();
    desk.write("dev.yaml", format!("{FILE}{stacks}"));
    desk
}

#[test]
fn every_fault_of_a_file_and_of_its_templates_is_told_at_once() {
    let desk = desk(
        "  a: { template: a.yaml, tegs: { x: y }, parameters: { Nmae: x } }\n  \
         b: { template: b.yaml, parameters: { Name: '${variables.none}' } }\n  \
         c: { template: none.yaml }\n",
    );
    desk.write(
        "a.yaml",
        "Parameters: { Name: { Type: String, Default: x } }\nResources:\n  Queue:\n    Type: \
         AWS::SQS::Queues\n    Propertes: {}\nOutputs: { A: { Value: !GetAtt Qeue.Arn } }\n",
    );
    desk.write("b.yaml", "Resources: { A: { Type: AWS::SNS::Topic, DependsOn: B } }\n");
    let first = desk.run(&["validate", "dev.yaml"]);
    assert_eq!(first.code, 2, "{first:?}");
    for says in [
        "unknown key `tegs`",
        "`a.yaml` has no parameter `Nmae`",
        "`AWS::SQS::Queues` is not a known resource type",
        "the resource `Queue` has the unknown key `Propertes`",
        "`Qeue` is not a resource of the template",
        "`B` is not a resource of the template",
        "did you mean `Queue`?",
        "did you mean `tags`?",
        "`none.yaml`",
    ] {
        assert!(first.stderr.contains(says), "{says}: {}", first.stderr);
    }
    assert!(first.stdout.is_empty());
}

#[test]
fn values_are_judged_although_the_template_cannot_be_read() {
    let desk = desk(
        "  a: { template: a.json, parameters: { Name: '${env:NOT_SET}' } }\n  \
         b: { template: b.yaml, parameters: { Name: toolong } }\n",
    );
    desk.write("a.json", "{ \"Resources\": { A: { \"Type\": \"AWS::SNS::Topic\" } } }\n");
    desk.write(
        "b.yaml",
        "Parameters: { Name: { Type: String, MaxLength: 3 } }\nResources: { A: { Type: \
         AWS::SNS::Topic, DependsOn: B } }\n",
    );
    let faults = desk.run(&["validate", "dev.yaml"]);
    assert_eq!(faults.code, 2, "{faults:?}");
    for says in [
        "this is not JSON",
        "the environment variable `NOT_SET` is not set",
        "must have at most 3 characters",
        "`B` is not a resource of the template",
    ] {
        assert!(faults.stderr.contains(says), "{says}: {}", faults.stderr);
    }
}

#[test]
fn what_may_be_right_is_a_warning_and_no_failure() {
    let desk = desk("  a: { template: a.yaml, parameters: { Size: 3 } }\n");
    desk.write(
        "a.yaml",
        "Parameters: { Size: { Type: Number, Default: 9, MaxValue: 5 } }\nResources: { A: { Type: \
         AWS::NewService::Thing } }\n",
    );
    let warned = desk.run(&["validate", "dev.yaml"]);
    assert_eq!(warned.code, 0, "{warned:?}");
    assert_eq!(warned.stdout, "1 account, 1 stack instance, longest chain 1\n");
    for says in
        ["`AWS::NewService::Thing` is not a known resource type", "default of the parameter `Size`"]
    {
        assert!(warned.stderr.contains(says), "{says}: {}", warned.stderr);
    }
    assert!(warned.stderr.contains('⚠'), "{}", warned.stderr);

    desk.write("dev.yaml", format!("{FILE}  a: {{ template: a.yaml }}\n"));
    let used = desk.run(&["validate", "dev.yaml"]);
    assert_eq!(used.code, 2, "{used:?}");
    assert!(used.stderr.contains("the default of the parameter `Size` must be at most 5"));
}

#[test]
fn a_program_reads_warnings_with_their_places() {
    let desk =
        desk("  a: { template: a.yaml }\n  b: { template: a.yaml, parameters: { Size: '1' } }\n");
    desk.write(
        "a.yaml",
        "Parameters:\n  Size: { Type: String }\nResources:\n  A: { Type: AWS::SNS::Topic }\n  \
         A: { Type: AWS::NewService::Thing }\n",
    );
    let warned = desk.run(&["validate", "dev.yaml", "--output", "json"]).expect_code(0);
    let report = warned.json();
    assert_eq!((&report["accounts"], &report["stack_instances"]), (&json!(1), &json!(2)));
    assert_eq!(
        report["warnings"],
        json!([
            {
                "message": "`A` is given twice",
                "help": "CloudFormation takes this one, not that of line 4",
                "file": "a.yaml",
                "line": 5,
                "column": 3,
            },
            {
                "message": "`AWS::NewService::Thing` is not a known resource type",
                "help": "if the type is new, nothing is wrong",
                "file": "a.yaml",
                "line": 5,
                "column": 14,
            },
            {
                "message": "the stack `a` keeps its values of `Size`, which have no default: where it \
                            does not stand yet, it cannot be created",
                "help": null,
                "file": null,
                "line": null,
                "column": null,
            },
        ])
    );
    assert_eq!(warned.stderr.matches('⚠').count(), 3, "{}", warned.stderr);

    desk.write("a.yaml", "Resources: { A: { Type: AWS::SNS::Topic } }\n");
    desk.write("dev.yaml", format!("{FILE}  a: {{ template: a.yaml }}\n"));
    let silent = desk.run(&["validate", "dev.yaml", "--output", "json"]).expect_code(0);
    assert_eq!(silent.json()["warnings"], json!([]));
    assert_eq!(silent.stderr, "");
}

#[test]
fn what_readers_of_yaml_1_1_and_of_json_take_is_no_fault() {
    let desk = desk("  a: { template: a.yaml }\n  b: { template: b.json }\n");
    desk.write(
        "a.yaml",
        "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: 'one\ntwo'\n      \
         Tags: [\n{ Key: a, Value: b }\n]\n",
    );
    desk.write(
        "b.json",
        r#"{"Description": "\ud83d\ude00", "Resources": {"A": {"Type": "AWS::SNS::Topic"}}}"#,
    );
    let read = desk.run(&["validate", "dev.yaml"]).expect_code(0);
    assert_eq!(read.stderr, "");
}

#[test]
fn the_default_of_a_secret_is_never_shown() {
    let desk = desk("  a: { template: a.yaml }\n");
    desk.write(
        "a.yaml",
        "Parameters:\n  Password:\n    Type: String\n    NoEcho: true\n    Default: hunter2hunter2\n    \
         MaxLength: 8\nResources: { A: { Type: AWS::SNS::Topic } }\n",
    );
    let faults = desk.run(&["validate", "dev.yaml"]);
    assert_eq!(faults.code, 2, "{faults:?}");
    assert!(faults.stderr.contains("the default of the parameter `Password`"));
    assert!(!faults.stderr.contains("hunter2"), "{}", faults.stderr);
}

#[test]
fn more_tags_than_a_stack_takes_are_told() {
    let tags: String = (0..51).map(|at| format!("t{at}: x, ")).collect();
    let desk = desk(&format!("  a: {{ template: a.yaml, tags: {{ {tags} }} }}\n"));
    desk.write("a.yaml", "Resources: { A: { Type: AWS::SNS::Topic } }\n");
    let faults = desk.run(&["validate", "dev.yaml"]);
    assert_eq!(faults.code, 2, "{faults:?}");
    assert!(
        faults.stderr.contains("the stack has 51 tags, and CloudFormation takes 50"),
        "{}",
        faults.stderr
    );
}

#[test]
fn what_cloudformation_would_refuse_later_is_told_with_its_spot() {
    let desk = desk("  a: { template: a.yaml }\n");
    desk.write(
        "a.yaml",
        "Mappings: { Sizes: { small: { Count: 1 } } }
Conditions:
  IsProd: yes
  Near: !Not [!Condition Far]
  Far: !Not [!Condition Near]
Resources:
  A:
    Type: AWS::SNS::Topic
    DeletionPolicy: Retian
    DependsOn: B
  B: { Type: AWS::SNS::Topic, DependsOn: A, Properties: [] }
  C: { Type: AWS::SNS::Topic, DependsOn: C }
Outputs:
  Zones: { Value: !GetAZs '' }
  Size: { Value: !FindInMap [Sizes, smal, Count] }
  Third: { Value: !Select [2, [a, b]], Export: { Name: x } }
  Joined: { Value: !Join [',', a], Export: { Name: x } }
",
    );
    let refused = desk.run(&["validate", "dev.yaml", "--output", "json"]).expect_code(2);
    let report = refused.json();
    let told = |fault: &serde_json::Value| {
        let at = format!("{}:{}:{}", fault["file"].as_str()?, fault["line"], fault["column"]);
        Some(format!("{at} {}", fault["message"].as_str()?))
    };
    let faults = report["faults"].as_array().expect("faults").iter();
    let faults: Vec<String> = faults.map(|fault| told(fault).expect("a spot")).collect();
    assert_eq!(
        faults,
        [
            "a.yaml:3:11 the condition `IsProd` is text, not a condition function",
            "a.yaml:5:14 the conditions `Far`, `Near` refer to each other",
            "a.yaml:9:21 `Retian` is not a value of `DeletionPolicy`",
            "a.yaml:10:16 the resources `A`, `B` wait for each other",
            "a.yaml:11:57 `Properties` is a mapping, not a list",
            "a.yaml:12:42 the resource `C` waits for itself",
            "a.yaml:14:19 the value of the output `Zones` is a list, not text",
            "a.yaml:15:37 `smal` is not a key of the mapping `Sizes`",
            "a.yaml:16:28 `Fn::Select` takes an index from 0 to 1 here, not 2",
            "a.yaml:17:32 `Fn::Join` takes a list that is joined, or a function that makes one",
            "a.yaml:17:52 the output `Joined` is exported under the name of `Third`",
        ]
    );
    assert_eq!(report["faults"][2]["help"], "did you mean `Retain`?");
    assert_eq!(report["warnings"], json!([]));
    assert!(report["stack_instances"].is_null(), "{report}");
    assert_eq!(refused.stderr.matches('×').count(), faults.len(), "{}", refused.stderr);

    for command in ["plan", "apply"] {
        let refused = desk.run(&[command, "dev.yaml", "--sandbox"]);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("did you mean `Retain`?"), "{}", refused.stderr);
    }
}

#[test]
fn a_fault_of_one_parameter_hides_no_other_fault() {
    let desk = desk("  a: { template: a.yaml, parameters: { Odd: x, Nmae: y, Name: toolong } }\n");
    desk.write(
        "a.yaml",
        "Parameters:
  Odd: [a]
  Bare: { Default: x }
  Size: { Type: Number, Default: 9, MaxValue: 5, MinLength: few }
  Kind: { Type: String, Default: b, AllowedValues: [a, [c]] }
  Name: { Type: String, MaxLength: 3 }
Resources: { A: { Type: AWS::SNS::Topic } }
",
    );
    let faults = desk.run(&["validate", "dev.yaml"]).expect_code(2);
    for says in [
        "the parameter `Odd` is a mapping, not a list",
        "the parameter `Bare` has no `Type`",
        "`MinLength` is a number",
        "the default of the parameter `Size` must be at most 5",
        "an item of `AllowedValues` is text, not a list",
        "`a.yaml` has no parameter `Nmae`",
        "the value `toolong` of `Name` must have at most 3 characters",
    ] {
        assert!(faults.stderr.contains(says), "{says}: {}", faults.stderr);
    }
    assert_eq!(faults.stderr.matches('×').count(), 7, "{}", faults.stderr);
}

#[test]
fn an_export_whose_name_comes_to_one_that_cloudformation_refuses_is_told() {
    let template = "Parameters: { Name: { Type: String, Default: a_default } }
Resources: { A: { Type: AWS::SNS::Topic } }
Outputs: { Out: { Value: x, Export: { Name: !Sub '${Name}-${AWS::Region}' } } }
";
    let given = desk("  a: { template: a.yaml, parameters: { Name: '${environment}_net' } }\n");
    given.write("a.yaml", template);
    let refused = given.run(&["validate", "dev.yaml"]).expect_code(2);
    for says in [
        "`dev/eu-central-1/a` exports `dev_net-eu-central-1`",
        "dev.yaml:7:3",
        "the name of an export is made of letters, digits, `:` and `-`: see",
    ] {
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    // A stack that stands may have kept another value.
    let kept = desk("  a: { template: a.yaml }\n");
    kept.write("a.yaml", template);
    let warned = kept.run(&["validate", "dev.yaml"]).expect_code(0);
    assert!(warned.stderr.contains("exports `a_default-eu-central-1`"), "{}", warned.stderr);
}

#[test]
fn two_stacks_that_export_one_name_in_one_account_and_region_are_told() {
    let template = "Parameters: { Name: { Type: String, Default: shared } }
Conditions: { Is: !Equals [!Ref AWS::Region, eu-west-1] }
Resources: { A: { Type: AWS::SNS::Topic } }
Outputs: { Out: { Value: x, Export: { Name: !Sub '${Name}-${AWS::Region}' } } }
";
    let parameters = "parameters: { Name: '${environment}-net' }";
    let both = |parameters: &str| {
        desk(&format!(
            "  a: {{ template: a.yaml, {parameters} }}\n  b: {{ template: a.yaml, {parameters} }}\n"
        ))
    };
    let sure = both(parameters);
    sure.write("a.yaml", template);
    let refused = sure.run(&["validate", "dev.yaml"]).expect_code(2);
    for says in [
        "`dev/eu-central-1/a` and `dev/eu-central-1/b` both export",
        "dev.yaml:8:3",
        "in 100000000001 and eu-central-1",
    ] {
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    // A stack that stands may have kept another value, and a condition may not hold.
    let kept = both("tags: {}");
    kept.write("a.yaml", template);
    let conditional = both(parameters);
    conditional.write("a.yaml", template.replace("Out: {", "Out: { Condition: Is,"));
    // What a macro makes of the name, and what the parameter store holds, only CloudFormation knows.
    let rewritten = both(&format!("{parameters}, capabilities: [CAPABILITY_AUTO_EXPAND]"));
    rewritten.write("a.yaml", format!("Transform: Mine\n{template}"));
    let stored = both(parameters);
    stored.write(
        "a.yaml",
        template.replace("Type: String", "Type: 'AWS::SSM::Parameter::Value<String>'"),
    );
    for desk in [kept, conditional, rewritten, stored] {
        let warned = desk.run(&["validate", "dev.yaml"]).expect_code(0);
        assert!(warned.stderr.contains("both export"), "{}", warned.stderr);
    }
    let apart = desk(
        "  a: { template: a.yaml, parameters: { Name: a } }\n  b: { template: a.yaml, parameters: { Name: b } \
         }\n",
    );
    apart.write("a.yaml", template);
    assert_eq!(apart.run(&["validate", "dev.yaml"]).expect_code(0).stderr, "");
}

/// Returns what `validate` finds in a stack with these keys and this template, and its exit code.
fn found(keys: &str, template: &str) -> (i32, serde_json::Value) {
    let desk = desk(&format!("  a: {{ template: a.yaml{keys} }}\n"));
    desk.write("a.yaml", template);
    let ran = desk.run(&["validate", "dev.yaml", "--output", "json"]);
    (ran.code, ran.json())
}

const TOPIC: &str = "Resources: { T: { Type: AWS::SNS::Topic } }\n";

#[test]
fn what_a_rule_refers_to_and_a_default_that_is_no_text_are_told_with_their_spot() {
    let rule = |asserts: &str| {
        format!("Rules: {{ R: {{ Assertions: [ {{ Assert: {asserts} }} ] }} }}\n{TOPIC}")
    };
    let (code, told) = found("", &rule("!Equals [!Ref Nope, a]"));
    let fault = &told["faults"][0];
    assert_eq!((code, &fault["message"]), (2, &json!("`Nope` is not a parameter of the template")));
    assert_eq!((&fault["file"], &fault["line"]), (&json!("a.yaml"), &json!(1)));
    let (code, told) = found("", &rule("!Equals [!Ref T, a]"));
    assert_eq!(
        (code, &told["faults"][0]["help"]),
        (2, &json!("a rule is judged before there are resources"))
    );
    let ours = "{ 'Fn::EachMemberIn': [{ 'Fn::ValueOfAll': ['AWS::EC2::Subnet::Id', VpcId] }, { 'Fn::RefAll': 'AWS::EC2::VPC::Id' }] }";
    assert_eq!(found("", &rule(ours)).0, 0);
    let default =
        format!("Parameters: {{ P: {{ Type: String, Default: !Ref 'AWS::Region' }} }}\n{TOPIC}");
    let (code, told) = found("", &default);
    let fault = &told["faults"][0];
    assert_eq!(
        (code, &fault["message"]),
        (2, &json!("`Default` is text, not what `!Ref` comes to"))
    );
}

#[test]
fn a_rule_that_the_values_break_is_told_before_anything_is_sent() {
    let template = format!(
        "Parameters: {{ P: {{ Type: String, Default: x }} }}\nRules: {{ R: {{ Assertions: [ {{ Assert: !Equals [!Ref P, \
         a], AssertDescription: must be a }} ] }} }}\n{TOPIC}"
    );
    let says = json!("the values of the stack `a` break the rule `R`: must be a (in `dev`)");
    let (code, told) = found(", parameters: { P: b }", &template);
    assert_eq!((code, &told["faults"][0]["message"]), (2, &says));
    assert_eq!(told["faults"][0]["line"], 2);
    // A stack that stands may keep another value than the default.
    let (code, told) = found("", &template);
    assert_eq!((code, &told["warnings"][0]["message"]), (0, &says));
    assert_eq!(found(", parameters: { P: a }", &template).1["warnings"], json!([]));
}

#[test]
fn an_item_that_a_list_of_the_file_does_not_have_is_told() {
    let template = format!(
        "Parameters: {{ L: {{ Type: CommaDelimitedList }} }}\n{TOPIC}Outputs: {{ X: {{ Value: !Select [2, !Ref L] }} }}\n"
    );
    let (code, told) = found(", parameters: { L: 'a,b' }", &template);
    let says = "the list `L` of the stack `a` has 2 items, and item 2 is picked, counted from 0 (in `dev`)";
    assert_eq!((code, &told["faults"][0]["message"]), (2, &json!(says)));
    assert_eq!(told["faults"][0]["line"], 3);
    assert_eq!(found(", parameters: { L: 'a,b,c' }", &template).0, 0);
    let chosen = template.replace("!Select [2, !Ref L]", "!If [C, !Select [2, !Ref L], x]")
        + "Conditions: { C: !Equals [!Ref 'AWS::Region', x] }\n";
    assert_eq!(found(", parameters: { L: 'a,b' }", &chosen).0, 0, "it may not be chosen");
}

#[test]
fn a_misspelt_type_inside_of_another_is_told_whole() {
    let template = format!(
        "Parameters:\n  A: {{ Type: 'AWS::SSM::Parameter::Value<Strin>', Default: /a }}\n  B: {{ Type: \
         'List<AWS::EC2::Subnet::Idd>' }}\n{TOPIC}"
    );
    let told = found(", parameters: { B: x }", &template).1.to_string();
    for says in ["`AWS::SSM::Parameter::Value<String>`?", "`List<AWS::EC2::Subnet::Id>`?"] {
        assert!(told.contains(&format!("did you mean {says}")), "{told}");
    }
}

#[test]
fn an_address_or_an_arn_in_the_place_of_a_template_says_what_is_taken() {
    for (address, by) in [("https://b/t.yaml", "https"), ("arn:aws:s3:::b/t.yaml", "s3")] {
        let told = desk(&format!("  a: {{ template: '{address}' }}\n"))
            .run(&["validate", "dev.yaml", "--output", "json"])
            .expect_code(2)
            .json();
        let fault = &told["faults"][0];
        assert_eq!(
            fault["message"],
            json!(format!("`{address}` is an address, and a template is a file"))
        );
        assert!(
            fault["help"].to_string().contains(&format!("whether it comes by {by} or not")),
            "{fault}"
        );
    }
}
