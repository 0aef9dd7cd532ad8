//! `xdeploy graph`.

use super::arguments::{Global, Graph, GraphFormat};
use super::exit::Exit;
use super::load::load;
use super::print;
use crate::plan::graph;

/// Shows the order of the selected stack instances.
pub fn graph(arguments: &Graph, global: &Global) -> Exit {
    let plan = match load(&arguments.selected, global) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    let written = print::result(&match arguments.output {
        GraphFormat::Text => graph::text(&plan),
        GraphFormat::Dot => graph::dot(&plan),
        GraphFormat::Mermaid => graph::mermaid(&plan),
    });
    written.then(Exit::Done)
}
