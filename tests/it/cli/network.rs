//! Proxies and certificate authorities of companies, with the real binary.

use std::process::Command;

use crate::support::binary::{Desk, Printed};
use crate::support::company::{Company, Door};
use crate::support::served::Served;

const FILE: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { a1: "100000000001" }
stacks:
  app: { template: app.yaml }
"#;

struct Office {
    desk: Desk,
    served: Served,
    company: Company,
}

/// Everything AWS behind a proxy, and nothing else within reach.
fn office(door: Door) -> Office {
    let desk = Desk::empty();
    desk.write("prod.yaml", FILE);
    desk.write("app.yaml", "Resources: { Inbox: { Type: AWS::SQS::Queue } }");
    let served = Served::new(&desk, "prod.yaml", &Company::HOSTS);
    let company = Company::new(&desk, &served.endpoint, door);
    Office { desk, served, company }
}

impl Office {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.desk.command(arguments);
        command.env("AWS_ACCESS_KEY_ID", "999999999999").env("AWS_SECRET_ACCESS_KEY", "test");
        command
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Printed {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        Printed::from(command.output().expect("the binary can be started"))
    }

    fn authority(&self) -> &str {
        self.company.authority.to_str().expect("a path of plain letters")
    }

    fn proxy(&self) -> String {
        format!("http://{}", self.company.proxy)
    }
}

const APPLY: [&str; 5] = ["apply", "prod.yaml", "--yes", "--output", "json"];
const ASSUME: [&str; 5] = ["assume", "prod.yaml", "a1", "--format", "json"];

#[test]
fn aws_is_reached_through_the_companys_proxy_and_trusted_by_its_authority() {
    let office = office(Door::Open);
    let variables = [("HTTPS_PROXY", &*office.proxy()), ("AWS_CA_BUNDLE", office.authority())];
    let applied = office.run(&APPLY, &variables).expect_code(0);
    assert_eq!(applied.outcomes(), ["a1/app created"]);
    let mut asked = office.company.asked();
    asked.sort();
    asked.dedup();
    assert_eq!(
        asked,
        [
            "CONNECT cloudformation.eu-central-1.amazonaws.com:443 HTTP/1.1",
            "CONNECT sts.eu-central-1.amazonaws.com:443 HTTP/1.1"
        ]
    );
}

#[test]
fn an_endpoint_without_tls_is_reached_through_the_other_proxy() {
    let office = office(Door::Open);
    let endpoint = ("AWS_ENDPOINT_URL", "http://cloud.corp.example");
    let proxy = office.proxy();
    office.run(&ASSUME, &[endpoint, ("HTTP_PROXY", &proxy)]).expect_code(0);
    let asked = office.company.asked();
    assert!(
        asked.iter().all(|line| line == "POST http://cloud.corp.example/ HTTP/1.1"),
        "{asked:?}"
    );

    let around = [("HTTP_PROXY", &*proxy), ("NO_PROXY", "corp.example"), endpoint];
    let refused = office.run(&ASSUME, &around).expect_code(3);
    assert!(refused.stderr.contains("dns error"), "{}", refused.stderr);
    assert_eq!(office.company.asked().len(), asked.len(), "nothing more came by the proxy");

    // This machine is never asked for at another.
    let here = ("AWS_ENDPOINT_URL", &*office.served.endpoint);
    office.run(&ASSUME, &[here, ("HTTP_PROXY", &proxy)]).expect_code(0);
    assert_eq!(office.company.asked().len(), asked.len(), "nothing more came by the proxy");
}

#[test]
fn a_proxy_gets_the_user_and_password_that_its_address_holds_and_nobody_else_sees_them() {
    let office = office(Door::Asks);
    let trusted = ("AWS_CA_BUNDLE", office.authority());
    let with = format!("http://me@corp:p@ss%2Fword@{}", office.company.proxy);
    let log = ["--log", "log", "-vv"];
    let arguments = [&ASSUME[..], &log].concat();
    let entered = office.run(&arguments, &[("https_proxy", &with), trusted]).expect_code(0);
    let asked = office.company.asked().len();
    let wrong = format!("http://me@corp:p@ss%2Fwrong@{}", office.company.proxy);
    let arguments = [&ASSUME[..], &["--log", "refused", "-vv"]].concat();
    let refused = office.run(&arguments, &[("https_proxy", &wrong), trusted]).expect_code(3);
    assert_eq!(office.company.asked().len(), asked + 1, "a wrong password is tried once");
    let says = format!("the proxy {} lets nobody through", office.proxy());
    assert!(refused.stderr.replace("\n    ", " ").contains(&says), "{}", refused.stderr);
    let logs = ["log", "refused"].map(|name| {
        std::fs::read_to_string(office.desk.path().join(name)).expect("the log was written")
    });
    for said in logs.iter().chain([&entered.stderr, &refused.stderr]) {
        for secret in ["p@ss", "p%40ss", "bWVAY29ycDpwQHNz"] {
            assert!(!said.contains(secret), "{secret} in {said}");
        }
    }
}

#[test]
fn a_proxy_that_refuses_or_is_not_there_is_named_with_its_variable() {
    let office = office(Door::Shut);
    let trusted = ("AWS_CA_BUNDLE", office.authority());
    let refused = office.run(&ASSUME, &[("HTTPS_PROXY", &office.proxy()), trusted]).expect_code(3);
    let words = refused.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    let says = format!("the proxy {} (HTTPS_PROXY) does not lead there", office.proxy());
    assert!(words.contains(&says), "{words}");

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", nobody.local_addr().expect("it is bound"));
    drop(nobody);
    let refused = office.run(&ASSUME, &[("HTTPS_PROXY", &address), trusted]).expect_code(3);
    let words = refused.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    let says = format!("the proxy {address} (HTTPS_PROXY) cannot be reached");
    assert!(words.contains(&says), "{words}");
}

#[test]
fn an_authority_that_nothing_names_is_not_trusted_and_the_remedy_is_told() {
    let office = office(Door::Open);
    let refused = office.run(&ASSUME, &[("HTTPS_PROXY", &office.proxy())]).expect_code(3);
    let words = refused.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("name its authorities in AWS_CA_BUNDLE"), "{words}");
}

#[test]
fn authorities_are_those_of_the_variable_else_of_the_profile_else_of_other_tools() {
    let office = office(Door::Open);
    let proxy = ("HTTPS_PROXY", &*office.proxy());
    let authority = office.authority();
    let config = format!("[default]\nca_bundle = {authority}\n");
    office.desk.write("config", config);
    office.desk.write("empty.pem", "no certificate\n");
    let config = office.desk.path().join("config");
    let config = ("AWS_CONFIG_FILE", config.to_str().expect("a path of plain letters"));
    office.run(&ASSUME, &[proxy, config]).expect_code(0);
    office.run(&ASSUME, &[proxy, ("REQUESTS_CA_BUNDLE", authority)]).expect_code(0);
    office.run(&ASSUME, &[proxy, ("SSL_CERT_FILE", authority)]).expect_code(0);
    let (home, name) = authority.rsplit_once('/').expect("an absolute path");
    let (home, in_home) = (("HOME", home), format!("~/{name}"));
    office.run(&ASSUME, &[proxy, home, ("AWS_CA_BUNDLE", &in_home)]).expect_code(0);
    office.desk.write("config", format!("[default]\nca_bundle = {in_home}\n"));
    office.run(&ASSUME, &[proxy, home, config]).expect_code(0);
    office.desk.write("config", format!("[default]\nca_bundle = {authority}\n"));
    // The profile's own wins over the one that is meant for other tools.
    office.run(&ASSUME, &[proxy, config, ("REQUESTS_CA_BUNDLE", "/etc/ssl/none")]).expect_code(2);
    let refused = office.run(&ASSUME, &[proxy, config, ("AWS_CA_BUNDLE", "empty.pem")]);
    let refused = refused.expect_code(2);
    assert!(refused.stderr.contains("AWS_CA_BUNDLE names `empty.pem`"), "{}", refused.stderr);

    office.desk.write("config", "[default]\nca_bundle = /no/such.pem\n");
    let refused = office.run(&ASSUME, &[proxy, config]).expect_code(3);
    let words = refused.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("`ca_bundle` of profile `default` names `/no/such.pem`"), "{words}");
}

#[test]
fn files_and_proxies_that_cannot_be_used_are_refused_with_the_variables_name() {
    let desk = Desk::empty();
    desk.write("prod.yaml", FILE);
    desk.write("app.yaml", "Resources: { Inbox: { Type: AWS::SQS::Queue } }");
    desk.write("key.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    desk.write("torn.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n");
    for (variable, value) in [
        ("AWS_CA_BUNDLE", "/no/such.pem"),
        ("AWS_CA_BUNDLE", "."),
        ("AWS_CA_BUNDLE", "prod.yaml"),
        ("AWS_CA_BUNDLE", "key.pem"),
        ("AWS_CA_BUNDLE", "torn.pem"),
        ("REQUESTS_CA_BUNDLE", "/no/such.pem"),
        ("SSL_CERT_FILE", "/no/such.pem"),
        ("HTTPS_PROXY", "socks5://proxy:1080"),
        ("http_proxy", "http://:8080"),
        ("https_proxy", "http://proxy:80 80"),
    ] {
        let mut command = desk.command(&APPLY);
        command.env(variable, value);
        let printed = Printed::from(command.output().expect("the binary can be started"));
        let printed = printed.expect_code(2);
        assert!(printed.stderr.starts_with(variable), "{variable}={value}: {}", printed.stderr);
        assert!(printed.stderr.contains("nothing was touched"), "{}", printed.stderr);
        assert_eq!(desk.run(&["runs", "--output", "json"]).json()["runs"], serde_json::json!([]));
    }
}

const OWN_KEYS: &str = "[own]\naws_access_key_id = 100000000001\naws_secret_access_key = test\n";

#[test]
fn where_nothing_is_reached_on_the_way_into_the_only_account_nothing_was_changed() {
    let desk = Desk::empty();
    let file = FILE.replace(r#""100000000001""#, r#"{ id: "100000000001", profile: own }"#);
    desk.write("prod.yaml", file);
    desk.write("app.yaml", "Resources: { Inbox: { Type: AWS::SQS::Queue } }");
    // Nobody listens there.
    desk.write("config", "[profile own]\nendpoint_url = http://127.0.0.1:9\n");
    for words in [&APPLY[..], &["status", "prod.yaml"], &["outputs", "prod.yaml"]] {
        let mut command = desk.command(words);
        command.env("AWS_CONFIG_FILE", desk.path().join("config"));
        command.env("AWS_SHARED_CREDENTIALS_FILE", desk.write("credentials", OWN_KEYS));
        let printed = Printed::from(command.output().expect("it starts")).expect_code(3);
        let all = printed.stdout + &printed.stderr;
        assert!(all.contains("refused") && all.contains("proxy"), "{words:?}: {all}");
    }
}
