//! `notify` of an environment: its references become values.

use super::composer::Composer;
use super::evaluate::EvaluationScope;
use super::notice_target::{NoticeTarget, WebhookAddress};
use super::regions;
use super::secret_piece::SecretSource;
use super::value::{PlannedValue, ValuePiece};
use crate::document::{Fault, Place};
use crate::environment::{NotifySpec, Text};
use crate::name::Region;

/// Returns who is told of runs of an environment, given as a position, whose home is a Region. What cannot be read is a fault
/// only where stacks are sent.
pub(super) fn notice_targets<'e>(
    composer: &mut Composer<'e, '_>,
    position: usize,
    home: &'e Region,
) -> Vec<NoticeTarget> {
    let specs = &composer.evaluator.placements.environments[position].notify;
    let mut targets: Vec<NoticeTarget> = Vec::new();
    for spec in specs {
        match target(composer, spec, (position, home)) {
            Ok(known) if targets.contains(&known) => {}
            Ok(target) => targets.push(target),
            Err(fault) if composer.needs_values() => composer.faults.enter(fault),
            Err(fault) => targets.push(NoticeTarget::Unknown(fault.message)),
        }
    }
    targets
}

fn target<'e>(
    composer: &mut Composer<'e, '_>,
    spec: &'e NotifySpec,
    (environment, home): (usize, &'e Region),
) -> Result<NoticeTarget, Fault> {
    let scope = EvaluationScope { environment, target: None, region: Some(home) };
    let place = &spec.text().place;
    let mut read = |text: &'e Text| {
        let arn = composer.evaluator.text(text, scope)?;
        match regions::of_other_partition(&arn, home, place) {
            Some(fault) => Err(fault),
            None => Ok(arn),
        }
    };
    let wrong = |error: crate::name::NameError| Fault::at(place, error.to_string());
    match spec {
        NotifySpec::Topic(text) => Ok(NoticeTarget::Sns(read(text)?.parse().map_err(wrong)?)),
        NotifySpec::EventBus(text) => {
            Ok(NoticeTarget::EventBus(read(text)?.parse().map_err(wrong)?))
        }
        NotifySpec::Webhook(text) => {
            let value = composer.evaluator.secret(text, scope)?;
            webhook(value, place).map(NoticeTarget::Webhook)
        }
    }
}

/// Returns an address: what its file says itself is as secret as the file.
fn webhook(mut value: PlannedValue, place: &Place) -> Result<WebhookAddress, Fault> {
    for piece in &mut value.pieces {
        if let ValuePiece::Secret(secret) = piece
            && secret.source == SecretSource::File(place.file.path.clone())
        {
            *piece = ValuePiece::Literal(secret.text.clone());
        }
    }
    // What only a run learns is refused by whoever reads texts before one.
    let Some(address) = value.as_text() else {
        return Err(Fault::at(
            place,
            "the address of a webhook is known before any stack is deployed",
        )
        .with_help("`${env:…}`, `${file:…}` and `${variables.x}` may stand in it"));
    };
    match is_address(&address) {
        true => Ok(WebhookAddress(value)),
        false => Err(Fault::at(place, "the address of a webhook is one of the web")
            .with_label("no address that is used")
            .with_help(
                "it begins with `https://` and a host, without user and password; `http://` is for this machine alone",
            )),
    }
}

/// Whether notices are posted to an address: over TLS, or to a program of this machine.
fn is_address(address: &str) -> bool {
    let Ok(uri) = address.parse::<http::Uri>() else { return false };
    // What stands before `@` would be told to whoever may see the address.
    let is_anonymous = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    let host = uri.host().filter(|_| is_anonymous).unwrap_or_default();
    let is_here = host == "localhost" || host == "[::1]" || host.starts_with("127.");
    match uri.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => is_here,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::folder::TestFolder;

    use super::*;

    const REST: &str = "source: { account: '999999999999' }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { dev: '100000000001' }
stacks:
  role: { template: role.yaml, parameters: { Account: '${source.account}' } }
";

    fn targets(notify: &str) -> Result<Vec<NoticeTarget>, String> {
        let folder = TestFolder::new();
        folder.write("token.txt", "t0ken");
        let plan = folder.resolve(&format!("environment: e\nnotify: {notify}\n{REST}"))?;
        Ok(plan.environments[0].notify.clone())
    }

    #[test]
    fn references_stand_in_arns() {
        let found = targets(
            "[{ sns: 'arn:${partition}:sns:${region}:${source.account}:t' }, { event-bus: 'arn:aws:events:eu-west-1:999999999999:event-bus/default' }]",
        )
        .expect("two");
        let shown: Vec<String> = found.iter().map(NoticeTarget::shown).collect();
        assert_eq!(
            shown,
            [
                "arn:aws:sns:eu-central-1:999999999999:t",
                "arn:aws:events:eu-west-1:999999999999:event-bus/default"
            ]
        );
    }

    #[test]
    fn what_is_secret_of_an_address_is_neither_kept_nor_printed() {
        let found = targets("[{ webhook: 'https://hooks.example.com/a/${file:token.txt}' }]");
        let found = found.expect("one");
        let NoticeTarget::Webhook(address) = &found[0] else { panic!("it is a webhook") };
        assert_eq!(address.known().as_deref(), Some("https://hooks.example.com/a/t0ken"));
        assert_eq!(found[0].shown(), "the webhook at hooks.example.com");
        let kept = serde_json::to_string(&found[0]).expect("JSON");
        assert!(!kept.contains("t0ken") && !format!("{found:?}").contains("t0ken"), "{kept}");
        let read: NoticeTarget = serde_json::from_str(&kept).expect("it reads back");
        let NoticeTarget::Webhook(address) = read else { panic!("it is a webhook") };
        assert_eq!(address.known(), None);
    }

    #[test]
    fn a_host_that_is_secret_is_not_shown() {
        let whole = targets("[{ webhook: '${file:token.txt}' }]").expect_err("no address");
        assert!(!whole.contains("t0ken"), "{whole}");
        let found = targets("[{ webhook: 'https://${file:token.txt}.example.com/' }]");
        assert_eq!(found.expect("one")[0].shown(), "the webhook");
    }

    #[test]
    fn what_nobody_hears_is_refused_where_it_stands() {
        for (notify, told) in [
            ("[{ sns: deployments }]", "is not a topic's ARN"),
            ("[{ sns: 'arn:aws-cn:sns:cn-north-1:999999999999:t' }]", "of another partition"),
            ("[{ event-bus: 'arn:aws:sns:eu-west-1:999999999999:t' }]", "not an event bus's ARN"),
            ("[{ webhook: 'http://example.com/' }]", "`http://` is for this machine alone"),
            ("[{ webhook: 'https://' }]", "it begins with `https://`"),
            ("[{ webhook: 'https://me:secret@example.com/' }]", "without user and password"),
        ] {
            let refused = targets(notify).expect_err(notify);
            let refused = refused.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(refused.contains(told), "{notify}: {refused}");
        }
    }
}
