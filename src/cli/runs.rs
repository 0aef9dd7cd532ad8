//! `xdeploy runs`.

use super::arguments::TextOrJson;
use super::exit::Exit;
use super::kept::Runs;
use super::print;
use crate::foreign;
use crate::journal;
use crate::report::RunsView;

/// Lists the runs that were kept, newest first.
pub fn runs(arguments: &Runs) -> Exit {
    let folder = arguments.kept.folder();
    let (listed, more) = match journal::list(&folder, arguments.limit.get()) {
        Ok(found) => found,
        Err(error) => {
            print::failure(&error, "name another folder with --state-dir");
            return Exit::Usage;
        }
    };
    let view = RunsView::new(listed);
    let written = match arguments.output {
        TextOrJson::Json => print::json(&view.json()),
        TextOrJson::Text => print::result(&view.text()),
    };
    if view.runs.is_empty() {
        print::note(&format!("no run stands in {}", foreign::path(folder.path())));
    }
    if more > 0 {
        print::note(&format!("{more} older; --limit {} shows all", arguments.limit.get() + more));
    }
    written.then(Exit::Done)
}
