//! The sandbox on a loopback port, spoken to in plain HTTP.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use xdeploy::sandbox::serve;

use crate::support::embedded::Embedded;

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
    let server = tokio::spawn(serve(sandbox, listener, async { stopped.await.unwrap_or(()) }));
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
    server.await.unwrap().unwrap();
}
