//! Trust in a portal's certificate, where the usual check of its chain fails.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What an operator decided about a portal whose certificate does not verify.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Trust {
    /// The certificate, as PEM, that stands between the portal's own and a known authority and that
    /// the portal forgets to send. The chain is checked with it.
    Intermediate(String),
    /// Nothing is checked, for a reason and not for ever.
    Exception(TrustException),
}

/// Why a portal's certificate is not checked, and how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustException {
    /// In the operator's words.
    pub reason: String,
    /// The last day, in Vietnam.
    pub until: Date,
}
