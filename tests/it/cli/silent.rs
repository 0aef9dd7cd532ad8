//! A server that answers with the head of a reply and half a body, and then nothing.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use crate::support::binary::Desk;

const FILE: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { a1: "100000000001" }
stacks:
  app: { template: app.yaml }
"#;

/// Returns the address of a server that goes silent in the body of every reply, and what hears of
/// each.
fn silent() -> (String, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    let (answered, heard) = mpsc::channel();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for mut client in listener.incoming().flatten() {
            let mut bytes = [0; 16 * 1024];
            let _ = client.read(&mut bytes);
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: 500\r\n\r\n";
            let _ = client.write_all(format!("{head}<GetCallerIdentityResponse>").as_bytes());
            // The connection stays open.
            open.push(client);
            let _ = answered.send(());
        }
    });
    (address, heard)
}

fn applying(endpoint: &str) -> (Desk, Child) {
    let desk = Desk::empty();
    desk.write("prod.yaml", FILE);
    desk.write("app.yaml", "Resources: { Inbox: { Type: AWS::SQS::Queue } }");
    let child = desk
        .command(&["apply", "prod.yaml", "--yes", "--progress", "plain"])
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", "999999999999")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary can be started");
    (desk, child)
}

#[test]
fn one_signal_ends_a_run_that_waits_for_the_rest_of_a_reply() {
    for signal in ["-TERM", "-INT"] {
        let (endpoint, heard) = silent();
        let (_desk, mut child) = applying(&endpoint);
        heard.recv().expect("it asks whose credentials it has");
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(sent.expect("kill is there").success());
        assert_eq!(child.wait().expect("it ends").code(), Some(130), "{signal}");
    }
}
