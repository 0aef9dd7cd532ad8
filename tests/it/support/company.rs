//! A company's network on loopback: a proxy that notes where it leads, and AWS's hosts behind a
//! certificate authority of the company's own.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::binary::Desk;

/// The hosts that the certificate is for.
const HOSTS: [&str; 2] = ["*.eu-central-1.amazonaws.com", "*.us-east-1.amazonaws.com"];

/// What a proxy does with who comes without the right user and password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// It lets everybody through.
    Open,
    /// It asks for `me@corp` and `p@ss/word`.
    Asks,
    /// It lets nobody through.
    Shut,
}

/// The network; its servers end with it.
pub struct Company {
    _runtime: Runtime,
    /// Where the proxy listens, such as `127.0.0.1:3128`.
    pub proxy: String,
    /// The company's certificate authority, in PEM form.
    pub authority: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Company {
    /// What has the cloud behind it answer under the names that it is asked for by.
    pub const HOSTS: [&str; 4] =
        ["--allow-host", "amazonaws.com", "--allow-host", "cloud.corp.example"];

    /// Returns a network in which all of AWS's hosts are `cloud`, such as `http://127.0.0.1:4599`.
    pub fn new(desk: &Desk, cloud: &str, door: Door) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let cloud = cloud.trim_start_matches("http://").to_owned();
        let (acceptor, authority) = acceptor();
        let authority = desk.write("authority.pem", authority);
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let bind = || runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let (tls, proxy) = (bind(), bind());
        let address = |listener: &TcpListener| listener.local_addr().expect("bound").to_string();
        let (end, at) = (address(&tls), address(&proxy));
        let behind = cloud.clone();
        runtime.spawn(async move {
            while let Ok((client, _)) = tls.accept().await {
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                tokio::spawn(async move {
                    // A client that does not trust it goes away.
                    let Ok(mut client) = acceptor.accept(client).await else { return };
                    let mut server = TcpStream::connect(behind).await.expect("the cloud listens");
                    let _ = copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        let noted = asked.clone();
        runtime.spawn(async move {
            while let Ok((client, _)) = proxy.accept().await {
                tokio::spawn(lead(client, end.clone(), cloud.clone(), door, noted.clone()));
            }
        });
        Self { _runtime: runtime, proxy: at, authority, asked }
    }

    /// Returns the first lines of the requests that the proxy was asked to lead on.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no holder panics").clone()
    }
}

/// Leads one client on: what it tunnels ends at `tls`, what it asks for openly at `cloud`.
async fn lead(
    mut client: TcpStream,
    tls: String,
    cloud: String,
    door: Door,
    asked: Arc<Mutex<Vec<String>>>,
) {
    let Some(head) = head(&mut client).await else { return };
    let line = head.lines().next().unwrap_or_default().to_owned();
    asked.lock().expect("no holder panics").push(line.clone());
    // me@corp:p@ss/word
    let is_known = head.to_ascii_lowercase().contains("proxy-authorization: basic ")
        && head.contains("bWVAY29ycDpwQHNzL3dvcmQ=");
    let refusal = match door {
        Door::Shut => Some("403 Forbidden"),
        Door::Asks if !is_known => Some("407 Proxy Authentication Required"),
        Door::Asks | Door::Open => None,
    };
    if let Some(refusal) = refusal {
        let page = format!("HTTP/1.1 {refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        let _ = client.write_all(page.as_bytes()).await;
        return;
    }
    let is_tunnel = line.starts_with("CONNECT ");
    let target = if is_tunnel { tls } else { cloud };
    let mut server = TcpStream::connect(target).await.expect("the other end listens");
    let sent = if is_tunnel {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await
    } else {
        server.write_all(head.as_bytes()).await
    };
    if sent.is_ok() {
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}

/// Reads a request to the end of its headers, and not further.
async fn head(client: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(client.read_u8().await.ok()?);
    }
    String::from_utf8(read).ok()
}

/// Returns what speaks TLS for AWS's hosts, and the authority behind it in PEM form.
fn acceptor() -> (TlsAcceptor, String) {
    let mut params = CertificateParams::default();
    // A name of its own: OpenSSL takes what is issued under its own name for signed by itself.
    params.distinguished_name.push(DnType::CommonName, "Company authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = || KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(params, key()).expect("an authority");
    let own = key();
    let certificate = CertificateParams::new(HOSTS.map(str::to_owned).to_vec())
        .and_then(|params| params.signed_by(&own, &authority))
        .expect("a certificate");
    let private = PrivateKeyDer::try_from(own.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], private)
        })
        .expect("a key and its certificate");
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}
