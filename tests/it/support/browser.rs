//! Chromium without a window, driven over WebDriver: JSON over HTTP to chromedriver.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use aws_smithy_types::base64;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What keeps Chromium to the page it is given.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

/// A browser with one page. It ends, and its files go, when it is dropped.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    folder: TempDir,
}

/// Returns a browser, or nothing on a machine without Chromium, which is then said on stderr.
///
/// # Panics
/// Where `CI` is set, a missing Chromium is a failure.
pub fn browser() -> Option<Browser> {
    if let (Some(chromium), Some(driver)) = (program("chromium"), program("chromedriver")) {
        return Some(Browser::start(&chromium, &driver));
    }
    let advice = "the HTML report is tested in Chromium (Debian and Ubuntu: apt-get install \
                  chromium chromium-driver)";
    assert!(std::env::var_os("CI").is_none(), "{advice}");
    // Past the test's own capture, so that it is seen.
    let _ = writeln!(std::io::stderr(), "skipped, no Chromium here: {advice}");
    None
}

/// Returns where a program is, if it is installed.
fn program(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Returns the folder for what people may look at.
pub fn pictures() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pictures");
    std::fs::create_dir_all(&folder).expect("`target` is writable");
    folder
}

impl Browser {
    fn start(chromium: &Path, driver: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let said = BufReader::new(driver.stdout.take().expect("its stdout is ours"));
        let port = said.lines().find_map(|line| {
            let line = line.expect("chromedriver prints text");
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        let port = port.expect("chromedriver says its port");
        let mut browser = Self { driver, port, session: String::new(), folder };
        browser.open_session(chromium);
        browser
    }

    fn open_session(&mut self, chromium: &Path) {
        let profile = format!("--user-data-dir={}", self.folder.path().join("profile").display());
        let flags: Vec<&str> = FLAGS.iter().copied().chain([profile.as_str()]).collect();
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "binary": chromium, "args": flags },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let reply =
            self.call("/session", &json!({ "capabilities": { "alwaysMatch": capabilities } }));
        self.session = reply["sessionId"].as_str().expect("a session has an id").to_owned();
    }

    /// Opens a page in a window of this size.
    pub fn open(&self, html: &str, width: u32, height: u32) {
        let path = self.folder.path().join("report.html");
        std::fs::write(&path, html).expect("the folder takes files");
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            &json!({
                "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false
            }),
        );
        // The page that a new browser shows by itself asks for much; that is none of ours.
        self.requests();
        self.ask("/url", &json!({ "url": format!("file://{}", path.display()) }));
        self.wait_until_usable();
    }

    /// Opens the same address again.
    pub fn reload(&self) {
        self.ask("/refresh", &json!({}));
        self.wait_until_usable();
    }

    /// Waits until the page says that its chart and table are there.
    fn wait_until_usable(&self) {
        let script = "
            const done = arguments[0];
            const look = () => 'usable' in document.documentElement.dataset
                ? done() : requestAnimationFrame(look);
            look();";
        self.ask("/execute/async", &json!({ "script": script, "args": [] }));
    }

    /// Returns what an expression of the page's language yields, once the next frame was drawn.
    pub fn read(&self, expression: &str) -> Value {
        let script = format!(
            "const done = arguments[0];
             requestAnimationFrame(() => requestAnimationFrame(async () => done(await ({expression}))));"
        );
        self.ask("/execute/async", &json!({ "script": script, "args": [] }))
    }

    /// Clicks on the first element that a selector matches.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.ask(&format!("/element/{element}/click"), &json!({}));
    }

    /// Types into the first element that a selector matches.
    #[track_caller]
    pub fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.ask(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Says which of light and dark the machine prefers.
    pub fn prefer(&self, scheme: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": [feature] }));
    }

    /// Shows the page as on `screen` or in `print`.
    pub fn show_as(&self, medium: &str) {
        self.devtools("Emulation.setEmulatedMedia", &json!({ "media": medium }));
    }

    /// Returns the window as a PNG picture.
    fn picture(&self) -> Vec<u8> {
        self.read("null");
        let shown = self.devtools("Page.captureScreenshot", &json!({ "format": "png" }));
        base64::decode(shown["data"].as_str().expect("a picture")).expect("base64")
    }

    /// Returns the page as it would be printed, as a PDF, and keeps it under `target/`.
    pub fn paper(&self) -> Vec<u8> {
        let printed = self.devtools("Page.printToPDF", &json!({ "printBackground": true }));
        let paper = base64::decode(printed["data"].as_str().expect("a PDF")).expect("base64");
        std::fs::write(pictures().join("paper.pdf"), &paper).expect("`target` is writable");
        paper
    }

    /// Keeps the window as a picture under `target/`, for people to look at.
    pub fn keep_picture(&self, name: &str) {
        let path = pictures().join(format!("{name}.png"));
        std::fs::write(path, self.picture()).expect("`target` is writable");
    }

    /// Returns what the page wrote to its console, errors of its policy included.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.ask("/se/log", &json!({ "type": "browser" }));
        log.as_array().expect("a list").iter().map(|entry| entry["message"].to_string()).collect()
    }

    /// Returns the address of everything that pages from files asked for since the last time,
    /// themselves included; what the browser's own start page asks for is not theirs.
    pub fn requests(&self) -> Vec<String> {
        let log = self.ask("/se/log", &json!({ "type": "performance" }));
        let entries = log.as_array().expect("a list").iter();
        let messages = entries.map(|entry| {
            let text = entry["message"].as_str().expect("an entry holds a message");
            serde_json::from_str::<Value>(text).expect("JSON")["message"].clone()
        });
        let sent = messages.filter(|message| message["method"] == "Network.requestWillBeSent");
        let of_page = |message: &Value| {
            message["params"]["documentURL"].as_str().is_some_and(|url| url.starts_with("file:"))
        };
        sent.filter(of_page)
            .map(|message| message["params"]["request"]["url"].to_string())
            .collect()
    }

    #[track_caller]
    fn element(&self, selector: &str) -> String {
        let found = self.ask("/element", &json!({ "using": "css selector", "value": selector }));
        let id = found.as_object().and_then(|found| found.values().next());
        id.and_then(Value::as_str).expect("an element has an id").to_owned()
    }

    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.ask("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    #[track_caller]
    fn ask(&self, path: &str, body: &Value) -> Value {
        self.call(&format!("/session/{}{path}", self.session), body)
    }

    /// Posts to chromedriver and returns the value of its answer.
    #[track_caller]
    fn call(&self, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("it listens");
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("it reads");
        stream.write_all(body.as_bytes()).expect("it reads");
        let mut answer = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            answer.read_line(&mut line).expect("it answers");
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body).expect("it answers in full");
        let value = serde_json::from_slice::<Value>(&body).expect("JSON")["value"].clone();
        assert!(value.get("error").is_none(), "{path}: {}", value["message"]);
        value
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver takes its browser with it only if it is asked to.
        if let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) {
            let (session, port) = (&self.session, self.port);
            let head =
                format!("DELETE /session/{session} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.read(&mut [0; 256]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
