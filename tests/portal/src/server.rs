//! A portal's server: a thread of its own, a log of every request, and articles that can change.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, Response, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

use crate::ask::{Ask, Logged, Reply};
use crate::{Article, Behaviour, Family, Fault, Ward};

/// A running portal; it stops when dropped.
#[derive(Debug)]
pub struct Portal {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What a page is made from.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) family: Family,
    pub(crate) ward: Ward,
    pub(crate) robots: Option<String>,
    /// `http://127.0.0.1:9001`.
    pub(crate) base: String,
    /// Requests answered for each article, for the view counters.
    pub(crate) viewed: HashMap<u64, u64>,
    /// The article at each path.
    paths: HashMap<String, u64>,
}

impl Site {
    /// The article at a path.
    pub(crate) fn article_at(&self, path: &str) -> Option<&Article> {
        let id = self.paths.get(path)?;
        self.ward.articles.iter().find(|article| article.id == *id)
    }

    fn note_paths(&mut self) {
        let paths = self.ward.articles.iter().map(|a| (self.family.path(a), a.id));
        self.paths = paths.collect();
    }
}

#[derive(Debug)]
struct Shared {
    site: Mutex<Site>,
    log: Mutex<Vec<Logged>>,
    faults: Mutex<Vec<Fault>>,
    requests: AtomicUsize,
    /// Whether each answer puts a new session into all its links.
    with_sessions: AtomicBool,
}

impl Portal {
    /// Serves a ward on a bound listener.
    pub fn start(listener: TcpListener, family: Family, ward: Ward) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let base = format!("http://{address}");
        let (viewed, paths) = (HashMap::new(), HashMap::new());
        let mut site = Site { family, ward, robots: None, base, viewed, paths };
        site.note_paths();
        let shared = Arc::new(Shared {
            site: Mutex::new(site),
            log: Mutex::new(Vec::new()),
            faults: Mutex::new(Vec::new()),
            requests: AtomicUsize::new(0),
            with_sessions: AtomicBool::new(false),
        });
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::spawn(move || {
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener)
                    .expect("a bound, non-blocking listener fits any runtime");
                tokio::select! {
                    served = axum::serve(listener, router) => served.expect("it never ends by itself"),
                    _ = stopped => {}
                }
            });
        });
        Ok(Self { address, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// Serves a ward on a free port.
    pub fn start_anywhere(family: Family, ward: Ward) -> io::Result<Self> {
        Self::start(TcpListener::bind("127.0.0.1:0")?, family, ward)
    }

    /// The family it belongs to.
    pub fn family(&self) -> Family {
        lock(&self.shared.site).family
    }

    /// The URL of its first list page.
    pub fn start_url(&self) -> String {
        let site = lock(&self.shared.site);
        format!("{}{}", site.base, site.family.start())
    }

    /// The URL of an article's page.
    pub fn url(&self, article: &Article) -> String {
        let site = lock(&self.shared.site);
        format!("{}{}", site.base, site.family.path(article))
    }

    /// The ward as it is published now.
    pub fn ward(&self) -> Ward {
        lock(&self.shared.site).ward.clone()
    }

    /// Changes a published article.
    ///
    /// # Panics
    /// When there is no article with this id.
    pub fn edit(&self, id: u64, change: impl FnOnce(&mut Article)) {
        let mut site = lock(&self.shared.site);
        let article = site.ward.articles.iter_mut().find(|a| a.id == id);
        change(article.expect("the article is published"));
        site.note_paths();
    }

    /// Replaces its robots.txt.
    pub fn set_robots(&self, text: &str) {
        lock(&self.shared.site).robots = Some(text.to_owned());
    }

    /// Switches a fault on; of several that fit, the one switched on last happens.
    pub fn misbehave(&self, fault: Fault) {
        lock(&self.shared.faults).push(fault);
    }

    /// Switches all faults off.
    pub fn behave(&self) {
        lock(&self.shared.faults).clear();
    }

    /// Puts a new session into all links of each answer, as Java servers do for clients without
    /// cookies.
    pub fn hand_out_sessions(&self) {
        self.shared.with_sessions.store(true, Ordering::Relaxed);
    }

    /// Puts an article on.
    pub fn publish(&self, article: Article) {
        let mut site = lock(&self.shared.site);
        site.ward.articles.push(article);
        site.note_paths();
    }

    /// Takes an article off.
    pub fn remove(&self, id: u64) {
        let mut site = lock(&self.shared.site);
        site.ward.articles.retain(|article| article.id != id);
        site.note_paths();
    }

    /// All requests so far.
    pub fn log(&self) -> Vec<Logged> {
        lock(&self.shared.log).clone()
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone when the server failed: then there is nothing to stop.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    Query(parameters): Query<HashMap<String, String>>,
    request: Request,
) -> Response<Body> {
    let at = Instant::now();
    let number = shared.requests.fetch_add(1, Ordering::Relaxed);
    let uri = request.uri();
    let target = uri.path_and_query().map_or("/", |t| t.as_str()).to_owned();
    let user_agent = text(request.headers(), header::USER_AGENT);
    if let Some(behaviour) = next_fault(&shared, &target) {
        // Noted before it happens: a server that hangs was asked as well.
        lock(&shared.log).push(Logged { at, target: target.clone(), status: 0, user_agent });
        return behaviour.answer(&target).await;
    }
    let path = uri.path().split(";jsessionid=").next().unwrap_or_default().to_owned();
    let ask = Ask { path, parameters, number };
    let mut reply = {
        let mut site = lock(&shared.site);
        let reply = site.family.answer(&site, &ask);
        if let Some(id) = site.article_at(&ask.path).map(|article| article.id) {
            *site.viewed.entry(id).or_default() += 1;
        }
        reply
    };
    if shared.with_sessions.load(Ordering::Relaxed) {
        reply.body = with_session(&reply.body, number);
    }
    let response = respond(&reply, request.headers());
    let status = response.status().as_u16();
    lock(&shared.log).push(Logged { at, target, status, user_agent });
    response
}

/// A page with a session in all its links.
fn with_session(page: &str, number: usize) -> String {
    let mut parts = page.split("href=");
    let mut marked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.char_indices().skip(1).find(|(_, c)| matches!(c, '\'' | '"' | '?' | '#'));
        let (before, after) = part.split_at(end.map_or(part.len(), |(at, _)| at));
        marked += &format!("href={before};jsessionid={number:X}{after}");
    }
    marked
}

/// The fault that a request meets.
fn next_fault(shared: &Shared, target: &str) -> Option<Behaviour> {
    let mut faults = lock(&shared.faults);
    let fits = |fault: &&mut Fault| target.starts_with(&fault.prefix) && fault.times != Some(0);
    let fault = faults.iter_mut().rev().find(fits)?;
    fault.times = fault.times.map(|times| times - 1);
    Some(fault.behaviour.clone())
}

/// Adds validators and compression, as the reply and the request allow.
fn respond(reply: &Reply, asked: &HeaderMap) -> Response<Body> {
    let mut response = Response::builder().header(header::CONTENT_TYPE, reply.content_type);
    let mut status = reply.status;
    if reply.validated {
        let digest = Sha256::digest(&reply.body);
        let etag: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        let etag = format!("\"{etag}\"");
        if text(asked, header::IF_NONE_MATCH) == etag {
            status = 304;
        }
        response = response.header(header::ETAG, etag);
    }
    if let Some(location) = &reply.location {
        response = response.header(header::LOCATION, location);
    }
    let body = if status == 304 {
        Vec::new()
    } else if reply.validated && text(asked, header::ACCEPT_ENCODING).contains("gzip") {
        response = response.header(header::CONTENT_ENCODING, "gzip");
        gzip(reply.body.as_bytes())
    } else {
        reply.body.clone().into_bytes()
    };
    response.status(status).body(Body::from(body)).expect("all parts are valid HTTP")
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).expect("writing to memory does not fail");
    encoder.finish().expect("writing to memory does not fail")
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
