//! A program that takes what is posted to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What is posted to it is kept; it listens until the test process ends.
pub struct Webhook {
    /// Where it listens, such as `127.0.0.1:4599`.
    pub address: String,
    posted: Arc<Mutex<Vec<Posted>>>,
}

/// What was posted.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The first line of the request.
    pub line: String,
    /// The header lines, in small letters.
    pub headers: Vec<String>,
    /// The body.
    pub body: String,
}

impl Webhook {
    /// Listens, and answers with these statuses in turn, the last of them for ever.
    pub fn answering(statuses: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let posted = Arc::<Mutex<Vec<Posted>>>::default();
        let (kept, statuses) = (posted.clone(), statuses.to_vec());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (kept, statuses) = (kept.clone(), statuses.clone());
                std::thread::spawn(move || serve(stream.expect("a client"), &kept, &statuses));
            }
        });
        Self { address, posted }
    }

    /// Returns what was posted so far.
    pub fn posted(&self) -> Vec<Posted> {
        self.posted.lock().expect("no holder panics").clone()
    }

    /// Returns the bodies of what was posted so far, as JSON.
    pub fn bodies(&self) -> Vec<serde_json::Value> {
        let json = |posted: &Posted| serde_json::from_str(&posted.body).expect("JSON");
        self.posted().iter().map(json).collect()
    }
}

fn serve(stream: TcpStream, kept: &Mutex<Vec<Posted>>, statuses: &[&str]) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut stream = stream;
    while let Some(posted) = read(&mut reader) {
        let mut all = kept.lock().expect("no holder panics");
        let status = statuses.get(all.len()).or(statuses.last()).expect("there is one");
        all.push(posted);
        let reply = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        if stream.write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Posted> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let headers: Vec<String> = lines.iter().skip(1).map(|line| line.to_lowercase()).collect();
    let length = headers.iter().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    Some(Posted { line: lines.into_iter().next()?, headers, body })
}
