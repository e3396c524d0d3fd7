//! Every place where credentials are looked for, and every way in which they can be there by half.

use super::*;
use proptest::prelude::*;

const CONFIG: &str = r#"{"current": "night", "profiles": [
    {"name": "default", "mode": "AK", "access_key_id": "D", "access_key_secret": "s"},
    {"name": "night", "mode": "StsToken", "access_key_id": "N", "access_key_secret": "s",
     "sts_token": "t", "region_id": "cn-beijing", "retry_count": 0, "verified": null},
    {"name": "role", "mode": "RamRoleArn", "access_key_id": "R", "access_key_secret": "s",
     "ram_role_arn": "acs:ram::1:role/r", "ram_session_name": "x", "expired_seconds": 900},
    {"name": "machine", "mode": "EcsRamRole", "ram_role_name": "m"},
    {"name": "token", "mode": "OIDC", "ram_role_arn": "acs:ram::1:role/o",
     "oidc_provider_arn": "acs:ram::1:oidc-provider/p", "oidc_token_file": "/t"},
    {"name": "half", "mode": "AK", "access_key_id": "H", "access_key_secret": ""},
    {"name": "sso", "mode": "CloudSSO", "access_key_id": "C", "access_key_secret": "s"}
]}"#;

const SECTIONS: &str = "# mine\n[default]\ntype = access_key\naccess_key_id = F\n\
    access_key_secret = s=x\n\n[old]\ntype=sts\naccess_key_id=O\naccess_key_secret=s\n\
    security_token=t\n[rsa]\ntype = rsa_key_pair\n";

fn look(
    variables: &[(&str, &str)],
    files: &[(&str, &str)],
    profile: Option<&str>,
) -> Result<Found, ApsaraCredentialsError> {
    let variables: BTreeMap<&str, &str> =
        [("HOME", "/h")].iter().chain(variables).copied().collect();
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    let around = Surroundings {
        variable: &|name| variables.get(name).map(|text| (*text).to_owned()),
        read: &|path| {
            let text = files.get(path.to_str().unwrap_or(""));
            text.map(|text| (*text).to_owned()).ok_or_else(|| io::ErrorKind::NotFound.into())
        },
    };
    find(&around, profile)
}

const FILES: [(&str, &str); 2] =
    [("/h/.aliyun/config.json", CONFIG), ("/h/.alibabacloud/credentials", SECTIONS)];

/// Whose keys are found: the id, and whether there is a token.
fn whose(found: Result<Found, ApsaraCredentialsError>) -> (String, bool) {
    match found.unwrap().origin {
        Origin::Keys(keys) => (keys.id, keys.token.is_some()),
        Origin::Role { by, role, .. } => (format!("{} as {}", by.id, role.arn), false),
        Origin::Oidc { role, .. } => (role.arn, true),
        Origin::Machine { role } => (role, false),
    }
}

#[test]
fn the_first_place_that_has_credentials_is_taken() {
    let keys = [
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "E"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s"),
        ("ALIBABA_CLOUD_SECURITY_TOKEN", "t"),
    ];
    let oidc = [
        ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/t"),
        ("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/v"),
        ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/p"),
    ];
    let profile = |name| [("ALIBABA_CLOUD_PROFILE", name)];
    let machine = [("ALIBABA_CLOUD_ECS_METADATA", "M")];
    let is = |id: &str, token| (id.to_owned(), token);
    assert_eq!(whose(look(&keys, &FILES, None)), is("E", true));
    assert_eq!(whose(look(&keys[..2], &FILES, None)), is("E", false));
    assert_eq!(whose(look(&oidc, &FILES, None)), is("acs:ram::1:role/v", true));
    assert_eq!(whose(look(&[], &FILES, None)), is("N", true));
    assert_eq!(whose(look(&profile("default"), &FILES, None)), is("D", false));
    assert_eq!(whose(look(&profile("old"), &FILES, None)), is("O", true));
    assert_eq!(whose(look(&machine, &FILES[1..], None)), is("F", false));
    assert_eq!(whose(look(&machine, &[], None)), is("M", false));
    let elsewhere = [("ALIBABA_CLOUD_CREDENTIALS_FILE", "/c")];
    assert_eq!(whose(look(&elsewhere, &[("/c", SECTIONS)], None)), is("F", false));
}

/// A forgotten variable would have the sets of another account deleted.
#[test]
fn a_profile_that_is_given_is_used_and_nothing_else() {
    let keys = [("ALIBABA_CLOUD_ACCESS_KEY_ID", "E"), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s")];
    for (profile, id) in [
        ("default", "D"),
        ("old", "O"),
        ("role", "R as acs:ram::1:role/r"),
        ("machine", "m"),
        ("token", "acs:ram::1:role/o"),
    ] {
        assert_eq!(whose(look(&keys, &FILES, Some(profile))).0, id);
    }
    let error = look(&keys, &FILES, Some("nobody")).unwrap_err();
    let ApsaraCredentialsError::NoProfile { known, .. } = error else { panic!("{error}") };
    assert!(known.contains(&"night".to_owned()) && known.contains(&"old".to_owned()));
    assert_eq!(look(&[], &FILES, Some("night")).unwrap().region.as_deref(), Some("cn-beijing"));
}

#[test]
fn what_is_there_by_half_or_not_understood_is_named_and_not_passed_over() {
    let id = [("ALIBABA_CLOUD_ACCESS_KEY_ID", "E")];
    let secret = [("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s")];
    let token = [("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/t")];
    let (config, broken) = (FILES, [("/h/.aliyun/config.json", "{")]);
    for (found, said) in [
        (look(&id, &config, None), "the environment has no ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
        (look(&secret, &config, None), "the environment has no ALIBABA_CLOUD_ACCESS_KEY_ID"),
        (look(&token, &config, None), "the environment has no ALIBABA_CLOUD_ROLE_ARN"),
        (
            look(&[], &config, Some("half")),
            "\"half\" in /h/.aliyun/config.json has no access_key_secret",
        ),
        (look(&[], &config, Some("sso")), "is of the kind \"CloudSSO\", which is not supported"),
        (
            look(&[], &config, Some("rsa")),
            "is of the kind \"rsa_key_pair\", which is not supported",
        ),
        (look(&[], &broken, None), "/h/.aliyun/config.json is not a file of profiles"),
        (
            look(&[], &[("/h/.alibabacloud/credentials", "key = 1")], None),
            "is not a file of profiles",
        ),
        (look(&[], &[], None), "no credentials of Alibaba Cloud were found"),
    ] {
        let error = found.unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn no_secret_is_shown() {
    for profile in ["default", "night", "role"] {
        let shown = format!("{:?}", look(&[], &FILES, Some(profile)).unwrap());
        assert!(!shown.contains("\"s\"") && !shown.contains("\"t\""), "{shown}");
    }
}

proptest! {
    #[test]
    fn no_file_makes_it_panic(
        text in "(\\[[a-z\\]]{0,9}\n|[a-z_= ]{0,9}\n\
                 |\\{\"profiles\": ?[\\[\\]{}\":a-z,]{0,20}){0,6}",
    ) {
        for path in ["/h/.aliyun/config.json", "/h/.alibabacloud/credentials"] {
            drop(look(&[], &[(path, &text)], None));
        }
    }
}
