//! In a company's network the AWS CLI and xdeploy reach AWS alike.

use crate::support::binary::Desk;
use crate::support::company::{Company, Door};
use crate::support::peers::program;
use crate::support::served::Served;

const FILE: &str = "environment: prod\nsource: { account: '999999999999' }\nassume-role: { name: deployer }\n\
                    regions: [eu-central-1]\naccounts: { a1: '100000000001' }\nstacks: { app: { template: app.yaml } }\n";

/// A set of variables, with `PROXY` and `AUTHORITY` in place of what is known only at run time.
type Variables = &'static [(&'static str, &'static str)];

const REACHED: [Variables; 5] = [
    &[("HTTPS_PROXY", "http://PROXY"), ("AWS_CA_BUNDLE", "AUTHORITY")],
    &[
        ("https_proxy", "PROXY"),
        ("HTTPS_PROXY", "http://127.0.0.1:1"),
        ("AWS_CA_BUNDLE", "AUTHORITY"),
    ],
    &[("HTTPS_PROXY", "//PROXY/x"), ("REQUESTS_CA_BUNDLE", "AUTHORITY")],
    &[
        ("HTTPS_PROXY", "http://PROXY"),
        ("NO_PROXY", "elsewhere.example, .corp"),
        ("AWS_CA_BUNDLE", "AUTHORITY"),
    ],
    &[("HTTPS_PROXY", "http://PROXY"), ("NO_PROXY", "x,*"), ("AWS_CA_BUNDLE", "AUTHORITY")],
];

const NOT_REACHED: [Variables; 8] = [
    &[("HTTPS_PROXY", "http://PROXY")],
    &[
        ("HTTPS_PROXY", "http://PROXY"),
        ("SSL_CERT_FILE", "/no/such"),
        ("AWS_CA_BUNDLE", "/no/such"),
    ],
    &[("HTTP_PROXY", "http://PROXY"), ("AWS_CA_BUNDLE", "AUTHORITY")],
    &[("ALL_PROXY", "http://PROXY"), ("AWS_CA_BUNDLE", "AUTHORITY")],
    &[("HTTPS_PROXY", "http://PROXY"), ("https_proxy", ""), ("AWS_CA_BUNDLE", "AUTHORITY")],
    &[
        ("HTTPS_PROXY", "http://PROXY"),
        ("no_proxy", "amazonaws.com"),
        ("AWS_CA_BUNDLE", "AUTHORITY"),
    ],
    &[("HTTPS_PROXY", "http://PROXY"), ("NO_PROXY", "*"), ("AWS_CA_BUNDLE", "AUTHORITY")],
    &[("HTTPS_PROXY", "socks5://PROXY"), ("AWS_CA_BUNDLE", "AUTHORITY")],
];

#[test]
fn proxies_and_authorities_are_heeded_as_the_aws_cli_heeds_them() {
    let desk = Desk::empty();
    desk.write("prod.yaml", FILE);
    desk.write("app.yaml", "Resources: { Inbox: { Type: AWS::SQS::Queue } }");
    let served = Served::new(&desk, "prod.yaml", &Company::HOSTS);
    let company = Company::new(&desk, &served.endpoint, Door::Open);
    let authority = company.authority.to_str().expect("a path of plain letters");
    let all =
        REACHED.iter().map(|set| (set, true)).chain(NOT_REACHED.iter().map(|set| (set, false)));
    for (variables, is_reached) in all {
        let reaches = |mut command: std::process::Command| {
            let value =
                |text: &str| text.replace("PROXY", &company.proxy).replace("AUTHORITY", authority);
            command
                .env("AWS_ACCESS_KEY_ID", "999999999999")
                .env("AWS_SECRET_ACCESS_KEY", "test")
                .env("AWS_DEFAULT_REGION", "eu-central-1")
                .env("AWS_MAX_ATTEMPTS", "1")
                .envs(variables.iter().map(|(name, text)| (name, value(text))));
            let output = command.output().expect("it can be started");
            (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
        };
        let mut cli = desk.command(&[]);
        let mut named = std::process::Command::new(program("aws"));
        named.args(["sts", "get-caller-identity"]).current_dir(desk.path()).env_clear();
        named.envs(cli.get_envs().filter_map(|(name, value)| Some((name, value?))));
        cli.env_clear();
        let ours = desk.command(&["assume", "prod.yaml", "a1", "--format", "json"]);
        for (who, (is, said)) in [("the AWS CLI", reaches(named)), ("xdeploy", reaches(ours))] {
            assert_eq!(is, is_reached, "{who} with {variables:?}: {said}");
        }
    }
}
