//! The Alibaba Cloud side. RDS is recognised and refused in its own words; it is not
//! served yet.

pub mod error;
