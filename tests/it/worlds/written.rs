//! A world in the words of its files.

use std::fmt::Write;

use super::case::{
    ACTIONS, Case, IDS, KINDS, Mishap, OnFailure, PriorStack, REGIONS, Reads, Rollout,
};

impl Mishap {
    /// Returns it in the words of a rehearsal.
    pub fn words(&self) -> String {
        let kind = KINDS[self.kind];
        let word = kind.split('=').next().unwrap_or_default();
        let has_own = ["no-entry", "elsewhere", "fail", "stall"].contains(&word);
        let action = match has_own {
            true => String::new(),
            false => format!(",action={}", ACTIONS[self.action]),
        };
        format!("{kind}{action},skip={},times={}", self.skip, self.times)
    }
}

impl OnFailure {
    fn words(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Continue => "continue",
            Self::RollbackWave => "rollback-wave",
            Self::RollbackRun => "rollback-run",
        }
    }
}

impl Rollout {
    fn words(&self, accounts: usize) -> String {
        let wave = |number: usize| {
            let of_it = (0..accounts).filter(|&account| self.waves[account] == number);
            let names: Vec<String> = of_it.map(|account| format!("a{account}")).collect();
            (!names.is_empty()).then(|| format!("[{}]", names.join(", ")))
        };
        let waves = (0..3).filter_map(wave).collect::<Vec<_>>().join(", ");
        let mode = if self.is_strict { "strict" } else { "soft" };
        format!(
            "rollout: {{ waves: [{waves}], failure-tolerance: {}, concurrency-mode: {mode}, \
             on-failure: {} }}\n",
            self.tolerance,
            self.on_failure.words()
        )
    }
}

impl Case {
    /// Returns the environment file of the run.
    pub fn file(&self) -> String {
        let mut file = self.head();
        for (index, stack) in self.stacks.iter().enumerate() {
            let needs: Vec<String> = stack.needs.iter().map(|need| format!("s{need}")).collect();
            let value = match (stack.reads, stack.needs.first()) {
                (Reads::InTheParameterStore, _) => format!("'${{ssm:{STORED}}}'"),
                (Reads::Nowhere, _) | (_, None) => "new".to_owned(),
                (Reads::InItsAccount, Some(need)) => format!("'${{output:s{need}.Value}}'"),
                (Reads::InTheFirstAccount, Some(need)) => {
                    format!("'${{output:s{need}.Value@a{}}}'", self.first())
                }
            };
            file.push_str(&line(index, "wanted", &needs.join(", "), &value, "new"));
        }
        file.push_str(&self.rollout.words(self.accounts));
        file
    }

    /// Returns the environment file of what stands before, if anything does.
    pub fn file_before(&self) -> Option<String> {
        let mut file = self.head();
        let standing = self.stacks.iter().enumerate();
        let standing: Vec<_> = standing.filter(|(_, s)| s.before != PriorStack::Absent).collect();
        for (index, stack) in &standing {
            let (template, value) = match stack.before {
                PriorStack::AsWanted => ("wanted", "new"),
                PriorStack::Absent | PriorStack::Older | PriorStack::LeftFailed => ("older", "old"),
                PriorStack::NeverWorked => ("failing", "old"),
            };
            file.push_str(&line(*index, template, "", value, value));
        }
        file.push_str("rollout: { on-failure: continue, failure-tolerance: 100% }\n");
        (!standing.is_empty()).then_some(file)
    }

    /// Returns the account that no other comes before.
    fn first(&self) -> usize {
        let first = (0..self.accounts).min_by_key(|&account| self.rollout.waves[account]);
        first.expect("a world has an account")
    }

    fn head(&self) -> String {
        let regions = REGIONS[..self.regions].join(", ");
        let mut head = format!(
            "environment: random\nsource: {{ account: '999999999999' }}\n\
             assume-role: {{ name: deployer }}\nregions: [{regions}]\naccounts:\n",
        );
        for (index, id) in IDS.iter().take(self.accounts).enumerate() {
            let _ = writeln!(head, "  a{index}: '{id}'");
        }
        head.push_str("stacks:\n");
        head
    }
}

/// The parameter of every account and Region whose value is `new`.
pub const STORED: &str = "/world/new";

/// What must stand in no event.
pub const SECRET: &str = "correct-horse-battery";

fn line(index: usize, template: &str, needs: &str, value: &str, release: &str) -> String {
    format!(
        "  s{index}: {{ template: {template}{index}.yaml, depends-on: [{needs}], parameters: {{ \
         Value: {value}, Secret: {SECRET} }}, tags: {{ release: {release} }} }}\n"
    )
}
