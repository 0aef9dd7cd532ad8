//! A way through to a server that counts the connections that come along it, and keeps what is said
//! on them.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What one side of each connection said.
type Said = Arc<Mutex<Vec<Vec<u8>>>>;

/// A port on loopback whose connections lead to a server.
pub struct Counted {
    address: String,
    count: Arc<AtomicUsize>,
    said: Said,
    answered: Said,
}

impl Counted {
    /// Returns a way through to `server`, an address such as `http://127.0.0.1:4599`.
    pub fn to(server: &str) -> Self {
        let target = server.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        let said = Said::default();
        let heard = said.clone();
        let answered = Said::default();
        let read = answered.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let connection = counted.fetch_add(1, Ordering::SeqCst);
                for said in [&heard, &read] {
                    said.lock().expect("no holder panics").push(Vec::new());
                }
                let (heard, read) = (heard.clone(), read.clone());
                let server = TcpStream::connect(&target).expect("the server listens");
                lead(&client, &server, move |bytes| {
                    heard.lock().expect("no holder panics")[connection].extend_from_slice(bytes);
                });
                lead(&server, &client, move |bytes| {
                    read.lock().expect("no holder panics")[connection].extend_from_slice(bytes);
                });
            }
        });
        Self { address, count, said, answered }
    }

    /// Returns its address.
    pub fn endpoint(&self) -> &str {
        &self.address
    }

    /// Returns each request so far, with its headers.
    pub fn requests(&self) -> Vec<String> {
        let said = self.said.lock().expect("no holder panics");
        let whole = said.iter().map(|bytes| String::from_utf8_lossy(bytes));
        let requests = whole.flat_map(|said| {
            said.split("POST / HTTP/1.1\r\n").skip(1).map(str::to_owned).collect::<Vec<_>>()
        });
        requests.collect()
    }

    /// Returns the heads of the requests of xdeploy so far that are about buckets and objects.
    pub fn heads_of_objects(&self) -> Vec<String> {
        let said = self.said().concat();
        let ends = said.match_indices("\r\n\r\n").map(|(at, _)| &said[..at]);
        let heads = ends.filter_map(|until| {
            let begin = ["PUT /", "GET /", "HEAD /", "DELETE /"]
                .into_iter()
                .filter_map(|verb| until.rfind(verb))
                .max()?;
            let head = &until[begin..];
            // What follows a head may hold such an end as well.
            let is_head = !head.contains("\r\n\r\n") && head.contains("/s3/aws4_request");
            (is_head && head.contains("aws-sdk-rust")).then(|| head.to_owned())
        });
        heads.collect()
    }

    /// Returns all that was said to the server so far, one text for each connection.
    pub fn said(&self) -> Vec<String> {
        let said = self.said.lock().expect("no holder panics");
        said.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    /// Returns all that the server answered so far, one text for each connection.
    pub fn answers(&self) -> Vec<String> {
        let answered = self.answered.lock().expect("no holder panics");
        answered.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    /// Returns how many connections came so far.
    pub fn connections(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

/// Copies what one side says to the other, until it has said all.
fn lead(from: &TcpStream, to: &TcpStream, mut hear: impl FnMut(&[u8]) + Send + 'static) {
    let clone = |stream: &TcpStream| stream.try_clone().expect("a socket can be shared");
    let (mut from, mut to) = (clone(from), clone(to));
    std::thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        while let Ok(count) = from.read(&mut bytes) {
            hear(&bytes[..count]);
            if count == 0 || to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
}
