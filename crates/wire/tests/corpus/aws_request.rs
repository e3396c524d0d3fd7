//! A request to AWS Backup, FSx or STS, from its bytes to the call that it asks for.

use jiff::Timestamp;
use sexton_core::Realm;
use sexton_wire::aws::dispatch::{Api, dispatch};
use sexton_wire::aws::sigv4::{Claim, Expected, SigningKey};
use sexton_wire::aws::{backup, fsx, iam, sts};

use crate::request::request;

pub(crate) fn ask(bytes: &[u8]) {
    let Some((parts, body)) = request(bytes) else { return };
    if let Ok(claim) = Claim::parse(&parts) {
        let expected = Expected { region: "us-east-1", service: "backup" };
        let key = SigningKey::derive("secret", claim.date(), expected.region, expected.service);
        let now = Timestamp::from_second(1_795_878_245).unwrap();
        assert!(claim.verify(&parts, body, &key, now, &expected, None).is_err());
    }
    let realm = Realm::new("us-east-1", "123456789012");
    match dispatch(&parts, body) {
        Api::Fsx { operation } => {
            if let Err(error) = fsx::decode(operation, body, &realm) {
                drop(error.reply());
            }
        }
        Api::Iam => {
            if let Err(error) = iam::decode(&parts, body) {
                drop(error.reply("id"));
            }
        }
        Api::Sts => {
            if let Err(error) = sts::decode(&parts, body) {
                drop(error.reply("id"));
            }
        }
        Api::Backup | Api::Rds { .. } | Api::Other => {
            if let Err(error) = backup::decode(&parts, body) {
                assert!(error.status < 500, "{error:?}");
                drop(error.reply());
            }
        }
    }
}
