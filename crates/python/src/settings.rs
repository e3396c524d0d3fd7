//! What a call says beside the names: where to connect, as whom, and how.

use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;
use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;
use jiff::Timestamp;
use pyo3::prelude::*;
use sexton_client::{
    ApsaraSignature, CONCURRENCY_MAX, Connection, Earlier, Options, OtherPlace, Pacer, Plan, chain,
};

use crate::failure::Failure;

/// The longest that is waited for backups to go, in seconds: a year, which nobody waits.
const TIMEOUT_MAX: f64 = 365.0 * 24.0 * 3600.0;

/// The members of the dictionary that the package makes.
#[derive(Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Settings {
    region: Option<String>,
    profile: Option<String>,
    endpoint_url: Option<String>,
    ca_bundle: Option<PathBuf>,
    signature: Option<String>,
    timeout: f64,
    concurrency: usize,
    rate: Option<u32>,
    continuous: bool,
    /// Whether all that happens is to be told, and not only what somebody should know of.
    pub(crate) all_events: bool,
    /// Reports of earlier calls: what each is called, and its text.
    after: Vec<(String, String)>,
}

/// Reports of earlier calls, as they were given.
#[derive(Debug)]
pub(crate) struct After {
    names: Vec<String>,
    reports: Vec<Earlier>,
}

impl After {
    /// Tells `plan` what they saw in its place.
    pub(crate) fn tell(self, plan: &mut Plan) -> Result<(), Failure> {
        let other = |error: OtherPlace| {
            let name = self.names.get(error.number).map_or("after", String::as_str);
            Failure::invalid(format!("{name}: {error}"))
        };
        plan.saw_earlier(self.reports).map_err(other)
    }
}

impl Settings {
    /// How it is to be done.
    pub(crate) fn options(&self) -> Result<Options, Failure> {
        if !(0.0..=TIMEOUT_MAX).contains(&self.timeout) {
            let timeout = self.timeout;
            return Err(Failure::invalid(format!(
                "timeout: {timeout} is not a number of seconds from 0 to {TIMEOUT_MAX}"
            )));
        }
        if !(1..=CONCURRENCY_MAX).contains(&self.concurrency) {
            let concurrency = self.concurrency;
            return Err(Failure::invalid(format!(
                "concurrency: {concurrency} is not a number from 1 to {CONCURRENCY_MAX}"
            )));
        }
        if self.rate == Some(0) {
            return Err(Failure::invalid("rate: 0 requests a second are none"));
        }
        let seed = RandomState::new().hash_one(std::process::id());
        Ok(Options {
            concurrency: self.concurrency,
            timeout: Duration::from_secs_f64(self.timeout),
            pacer: Pacer::new(self.rate),
            continuous: self.continuous,
            ..Options::new(seed, Timestamp::now)
        })
    }

    /// Takes the reports of earlier calls, and reads them.
    pub(crate) fn after(&mut self) -> Result<After, Failure> {
        let (mut names, mut reports) = (Vec::new(), Vec::new());
        for (name, text) in std::mem::take(&mut self.after) {
            let read = Earlier::read(text.as_bytes());
            let no_report = |error| Failure::invalid(format!("{name} {}", chain(&error)));
            reports.push(read.map_err(no_report)?);
            names.push(name);
        }
        Ok(After { names, reports })
    }

    /// Where to connect.
    pub(crate) fn connection(&self, credentials: Option<SharedCredentialsProvider>) -> Connection {
        Connection {
            profile: self.profile.clone(),
            region: self.region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            role_arn: None,
            external_id: None,
            ca_bundle: self.ca_bundle.clone(),
            credentials,
        }
    }

    /// How requests to RDS are signed.
    pub(crate) fn signature(&self) -> Result<ApsaraSignature, Failure> {
        match self.signature.as_deref() {
            None | Some("v3") => Ok(ApsaraSignature::V3),
            Some("v1") => Ok(ApsaraSignature::V1),
            Some(other) => {
                Err(Failure::invalid(format!("signature: {other:?} is neither 'v1' nor 'v3'")))
            }
        }
    }
}
