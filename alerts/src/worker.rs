//! The work of the alerts, step by step: match, put into messages, send, note. The loop waits, a
//! step works.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use archive::{Archive, Channel, Message, Sent};
use index::Index;
use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::mail::Mails;
use crate::matcher::Matcher;
use crate::webhook::Webhooks;
use crate::{AlertError, Config, Links, Told, compose};

/// How often it is looked for work.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Messages under way at the same time.
const AT_ONCE: u32 = 128;

/// Tells subscribers. There is one at a time, in the process that serves.
pub struct Worker {
    archive: Archive,
    index: Index,
    links: Links,
    matcher: Arc<Mutex<Matcher>>,
    senders: Senders,
    now: fn() -> Timestamp,
}

/// What a step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// Matches that were found.
    pub matched: usize,
    /// Messages that arrived.
    pub delivered: usize,
    /// Messages that did not.
    pub failed: usize,
}

#[derive(Clone)]
struct Senders {
    mails: Option<Mails>,
    webhooks: Webhooks,
}

impl Worker {
    /// A worker; `now` is the clock.
    ///
    /// # Errors
    /// When the mail server's address cannot be used, or the archive fails.
    pub fn new(
        archive: Archive,
        index: Index,
        config: &Config,
        now: fn() -> Timestamp,
    ) -> Result<Self, AlertError> {
        let links = Links::new(config.site.clone());
        let mails = config.mail.as_ref().map(|server| Mails::new(server, links.clone()));
        let senders = Senders {
            mails: mails.transpose()?,
            webhooks: Webhooks::new(config.allow_private_addresses)?,
        };
        archive.retry_interrupted(now())?;
        let matcher = Arc::new(Mutex::new(Matcher::new(archive.clone(), index.clone())));
        Ok(Self { archive, index, links, matcher, senders, now })
    }

    /// Works until `stop`. Matching waits for no receiver, and no receiver for a slower one as long
    /// as there are places; what is under way when it stops is sent again by the next.
    pub async fn run(&self, stop: CancellationToken) {
        let matching = async {
            let mut ticks = tokio::time::interval(LOOK_EVERY);
            loop {
                ticks.tick().await;
                if let Err(error) = self.match_all().await {
                    tracing::error!(%error, "articles are not matched; it is tried again");
                }
            }
        };
        let sending = async {
            let mut ticks = tokio::time::interval(LOOK_EVERY);
            loop {
                ticks.tick().await;
                if let Err(error) = self.send_all().await {
                    tracing::error!(%error, "subscribers are not told; it is tried again");
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = matching => {}
            () = sending => {}
        }
    }

    /// Matches all that happened, and sends all that is due.
    ///
    /// # Errors
    /// When index or archive fail; what was begun goes on at the next step.
    pub async fn step(&self) -> Result<Worked, AlertError> {
        let matched = self.match_all().await?;
        Ok(Worked { matched, ..self.send_all().await? })
    }

    /// Sends all that is due; as soon as some have ended, others take their places.
    async fn send_all(&self) -> Result<Worked, AlertError> {
        let (mut worked, mut sending) = (Worked::default(), JoinSet::new());
        loop {
            let free = AT_ONCE.saturating_sub(sending.len() as u32);
            if free >= AT_ONCE / 4 {
                for (message, told) in self.due(free).await? {
                    let (senders, now) = (self.senders.clone(), (self.now)());
                    sending.spawn(
                        async move { (message.id, senders.send(&message, &told, now).await) },
                    );
                }
            }
            let Some(first) = sending.join_next().await else { return Ok(worked) };
            // A task that panicked is an attempt that was interrupted: it is made again.
            let mut ended: Vec<(i64, Sent)> = first.into_iter().collect();
            while let Some(more) = sending.try_join_next() {
                ended.extend(more);
            }
            worked.note(&ended);
            let (archive, now) = (self.archive.clone(), (self.now)());
            blocking(move || Ok(archive.finish_attempts(&ended, now)?)).await?;
        }
    }

    /// Matches all that happened; how many matches there were.
    ///
    /// # Errors
    /// When index or archive fail.
    pub async fn match_all(&self) -> Result<usize, AlertError> {
        let (matcher, now) = (self.matcher.clone(), (self.now)());
        blocking(move || matcher.lock().unwrap_or_else(PoisonError::into_inner).step(now)).await
    }

    /// The next messages, composed. That they are tried is noted before they are.
    async fn due(&self, most: u32) -> Result<Vec<(Message, Told)>, AlertError> {
        let (archive, index) = (self.archive.clone(), self.index.clone());
        let (links, now) = (self.links.clone(), (self.now)());
        blocking(move || {
            archive.make_messages(now)?;
            let due = archive.due_messages(now, most)?;
            if due.is_empty() {
                return Ok(Vec::new());
            }
            let mut composed = Vec::with_capacity(due.len());
            for message in &due {
                composed.push(compose(&archive, &index, &links, message)?);
            }
            archive.begin_attempts(&due, now)?;
            Ok(due.into_iter().zip(composed).collect())
        })
        .await
    }
}

impl Worked {
    fn note(&mut self, ended: &[(i64, Sent)]) {
        for (id, sent) in ended {
            match sent {
                Sent::Delivered => self.delivered += 1,
                Sent::Failed(error) | Sent::Refused(error) => {
                    self.failed += 1;
                    tracing::warn!(message.id = id, error, "a message did not arrive");
                }
            }
        }
    }
}

impl Senders {
    async fn send(&self, message: &Message, told: &Told, now: Timestamp) -> Sent {
        // All that it told of was hidden since.
        if told.confirm_url.is_none() && told.items.is_empty() {
            return Sent::Delivered;
        }
        match (message.alert.channel, &self.mails) {
            (Channel::Webhook, _) => self.webhooks.send(message, told, now).await,
            (Channel::Mail, Some(mails)) => mails.send(message, told).await,
            (Channel::Mail, None) => Sent::Failed("no mail.server is configured".to_owned()),
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AlertError> + Send + 'static,
) -> Result<T, AlertError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        // The next step tries again: meanwhile a damaged index may have been built anew.
        Err(panicked) => Err(AlertError::Panicked(panicked.to_string())),
    }
}
