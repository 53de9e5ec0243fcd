//! Opening the rooms that a command works in. Everything lies below the data folder.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use archive::{Archive, ArchiveError, Mended, Recorder};
use crawler::{Crawler, Fetcher, Profiles};
use index::Index;
use jiff::Timestamp;
use web::{App, Portals, Site};

use crate::config::Config;
use crate::failure::Failure;
use crate::server_lock;

/// How much nicer a thread behind the site is than one that answers: where there is too little processor
/// time for both, at 10 it gets a ninth as much (sched(7), "The nice value").
const BACKGROUND_NICENESS: i32 = 10;
/// As nice as a thread can be.
const NICENESS_MAX: i32 = 19;

/// The data folder and the configuration.
#[derive(Clone, Debug)]
pub(crate) struct Rooms {
    pub(crate) data: PathBuf,
    pub(crate) config: Config,
}

impl Rooms {
    pub(crate) fn new(data: PathBuf, config: Config) -> Self {
        Self { data, config }
    }

    /// The archive, made when there is none: for the commands that fill it.
    pub(crate) fn archive(&self) -> Result<Archive, Failure> {
        self.refuse_to_upgrade_under_a_server()?;
        Ok(self.archive_to_serve()?)
    }

    /// The same for the server itself, which holds its lock.
    pub(crate) fn archive_to_serve(&self) -> anyhow::Result<Archive> {
        self.tell_of_upgrade();
        Archive::open(&self.data)
            .with_context(|| format!("cannot open the archive in {}", self.data.display()))
    }

    /// Whoever opens an archive brings it to this program's format; an older server could not go on.
    fn refuse_to_upgrade_under_a_server(&self) -> Result<(), Failure> {
        match server_lock::is_held(&self.data) && Archive::is_older(&self.data) {
            false => Ok(()),
            true => Err(Failure::usage(format!(
                "{} is of an older format, and a server serves it: if that is of an older program, stop it \
                 first; if it is bringing the archive to its own format, wait some minutes",
                self.data.display()
            ))),
        }
    }

    /// Nothing else is heard of it until it is done.
    fn tell_of_upgrade(&self) {
        if Archive::is_older(&self.data) {
            tracing::warn!(
                "the archive is brought to this program's format; a large one takes minutes"
            );
        }
    }

    /// The archive that is there: a mistyped folder must not look like an empty archive.
    pub(crate) fn existing_archive(&self) -> Result<Archive, Failure> {
        self.refuse_to_upgrade_under_a_server()?;
        self.tell_of_upgrade();
        Archive::open_existing(&self.data).map_err(|error| match error {
            ArchiveError::Missing { .. } => Failure::usage(error.to_string()),
            other => other.into(),
        })
    }

    /// Where the index is.
    pub(crate) fn index_folder(&self) -> PathBuf {
        self.data.join("index")
    }

    /// The index, brought up to the archive.
    pub(crate) fn index(&self, archive: &Archive) -> anyhow::Result<Index> {
        let folder = self.index_folder();
        Index::open(&folder, archive.clone())
            .with_context(|| format!("cannot open the index in {}", folder.display()))
    }

    /// The one writer of captures; fails when another process is crawling or importing.
    pub(crate) fn recorder(&self, archive: &Archive) -> anyhow::Result<Arc<Mutex<Recorder>>> {
        let recorder = Recorder::open(archive.clone())?;
        let Mended { cut, lost, runs } = recorder.mended();
        for (file, bytes) in cut {
            tracing::warn!(file, bytes, "what a killed process wrote last was cut off");
        }
        if *runs > 0 {
            tracing::warn!(runs, "runs of a killed process were ended; what is due is asked again");
        }
        for (file, lost) in lost {
            tracing::error!(
                file,
                lost,
                "a WARC file lacks what was kept; restore it from a backup"
            );
        }
        Ok(Arc::new(Mutex::new(recorder)))
    }

    pub(crate) fn crawler(&self, archive: &Archive) -> Result<Crawler, Failure> {
        let recorder = self.recorder(archive)?;
        let (fetcher, profiles) = (self.fetcher()?, self.profiles()?);
        Ok(Crawler::new(archive.clone(), recorder, fetcher, profiles, Timestamp::now))
    }

    /// The built-in profiles and the operator's own.
    pub(crate) fn profiles(&self) -> Result<Profiles, Failure> {
        let own = Profiles::with_own(&self.data.join("profiles"));
        own.map_err(|error| Failure::usage(error.to_string()))
    }

    /// How subscribers are told, by a site that listens on an address.
    pub(crate) fn alerts(&self, listens: Option<SocketAddr>) -> Result<alerts::Config, Failure> {
        let Config { web, mail, crawler, .. } = &self.config;
        let site = match &web.public_url {
            Some(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => url.clone(),
            Some(url) => {
                return Err(Failure::usage(format!(
                    "web.public_url is `{url}`, but must be an address as https://loaphuong.example"
                )));
            }
            None => format!("http://{}/", listens.unwrap_or(web.listen))
                .parse()
                .context("the address to listen on makes no URL")?,
        };
        let mail = match (&mail.server, &mail.from) {
            (None, _) => None,
            (Some(_), None) => {
                let why = "mail.server is given without mail.from; say whom mails come from";
                return Err(Failure::usage(why));
            }
            (Some(server), Some(from)) => {
                let from = from.parse().map_err(|error| {
                    Failure::usage(format!("mail.from is `{from}`, which is no mailbox: {error}"))
                })?;
                Some(alerts::MailServer { url: server.clone(), from })
            }
        };
        Ok(alerts::Config { site, mail, allow_private_addresses: crawler.allow_private_addresses })
    }

    /// What serves the site: with its surroundings, and the means to look at portals.
    pub(crate) fn app(
        &self,
        index: Index,
        archive: Archive,
        listens: SocketAddr,
    ) -> Result<App, Failure> {
        let Config { web, backup, crawler, .. } = &self.config;
        let site = Site {
            public_url: web.public_url.clone(),
            contact: web.contact.clone(),
            client_header: web.client_header.clone(),
            backups: backup.folder.clone(),
        };
        let tls = web.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
        if tls && web.client_header.is_none() {
            tracing::warn!(
                "readers come by TLS, so through a proxy, but web.client_header is not set: all of \
                 them count as one, none is held to a rate, and one of them can keep operators from \
                 signing in"
            );
        }
        let portals = Portals {
            fetcher: self.fetcher()?,
            profiles: self.data.join("profiles"),
            allow_private_addresses: crawler.allow_private_addresses,
        };
        let alerts = Arc::new(self.alerts(Some(listens))?);
        Ok(App::new(index, archive, alerts, site, portals))
    }

    pub(crate) fn fetcher(&self) -> anyhow::Result<Fetcher> {
        Ok(Fetcher::new(&crawler::Config {
            allow_private_addresses: self.config.crawler.allow_private_addresses,
            contact: self.config.crawler.contact.clone(),
        })?)
    }
}

/// The runtime of the commands that wait for a network.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("cannot start the async runtime")
}

/// The runtime of what goes on behind a site: following the archive, telling subscribers, backups and
/// rebuilds. Its threads, and those that they start in turn, take what processor time the readers leave.
/// Crawls are not among them: a portal that answers is not to wait.
pub(crate) fn background_runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    // For all of them the same: a thread begins with the niceness of whoever starts it, and threads of
    // this runtime start others.
    let own = rustix::process::getpriority_process(None).context("cannot tell the own niceness")?;
    let niceness = (own + BACKGROUND_NICENESS).min(NICENESS_MAX);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().on_thread_start(move || give_way(niceness));
    builder.build().context("cannot start the async runtime")
}

/// Lets this thread give way to others. On Linux each thread has a niceness of its own
/// (setpriority(2), "C library/kernel differences").
fn give_way(niceness: i32) {
    if let Err(error) = rustix::process::setpriority_process(None, niceness) {
        tracing::debug!(%error, "what goes on behind the site has the priority of searches");
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::spawn_blocking;

    use super::*;

    #[test]
    fn all_that_goes_on_behind_the_site_is_equally_nice() {
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let own = niceness();
        let found = background_runtime().unwrap().block_on(async move {
            let worker = tokio::spawn(async move {
                let begun = spawn_blocking(move || (niceness(), spawn_blocking(niceness)));
                let (first, second) = begun.await.unwrap();
                [niceness(), first, second.await.unwrap()]
            });
            worker.await.unwrap()
        });
        assert_eq!(found, [(own + BACKGROUND_NICENESS).min(NICENESS_MAX); 3]);
        assert_eq!(niceness(), own);
    }
}
