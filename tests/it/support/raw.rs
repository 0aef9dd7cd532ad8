//! Requests as no client of AWS would send them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take before the test fails, so that none hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What says who signed a request for a service.
pub fn signed_for(service: &str) -> String {
    format!(
        "authorization: AWS4-HMAC-SHA256 Credential=100000000001/20261123/eu-central-1/{service}\
         /aws4_request, SignedHeaders=host, Signature=0"
    )
}

/// Returns a connection to `127.0.0.1:PORT`.
pub fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time that is not zero");
    stream.set_write_timeout(Some(PATIENCE)).expect("a time that is not zero");
    stream
}

/// Sends these lines, a blank one and a body, and returns all that is answered.
pub fn ask(address: &str, lines: &[&str], body: &str) -> String {
    let mut stream = connect(address);
    let request = format!("{}\r\n\r\n{body}", lines.join("\r\n"));
    // A server may refuse a request that it has not read to its end.
    let _ = stream.write_all(request.as_bytes());
    read(&mut stream)
}

/// Returns what comes until the server ends the connection.
pub fn read(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server answers and ends the connection");
    String::from_utf8_lossy(&answer).into_owned()
}
