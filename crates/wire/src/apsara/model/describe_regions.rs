//! What `DescribeRegions` is asked with and answers.
//!
//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.

use super::macros::structure;
use super::value::{Reader, put};
use super::{Action, Answer};
use crate::apsara::{Error, Parameters};

/// What `DescribeRegions` is asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `AcceptLanguage`.
    pub accept_language: Option<String>,
}

impl Request {
    pub(super) fn decode(given: &Parameters) -> Result<Self, Error> {
        let read = Reader::new(Action::DescribeRegions, given);
        Ok(Self { accept_language: read.optional("AcceptLanguage")? })
    }

    pub(super) fn encode(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        put(&mut pairs, "AcceptLanguage", self.accept_language.as_ref());
        pairs
    }
}

structure! {
    /// An item of `RDSRegion`.
    RdsRegion {
        local_name: String = "LocalName",
        region_endpoint: String = "RegionEndpoint",
        region_id: String = "RegionId",
        zone_id: String = "ZoneId",
        zone_name: String = "ZoneName",
    }
}

structure! {
    /// What `Regions` holds.
    RegionsList {
        rds_region: Vec<RdsRegion> = "RDSRegion",
    }
}

structure! {
    /// What `DescribeRegions` answers.
    Response {
        regions: RegionsList = "Regions",
        request_id: String = "RequestId",
    }
}

impl Answer for Response {
    const ACTION: Action = Action::DescribeRegions;
}
