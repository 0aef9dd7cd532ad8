//! What goes on behind the scenes, for `-v` and `--log`.

use std::sync::Mutex;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::arguments::Global;
use super::exit::Exit;
use super::print;
use crate::file::named;

/// Starts the log that the flags ask for.
///
/// The SDK's own log is kept to levels that hold no request or reply: those hold secrets.
///
/// # Errors
/// When the log file cannot be opened.
pub fn start(global: &Global) -> Result<(), Exit> {
    let level = |verbose| match verbose {
        0 => "off",
        1 => "xdeploy=debug,aws_config=info",
        _ => "xdeploy=trace,aws_config=info,aws_smithy_runtime=info",
    };
    if global.verbose == 0 && global.log.is_none() {
        return Ok(());
    }
    let on_screen = fmt::layer().with_writer(std::io::stderr).with_ansi(false).without_time();
    let screen_level = EnvFilter::new(level(global.verbose));
    let in_file = match &global.log {
        None => None,
        Some(path) => {
            let file = named::append(path).map_err(|error| {
                print::note(&format!("the log {} cannot be written: {error}", path.display()));
                Exit::Usage
            })?;
            Some(fmt::layer().with_writer(Mutex::new(file)).with_ansi(false))
        }
    };
    use tracing_subscriber::Layer;
    tracing_subscriber::registry()
        .with(on_screen.with_filter(screen_level))
        .with(in_file.map(|layer| layer.with_filter(EnvFilter::new(level(global.verbose.max(1))))))
        .init();
    Ok(())
}
