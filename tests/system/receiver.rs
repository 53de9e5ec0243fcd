//! A webhook's receiver: it takes what is sent, and answers as it is told.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use crate::loa::wait_until;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// By lower-case name.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

/// Listens until it is dropped with its process.
pub(crate) struct Receiver {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    status: Arc<AtomicU16>,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (received, status) =
            (Arc::<Mutex<Vec<Received>>>::default(), Arc::new(AtomicU16::new(200)));
        let (all, answer) = (received.clone(), status.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (all, answer) = (all.clone(), answer.clone());
                // Who is killed in the middle has sent nothing.
                thread::spawn(move || take(stream, &all, &answer));
            }
        });
        Self { address, received, status }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(crate) fn answer_with(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    pub(crate) fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Waits for the request of this number, from 0.
    pub(crate) fn wait(&self, number: usize) -> Received {
        wait_until("a request", || self.count() > number);
        self.received()[number].clone()
    }
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// Whether it was signed with a secret.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let time = self.headers["webhook-timestamp"].parse().unwrap();
        let id = &self.headers["webhook-id"];
        alerts::signature(secret, id, time, &self.body) == self.headers["webhook-signature"]
    }
}

fn take(stream: TcpStream, all: &Mutex<Vec<Received>>, answer: &AtomicU16) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let (mut headers, mut line) = (HashMap::new(), String::new());
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length: usize = headers.get("content-length")?.parse().ok()?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body = String::from_utf8(body).ok()?;
        all.lock().unwrap().push(Received { headers, body });
        let status = answer.load(Ordering::SeqCst);
        write!(stream, "HTTP/1.1 {status} Told\r\ncontent-length: 0\r\n\r\n").ok()?;
    }
}
