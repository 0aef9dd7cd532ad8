//! A way through to a server that changes its answers, as a hostile cloud would.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What becomes of the body of an answer.
type Change = Arc<Mutex<Box<dyn Fn(String) -> String + Send>>>;

/// A port on loopback whose requests lead to a server, and whose answers are not quite its own.
pub struct Rewritten {
    endpoint: String,
    change: Change,
}

impl Rewritten {
    /// Returns a way through to `server`, an address such as `http://127.0.0.1:4599`, that changes
    /// nothing yet.
    pub fn to(server: &str) -> Self {
        let target = server.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
        let change: Change = Arc::new(Mutex::new(Box::new(|body| body)));
        let changed = change.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (target, change) = (target.clone(), changed.clone());
                // Whoever goes away in the middle of a request wants no answer.
                std::thread::spawn(move || drop(pass_on(client, &target, &change)));
            }
        });
        Self { endpoint, change }
    }

    /// Returns its address.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Changes the bodies of answers like this from now on; what becomes an error is answered as one.
    pub fn set(&self, change: impl Fn(String) -> String + Send + 'static) {
        *self.change.lock().expect("no holder panics") = Box::new(change);
    }
}

/// Returns a text as it stands in XML, control characters included.
pub fn in_xml(text: &str) -> String {
    let mut xml = String::new();
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            c if c.is_control() => xml.push_str(&format!("&#{};", u32::from(c))),
            c => xml.push(c),
        }
    }
    xml
}

/// Returns XML in which every element of that name holds `text`.
pub fn with_element(xml: &str, name: &str, text: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut parts = xml.split(&open);
    let mut changed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.split_once(&close).map_or("", |(_, rest)| rest);
        changed += &format!("{open}{}{close}{rest}", in_xml(text));
    }
    changed
}

/// Passes one request after the other on to the server, and its answers back.
fn pass_on(client: TcpStream, target: &str, change: &Change) -> std::io::Result<()> {
    let mut requests = BufReader::new(client.try_clone()?);
    let mut answers = client;
    let server = TcpStream::connect(target)?;
    let mut server_answers = BufReader::new(server.try_clone()?);
    let mut server = server;
    while let Some((head, body)) = read(&mut requests)? {
        server.write_all(head.as_bytes())?;
        server.write_all(&body)?;
        let Some((head, body)) = read(&mut server_answers)? else { break };
        let body = change.lock().expect("no holder panics")(String::from_utf8_lossy(&body).into());
        let is_length = |line: &&str| line.to_ascii_lowercase().starts_with("content-length:");
        let mut head: Vec<&str> = head.trim_end().lines().filter(|line| !is_length(line)).collect();
        if body.starts_with("<ErrorResponse>") {
            head[0] = "HTTP/1.1 403 Forbidden";
        }
        let head = format!("{}\r\ncontent-length: {}\r\n\r\n", head.join("\r\n"), body.len());
        answers.write_all(head.as_bytes())?;
        answers.write_all(body.as_bytes())?;
    }
    Ok(())
}

/// Reads a head and its body, whose length it says.
fn read(from: &mut impl BufRead) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut head = String::new();
    loop {
        let start = head.len();
        if from.read_line(&mut head)? == 0 {
            return Ok(None);
        }
        if head[start..].trim().is_empty() {
            break;
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    from.read_exact(&mut body)?;
    Ok(Some((head, body)))
}
