//! Environment files that are broken, each in one spot: the file, the line and what to do are told.

use crate::support::binary::Desk;
use crate::support::files::SETTING;

/// What stands above what is broken, in three lines.
const ABOVE: &str =
    "environment: e\nsource: { account: '999999999999' }\nassume-role: { name: r }\n";

/// A broken file: what stands in it from its fourth line on, the line of its fault, and words of the message and of
/// the help.
struct Broken {
    text: &'static str,
    line: usize,
    says: &'static str,
    help: &'static str,
}

const fn broken(text: &'static str, line: usize, says: &'static str, help: &'static str) -> Broken {
    Broken { text, line, says, help }
}

/// Two accounts, and a stack that goes to both.
macro_rules! two {
    ($more:literal) => {
        concat!(
            "regions: [eu-central-1]\naccounts: { dev: '100000000001', pay: '100000000002' }\n",
            "stacks: { app: { template: t.yaml, parameters: { Value: a } } }\n",
            $more
        )
    };
}

/// Two accounts, and the keys of a stack.
macro_rules! stack {
    ($keys:literal) => {
        concat!(
            "regions: [eu-central-1]\naccounts: { dev: '100000000001', pay: '100000000002' }\nstacks:\n",
            "  app: { template: t.yaml, parameters: { Value: a }, ",
            $keys,
            " }\n"
        )
    };
}

const BROKEN: &[Broken] = &[
    // Groups.
    broken(
        two!("groups: { dev: { accounts: [pay] } }"),
        7,
        "`dev` is the name of an account as well",
        "another name",
    ),
    broken(
        two!("groups: { source: { accounts: [dev] } }"),
        7,
        "`source` is the source account's own name",
        "another name",
    ),
    broken(
        two!("groups:\n  a: { accounts: [b] }\n  b: { accounts: [a] }"),
        8,
        "groups list each other in a circle: a -> b -> a",
        "take one of them out",
    ),
    broken(
        two!("groups:\n  a: { accounts: [a] }"),
        8,
        "the group `a` lists itself",
        "take one of them out",
    ),
    broken(
        two!("groups: { a: { accounts: [source] } }"),
        7,
        "the source account belongs to no group",
        "name `source` beside the group",
    ),
    broken(
        two!("groups: { a: { accounts: [dve] } }"),
        7,
        "there is no account or group `dve`",
        "did you mean `dev`?",
    ),
    broken(
        two!("groups: { a: { account: [dev] } }"),
        7,
        "unknown key `account`",
        "did you mean `accounts`?",
    ),
    // Lists of accounts.
    broken(
        stack!("accounts: ['*', '!']"),
        7,
        "`!` alone names no account",
        "right before what is taken away",
    ),
    broken(
        stack!("accounts: ['!dev']"),
        7,
        "`!dev` takes away from nothing",
        "begin the list with what it is taken from",
    ),
    broken(
        stack!("accounts: ['*', !dev ]"),
        7,
        "`!dev` without quotes is a tag of YAML",
        "put it in quotes",
    ),
    broken(stack!("accounts: [dve]"), 7, "there is no account `dve`", "did you mean `dev`?"),
    broken(stack!("accounts: ['x*']"), 7, "no account matches `x*`", "matches no pattern"),
    broken(
        two!("rollout:\n  waves: [[dev], [pya]]"),
        8,
        "there is no account `pya`",
        "did you mean `pay`?",
    ),
    broken(
        two!("rollout:\n  waves: [[dev]]"),
        8,
        "an account is in no wave",
        "all accounts that are left",
    ),
    // Overrides.
    broken(
        stack!("overrides: [{ accounts: [dev] }]"),
        7,
        "the override changes nothing",
        "say what differs",
    ),
    broken(
        stack!("overrides: [{ regions: [eu-west-1], tags: { a: b } }]"),
        7,
        "an override of `app` applies nowhere",
        "`app` stands in `dev/eu-central-1`, `pay/eu-central-1`",
    ),
    broken(
        stack!("accounts: [dev], overrides: [{ accounts: [pay], tags: { a: b } }]"),
        7,
        "an override of `app` applies nowhere",
        "`app` stands in `dev/eu-central-1`",
    ),
    broken(
        stack!("overrides: [{ tags: { a: null } }]"),
        7,
        "takes away a tag that `app` does not have: `a`",
        "give the tag a value",
    ),
    broken(
        stack!("overrides: [{ parameters: { Valu: b } }]"),
        7,
        "has no parameter `Valu`",
        "did you mean `Value`?",
    ),
    broken(
        stack!("overrides: [{ acounts: [dev], tags: { a: b } }]"),
        7,
        "unknown key `acounts`",
        "did you mean `accounts`?",
    ),
    // Layers.
    broken(two!("extends: [e.yaml]"), 7, "`e.yaml` extends itself", "take one of them out"),
    broken(
        two!("extends: [beneath.yaml]"),
        1,
        "files extend each other in a circle",
        "take one of them out",
    ),
    broken(
        two!("extends: beneath.yaml"),
        7,
        "`extends` needs a list of environment files",
        "write `[beneath.yaml]`",
    ),
    broken(
        two!("extends: ['https://example.com/a.yaml']"),
        7,
        "only files on this machine can be extended",
        "fetch it first",
    ),
    // References and names.
    broken(
        stack!("tags: { a: '${output:ap.Value}' }"),
        7,
        "there is no stack `ap`",
        "did you mean `app`?",
    ),
    broken(
        stack!("tags: { a: '${variables.teir}' }, stack-name: a"),
        7,
        "there is no variable `teir`",
        "",
    ),
    broken(two!("variables: { a: '${enviroment}' }"), 7, "`${enviroment}`", "did you mean"),
    broken(
        "regions: [eu-centrl-1]\naccounts: { dev: '100000000001' }\nstacks: { app: { template: t.yaml } }\n",
        4,
        "no Region that AWS is known to have",
        "did you mean `eu-central-1`?",
    ),
    broken(
        "regions: [eu-central-1]\naccounts:\n  dev: '100000000001'\n  pay: '100000000001'\n",
        7,
        "`pay` has the id of `dev`",
        "an account stands in a file once",
    ),
];

#[test]
fn each_fault_is_told_with_its_file_its_line_and_what_to_do() {
    let desk = Desk::empty();
    desk.write("t.yaml", SETTING);
    desk.write("beneath.yaml", "extends: [e.yaml]\n");
    let mut wrong = Vec::new();
    for Broken { text, line, says, help } in BROKEN {
        desk.write("e.yaml", format!("{ABOVE}{text}\n"));
        let told = desk.run(&["validate", "e.yaml", "--output", "json"]).expect_code(2).json();
        let faults = told["faults"].as_array().expect("faults").clone();
        let is_it = |fault: &serde_json::Value| {
            let has =
                |key: &str, part: &str| fault[key].as_str().unwrap_or_default().contains(part);
            has("message", says)
                && has("help", help)
                && has("file", ".yaml")
                && fault["line"] == *line
        };
        if !faults.iter().any(is_it) || faults.len() != 1 {
            wrong.push(format!("{text}\n{line}: {says} ({help})\n{faults:#?}"));
        }
    }
    assert!(BROKEN.len() >= 25);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
