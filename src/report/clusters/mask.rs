//! What differs from account to account, taken out of a text.

/// Stands for anything that is random or belongs to one moment.
const ANY: &str = "*";

/// The names that belong to where a failure happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names<'a> {
    /// The account's name.
    pub account: &'a str,
    /// The account's id.
    pub account_id: &'a str,
    /// The Region; empty if the failure is of the whole account.
    pub region: &'a str,
    /// The stack's name in CloudFormation; empty if there is none.
    pub stack: &'a str,
    /// Whether the stack's name is masked, and not only the random ends of names made of it.
    pub masks_stack: bool,
}

/// Returns `text` with `{account}`, `{account.id}`, `{region}` and `{stack}` for the names, and `*`
/// for ids, addresses, times, sessions and the random ends of names.
pub fn masked(text: &str, names: &Names) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut before = ("", "");
    let mut rest = text;
    while let Some(start) = rest.find(|c| !is_between(c)) {
        let (between, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(is_between).unwrap_or(from.len()));
        masked.push_str(between);
        let stem = word.trim_end_matches(['.', ':', '!', '?']);
        if is_request(before) {
            masked.push_str(ANY);
        } else if is_plain(stem, names) {
            masked.push_str(stem);
        } else {
            let is_marked = between.ends_with(['`', '\'', '"', '[']) || before.1 == "account";
            masked.push_str(&word_masked(stem, names, is_marked));
        }
        masked.push_str(&word[stem.len()..]);
        (before, rest) = ((before.1, word), after);
    }
    masked.push_str(rest);
    masked
}

/// Whether a character parts two words.
fn is_between(c: char) -> bool {
    c.is_whitespace() || "\"'`()[]{}<>,;=|".contains(c)
}

/// Whether the word after these two is the id of a request.
fn is_request((first, second): (&str, &str)) -> bool {
    let is_id = second.eq_ignore_ascii_case("id:") && first.eq_ignore_ascii_case("request");
    let labels = ["RequestId:", "requestId:", "RequestToken:"];
    is_id || labels.contains(&second)
}

/// Whether a word is one of plain language, in which nothing can be masked.
fn is_plain(word: &str, names: &Names) -> bool {
    word.len() < 30 && word != names.account && word.bytes().all(|b| b.is_ascii_alphabetic())
}

fn word_masked(word: &str, names: &Names, is_marked: bool) -> String {
    let is_blob = word.len() > 100 && !word.contains([':', '/']);
    if is_blob || is_time(word) || is_address(word) {
        return ANY.to_owned();
    }
    let arn: Vec<&str> = word.splitn(6, ':').collect();
    match arn[..] {
        ["arn", partition, service, region, account, resource] => {
            let region = if region.is_empty() { "" } else { "{region}" };
            let account = if account == names.account_id { "{account.id}" } else { account };
            let resource = match resource.strip_prefix("assumed-role/") {
                Some(role) => {
                    let role = role.split('/').next().unwrap_or_default();
                    format!("assumed-role/{}/{ANY}", name_masked(role, names))
                }
                None => path_masked(resource, names),
            };
            format!("arn:{partition}:{service}:{region}:{account}:{resource}")
        }
        _ => {
            // A word of plain language may be an account's name as well: `network`, `test`.
            let is_name = is_marked || word.contains(|c: char| !c.is_ascii_alphabetic());
            if is_name { path_masked(word, names) } else { word.to_owned() }
        }
    }
}

/// Masks each name of a path, whose names are parted by `/` and `:`.
fn path_masked(path: &str, names: &Names) -> String {
    let parts = path.split_inclusive(['/', ':']).map(|part| {
        let name = part.trim_end_matches(['/', ':']);
        name_masked(name, names) + &part[name.len()..]
    });
    parts.collect()
}

fn name_masked(name: &str, names: &Names) -> String {
    if is_plain(name, names) && (!names.masks_stack || name != names.stack) {
        return name.to_owned();
    }
    if is_uuid(name) || is_moment(name) {
        return ANY.to_owned();
    }
    let known = own_masked(random_end_masked(name, names), names);
    let parts = known.split_inclusive(['-', '_', '.', '@']).map(|part| {
        let end = part.trim_end_matches(['-', '_', '.', '@']).len();
        let (stem, separator) = part.split_at(end);
        if is_random(stem) { format!("{ANY}{separator}") } else { part.to_owned() }
    });
    parts.collect()
}

/// Masks the names of where the failure happened wherever they stand in `text` as a whole.
fn own_masked(text: String, names: &Names) -> String {
    let text = if names.masks_stack { replaced(text, names.stack, "{stack}") } else { text };
    let text = replaced(text, names.account_id, "{account.id}");
    let text = replaced(text, names.account, "{account}");
    let text = replaced(text, names.region, "{region}");
    // Another Region, or a Region's zone.
    let is_region = |label: &str| {
        let label = label.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(label);
        label.parse::<crate::name::Region>().is_ok()
    };
    if text.contains('-') && text.split('.').any(is_region) {
        let labels = text.split('.').map(|l| if is_region(l) { "{region}" } else { l });
        return labels.collect::<Vec<_>>().join(".");
    }
    text
}

/// Replaces `name` by `placeholder` where no letter or digit stands beside it.
fn replaced(text: String, name: &str, placeholder: &str) -> String {
    if name.is_empty() || !text.contains(name) {
        return text;
    }
    let is_edge = |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphanumeric());
    let mut replaced = String::with_capacity(text.len());
    let mut from = 0;
    for (at, _) in text.match_indices(name) {
        let end = at + name.len();
        if is_edge(text[..at].chars().next_back()) && is_edge(text[end..].chars().next()) {
            replaced.push_str(&text[from..at]);
            replaced.push_str(placeholder);
            from = end;
        }
    }
    replaced.push_str(&text[from..]);
    replaced
}

/// Masks the end that CloudFormation gives the names it makes: 12 or 13 letters and digits.
///
/// Source: the CloudFormation user guide, "Name type": stack name, logical id, random string.
fn random_end_masked(name: &str, names: &Names) -> String {
    let Some((head, end)) = name.rsplit_once('-') else { return name.to_owned() };
    let could_be = (12..=13).contains(&end.len()) && end.chars().all(|c| c.is_ascii_alphanumeric());
    // Long stack names are cut in the names of what they hold.
    let stack = head.rsplit_once('-').map_or(head, |(stack, _)| stack);
    let is_cut = stack.len() > 2 && names.stack.starts_with(stack);
    let is_of_stack = is_cut || (!stack.is_empty() && stack == names.stack);
    let is_mixed = changes(end) >= 2;
    if could_be && (is_of_stack || is_mixed) { format!("{head}-{ANY}") } else { name.to_owned() }
}

/// Whether a name without separators is an id that a machine made up.
fn is_random(name: &str) -> bool {
    let all = |test: fn(&char) -> bool| name.chars().all(|c| test(&c));
    // Twelve digits are another account, which may be what matters.
    let is_number = name.len() >= 10 && name.len() != 12 && all(char::is_ascii_digit);
    let is_hex = name.len() >= 16 && changes(name) >= 1 && all(char::is_ascii_hexdigit);
    let is_capital = |c: &char| c.is_ascii_uppercase() || c.is_ascii_digit();
    let is_key = name.len() >= 12 && changes(name) >= 3 && name.chars().all(|c| is_capital(&c));
    is_number || is_hex || is_key
}

/// Returns how often letters and digits take turns.
fn changes(name: &str) -> usize {
    let kinds: Vec<bool> = name.chars().map(|c| c.is_ascii_digit()).collect();
    kinds.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

fn is_uuid(name: &str) -> bool {
    let lengths = name.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && name.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// Whether it is a moment or what is named after one: `2026-11-23T15:56:02Z`, a run's id.
fn is_time(word: &str) -> bool {
    let date = word.split('T').next().unwrap_or_default();
    word.len() > 10 && date.split('-').map(str::len).eq([4, 2, 2]) && is_of_digits(date)
}

fn is_moment(name: &str) -> bool {
    let mut parts = name.split('-');
    let mut is_number = |length| parts.next().is_some_and(|p| p.len() == length && is_of_digits(p));
    is_number(8) && is_number(6)
}

fn is_of_digits(text: &str) -> bool {
    text.chars().all(|c| c == '-' || c.is_ascii_digit())
}

/// Whether it is an IPv4 address, with its port or its network's size.
fn is_address(word: &str) -> bool {
    let address = word.split([':', '/']).next().unwrap_or_default();
    address.parse::<std::net::Ipv4Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names = Names {
        account: "team-001",
        account_id: "100000000001",
        region: "eu-central-1",
        stack: "prod-app",
        masks_stack: true,
    };

    #[test]
    fn what_belongs_to_one_account_is_masked() {
        for (text, expected) in [
            ("in account team-001: no", "in account {account}: no"),
            ("role team-001-deployer", "role {account}-deployer"),
            ("artifacts-100000000001 already exists", "artifacts-{account.id} already exists"),
            ("prod-app-Role-PODELNJPWWOO", "{stack}-Role-*"),
            (
                "prod-app-documents-xvpiwfvzumqu already exists",
                "{stack}-documents-* already exists",
            ),
            ("is not supported in eu-central-1.", "is not supported in {region}."),
            ("zone (us-east-1e)", "zone ({region})"),
            ("https://sts.eu-central-1.amazonaws.com/", "https://sts.{region}.amazonaws.com/"),
            ("at 2026-11-23T15:56:02.123Z", "at *"),
            ("connect to 10.1.2.3:443", "connect to *"),
            ("vpc-0b7c4e2f19a8d3056 has dependencies", "vpc-* has dependencies"),
            ("by AROAXXJ4PLQ27TZM3V5KD:someone (Request ID: FMCJ)", "by *:someone (Request ID: *)"),
            (
                "arn:aws:sts::100000000001:assumed-role/deployer/xdeploy-prod is",
                "arn:aws:sts::{account.id}:assumed-role/deployer/* is",
            ),
            (
                "arn:aws:cloudformation:us-east-2:100000000001:stack/x/e6f64650-ff54-11ef-ad34-12e618ec57ab.",
                "arn:aws:cloudformation:{region}:{account.id}:stack/x/*.",
            ),
            (
                "Encoded authorization failure message: 20261123-155602-k3f9",
                "Encoded authorization failure message: *",
            ),
        ] {
            assert_eq!(masked(text, &NAMES), expected);
        }
    }

    #[test]
    fn names_in_a_stack_of_one_letter_are_masked() {
        let names = Names { stack: "a", masks_stack: false, ..NAMES };
        assert_eq!(masked("role/a-T-OFXIPPZPRXTN", &names), "role/a-T-*");
        assert_eq!(masked("role/b-T-OFXIPPZPRXTN", &names), "role/b-T-OFXIPPZPRXTN");
    }

    #[test]
    fn what_may_be_another_cause_stays() {
        for text in [
            "kms:Decrypt on resource: arn:aws:kms::222222222222:alias/shared",
            "my-bucket already exists",
            "The maximum number of roles (1000) has been reached",
            "arn:aws:organizations::052343574110:policy/o-y3vn941x7j/service_control_policy/p-kfhxcsd9",
            "Fn::GetAtt references undefined resource StaticBucketPolicyBCA25BCC",
            "Template error: instance of Fn::GetAtt references undefined resource Role",
            "no SHA256WITHRSA signature, no x-documentation, 10.5 is not an integer",
            "Lambda was unable to decrypt the environment variables",
        ] {
            assert_eq!(masked(text, &NAMES), text);
        }
    }

    #[test]
    fn an_account_that_is_named_like_a_word_is_masked_only_as_a_name() {
        let names = Names { account: "network", ..NAMES };
        assert_eq!(
            masked("the network of account network, `network` or x/network/y", &names),
            "the network of account {account}, `{account}` or x/{account}/y"
        );
    }
}
