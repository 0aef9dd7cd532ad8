//! `xdeploy outputs`.

use std::sync::Arc;

use super::arguments::{Global, Outputs, OutputsFormat};
use super::connect::connect;
use super::exit::Exit;
use super::load::load;
use super::print;
use crate::clock::Clock;
use crate::engine;
use crate::report::{InstanceOutputs, OutputsView, Shape, StatusView};

/// Shows the outputs of every selected stack instance that stands.
pub async fn outputs(arguments: &Outputs, global: &Global) -> Exit {
    let plan = match load(&arguments.selected, global) {
        Ok(plan) => Arc::new(plan),
        Err(exit) => return exit,
    };
    let cloud = match connect(&arguments.place, &plan, Clock::System) {
        Ok(cloud) => cloud,
        Err(exit) => return exit,
    };
    let mut view = OutputsView::default();
    let mut failed = Vec::new();
    for surveyed in engine::survey(plan.clone(), &cloud).await {
        let instance = plan.instances[surveyed.index].id.clone();
        match &surveyed.found {
            Ok(Some(stack)) => {
                let outputs = stack.outputs.clone();
                view.stacks.push(InstanceOutputs { instance, outputs });
            }
            Ok(None) => {}
            Err(_) => failed.push(super::status::row(&plan, surveyed)),
        }
    }
    let text = match view.text(shape(arguments.output), arguments.query.as_deref()) {
        Ok(text) => text,
        Err(error) => {
            print::note(&error.to_string());
            return Exit::Usage;
        }
    };
    let written = match arguments.output {
        OutputsFormat::Json => print::json(&text),
        OutputsFormat::Yaml | OutputsFormat::Text | OutputsFormat::Env => print::as_it_is(&text),
        OutputsFormat::Table => print::result(&text),
    };
    if failed.is_empty() {
        return written.then(Exit::Done);
    }
    let failed = StatusView::new(failed);
    print::note(failed.text().trim_end());
    written.then(Exit::Reported(failed.exit_code()))
}

fn shape(format: OutputsFormat) -> Shape {
    match format {
        OutputsFormat::Json => Shape::Json,
        OutputsFormat::Yaml => Shape::Yaml,
        OutputsFormat::Text => Shape::Text,
        OutputsFormat::Env => Shape::Env,
        OutputsFormat::Table => Shape::Table,
    }
}
