//! A way through to a server that counts the connections that come along it.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A port on loopback whose connections lead to a server.
pub struct Counted {
    address: String,
    count: Arc<AtomicUsize>,
}

impl Counted {
    /// Returns a way through to `server`, an address such as `http://127.0.0.1:4599`.
    pub fn to(server: &str) -> Self {
        let target = server.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                let server = TcpStream::connect(&target).expect("the server listens");
                lead(&client, &server);
                lead(&server, &client);
            }
        });
        Self { address, count }
    }

    /// Returns its address.
    pub fn endpoint(&self) -> &str {
        &self.address
    }

    /// Returns how many connections came so far.
    pub fn connections(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

/// Copies what one side says to the other, until it has said all.
fn lead(from: &TcpStream, to: &TcpStream) {
    let clone = |stream: &TcpStream| stream.try_clone().expect("a socket can be shared");
    let (mut from, mut to) = (clone(from), clone(to));
    std::thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}
