//! The order as input for Graphviz and Mermaid: each account and Region a box, each need an arrow.
//!
//! Names are safe in both languages: their rules allow no quotes, brackets or line ends.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::super::model::{Plan, Purpose, StackInstance};

/// Returns the order in the language of Graphviz.
pub fn dot(plan: &Plan) -> String {
    let mut drawing = String::from("digraph xdeploy {\n  rankdir=LR;\n  node [shape=box];\n");
    for (number, (title, instances)) in boxes(plan).into_iter().enumerate() {
        line(&mut drawing, &format!("  subgraph cluster_{number} {{"));
        line(&mut drawing, &format!("    label=\"{title}\";"));
        for at in instances {
            let instance = &plan.instances[at];
            let style = match instance.purpose {
                Purpose::Deploy(_) | Purpose::Remove(_) => "",
                Purpose::Read(_) => ", style=dashed",
            };
            line(&mut drawing, &format!("    n{at} [label=\"{}\"{style}];", instance.id.stack));
        }
        line(&mut drawing, "  }");
    }
    for (need, dependent) in arrows(plan) {
        line(&mut drawing, &format!("  n{need} -> n{dependent};"));
    }
    drawing.push_str("}\n");
    drawing
}

/// Returns the order in the language of Mermaid.
pub fn mermaid(plan: &Plan) -> String {
    let mut drawing = String::from("flowchart LR\n");
    for (number, (title, instances)) in boxes(plan).into_iter().enumerate() {
        line(&mut drawing, &format!("  subgraph b{number}[\"{title}\"]"));
        for at in instances {
            let instance = &plan.instances[at];
            let class = match instance.purpose {
                Purpose::Deploy(_) | Purpose::Remove(_) => "",
                Purpose::Read(_) => ":::read",
            };
            line(&mut drawing, &format!("    n{at}[\"{}\"]{class}", instance.id.stack));
        }
        line(&mut drawing, "  end");
    }
    for (need, dependent) in arrows(plan) {
        line(&mut drawing, &format!("  n{need} --> n{dependent}"));
    }
    if plan.instances.iter().any(StackInstance::is_only_read) {
        line(&mut drawing, "  classDef read stroke-dasharray: 5 5");
    }
    drawing
}

fn line(drawing: &mut String, line: &str) {
    writeln!(drawing, "{line}").expect("a String takes all");
}

/// Returns the stack instances of each account and Region, with its title.
fn boxes(plan: &Plan) -> Vec<(String, Vec<usize>)> {
    let mut boxes: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
    for (at, instance) in plan.instances.iter().enumerate() {
        boxes.entry((instance.account, instance.id.region.as_str())).or_default().push(at);
    }
    let titled = boxes.into_iter().map(|((account, region), instances)| {
        let account = &plan.accounts[account];
        let wave = instances.iter().find_map(|&at| plan.wave_of(&plan.instances[at]));
        let wave = wave.map_or(String::new(), |wave| format!(", wave {}", wave + 1));
        let place = format!("{}/{region}{wave}", account.name);
        match &plan.environments[..] {
            [_] => (place, instances),
            environments => {
                (format!("{}: {place}", environments[account.environment].name), instances)
            }
        }
    });
    titled.collect()
}

/// Returns each need with its dependent.
fn arrows(plan: &Plan) -> impl Iterator<Item = (usize, usize)> + '_ {
    let instances = plan.instances.iter().enumerate();
    instances.flat_map(|(at, instance)| instance.needs.iter().map(move |&need| (need, at)))
}
