//! A command in an account: its credentials in the environment, its output line by line, and
//! signals passed on.

use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command as Process};
use tokio::sync::{mpsc, watch};

use crate::engine::Stop;
use crate::foreign::visible;

/// The longest line that is passed on whole, in bytes; longer ones come in pieces.
const MOST_LINE_BYTES: usize = 1024 * 1024;

/// How much of a stream is read at a time, in bytes.
const READ_BYTES: usize = 64 * 1024;

/// The exit code of a program that could not be started, as shells give it.
const NOT_STARTED: i32 = 127;
/// What shells add to a signal's number.
const BY_SIGNAL: i32 = 128;

/// The exit code of a program whose output nobody read any more.
pub const UNREAD: i32 = BY_SIGNAL + Signal::PIPE.as_raw();

/// What would give the child other credentials than those of its account.
const OF_THE_PARENT: [&str; 15] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
];

/// A program and its arguments.
#[derive(Clone, Debug)]
pub struct ExecCommand {
    /// The program, looked up in PATH.
    pub program: OsString,
    /// What follows the program, in order.
    pub arguments: Vec<OsString>,
}

/// Where a command runs: a number that its lines carry, and its environment variables.
#[derive(Clone, Debug)]
pub struct ExecTarget {
    /// The position of its account, which each of its lines carries.
    pub number: usize,
    /// What is set for it.
    pub variables: Vec<(String, String)>,
}

/// Which of its two streams a program wrote to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputStream {
    /// Standard output, file descriptor 1.
    Stdout,
    /// Standard error, file descriptor 2.
    Stderr,
}

/// A line that a command wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputLine {
    /// The number of its target.
    pub target: usize,
    /// Which stream it was written to.
    pub stream: OutputStream,
    /// The line as it was written, with its end if it has one.
    pub bytes: Vec<u8>,
}

impl OutputLine {
    /// Returns the line without its end; bytes that are no UTF-8 are replaced.
    pub fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        text.strip_suffix('\r').unwrap_or(text).to_owned()
    }
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandEnd {
    /// Its exit code; 128 and the signal's number if one ended it, 127 if it did not start.
    pub code: i32,
    /// The name of the signal that ended it, such as `SIGTERM`.
    pub signal: Option<String>,
    /// Why it did not start.
    pub error: Option<String>,
}

/// Runs a command to its end and sends every line it writes.
///
/// Once `is_read` is false, nobody reads what it writes to stdout: its next write ends it, as behind
/// a pipe of its own (SIGPIPE).
///
/// It is in a process group of its own, so that what is typed at the terminal reaches it once: the
/// first wish to stop as SIGINT, the second as SIGKILL.
pub async fn run(
    command: &ExecCommand,
    target: ExecTarget,
    lines: mpsc::Sender<OutputLine>,
    is_read: watch::Receiver<bool>,
    stop: watch::Receiver<Stop>,
) -> CommandEnd {
    let mut process = Process::new(&command.program);
    process.args(&command.arguments);
    for name in OF_THE_PARENT {
        process.env_remove(name);
    }
    process
        .envs(target.variables)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    let mut child = match process.spawn() {
        Ok(child) => child,
        Err(error) => {
            let program = visible(&command.program.to_string_lossy());
            let error = Some(format!("`{program}` could not be started: {error}"));
            return CommandEnd { code: NOT_STARTED, signal: None, error };
        }
    };
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (ended, (), ()) = tokio::join!(
        end_of(&mut child, stop),
        async {
            let mut is_read = is_read;
            tokio::select! {
                biased;
                Ok(_) = is_read.wait_for(|is_read| !is_read) => {}
                () = pass_on(stdout, target.number, OutputStream::Stdout, &lines) => {}
            }
        },
        pass_on(stderr, target.number, OutputStream::Stderr, &lines),
    );
    match ended {
        Ok(status) => ended_with(status),
        Err(error) => {
            CommandEnd { code: NOT_STARTED, signal: None, error: Some(error.to_string()) }
        }
    }
}

/// Waits for the end of a program and passes on wishes to stop until then.
async fn end_of(child: &mut Child, mut stop: watch::Receiver<Stop>) -> std::io::Result<ExitStatus> {
    let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    let mut passed_on = Stop::No;
    loop {
        let wanted = *stop.borrow_and_update();
        if wanted > passed_on {
            passed_on = wanted;
            let signal = if wanted == Stop::AtOnce { Signal::KILL } else { Signal::INT };
            // One that ended in this moment needs no signal any more.
            let _ = group.map(|group| kill_process_group(group, signal));
        }
        tokio::select! {
            status = child.wait() => {
                // What it left behind in the background would keep its streams open for ever.
                if passed_on != Stop::No {
                    let _ = group.map(|group| kill_process_group(group, Signal::KILL));
                }
                return status;
            }
            Ok(()) = stop.changed() => {}
        }
    }
}

/// Sends the lines of a stream until it ends.
async fn pass_on(
    stream: Option<impl AsyncRead + Unpin>,
    target: usize,
    which: OutputStream,
    lines: &mpsc::Sender<OutputLine>,
) {
    let Some(stream) = stream else { return };
    let mut reader = BufReader::with_capacity(READ_BYTES, stream);
    loop {
        let mut bytes = Vec::new();
        let read = read_line(&mut reader, &mut bytes).await;
        if !matches!(read, Ok(count) if count > 0) {
            return;
        }
        // Whoever reads no more has read enough; the program goes on.
        let _ = lines.send(OutputLine { target, stream: which, bytes }).await;
    }
}

/// Reads up to the end of a line, or about [`MOST_LINE_BYTES`] of a longer one.
async fn read_line(
    reader: &mut BufReader<impl AsyncRead + Unpin>,
    line: &mut Vec<u8>,
) -> std::io::Result<usize> {
    while line.len() < MOST_LINE_BYTES {
        let buffer = reader.fill_buf().await?;
        let end = buffer.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let taken = end.unwrap_or(buffer.len());
        line.extend_from_slice(&buffer[..taken]);
        reader.consume(taken);
        if end.is_some() || taken == 0 {
            break;
        }
    }
    Ok(line.len())
}

fn ended_with(status: ExitStatus) -> CommandEnd {
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    let code = status.code().or(signal.map(|signal| BY_SIGNAL + signal)).unwrap_or(NOT_STARTED);
    CommandEnd { code, signal: signal.map(signal_name), error: None }
}

/// The signals that end programs, with their names; their numbers differ between systems.
const SIGNALS: [(Signal, &str); 18] = [
    (Signal::HUP, "SIGHUP"),
    (Signal::INT, "SIGINT"),
    (Signal::QUIT, "SIGQUIT"),
    (Signal::ILL, "SIGILL"),
    (Signal::TRAP, "SIGTRAP"),
    (Signal::ABORT, "SIGABRT"),
    (Signal::BUS, "SIGBUS"),
    (Signal::FPE, "SIGFPE"),
    (Signal::KILL, "SIGKILL"),
    (Signal::USR1, "SIGUSR1"),
    (Signal::SEGV, "SIGSEGV"),
    (Signal::USR2, "SIGUSR2"),
    (Signal::PIPE, "SIGPIPE"),
    (Signal::ALARM, "SIGALRM"),
    (Signal::TERM, "SIGTERM"),
    (Signal::XCPU, "SIGXCPU"),
    (Signal::XFSZ, "SIGXFSZ"),
    (Signal::SYS, "SIGSYS"),
];

fn signal_name(number: i32) -> String {
    let known = SIGNALS.iter().find(|(signal, _)| signal.as_raw() == number);
    known.map_or_else(|| format!("signal {number}"), |(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ran(program: &str, arguments: &[&str], stop: Stop) -> (CommandEnd, Vec<OutputLine>) {
        let (lines, mut read) = mpsc::channel(1000);
        let (_wish, heard) = watch::channel(stop);
        let command = ExecCommand {
            program: program.into(),
            arguments: arguments.iter().map(OsString::from).collect(),
        };
        let variables = vec![("AWS_REGION".to_owned(), "eu-central-1".to_owned())];
        let (_reader, is_read) = watch::channel(true);
        let finished =
            run(&command, ExecTarget { number: 7, variables }, lines, is_read, heard).await;
        let mut said = Vec::new();
        while let Some(line) = read.recv().await {
            said.push(line);
        }
        (finished, said)
    }

    #[tokio::test]
    async fn a_program_sees_its_own_variables_and_its_lines_are_told() {
        let script = "echo $AWS_REGION; echo oops >&2; printf 'no end'; exit 3";
        let (finished, mut said) = ran("sh", &["-c", script], Stop::No).await;
        assert_eq!(finished, CommandEnd { code: 3, signal: None, error: None });
        said.sort_by_key(|line| line.stream == OutputStream::Stderr);
        let texts: Vec<&[u8]> = said.iter().map(|line| line.bytes.as_slice()).collect();
        assert_eq!(texts, [&b"eu-central-1\n"[..], b"no end", b"oops\n"]);
    }

    #[tokio::test]
    async fn a_long_line_is_passed_on_whole_and_a_longer_one_without_losing_a_byte() {
        let script = "head -c 900000 /dev/zero | tr '\\0' x; echo";
        let (_, said) = ran("sh", &["-c", script], Stop::No).await;
        assert_eq!(said.iter().map(|line| line.bytes.len()).collect::<Vec<_>>(), [900_001]);
        let script = "head -c 2500000 /dev/zero | tr '\\0' x; printf '\\r\\n'";
        let (_, said) = ran("sh", &["-c", script], Stop::No).await;
        let whole: Vec<u8> = said.into_iter().flat_map(|line| line.bytes).collect();
        assert_eq!((whole.len(), &whole[2_500_000..]), (2_500_002, &b"\r\n"[..]));
    }

    #[tokio::test]
    async fn a_wish_to_stop_reaches_the_program_and_its_children() {
        let (lines, mut read) = mpsc::channel::<OutputLine>(1000);
        let (wish, heard) = watch::channel(Stop::No);
        // Not a shell: one that is started where an interrupt is ignored cannot be told to hear it.
        let script = "
import signal, subprocess, sys
def heard(*_):
    print('heard', flush=True)
    sys.exit(7)
signal.signal(signal.SIGINT, heard)
subprocess.Popen(['sh', '-c', 'trap \"\" INT; echo ready; exec sleep 600']).wait()
";
        let command =
            ExecCommand { program: "python3".into(), arguments: vec!["-c".into(), script.into()] };
        let target = ExecTarget { number: 0, variables: Vec::new() };
        let stop = async {
            let mut said = Vec::new();
            while let Some(line) = read.recv().await {
                // Once the trap is set, and not before.
                if line.text() == "ready" {
                    wish.send_replace(Stop::Settle);
                }
                said.push(line.text());
            }
            said
        };
        let (_reader, is_read) = watch::channel(true);
        let (finished, said) = tokio::join!(run(&command, target, lines, is_read, heard), stop);
        assert_eq!(finished.code, 7);
        assert_eq!(said, ["ready", "heard"]);
    }

    #[tokio::test]
    async fn a_program_whose_output_nobody_reads_ends_as_behind_a_pipe() {
        let (lines, mut read) = mpsc::channel::<OutputLine>(1);
        let (_wish, heard) = watch::channel(Stop::No);
        let (reader, is_read) = watch::channel(true);
        let command = ExecCommand { program: "yes".into(), arguments: Vec::new() };
        let target = ExecTarget { number: 0, variables: Vec::new() };
        let reads_one = async {
            read.recv().await.expect("it never ends by itself");
            reader.send_replace(false);
            while read.recv().await.is_some() {}
        };
        let (finished, ()) = tokio::join!(run(&command, target, lines, is_read, heard), reads_one);
        let signal = Some("SIGPIPE".to_owned());
        assert_eq!(finished, CommandEnd { code: UNREAD, signal, error: None });
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_says_so() {
        let (finished, _) = ran("no-such-program", &[], Stop::No).await;
        assert_eq!(finished.code, 127);
        assert!(finished.error.is_some_and(|error| error.contains("no-such-program")));
    }
}
