//! From a path to an environment, or to everything that is wrong with its file.

use std::path::Path;
use std::sync::Arc;

use super::cycle;
use super::file::environment;
use super::found;
use super::known_names::{FoundNames, Known};
use super::layers::{Layers, MOST_BYTES};
use super::model::{AccountSpec, Environment};
use super::reader::FileReader;
use super::shape::{Record, ValueShape};
use crate::document::{self, Fault, Faults, Key, Node, Place, SourceFile};
use crate::organization::Listings;

/// The file as a whole.
pub(super) const FILE: Record<Environment> =
    Record { needed: "a mapping with `environment`", keys: environment };

impl Environment {
    /// Reads the environment file at `path`, and the files that it extends.
    ///
    /// # Errors
    /// Everything that is wrong with the files, each with its place.
    pub fn load(path: &Path) -> Result<Self, Faults> {
        Self::load_listed(path, &Listings::default())
    }

    /// Reads the environment file at `path` as [`Environment::load`] does, with the accounts that Organizations has
    /// for it.
    ///
    /// # Errors
    /// As [`Environment::load`], and units that are not there.
    pub fn load_listed(path: &Path, listings: &Listings) -> Result<Self, Faults> {
        Self::load_despite_faults(path, listings).without_faults()
    }

    /// Reads the environment file at `path` as [`Environment::load`] does, and no file outside of the folder
    /// `root`.
    ///
    /// # Errors
    /// As [`Environment::load`], and a file that stands outside.
    pub fn load_within(root: &Path, path: &Path) -> Result<Self, Faults> {
        let file = document::read(path, MOST_BYTES)?;
        despite_faults(&file, Some(root), &Listings::default()).without_faults()
    }

    /// Reads the environment file at `path` as [`Environment::load_listed`] does, and returns it as well if its
    /// faults leave it readable. Who looks further in it finds all faults at once.
    pub fn load_despite_faults(path: &Path, listings: &Listings) -> ReadDespiteFaults {
        match document::read(path, MOST_BYTES) {
            Ok(file) => despite_faults(&file, None, listings),
            Err(Faults(faults)) => ReadDespiteFaults { environment: None, is_whole: false, faults },
        }
    }

    /// Reads an environment file whose text is at hand.
    ///
    /// # Errors
    /// Everything that is wrong with the file, each with its place.
    pub fn from_source(file: &Arc<SourceFile>) -> Result<Self, Faults> {
        despite_faults(file, None, &Listings::default()).without_faults()
    }
}

/// What was read of an environment file, and what is wrong with it.
pub struct ReadDespiteFaults {
    /// The environment, if the faults leave it readable.
    pub environment: Option<Environment>,
    /// Whether nothing of it is missing: its faults are no more than keys that nobody knows.
    pub is_whole: bool,
    /// Everything that is wrong with the file, each with its place.
    pub faults: Vec<Fault>,
}

impl ReadDespiteFaults {
    fn without_faults(self) -> Result<Environment, Faults> {
        match self.environment {
            Some(environment) if self.faults.is_empty() => Ok(environment),
            _ => Err(Faults(self.faults)),
        }
    }
}

/// Reads a file whose text is at hand, and what it extends: nothing outside of `root`, if there is one.
pub(super) fn despite_faults(
    file: &Arc<SourceFile>,
    root: Option<&Path>,
    listings: &Listings,
) -> ReadDespiteFaults {
    let mut reader = FileReader::default();
    let Layers { beneath, merged, faults } = Layers::of(file, root);
    for fault in faults {
        reader.faults.push(|| fault);
    }
    let environment = merged.and_then(|merged| read(&mut reader, file, &merged, listings));
    let environment = environment.map(|environment| Environment { beneath, ..environment });
    let is_whole = environment.is_some() && reader.has_read_all();
    let faults = reader.faults.into_faults().map(|faults| faults.0).unwrap_or_default();
    assert!(environment.is_some() || !faults.is_empty(), "a file without a value has a fault");
    ReadDespiteFaults { environment, is_whole, faults }
}

fn read(
    reader: &mut FileReader,
    file: &Arc<SourceFile>,
    merged: &Node,
    listings: &Listings,
) -> Option<Environment> {
    // What the file as a whole lacks is shown at its beginning.
    let whole = Key { text: String::new(), place: Place { file: file.clone(), span: 0..0 } };
    let mut environment = FILE.read(reader, &whole, merged);
    if let Some(environment) = &mut environment {
        found::join(environment, &reader.mentions, listings, &mut reader.faults);
        if environment.organization.is_some() {
            cycle::faults(environment).into_iter().for_each(|fault| reader.faults.push(|| fault));
        }
    }
    let names = found_names(merged, environment.as_ref());
    Known::of(merged, names).check(&reader.mentions, &mut reader.faults);
    environment
}

/// Returns the names of accounts that the file itself may not have.
fn found_names<'e>(merged: &Node, environment: Option<&'e Environment>) -> FoundNames<'e> {
    let organization = environment.and_then(|it| it.organization.as_ref());
    let found = organization.and_then(|it| it.found.as_ref());
    let accounts = || environment.into_iter().flat_map(|environment| &environment.accounts);
    let shared = |account: &'e AccountSpec| {
        Some((account.shared_name.as_ref()?.as_str(), account.id.value.as_str()))
    };
    FoundNames {
        accounts: accounts().map(|account| account.name.value.as_str()).collect(),
        shared: accounts().filter_map(shared).collect(),
        may_be_more: merged.value_of("organization").is_some()
            && found.is_none_or(|found| found.is_made_up),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;
    use crate::environment::{OutputScope, Piece, Reference, RoleChoice, Text};

    /// Every key that is supported.
    const WHOLE: &str = include_str!("whole.yaml");

    fn read(text: &str) -> Result<Environment, Faults> {
        let file = SourceFile { path: "prod.yaml".into(), text: text.to_owned() };
        Environment::from_source(&Arc::new(file))
    }

    /// Returns the faults of `text` as a person reads them.
    fn shown(text: &str) -> String {
        read(text).expect_err("a fault").render(false, 80)
    }

    /// Returns a file that is free of faults but for what `lines` hold.
    fn with(lines: &str) -> String {
        let accounts =
            if lines.contains("\naccounts:") { "" } else { "accounts: { dev: 100000000001 }\n" };
        let stacks = if lines.contains("stacks:") {
            ""
        } else {
            "stacks: { app: { template: app.yaml } }\n"
        };
        format!("environment: prod\n{lines}{accounts}{stacks}")
    }

    fn literal(text: &Text) -> &str {
        match &text.pieces[..] {
            [Piece::Literal(literal)] => literal,
            other => panic!("{other:?} is not one literal"),
        }
    }

    #[test]
    fn a_file_with_every_key_is_read_as_it_is_written() {
        let environment = read(WHOLE).expect("no faults");
        assert_eq!(environment.name.value.as_str(), "prod");
        let ids: Vec<&str> = environment.accounts.iter().map(|a| a.id.value.as_str()).collect();
        assert_eq!(ids, ["000000000012", "100000000004", "000000000013"]);
        let payments = &environment.accounts[1];
        assert_eq!(payments.regions.as_ref().expect("its own").len(), 2);
        assert!(matches!(payments.assume_role.role, Some(RoleChoice::Arn(_))));
        let duration = payments.assume_role.duration.as_ref().map(|duration| duration.value);
        assert_eq!(duration, Some(Duration::from_secs(900)));
        let [role, app] = &environment.stacks[..] else { panic!("two stacks") };
        assert_eq!(role.key.value.as_str(), "cross-account-role");
        assert_eq!(app.settings.timeout, Some(Duration::from_secs(1800)));
        assert_eq!(app.depends_on[0].value, role.key.value);
        assert_eq!(literal(&app.parameters[1].1), "a,b");
        assert_eq!(literal(&app.parameters[2].1), "00.10");
        assert_eq!(
            app.parameters[0].1.pieces,
            [Piece::Reference(Reference::Output {
                stack: role.key.value.clone(),
                key: "RoleArn".to_owned(),
                scope: OutputScope::Everywhere,
                part: None,
            })]
        );
    }

    #[test]
    fn a_file_that_leaves_out_all_it_may_is_read() {
        let environment = read(&with("")).expect("no faults");
        assert_eq!(environment.stacks[0].accounts, None);
        assert!(environment.regions.is_empty());
    }

    #[test]
    fn the_example_environments_are_free_of_faults() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("environments");
        for entry in std::fs::read_dir(folder).expect("the examples") {
            let path = entry.expect("an example").path();
            if path.extension().is_none_or(|extension| extension != "yaml") {
                continue;
            }
            if let Err(faults) = Environment::load(&path) {
                panic!("{}", faults.render(false, 80));
            }
        }
    }

    #[test]
    fn keys_at_the_top_that_begin_with_x_are_the_users_own() {
        let text = "x-common: &common { template: t.yaml, parameters: { A: \"${env:A}\" } }\n\
                    x-of-another-program: [1, { Two: null }]\nstacks: { app: *common }\n";
        let environment = read(&with(text)).expect("no faults");
        assert_eq!(environment.stacks[0].key.value.as_str(), "app");
        let deeper = "stacks: { app: { template: t.yaml, x-note: mine } }\n";
        assert!(shown(&with(deeper)).contains("unknown key `x-note`"));
        let misspelt = shown(&with("x-common: {}\nregion: [eu-central-1]\n"));
        assert!(misspelt.contains("unknown key `region`"), "{misspelt}");
        assert_eq!(misspelt.matches("unknown key").count(), 1, "{misspelt}");
    }

    #[test]
    fn an_alias_repeats_a_fault_but_it_is_told_once() {
        let text = "stacks: { a: &a { path: x }, b: *a }\n";
        let messages: Vec<String> =
            read(&with(text)).expect_err("faults").0.into_iter().map(|f| f.message).collect();
        assert_eq!(
            messages,
            ["`a` has no `template`", "unknown key `path`", "`b` has no `template`"]
        );
    }

    #[test]
    fn a_list_may_be_empty_where_that_means_none() {
        let text = "stacks: { a: { template: a, depends-on: [], capabilities: [] } }\n";
        let environment = read(&with(text)).expect("no faults");
        let capabilities =
            environment.stacks[0].settings.capabilities.as_ref().expect("said to be none");
        assert_eq!(capabilities.value, [""; 0]);
        for key in ["accounts", "regions"] {
            let text = format!("stacks: {{ a: {{ template: a, {key}: [] }} }}\n");
            let faults = read(&with(&text)).expect_err("a stack that goes nowhere").0;
            assert_eq!(faults[0].message, format!("`{key}` is empty"));
        }
    }

    #[test]
    fn what_is_missing_is_shown() {
        insta::assert_snapshot!(shown("regions: [eu-central-1]\nstacks: { app: {} }\n"));
        insta::assert_snapshot!("a_file_of_another_kind", shown("- environment: prod\n"));
        insta::assert_snapshot!("empty_accounts", shown("environment: a\naccounts: {}\nstacks:\n"));
    }

    #[test]
    fn keys_that_are_unknown_or_given_twice_are_shown() {
        insta::assert_snapshot!(shown(&with(
            "regoins: [eu-central-1]\nassumerole: {}\nnonsense: 1\ntags: { a: 1, a: 2 }\n\
             rollout: { concurrent: 3 }\n"
        )));
    }

    #[test]
    fn an_entry_of_notify_names_one_who_is_told() {
        for (notify, told) in [
            ("[{}]", "names nobody"),
            ("[{ sns: a, webhook: b }]", "one too many"),
            ("[{ slack: b }]", "unknown key `slack`"),
        ] {
            let shown = shown(&with(&format!("notify: {notify}\n")));
            assert!(shown.contains(told), "{notify}: {shown}");
        }
    }

    #[test]
    fn wrong_kinds_of_values_are_shown() {
        insta::assert_snapshot!(shown(&with(
            "regions: eu-central-1\ntags: [a]\nvariables: { a: [x], b: }\nrollout: 5\n\
             assume-role: { name: { a: b }, duration: [] }\nsource: !Ref x\n"
        )));
    }

    #[test]
    fn settings_of_a_rollout_that_mean_nothing_are_shown() {
        insta::assert_snapshot!(shown(&with(
            "rollout:\n  waves: [[], dev, [prod, \"p*\", dev, dev]]\n  max-concurrent: 0\n  \
             failure-tolerance: 101%\n  concurrency-mode: hard\n  on-failure: +1\n"
        )));
        for (key, value) in
            [("max-concurrent", "0%"), ("failure-tolerance", "-1"), ("max-concurrent", "+5")]
        {
            let faults =
                read(&with(&format!("rollout: {{ {key}: '{value}' }}\n"))).expect_err(value);
            assert_eq!(faults.0[0].message, format!("`{value}` is not a number or a percentage"));
        }
    }

    #[test]
    fn names_ids_and_regions_that_break_their_rule_are_shown() {
        insta::assert_snapshot!(shown(&with(
            "source: { account: 99999999999 }\nregions: [eu-central, eu-west-1, eu-west-1]\n\
             accounts:\n  dev: 1000-0000-0001\n  source: 100000000002\n  a b: 100000000003\n  \
             c: { id: 100000000003 }\n  d: 100000000003\nvariables: { a.b: c }\n\
             tags: { \"aws:x\": y }\n"
        )));
    }

    #[test]
    fn durations_out_of_range_are_shown() {
        insta::assert_snapshot!(shown(&with(
            "assume-role: { name: x, duration: 13h }\nstacks:\n  a: { template: a, timeout: 90s }\n  \
             b: { template: b, timeout: 30 }\n  c: { template: c, timeout: half an hour }\n"
        )));
    }

    #[test]
    fn references_that_mean_nothing_are_shown() {
        insta::assert_snapshot!(shown(&with(
            "variables:\n  a: \"${enviroment}\"\n  b: x-${AWS::Region}-y\n  c: ${outputs:app.Key}\n  \
             d: open ${region\n  e: ${env:A:-${region}}\n  f: ${env:1A}\n  g: ${output:app}\n  \
             h: ${output:app.Key@dev*}\n  i: ${Thing}\n  j: \"tab\\t${account}\"\n"
        )));
    }

    #[test]
    fn names_that_stand_nowhere_in_the_file_are_shown() {
        insta::assert_snapshot!(shown(&with(
            "variables: { tier: gold }\nstacks:\n  role: { template: role.yaml }\n  app:\n    \
             template: ${region}.yaml\n    accounts: [develop, dve, \"prod*\", \"[\"]\n    \
             depends-on: [roles]\n    parameters:\n      A: ${variables.teir}\n      \
             B: ${output:rôle.Arn}\n      C: ${output:rolle.Arn@deev}\n"
        )));
    }

    #[test]
    fn accounts_in_which_no_value_can_be_read_are_shown() {
        insta::assert_snapshot!(shown(&with(
            "\naccounts: { dev: 100000000001, prod: 100000000002 }\ngroups: { pci: { accounts: [prod] } }\nstacks:\n  \
             app:\n    template: t\n    parameters:\n      A: ${ssm:/a@nobody}\n      B: ${ssm:/a@123}\n      \
             C: ${external:net.Vpc@deev/eu-west-1}\n      D: ${ssm:/a@pci}\n      E: ${ssm:/a@eu-west-1}\n      \
             F: ${secret:me@db}\n"
        )));
    }

    #[test]
    fn groups_that_mean_nothing_are_shown() {
        insta::assert_snapshot!(shown(&with(
            "\naccounts: { dev: 100000000001, prod: 100000000002 }\ngroups:\n  prod: { accounts: [dev] }\n  \
             source: { accounts: [dev] }\n  a: { accounts: [b] }\n  b: { accounts: [\"*\", \"!a\"] }\n  \
             c: { accounts: [dve, source, \"!x-*\", \"none-*\"] }\n  d: { account: [dev], tags: {} }\n  \
             e: {}\n  f g: { accounts: [] }\n  h: { accounts: [\"!dev\"] }\nstacks:\n  \
             app: { template: t, accounts: [cc, \"!dev\"], parameters: { A: \"${output:app.B@cc}\" } }\n"
        )));
        insta::assert_snapshot!(
            "a_group_that_lists_itself",
            shown(&with("\naccounts: { dev: 100000000001 }\ngroups: { a: { accounts: [a] } }\n"))
        );
    }

    #[test]
    fn lists_that_take_away_from_nothing_are_shown() {
        insta::assert_snapshot!(shown(&with(
            "\naccounts: { dev: 100000000001, prod: 100000000002 }\ngroups: { g: { accounts: [dev] } }\nstacks:\n  \
             a: { template: t, accounts: [\"!dev\"] }\n  b: { template: t, accounts: [\"*\", \"!\"] }\n  \
             c: { template: t, accounts: [\"*\", !dev ] }\n  d: { template: t, accounts: [\"*\", \"!dve\", \"!x*\"] }\n  \
             e: { template: t, accounts: [\"*\"], parameters: { A: \"${output:a.B@g#1/2}\", B: \"${output:a.B@dev#1/2}\" } }\n\
             rollout: { waves: [[dev], [\"!dev\", \"*\"]] }\n"
        )));
    }

    #[test]
    fn overrides_that_mean_nothing_are_shown() {
        insta::assert_snapshot!(shown(&with(
            "\naccounts: { dev: 100000000001 }\nstacks:\n  app:\n    template: t\n    overrides:\n      \
             - { accounts: [dev] }\n      - {}\n      - { account: [dev], parameters: { A: 1 } }\n      \
             - accounts: [\"!dev\"]\n        parameters: { \"a-b\": 1, A: { b: c } }\n      \
             - { accounts: [dve], regions: eu-west-1, tags: { \"aws:x\": null } }\n      \
             - { parameters: { A: \"${output:rolle.Arn}\" }, tags: }\n      - text\n  \
             b: { template: t, overrides: { parameters: { A: 1 } } }\n"
        )));
    }

    #[test]
    fn groups_are_known_after_those_that_they_list() {
        let text = "\naccounts: { dev: 100000000001, pay-1: 100000000002, pay-2: 100000000003 }\ngroups:\n  \
                    outer: { accounts: [inner, dev] }\n  inner: { accounts: [\"pay-*\", \"!pay-2\"] }\n  \
                    others: { accounts: [\"*\", \"!outer\"] }\n  empty: { accounts: [] }\n";
        let environment = read(&with(text)).expect("no faults");
        let groups = crate::environment::AccountGroups::of(&environment);
        let of = |at: usize| {
            let found = groups.of_account(&environment.accounts[at]);
            found.iter().map(|group| group.name.value.to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!([of(0), of(1), of(2)], ["outer", "outer inner", "others"]);
    }

    #[test]
    fn variables_that_refer_in_a_circle_are_shown_as_a_path() {
        insta::assert_snapshot!(shown(&with(
            "variables: { a: \"${variables.b}\", b: \"${variables.c}\", c: \"x${variables.a}\", d: \
             \"${variables.e}\", e: f, g: \"${variables.g}\" }\naccounts:\n  dev:\n    \
             id: 100000000001\n    variables: { e: \"${variables.d}\" }\n"
        )));
    }

    #[test]
    fn settings_that_exclude_each_other_are_shown() {
        insta::assert_snapshot!(shown(&with(
            "assume-role: { name: a, arn: b }\naccounts:\n  dev: { id: 100000000001, profile: x, \
             assume-role: { name: y } }\nstacks:\n  a:\n    template: a.yaml\n    \
             capabilities: [CAPABILITY_NAMEDIAM, iam]\n    termination-protection: yes\n    \
             on-create-failure: keep\n    notification-arns: [a, b, c, d, e, f]\n    \
             stack-policy: \"\"\n    accounts: []\n"
        )));
    }

    #[test]
    fn a_file_of_nonsense_shows_its_first_faults_and_counts_the_others() {
        let text: String =
            (0..2000).map(|line| format!("key-{line}: [nonsense\u{e9}]\n")).collect();
        let faults = read(&text).expect_err("nonsense").0;
        assert_eq!(faults.len(), 50);
        // Three keys are missing.
        assert_eq!(faults[49].message, "and 1953 more");
    }

    #[test]
    fn a_thousand_accounts_and_ten_stacks_are_read_in_a_moment() {
        let mut text = "environment: prod\naccounts:\n".to_owned();
        for number in 0..1000 {
            text.push_str(&format!(
                "  account-{number}:\n    id: {number:012}\n    variables: {{ tier: t{number} }}\n"
            ));
        }
        text.push_str("stacks:\n");
        for number in 0..10 {
            text.push_str(&format!(
                "  stack-{number}:\n    template: a.yaml\n    accounts: [account-7, \"account-*\"]\n    \
                 parameters: {{ Tier: \"${{variables.tier}}\" }}\n"
            ));
        }
        let started = Instant::now();
        let environment = read(&text).expect("no faults");
        assert_eq!(environment.accounts.len(), 1000);
        // Without optimization and on a busy machine; it takes a twentieth of this.
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    }

    #[test]
    fn a_long_chain_of_variables_is_no_circle() {
        let chain: String =
            (0..20_000).map(|n| format!("  v{n}: \"${{variables.v{}}}\"\n", n + 1)).collect();
        read(&with(&format!("variables:\n{chain}  v20000: end\n"))).expect("no faults");
        let faults = read(&with(&format!("variables:\n{chain}  v20000: ${{variables.v0}}\n")));
        let message = &faults.expect_err("a circle").0[0].message;
        assert_eq!(
            message,
            "variables refer in a circle: v0 -> v1 -> v2 -> v3 -> v4 -> v5 -> v6 -> v7 -> … -> v0"
        );
    }

    /// Checks that `text` is read without a panic and every fault lies in it.
    fn check_faults(text: &str) -> Result<(), TestCaseError> {
        let Err(faults) = read(text) else { return Ok(()) };
        prop_assert!(!faults.0.is_empty() && faults.0.len() <= 50);
        for fault in &faults.0 {
            if let Some(place) = &fault.place {
                prop_assert!(text.get(place.span.clone()).is_some(), "{:?}", fault);
            }
        }
        faults.render(false, 80);
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn whatever_the_text_every_fault_lies_in_it(text in "(?s).{0,200}") {
            check_faults(&text)?;
        }

        #[test]
        fn whatever_a_value_holds_every_fault_lies_in_it(value in "[-${}.:@*/#a-z\"'\\\\ é😀\t\n,\\[\\]]{0,40}") {
            let quoted = value.replace('\'', "''");
            check_faults(&with(&format!("tags: {{ a: {value} }}\n")))?;
            check_faults(&with(&format!("tags: {{ a: '{quoted}' }}\nregions: ['{quoted}']\n")))?;
        }

        #[test]
        fn however_a_file_is_spoiled_every_fault_lies_in_it(
            start in 0..WHOLE.len(),
            length in 0usize..40,
            instead in prop_oneof!["[-:{}\\[\\]$@*&!|>'\"%# a-z0-9\n]{0,6}", Just("${".to_owned()), ".{0,3}"],
        ) {
            let end = (start + length).min(WHOLE.len());
            check_faults(&format!("{}{instead}{}", &WHOLE[..start], &WHOLE[end..]))?;
        }
    }
}
