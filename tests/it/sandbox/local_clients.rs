//! What others on this machine, and pages in its browser, do to a sandbox that is served there.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::support::binary::Desk;
use crate::support::raw::{ask, connect, read, signed_for};
use crate::support::served::Served;

const FILE: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { a1: "100000000001" }
stacks:
  app: { template: app.yaml }
"#;

const WHO: &str = "Action=GetCallerIdentity&Version=2011-06-15";

/// What is served to whoever knows how to ask for it.
const ASKED: [(&str, &str); 6] = [
    ("POST /", "sts"),
    ("POST /", "ssm"),
    ("GET /", "s3"),
    ("GET /2018-06-01/runtime/invocation/next", ""),
    ("POST /2015-03-31/functions/deploy/invocations", "lambda"),
    (
        "GET /_sandbox/credentials/codebuild.amazonaws.com/arn:aws:iam::100000000001:role/deployer",
        "",
    ),
];

fn desk() -> Desk {
    let desk = Desk::empty();
    desk.write("prod.yaml", FILE);
    desk.write("app.yaml", "Resources: { Inbox: { Type: AWS::SQS::Queue } }");
    desk
}

fn served(arguments: &[&str]) -> Served {
    Served::new(&desk(), "prod.yaml", arguments)
}

/// Returns the first line of the answer to a call of STS with these headers.
fn who(address: &str, headers: &[&str]) -> String {
    let signed = signed_for("sts");
    let length = format!("content-length: {}", WHO.len());
    let lines = [&["POST / HTTP/1.1", "connection: close", &signed, &length], headers].concat();
    let answer = ask(address, &lines, WHO);
    answer.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_page_reaches_nothing_by_a_name_of_its_own() {
    let served = served(&[]);
    for (line, service) in ASKED {
        for host in ["host: evil.example:4599", "host: localhost.evil.example", "x: no host"] {
            let (line, signed) = (format!("{line} HTTP/1.1"), signed_for(service));
            let mut lines = vec![line.as_str(), host, "connection: close"];
            lines.extend(Some(signed.as_str()).filter(|_| !service.is_empty()));
            let answer = ask(served.address(), &lines, "");
            assert!(answer.starts_with("HTTP/1.1 403 "), "{lines:?}: {answer}");
            let told = if host.starts_with("x:") { "must name the host" } else { "--allow-host" };
            assert!(answer.contains(told), "{lines:?}: {answer}");
        }
    }
}

#[test]
fn a_page_of_another_origin_reaches_nothing() {
    let served = served(&[]);
    let host = format!("host: {}", served.address());
    for from in ["origin: http://evil.example", "origin: null", "sec-fetch-site: cross-site"] {
        for (line, service) in ASKED.into_iter().chain([("OPTIONS /", "")]) {
            let (line, signed) = (format!("{line} HTTP/1.1"), signed_for(service));
            let mut lines = vec![line.as_str(), host.as_str(), from, "connection: close"];
            lines.extend(Some(signed.as_str()).filter(|_| !service.is_empty()));
            let answer = ask(served.address(), &lines, "");
            assert!(answer.starts_with("HTTP/1.1 403 "), "{lines:?}: {answer}");
            assert!(!answer.to_lowercase().contains("access-control-allow"), "{answer}");
        }
    }
    let own = ["origin: http://localhost:3000", &host];
    assert_eq!(who(served.address(), &own), "HTTP/1.1 200 OK");
}

#[test]
fn programs_are_answered_under_every_name_of_this_machine_and_those_that_are_allowed() {
    let served = served(&["--allow-host", "host.docker.internal", "--allow-host", "172.17.0.1"]);
    let (_, port) = served.address().split_once(':').expect("it has a port");
    for host in ["127.0.0.1", "localhost", "[::1]", "host.docker.internal", "172.17.0.1"] {
        let host = format!("host: {host}:{port}");
        assert_eq!(who(served.address(), &[&host]), "HTTP/1.1 200 OK", "{host}");
    }
    let refused = desk().run(&["sandbox", "serve", "--allow-host", "http://a:80"]).expect_code(2);
    assert!(refused.stderr.contains("without scheme and port"), "{}", refused.stderr);
}

/// Serves with no more than 64 files open at once.
fn served_with_few_files() -> Served {
    let desk = desk();
    let serve = desk.command(&["sandbox", "serve", "prod.yaml", "--in-memory", "--port", "0"]);
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "ulimit -n 64 && exec \"$0\" \"$@\""]).arg(serve.get_program());
    command.args(serve.get_args()).current_dir(desk.path()).env_clear().stderr(Stdio::null());
    Served::by(command)
}

#[test]
fn a_hundred_idle_connections_keep_nobody_out() {
    let served = served_with_few_files();
    let host = format!("host: {}", served.address());
    let mut idle = Vec::new();
    for number in 0..100 {
        let mut stream = connect(served.address());
        if number % 2 == 0 {
            // One that has left already says so; that is as well.
            let _ = stream.write_all(b"POST / HTTP/1.1\r\nhost: local");
        }
        idle.push(stream);
    }
    for _ in 0..3 {
        assert_eq!(who(served.address(), &[&host]), "HTTP/1.1 200 OK");
    }
}

#[test]
fn who_is_being_served_is_not_sent_away_for_others() {
    let served = served_with_few_files();
    let host = format!("host: {}", served.address());
    let waits = || {
        let mut stream = connect(served.address());
        let head = "GET /2018-06-01/runtime/invocation/next HTTP/1.1";
        stream.write_all(format!("{head}\r\n{host}\r\n\r\n").as_bytes()).expect("it is read");
        stream
    };
    let mut waiting: Vec<TcpStream> = (0..40).map(|_| waits()).collect();
    // The last ones are not accepted yet; those that leave make room for them.
    let last = waiting.split_off(20);
    drop(waiting);
    assert_eq!(who(served.address(), &[&host]), "HTTP/1.1 200 OK");
    for stream in last {
        stream.set_nonblocking(true).expect("a socket");
        let waits = stream.peek(&mut [0]).expect_err("nothing was sent and nothing ended");
        assert_eq!(waits.kind(), std::io::ErrorKind::WouldBlock);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn want_of_files_is_borne() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};

    let desk = desk();
    let mut command =
        desk.command(&["sandbox", "serve", "prod.yaml", "--in-memory", "--port", "0", "-v"]);
    command.stderr(Stdio::piped());
    let mut served = Served::by(command);
    let mut said = BufReader::new(served.process().stderr.take().expect("it is piped")).lines();
    let id = served.process().id();
    let limit = |files: u64| {
        let pid = Pid::from_raw(id.cast_signed());
        let limit = Rlimit { current: Some(files), maximum: Some(4096) };
        prlimit(pid, Resource::Nofile, limit).expect("a process of ours");
    };
    let is_open = |file: &u64| std::path::Path::new(&format!("/proc/{id}/fd/{file}")).exists();
    limit((0..).find(|file| !is_open(file)).expect("a number that is free"));
    let host = format!("host: {}", served.address());
    let mut stream = connect(served.address());
    let (signed, length) = (signed_for("sts"), WHO.len());
    let head = format!("POST / HTTP/1.1\r\n{host}\r\nconnection: close\r\n{signed}");
    let request = format!("{head}\r\ncontent-length: {length}\r\n\r\n{WHO}");
    stream.write_all(request.as_bytes()).expect("the system takes it");
    let is_told = |line: std::io::Result<String>| {
        line.expect("text").contains("cannot take a connection now")
    };
    assert!(said.by_ref().take(100).any(is_told), "it says what it waits for");
    limit(1024);
    let answer = read(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[test]
fn a_body_of_600_mb_is_refused_before_it_is_sent() {
    let served = served(&[]);
    let host = format!("host: {}", served.address());
    let length = "content-length: 629145600";
    for (line, service, status) in [
        ("PUT /artifacts/k", "s3", 413),
        ("POST /", "sts", 413),
        ("POST /", "ssm", 413),
        ("POST /2015-03-31/functions/deploy/invocations", "lambda", 413),
        ("POST /2018-06-01/runtime/invocation/1/response", "", 413),
        // Who is nobody hears that.
        ("POST /", "", 403),
        ("PUT /artifacts/k", "", 403),
    ] {
        let (line, signed) = (format!("{line} HTTP/1.1"), signed_for(service));
        let mut lines = vec![line.as_str(), &host, length, "expect: 100-continue"];
        lines.extend(Some(signed.as_str()).filter(|_| !service.is_empty()));
        let answer = ask(served.address(), &lines, "");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{lines:?}: {answer}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_body_that_does_not_say_its_length_is_kept_as_far_as_it_may_go() {
    let mut served = served(&[]);
    let mut refused = Vec::new();
    for (line, service) in [
        ("PUT /artifacts/k", "s3"),
        ("POST /", "cloudformation"),
        ("POST /2018-06-01/runtime/invocation/1/response", ""),
        ("POST /", ""),
    ] {
        let mut stream = connect(served.address());
        let signed = if service.is_empty() { "x: y".to_owned() } else { signed_for(service) };
        let head = format!("{line} HTTP/1.1\r\nhost: localhost\r\n{signed}");
        let head = format!("{head}\r\ntransfer-encoding: chunked\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("it is read");
        let mut sender = stream.try_clone().expect("a second handle");
        let sends = std::thread::spawn(move || {
            let chunk = [b"100000\r\n", &vec![b'a'; 1 << 20][..], b"\r\n"].concat();
            // Until the other end has heard enough.
            (0..600).all(|_| sender.write_all(&chunk).is_ok())
        });
        let mut first = String::new();
        BufReader::new(&stream).read_line(&mut first).expect("it is answered");
        refused.push(first.split(' ').nth(1).unwrap_or_default().to_owned());
        let _ = stream.shutdown(std::net::Shutdown::Both);
        sends.join().expect("the sender ends");
    }
    assert_eq!(refused, ["413", "413", "413", "403"]);
    let id = served.process().id();
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it still runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux says it");
    let peak_kib: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(peak_kib < 256 << 10, "{peak_kib} KiB");
}

#[test]
fn a_head_without_end_is_refused() {
    let served = served(&[]);
    let many: Vec<String> = (0..1000).map(|number| format!("x-{number}: y")).collect();
    let mut lines = vec!["GET / HTTP/1.1", "host: localhost"];
    lines.extend(many.iter().map(String::as_str));
    let long = format!("x: {}", "y".repeat(500_000));
    let path = format!("GET /{} HTTP/1.1", "y".repeat(100_000));
    for lines in [
        lines,
        vec!["GET / HTTP/1.1", "host: localhost", &long],
        vec![path.as_str(), "host: localhost"],
    ] {
        let answer = ask(served.address(), &lines, "");
        let is_refused =
            ["431", "414"].iter().any(|status| answer.starts_with(&format!("HTTP/1.1 {status} ")));
        assert!(is_refused, "{answer}");
    }
}
