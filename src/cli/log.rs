//! The log of what goes on behind the scenes, for `-v` and `--log`.

use std::fs::File;
use std::io::{self, Stderr, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::arguments::Global;
use super::error::CommandError;
use super::exit::Exit;
use super::print::{self, Written};
use crate::file::named;
use crate::foreign;

/// The log that the flags ask for, if they do.
#[derive(Debug, Default)]
pub struct Log {
    /// Whether something of it could not be written to its file.
    is_lost: Arc<AtomicBool>,
}

impl Log {
    /// Returns `exit`, or that the log could not be written if nothing else went wrong.
    pub fn written(&self, exit: Exit) -> Exit {
        match self.is_lost.load(Ordering::Relaxed) {
            true => Written::Lost.or_worse(exit),
            false => exit,
        }
    }
}

/// Starts the log that the flags ask for.
///
/// The SDK's own log is kept to levels that hold no request or reply: those hold secrets.
///
/// # Errors
/// When the log file cannot be opened.
pub fn start(global: &Global) -> Result<Log, CommandError> {
    let level = |verbose| match verbose {
        0 => "off",
        1 => "xdeploy=debug,aws_config=info",
        _ => "xdeploy=trace,aws_config=info,aws_smithy_runtime=info",
    };
    let log = Log::default();
    if global.verbose == 0 && global.log.is_none() {
        return Ok(log);
    }
    let on_screen = fmt::layer()
        // Where stderr takes nothing there is nobody to be told.
        .with_writer(|| Lines::<Stderr> { writer: io::stderr(), is_lost: Arc::new(true.into()) })
        .log_internal_errors(false)
        .with_ansi(false)
        .without_time();
    let screen_level = EnvFilter::new(level(global.verbose));
    let in_file = match &global.log {
        None => None,
        Some(path) => {
            let writer = named::append(path).map_err(|error| {
                let path = foreign::path(path);
                CommandError::usage(format!("the log {path} cannot be written: {error}"))
            })?;
            let lines = Lines::<File> { writer, is_lost: log.is_lost.clone() };
            Some(fmt::layer().with_writer(Mutex::new(lines)).with_ansi(false))
        }
    };
    let in_file =
        in_file.map(|layer| layer.with_filter(EnvFilter::new(level(global.verbose.max(1)))));
    tracing_subscriber::registry().with(on_screen.with_filter(screen_level)).with(in_file).init();
    Ok(log)
}

/// Where a log goes, each of its entries on a line that gives no command, whatever it holds. One that
/// cannot be written stops nothing, and is told once.
struct Lines<W> {
    writer: W,
    is_lost: Arc<AtomicBool>,
}

impl<W: Write> Write for Lines<W> {
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(entry);
        let line = foreign::line(text.trim_end_matches('\n')) + "\n";
        let written = self.writer.write_all(line.as_bytes());
        if let Err(error) = written
            && !self.is_lost.swap(true, Ordering::Relaxed)
        {
            print::trouble(&format!("warning: the log cannot be written to its end: {error}"));
        }
        Ok(entry.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
