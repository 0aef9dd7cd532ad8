//! Tests of what values come to: arguments of functions, conditions, mappings, outputs and attributes.

use super::tests::{behind, found, with};

/// Returns a template with parameters, a mapping and a condition, and an output with this value in line 9.
fn output(value: &str) -> String {
    format!(
        "Parameters:\n  Text: {{ Type: String }}\n  List: {{ Type: CommaDelimitedList }}\n  Stage: {{ \
         Type: String, AllowedValues: [dev, prod] }}\nMappings: {{ M: {{ a: {{ b: c, list: [d] }} }} }}\n\
         Conditions: {{ C: !Equals [a, b] }}\n{}",
        behind(&format!("Outputs: {{ A: {{ Value: {value} }} }}"))
    )
}

#[test]
fn what_is_joined_is_a_list_of_texts() {
    let joined =
        "`Fn::Join` takes texts in the list that it joins, and no list or mapping among them";
    for (value, says) in [
        ("!Join [[','], [a]]", "9 `Fn::Join` takes a delimiter in letters"),
        ("!Join [!Ref Text, [a]]", "9? `Fn::Join` takes a delimiter in letters"),
        (
            "!Join [',', a]",
            "9 `Fn::Join` takes a list that is joined, or a function that makes one",
        ),
        (
            "!Join [',', !Ref Text]",
            "9 `Fn::Join` takes a list that is joined, or a function that makes one",
        ),
        (
            "!If [C, !Join [',', !Ref Text], a]",
            "9? `Fn::Join` takes a list that is joined, or a function that makes one",
        ),
        ("!Join [',', [a, [b]]]", &format!("9 {joined}")),
        ("!Join [',', [a, { b: c }]]", &format!("9 {joined}")),
        ("!Join [',', [a, !GetAZs '']]", &format!("9 {joined}")),
        ("!Join [',', [a, !Ref List]]", &format!("9? {joined}")),
    ] {
        assert_eq!(found(&output(value)), [says], "{value}");
    }
}

#[test]
fn what_is_encoded_imported_or_a_region_is_text() {
    for (value, says) in [
        ("!Base64 [a]", "9 `Fn::Base64` takes a text, or a function that makes one"),
        (
            "!Base64 { 'Fn::Split': [',', a] }",
            "9 `Fn::Base64` takes a text, or a function that makes one",
        ),
        (
            "!ImportValue [a]",
            "9 `Fn::ImportValue` takes the name of an export, or a function that makes one",
        ),
        (
            "!ImportValue { Ref: Queue }",
            "9? `Fn::ImportValue` takes a name that depends on no resource",
        ),
        (
            "!Select [0, !GetAZs [a]]",
            "9 `Fn::GetAZs` takes the name of a Region, or the empty text for the stack's own",
        ),
    ] {
        assert_eq!(found(&output(value)), [says], "{value}");
    }
}

#[test]
fn what_is_chosen_from_is_a_list_that_is_long_enough() {
    for (value, says) in [
        (
            "!Select [a, [a]]",
            "9 `Fn::Select` takes a whole number, counted from 0, before its list",
        ),
        (
            "!Select [-1, [a]]",
            "9 `Fn::Select` takes a whole number, counted from 0, before its list",
        ),
        (
            "!Select [0, 2]",
            "9 `Fn::Select` takes a list to choose from, or a function that makes one",
        ),
        ("!Select [3, [a, b]]", "9 `Fn::Select` takes an index from 0 to 1 here, not 3"),
        ("!Select ['1', [a]]", "9 `Fn::Select` takes the index 0 of a list of one, not 1"),
        (
            "!If [C, !Select [3, [a, b]], a]",
            "9? `Fn::Select` takes an index from 0 to 1 here, not 3",
        ),
    ] {
        assert_eq!(found(&output(value)), [says], "{value}");
    }
}

#[test]
fn what_is_split_or_substituted_is_text_and_a_count_a_number() {
    for (value, says) in [
        (
            "!Select [0, !Split [',', [a]]]",
            "9 `Fn::Split` takes a text that is split, or a function that makes one",
        ),
        (
            "!Select [0, !Split [',', !Ref List]]",
            "9 `Fn::Split` takes a text that is split, or a function that makes one",
        ),
        ("!Select [0, !Cidr [10.0.0.0/16, few, 8]]", "9 `Fn::Cidr` takes a count from 1 to 256"),
        ("!Select [0, !Cidr [10.0.0.0/16, 257, 8]]", "9 `Fn::Cidr` takes a count from 1 to 256"),
        (
            "!Select [0, !Cidr [10.0.0.0/16, 2, x]]",
            "9 `Fn::Cidr` takes a number of bits from 1 to 128",
        ),
        (
            "!Select [0, !Cidr [10.0.0.0, 2, 8]]",
            "9? `Fn::Cidr` takes a block such as `10.0.0.0/16`, or a function that makes one",
        ),
        (
            "!Sub 'a-${List}'",
            "9 `List` is no text, and `Fn::Sub` puts texts together (join it: `!Sub ['${List}', { List: \
             !Join [',', !Ref List] }]`)",
        ),
        ("!Sub ['${L}', { L: !GetAZs '' }]", "9 `L` is no text, and `Fn::Sub` puts texts together"),
        (
            "!If [!Equals [a, b], c, d]",
            "9? `Fn::If` takes the name of a condition, not a condition itself",
        ),
    ] {
        assert_eq!(found(&output(value)), [says], "{value}");
    }
}

#[test]
fn arguments_that_cloudformation_takes_are_not_doubted() {
    for value in [
        "!Join [',', !Ref List]",
        "!Join [',', !GetAZs '']",
        "!Join [',', [a, 1, true, !Ref AWS::NoValue, !Ref Text, !GetAtt Queue.Arn]]",
        "!Join [',', []]",
        "!Join [',', !If [C, [a], !Ref List]]",
        "!Join [',', !FindInMap [M, a, list]]",
        "!Select [!Ref Text, [a]]",
        "!Select ['0', !Ref List]",
        "!Select ['{{resolve:ssm:/a}}', [a]]",
        "!Base64 { 'Fn::Sub': 'a ${Text}' }",
        "!ImportValue { 'Fn::Sub': '${Text}' }",
        "!Select [0, !Cidr [!Ref Text, !Ref Text, 8]]",
        "!Select [0, !Cidr ['2001:db8::/56', '256', 64]]",
    ] {
        assert_eq!(found(&output(value)), [""; 0], "{value}");
    }
}

#[test]
fn what_is_looked_up_in_a_mapping_is_there() {
    for (value, says) in [
        ("!FindInMap [M, x, b]", "9 `x` is not a key of the mapping `M`"),
        ("!FindInMap [M, a, c]", "9 `c` is not a key of `a` in the mapping `M`"),
        ("!FindInMap [M, !Ref AWS::Region, c]", "9 `c` is no second key in the mapping `M`"),
        ("!If [C, !FindInMap [M, x, b], d]", "9? `x` is not a key of the mapping `M`"),
        ("!FindInMap [M, !Ref Stage, b]", "9? `dev` is not a key of the mapping `M`"),
        ("!FindInMap [M, a, 'no']", "9? `no` is not a key of `a` in the mapping `M`"),
        ("!FindInMap [M, '1.10', b]", "9? `1.10` is not a key of the mapping `M`"),
    ] {
        assert_eq!(found(&output(value)), [says], "{value}");
    }
    let near = with(
        "Mappings: { Sizes: { small: { Count: 1 } } }\nOutputs: { A: { Value: !FindInMap [Sizes, smal, Count] } }",
    );
    assert_eq!(
        found(&near),
        ["2 `smal` is not a key of the mapping `Sizes` (did you mean `small`?)"]
    );
    for value in
        ["!FindInMap [M, a, b]", "!FindInMap [M, !Ref Text, b]", "!FindInMap [M, a, !Ref Text]"]
    {
        assert_eq!(found(&output(value)), [""; 0], "{value}");
    }
    let with_default = format!(
        "Transform: AWS::LanguageExtensions\n{}",
        output("!FindInMap [M, x, b, { DefaultValue: d }]")
    );
    assert_eq!(found(&with_default), [""; 0]);
    let included = with(
        "Mappings: { M: { 'Fn::Transform': { Name: AWS::Include } } }\nOutputs: { A: { Value: !FindInMap [M, \
         x, b] } }",
    );
    assert_eq!(found(&included), [""; 0]);
    let made = with("Mappings: { M: { a: { b: !Ref AWS::Region } } }");
    assert_eq!(found(&made), ["1 `b` below `a` of the mapping `M` is text or a list"]);
}

#[test]
fn a_condition_is_made_of_condition_functions() {
    let help = "(a condition compares, such as `!Equals [!Ref Stage, prod]`)";
    let late = "(a condition is known before there are resources: give it as a parameter)";
    for (condition, says) in [
        ("yes", format!("4 the condition `C` is text, not a condition function {help}")),
        ("[a]", format!("4 the condition `C` is a list, not a condition function {help}")),
        ("{ a: b, c: d }", format!("4 the condition `C` is a mapping, not a condition function {help}")),
        ("!Sub a", format!("4 the condition `C` is `Fn::Sub`, not a condition function {help}")),
        ("!Ref P", format!("4? the condition `C` is `Ref`, not a condition function {help}")),
        ("!Equals [!GetAtt Queue.Arn, a]", format!("4 `Fn::GetAtt` cannot stand in `Conditions` {late}")),
        ("!Equals [!ImportValue a, a]", format!("4 `Fn::ImportValue` cannot stand in `Conditions` {late}")),
        (
            "!Equals [!Sub '${Queue.Arn}', a]",
            "4 `Queue` is not a parameter of the template (a condition is known before there are resources)"
                .to_owned(),
        ),
        ("!Equals [[a], a]", "4? `Fn::Equals` takes two texts that are compared".to_owned()),
        (
            "!Not [B]",
            "4 `Fn::Not` takes a condition, and nothing else (write `!Condition B` for that condition)".to_owned(),
        ),
        ("!And [!Condition B, 'true']", "4 `Fn::And` takes conditions, and nothing else".to_owned()),
    ] {
        let text = with(&format!(
            "Parameters: {{ P: {{ Type: String }} }}\nConditions:\n  B: !Equals [a, b]\n  C: {condition}"
        ));
        assert_eq!(found(&text), [says], "{condition}");
    }
    let looped = with(
        "Transform: AWS::LanguageExtensions\nConditions:\n  'Fn::ForEach::C': [X, [a, b], { 'Is${X}': !Equals \
         [!Ref X, a] }]",
    );
    assert_eq!(found(&looped), [""; 0]);
    let text = with(
        "Parameters: { P: { Type: String } }\nMappings: { M: { a: { b: c } } }\nConditions:\n  A: !Equals \
         [!Ref P, !FindInMap [M, a, b]]\n  B: !Not [{ Condition: A }]\n  C: !Or [!Condition A, !And [!Condition \
         B, !Not [!Condition A]]]\n  D: { Condition: A }\n  E: !Equals [!Join ['', [!Ref P, x]], !Select [0, [a]]]",
    );
    assert_eq!(found(&text), [""; 0]);
}

#[test]
fn the_value_of_an_output_is_text() {
    let join = "(join its items: `!Join [\",\", …]`)";
    let list = format!("9 the value of the output `A` is a list, not text {join}");
    for value in [
        "[a]",
        "!GetAZs ''",
        "!Split [',', a]",
        "!Cidr [10.0.0.0/16, 2]",
        "!Ref List",
        "!FindInMap [M, a, list]",
    ] {
        assert_eq!(found(&output(value)), [list.as_str()], "{value}");
    }
    assert_eq!(
        found(&output("{ a: b, c: d }")),
        ["9 the value of the output `A` is a mapping, not text"]
    );
    let perhaps = format!("9? the value of the output `A` is a list, not text {join}");
    for value in ["!If [C, !Ref List, a]", "!Ref AWS::NotificationARNs"] {
        assert_eq!(found(&output(value)), [perhaps.as_str()], "{value}");
    }
    for value in
        ["1", "true", "!Ref Text", "!GetAtt Queue.Arn", "!If [C, a, b]", "!FindInMap [M, a, b]"]
    {
        assert_eq!(found(&output(value)), [""; 0], "{value}");
    }
}

#[test]
fn a_template_exports_a_name_once() {
    let exports = |a: &str, b: &str| {
        behind(&format!(
            "Outputs:\n  A: {{ Value: x, Export: {a} }}\n  B: {{ Value: y, Export: {b} }}\nParameters: {{ P: \
             {{ Type: String }} }}\nConditions: {{ C: !Equals [a, b] }}"
        ))
    };
    let help = "(an account and Region has an export of a name once)";
    for name in ["x-a", "!Sub '${AWS::StackName}-${P}'"] {
        let name = format!("{{ Name: {name} }}");
        assert_eq!(
            found(&exports(&name, &name)),
            [format!("5 the output `B` is exported under the name of `A` {help}")]
        );
        assert_eq!(
            found(&exports(&name, &format!("{name}, Condition: C"))),
            [format!("5? the output `B` is exported under the name of `A` {help}")]
        );
    }
    assert_eq!(found(&exports("{ Name: a }", "{ Name: !Ref P }")), [""; 0]);
    for (export, says) in [
        ("{}", "5 the export of the output `B` has no `Name`"),
        ("name", "5 `Export` is a mapping with a `Name`, not text"),
        ("{ Name: [a] }", "5 `Name` of an export is text, not a list"),
        (
            "{ Name: a_b }",
            "5 the name of the export `a_b` holds more than letters, digits, `:` and `-`",
        ),
    ] {
        assert_eq!(found(&exports("{ Name: a }", export)), [says], "{export}");
    }
}

#[test]
fn attributes_of_resources_have_their_shapes_and_values() {
    let help = "(one of `Delete`, `Retain`, `RetainExceptOnCreate`, `Snapshot`)";
    for (attribute, says) in [
        ("Properties: []", "3 `Properties` is a mapping, not a list".to_owned()),
        ("Properties: text", "3 `Properties` is a mapping, not text".to_owned()),
        ("CreationPolicy: [a]", "3 `CreationPolicy` is a mapping, not a list".to_owned()),
        ("UpdatePolicy: a", "3 `UpdatePolicy` is a mapping, not text".to_owned()),
        ("Metadata: [a]", "3? `Metadata` is a mapping, not a list".to_owned()),
        ("DependsOn: { a: b }", "3 `DependsOn` names resources".to_owned()),
        ("DependsOn: [[Queue]]", "3 `DependsOn` names resources".to_owned()),
        (
            "DeletionPolicy: Retian",
            "3 `Retian` is not a value of `DeletionPolicy` (did you mean `Retain`?)".to_owned(),
        ),
        ("DeletionPolicy: Keep", format!("3 `Keep` is not a value of `DeletionPolicy` {help}")),
        ("DeletionPolicy: [Retain]", "3 `DeletionPolicy` is text, not a list".to_owned()),
        (
            "UpdateReplacePolicy: RetainExceptOnCreate",
            "3 `RetainExceptOnCreate` is not a value of `UpdateReplacePolicy` (one of `Delete`, `Retain`, \
             `Snapshot`)"
                .to_owned(),
        ),
        (
            "DeletionPolicy: Snapshot",
            "3? `Snapshot` is not a value of `DeletionPolicy` (CloudFormation makes no snapshots of \
             `AWS::SNS::Topic`, as far as is known)"
                .to_owned(),
        ),
        (
            "DeletionPolicy: !If [C, Retain, Delete]",
            "3? a function in `DeletionPolicy` needs the transform of the language extensions (add \
             `Transform: AWS::LanguageExtensions`)"
                .to_owned(),
        ),
    ] {
        let text = behind(&format!(
            "  T: {{ Type: AWS::SNS::Topic, {attribute} }}\nConditions: {{ C: !Equals [a, b] }}"
        ));
        assert_eq!(found(&text), [says], "{attribute}");
        if attribute.contains("!If") {
            assert_eq!(found(&format!("Transform: AWS::LanguageExtensions\n{text}")), [""; 0]);
        }
    }
    let kept = behind(
        "  D: { Type: AWS::RDS::DBInstance, DeletionPolicy: Snapshot, UpdateReplacePolicy: Snapshot, \
         Metadata: { a: b } }\n  T: { Type: AWS::SNS::Topic, DeletionPolicy: RetainExceptOnCreate, \
         DependsOn: [] }",
    );
    assert_eq!(found(&kept), [""; 0]);
    let shared = with("Parameters: { Queue: { Type: String } }");
    assert_eq!(
        found(&shared),
        [
            "3 `Queue` is a resource and a parameter (a reference to it could mean both: give one of them \
          another name)"
        ]
    );
}

#[test]
fn every_circle_is_found_and_each_once() {
    let topic = |name: &str, more: &str| format!("  {name}: {{ Type: AWS::SNS::Topic, {more} }}\n");
    let help = "(take one of the references away, or make it a resource of its own)";
    let text = [
        "Conditions: { C: !Equals [a, b], X: !Not [!Condition Y], Y: !Not [!Condition X], Z: !Not \
         [!Condition Z] }\nResources:\n",
        &topic("A", "DependsOn: B"),
        &topic("B", "DependsOn: [A, C]"),
        &topic("C", "DependsOn: D"),
        &topic("D", "DependsOn: C"),
        &topic("E", "DependsOn: E"),
        &topic("F", "Condition: C, DependsOn: G"),
        &topic("G", "DependsOn: F"),
    ]
    .concat();
    assert_eq!(
        found(&text),
        [
            "1 the conditions `X`, `Y` refer to each other".to_owned(),
            "1 the condition `Z` refers to itself".to_owned(),
            format!("3 the resources `A`, `B` wait for each other {help}"),
            format!("5 the resources `C`, `D` wait for each other {help}"),
            format!("7 the resource `E` waits for itself {help}"),
            format!("8? the resources `F`, `G` wait for each other {help}"),
        ]
    );
}

#[test]
fn a_section_without_a_value_is_found() {
    let null = "has no value (CloudFormation takes no null: give a value, or leave it out)";
    for section in ["Parameters", "Mappings", "Conditions", "Outputs"] {
        assert_eq!(found(&with(&format!("{section}:"))), [format!("1 `{section}` {null}")]);
    }
    assert_eq!(found("Resources:\n"), [format!("1 `Resources` {null}")]);
}

#[test]
fn what_a_loop_repeats_is_left_to_cloudformation() {
    let head = "Transform: AWS::LanguageExtensions\nParameters: { S: { Type: CommaDelimitedList } }\nMappings: { Cfg: \
                { Properties: { QueueName: q, DelaySeconds: '4' } } }\n";
    for conditions in [
        "'Is${I}': !Equals [!Select ['${I}', !Ref S], a]",
        "'Is${I}': !Equals [!FindInMap [Cfg, Properties, '${I}'], a]",
        "'Is${I}': !Equals [!Ref I, a]",
        "'Is${I}': !Not [!Condition 'Was${I}']",
    ] {
        let looped =
            format!("Conditions: {{ 'Fn::ForEach::C': [I, ['0', '1'], {{ {conditions} }}] }}");
        assert_eq!(found(&with(&format!("{head}{looped}"))), [""; 0], "{conditions}");
    }
    for value in [
        "!Select ['${I}', !Ref S]",
        "!Select [0, !Cidr [10.0.0.0/16, '${I}', '${I}']]",
        "!FindInMap [Cfg, Properties, !Ref I]",
        "!FindInMap [Cfg, Properties, '${I}']",
        "!Sub 'x-${I}'",
        "!GetAtt 'Queue${I}.Arn'",
        "!If ['Is${I}', !Ref 'Queue${I}', !Ref AWS::NoValue]",
    ] {
        let looped = format!("'Fn::ForEach::P': [I, ['0', '1'], {{ 'K${{I}}': {value} }}]");
        for properties in [
            format!("{{ {looped} }}"),
            format!("{{ DelaySeconds: 4, {looped} }}"),
            format!("{{ Tags: {{ {looped} }} }}"),
        ] {
            let resource =
                behind(&format!("  T: {{ Type: AWS::SQS::Queue, Properties: {properties} }}"));
            assert_eq!(found(&format!("{head}{resource}")), [""; 0], "{properties}");
        }
    }
    let plain = behind(
        "  T: { Type: AWS::SQS::Queue, Properties: { 'Fn::ForEach::P': [I, [a], { '${I}': !Ref I }] } }",
    );
    assert_eq!(
        found(&plain),
        ["3 `Fn::ForEach` needs the transform of the language extensions (add `Transform: \
          AWS::LanguageExtensions`)"]
    );
}

#[test]
fn what_cloudformation_may_take_is_only_doubted() {
    let index = "`Fn::Select` takes a whole number, counted from 0, before its list";
    let count = "`Fn::Cidr` takes a count from 1 to 256";
    for (value, says) in [
        ("!Select [1, [!Ref List]]", "`Fn::Select` takes the index 0 of a list of one, not 1"),
        ("!Select [0x1, [a, b]]", index),
        ("!Select [' 1', [a, b]]", index),
        ("!Select ['1.0', [a, b]]", index),
        ("!Select [0, !Cidr [10.0.0.0/16, ' 2', 8]]", count),
        ("!Select [0, !Cidr [10.0.0.0/16, 0x2, 8]]", count),
        ("!Sub ['a', { L: !GetAZs '' }]", "`L` is no text, and `Fn::Sub` puts texts together"),
    ] {
        assert_eq!(found(&output(value)), [format!("9? {says}")], "{value}");
    }
}

#[test]
fn what_a_macro_makes_is_left_to_it_wherever_it_stands() {
    let tag = "!Transform { Name: AWS::Include, Parameters: { Location: s3://b/k } }";
    let key = "{ 'Fn::Transform': { Name: AWS::Include, Parameters: { Location: s3://b/k } } }";
    for made in [tag, key] {
        for section in ["Parameters", "Mappings", "Conditions", "Outputs"] {
            assert_eq!(
                found(&with(&format!("{section}: {{ W: {made} }}"))),
                [""; 0],
                "{section} {made}"
            );
            assert_eq!(found(&with(&format!("{section}: {made}"))), [""; 0], "{section} {made}");
        }
        assert_eq!(found(&behind(&format!("  W: {made}"))), [""; 0], "{made}");
        assert_eq!(found(&format!("Resources: {made}")), [""; 0], "{made}");
    }
}

#[test]
fn a_loop_that_makes_a_section_needs_the_language_extensions() {
    let needs = "`Fn::ForEach` needs the transform of the language extensions (add `Transform: \
                 AWS::LanguageExtensions`)";
    let text = behind(
        "  'Fn::ForEach::A': [X, [a], { 'T${X}': { Type: AWS::SNS::Topic } }]\nOutputs:\n  'Fn::ForEach::B': [X, [a], \
         { 'O${X}': { Value: a } }]",
    );
    assert_eq!(found(&text), [format!("3 {needs}"), format!("5 {needs}")]);
    assert_eq!(found(&format!("Transform: AWS::LanguageExtensions\n{text}")), [""; 0]);
}

#[test]
fn a_resource_that_is_never_made_has_no_value() {
    let of = |condition: &str, value: &str| {
        format!(
            "Parameters: {{ P: {{ Type: String }} }}\nConditions: {{ A: {condition}, B: !Not [!Condition A] }}\n{}",
            behind(&format!(
                "  T: {{ Type: AWS::SNS::Topic, Condition: A }}\nOutputs: {{ O: {{ Value: {value} }} }}"
            ))
        )
    };
    let says = "6 the resource `T` is never made: its condition `A` holds for no stack (ask for it by `Fn::If` with the \
                same condition, or take the condition away)";
    for condition in [
        "!Equals [a, b]",
        "!And [!Equals [a, b], !Equals [!Ref P, a]]",
        "{ 'Fn::Not': [{ 'Fn::Equals': [a, a] }] }",
    ] {
        for value in ["!Ref T", "!GetAtt T.TopicName", "!Sub '${T}'"] {
            assert_eq!(found(&of(condition, value)), [says], "{condition} {value}");
        }
        assert_eq!(found(&of(condition, "!If [A, !Ref T, none]")), [""; 0]);
    }
    let open = [
        "!Equals [a, a]",
        "!Equals ['true', True]",
        "!Equals [1, 1.0]",
        "!Equals [!Ref P, a]",
        "!Or [!Equals [a, b], !Equals [!Ref P, a]]",
    ];
    for condition in open {
        assert_eq!(found(&of(condition, "!Ref T")), [""; 0], "{condition}");
    }
}

#[test]
fn an_attribute_is_no_list() {
    let text = behind(
        "  T: { Type: AWS::SNS::Topic }\nOutputs: { O: { Value: !GetAtt [T, [TopicName]] } }",
    );
    let says = "4 `Fn::GetAtt` takes a resource and an attribute, such as `[Queue, Arn]`";
    assert_eq!(found(&text), [says]);
}
