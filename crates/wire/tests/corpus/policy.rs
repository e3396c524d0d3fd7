//! Access policies, and requests that are put to them.

use sexton_core::policy::{Context, Identity, Kind, Policy, Request, Ruling};

/// The last line of what is given is who asks, what for, and the value of a key.
pub(crate) fn ask(text: &str) {
    let (policy, request) = text.rsplit_once('\n').unwrap_or((text, ""));
    let mut words = request.split(' ');
    let mut word = |usual| words.next().filter(|word| !word.is_empty()).unwrap_or(usual);
    let by = Identity::parse(word("arn:aws:iam::123456789012:root"));
    let action = word("backup:DeleteRecoveryPoint");
    let resource = word("arn:aws:ec2:us-east-1::snapshot/snap-1");
    let known =
        Context::default().with("aws:userid", word("123456789012")).without("aws:PrincipalTag/");
    for kind in [Kind::Identity, Kind::Resource, Kind::Trust, Kind::Vault] {
        let (policy, by) = match (Policy::parse(policy, kind), &by) {
            (Ok(policy), Ok(by)) => (policy, by),
            (Err(malformed), _) => {
                assert!(!malformed.to_string().contains('\n'), "{malformed}");
                continue;
            }
            (Ok(_), Err(_)) => continue,
        };
        let ask = |context| policy.rule(&Request { by, action, resource, context });
        let (knowing, ignorant) = (ask(&known), ask(&Context::default()));
        // To know less never allows more, and never denies less.
        assert!(ignorant != Ruling::Allows || knowing == Ruling::Allows, "{text}");
        assert!(knowing != Ruling::Denies || ignorant == Ruling::Denies, "{text}");
    }
}
