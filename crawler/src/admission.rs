//! Whether a source may be crawled at all: what its definition must keep to, before any request.

use std::net::IpAddr;

use archive::{InvalidSource, Source, SourceId};
use jiff::Timestamp;
use url::Url;

use crate::address::is_public;
use crate::certificate::{InvalidPin, check_pin};
use crate::fetch::is_asked_port;
use crate::schedule::{InvalidSchedule, Schedule};
use crate::{CrawlError, Profiles};

/// Why a source is not admitted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotAdmitted {
    /// A key contradicts a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidSource),
    /// There is no such profile.
    #[error("source `{id}`: {why}")]
    Profile {
        /// The source.
        id: SourceId,
        /// Which there are.
        why: Box<CrawlError>,
    },
    /// The schedule cannot be read.
    #[error("source `{id}`: {why}")]
    Schedule {
        /// The source.
        id: SourceId,
        /// What is wrong with it.
        why: InvalidSchedule,
    },
    /// The schedule is right and means nothing.
    #[error("source `{id}`: `schedule` names a day that never comes")]
    Never {
        /// The source.
        id: SourceId,
    },
    /// A pinned certificate is none.
    #[error("source `{id}`: {why}")]
    Pin {
        /// The source.
        id: SourceId,
        /// What is wrong with it.
        why: InvalidPin,
    },
    /// Nobody publishes there.
    #[error("source `{id}`: {url} is on a port that is never asked; 80, 443, 8080 and 8443 are")]
    Port {
        /// The source.
        id: SourceId,
        /// The start page.
        url: Box<Url>,
    },
    /// A public portal would be asked without pause.
    #[error(
        "source `{id}`: `delay_ms` is 0, which is for one's own portals only; give at least 1000"
    )]
    NoDelay {
        /// The source.
        id: SourceId,
    },
    /// The address is inside our own network.
    #[error(
        "source `{id}`: {url} is a private address; only with crawler.allow_private_addresses = \
         true in the configuration are such addresses crawled"
    )]
    Private {
        /// The source.
        id: SourceId,
        /// The start page.
        url: Box<Url>,
    },
}

/// Checks a source's definition.
///
/// # Errors
/// Says what keeps it from being crawled.
pub fn admit(
    source: &Source,
    profiles: &Profiles,
    allow_private_addresses: bool,
    now: Timestamp,
) -> Result<(), NotAdmitted> {
    let id = || source.id.clone();
    source.check()?;
    profiles
        .named(&source.profile)
        .map_err(|why| NotAdmitted::Profile { id: id(), why: Box::new(why) })?;
    let schedule: Schedule =
        source.schedule.parse().map_err(|why| NotAdmitted::Schedule { id: id(), why })?;
    if !schedule.ever_comes(now) {
        return Err(NotAdmitted::Never { id: id() });
    }
    let pin = source.tls.as_ref().map_or(Ok(()), check_pin);
    pin.map_err(|why| NotAdmitted::Pin { id: id(), why })?;
    if allow_private_addresses {
        return Ok(());
    }
    if let Some(url) = source.start.iter().find(|url| is_private(url)) {
        return Err(NotAdmitted::Private { id: id(), url: Box::new(url.clone()) });
    }
    if let Some(url) = source.start.iter().find(|url| !is_asked_port(url)) {
        return Err(NotAdmitted::Port { id: id(), url: Box::new(url.clone()) });
    }
    if source.delay_ms == 0 && source.enabled {
        return Err(NotAdmitted::NoDelay { id: id() });
    }
    Ok(())
}

fn is_private(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| !is_public(ip))
}
