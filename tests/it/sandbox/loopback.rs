//! The sandbox on a loopback port, spoken to in plain HTTP.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use xdeploy::sandbox::{Hosts, serve};

use crate::support::embedded::{Embedded, Keys};
use crate::support::raw::signed_for;

async fn ask(address: std::net::SocketAddr, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{head}content-length: \
         {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the server answers");
    answer
}

#[tokio::test]
async fn any_http_client_is_answered_until_the_server_is_stopped() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let sandbox = Embedded::new().sandbox;
    let server =
        tokio::spawn(serve(sandbox, listener, Hosts::default(), async { drop(stopped.await) }));
    let signed = "authorization: AWS4-HMAC-SHA256 Credential=100000000001/20261123/eu-central-1/sts\
                  /aws4_request, SignedHeaders=host, Signature=0\r\n";
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let answer = ask(address, signed, body).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("<Account>100000000001</Account>"), "{answer}");
    let answer = ask(address, "", body).await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(answer.contains("<Code>MissingAuthenticationToken</Code>"), "{answer}");
    stop.send(()).unwrap();
    server.await.unwrap();
}

/// A sandbox on loopback, by virtual time.
async fn unhurried(cloud: Embedded) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(serve(cloud.sandbox, listener, Hosts::default(), std::future::pending()));
    address
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_a_whole_request_ends_after_a_minute() {
    let address = unhurried(Embedded::new()).await;
    for begun in ["", "POST / HTTP/1.1\r\nhost: localhost\r\nx: "] {
        let began = tokio::time::Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert_eq!((answer, began.elapsed().as_secs() / 60), (Vec::new(), 1), "{begun}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_is_given_up_after_a_minute() {
    let address = unhurried(Embedded::new()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("PUT /artifacts/k HTTP/1.1\r\nhost: localhost\r\n{}", signed_for("s3"));
    let request = format!("{head}\r\ncontent-length: 100\r\n\r\nhalf of it");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("<Code>RequestTimeout</Code>"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_takes_is_given_up_after_a_minute() {
    const OBJECT_BYTES: usize = 8 << 20;
    let cloud = Embedded::new();
    let s3 = cloud.s3(&Keys::root("100000000001"));
    s3.create_bucket().bucket("artifacts").send().await.unwrap();
    let object = vec![b'a'; OBJECT_BYTES];
    s3.put_object().bucket("artifacts").key("k").body(object.into()).send().await.unwrap();
    let address = unhurried(cloud).await;
    // So that the system itself takes little of it.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(64 << 10).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let head = format!("GET /artifacts/k HTTP/1.1\r\nhost: localhost\r\n{}", signed_for("s3"));
    stream.write_all(format!("{head}\r\n\r\n").as_bytes()).await.unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    tokio::time::sleep(std::time::Duration::from_secs(90)).await;
    let mut rest = Vec::new();
    // What was under way already may still come.
    let _ = stream.read_to_end(&mut rest).await;
    assert!(rest.len() < OBJECT_BYTES, "{}", rest.len());
}
