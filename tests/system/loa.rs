//! The harness: the real binary with a data folder of its own, and portals to crawl.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use portal::{Family, Portal, Ward};
use serde_json::Value;
use tempfile::TempDir;

/// Milliseconds between two requests to one portal: short, but far longer than a request takes.
pub(crate) const DELAY_MS: u64 = 40;

/// The folder of the Python tools that `tests/all.sh` installs.
pub(crate) const TOOLS: &str = "LOA_TEST_TOOLS";

/// How long a condition, or an answer, is waited for: machines may be slow.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a look at a condition rests, so that what is waited for has the core.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// `loa` with a fresh data folder; the folder goes when this is dropped.
pub(crate) struct Loa {
    pub(crate) data: TempDir,
}

/// What a command printed and how it ended.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A running `loa serve`; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) base: String,
}

/// An HTTP answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl Loa {
    pub(crate) fn new() -> Self {
        Self { data: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loa"));
        command
            .env("LOA_DATA", self.data.path())
            .env("LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES", "true")
            .env_remove("LOA_CONFIG")
            .env_remove("LOA_LOG")
            .env_remove("LOA_WEB_LISTEN")
            .env_remove("LOA_WEB_PUBLIC_URL")
            .env_remove("LOA_MAIL_SERVER")
            .env_remove("LOA_MAIL_FROM")
            .current_dir(self.data.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn try_run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command().args(arguments).output().unwrap())
    }

    /// Runs a command that must succeed; its output.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let ran = self.try_run(arguments);
        assert_eq!(ran.status, 0, "loa {arguments:?}\n{}\n{}", ran.stdout, ran.stderr);
        ran.stdout
    }

    /// Runs a command with `--json`; its answer.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error}: {output}"))
    }

    /// A folder into which the four demo portals were crawled, and the portals, still running.
    pub(crate) fn crawled() -> (Self, Vec<Portal>) {
        let loa = Self::new();
        let portals = demo_portals();
        loa.add_sources(&portals);
        loa.run(&["crawl", "--all"]);
        (loa, portals)
    }

    /// Makes an archive with one source, which is never crawled.
    pub(crate) fn make_archive(&self) {
        let text = "[[source]]\nid = \"that-su\"\nname = \"Phường Thật Sự\"\nenabled = false\n";
        let file = self.write("that-su.toml", text);
        self.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
    }

    /// Makes the portals known as sources.
    pub(crate) fn add_sources(&self, portals: &[Portal]) {
        let file = self.write("sources.toml", &sources_file(portals));
        self.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
    }

    /// Adds an operator who can sign in.
    pub(crate) fn add_operator(&self, name: &str, role: &str, password: &str) {
        let input = std::fs::File::open(self.write("password.txt", password)).unwrap();
        let mut command = self.command();
        let added = command.args(["user", "add", name, "--role", role]).stdin(input).output();
        let added = Ran::of(added.unwrap());
        assert_eq!(added.status, 0, "{}", added.stderr);
    }

    /// The demo portals crawled, one of whose articles was edited at its portal and crawled again.
    pub(crate) fn crawled_with_an_edit() -> (Self, Vec<Portal>) {
        let (loa, portals) = Self::crawled();
        let portal = portals.iter().find(|portal| portal.ward().id == "go-sen").unwrap();
        let article = portal.ward().articles[3].clone();
        portal.edit(article.id, |article| article.body[0].push_str(" Bổ sung ngày hôm sau."));
        loa.run(&["crawl", "go-sen"]);
        (loa, portals)
    }

    /// Writes a file that a command is to read.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.data.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The id and fields of every article, as `loa show` has them.
    pub(crate) fn articles(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for source in self.json(&["source", "list"]).as_array().unwrap() {
            let id = source["source"]["id"].as_str().unwrap();
            let hits = self.json(&["search", "", "--limit", "100", "--source", id]);
            for hit in hits["hits"].as_array().unwrap() {
                all.push(self.json(&["show", hit["id"].as_str().unwrap()]));
            }
        }
        all
    }

    /// Starts the server on a free port.
    pub(crate) fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// The same with some settings of the environment.
    pub(crate) fn serve_with(&self, settings: &[(&str, String)]) -> Server {
        let mut child = self
            .command()
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let base = first.trim().strip_prefix("Loa Phường: ").unwrap_or_else(|| panic!("{first}"));
        Server { child, base: base.to_owned() }
    }
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A client for whom no answer is an error, and who waits for none without end.
pub(crate) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    config.timeout_global(Some(PATIENCE)).build().into()
}

impl Server {
    pub(crate) fn get(&self, target: &str) -> Answer {
        Answer::of(agent().get(format!("{}{target}", self.base)).call().unwrap())
    }

    pub(crate) fn get_bytes(&self, target: &str) -> Vec<u8> {
        let mut answer = ureq::get(format!("{}{target}", self.base)).call().unwrap();
        answer.body_mut().read_to_vec().unwrap()
    }

    pub(crate) fn post(&self, target: &str, body: &str) -> Answer {
        Answer::of(agent().post(format!("{}{target}", self.base)).send(body).unwrap())
    }

    pub(crate) fn post_json(&self, target: &str, body: &Value) -> Answer {
        let request = agent().post(format!("{}{target}", self.base));
        let request = request.header("content-type", "application/json");
        Answer::of(request.send(body.to_string()).unwrap())
    }

    pub(crate) fn json(&self, target: &str) -> Value {
        let answer = self.get(target);
        assert_eq!(answer.status, 200, "{target}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }
}

impl Server {
    /// Asks until the answer is as wanted.
    pub(crate) fn wait(&self, target: &str, wanted: impl Fn(&Value) -> bool) {
        wait_until(target, || wanted(&self.json(target)));
    }
}

impl Server {
    /// Asks it to stop, as a service manager does; how it ended.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.unwrap().success());
        let mut ended = None;
        wait_until("the server to stop", || {
            ended = self.child.try_wait().unwrap();
            ended.is_some()
        });
        ended.and_then(|status| status.code())
    }
}

/// Looks until something is so.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(LOOK_EVERY);
    }
}

impl Answer {
    fn of(mut answer: ureq::http::Response<ureq::Body>) -> Self {
        let content_type = answer.headers().get("content-type");
        Self {
            status: answer.status().as_u16(),
            content_type: content_type.map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default(),
            body: answer.body_mut().read_to_string().unwrap(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The four wards of the demo, each on a free port.
pub(crate) fn demo_portals() -> Vec<Portal> {
    portal::demo().into_iter().map(|(family, ward)| start(family, ward)).collect()
}

/// One of them.
pub(crate) fn demo_portal(id: &str) -> Portal {
    let mut wards = portal::demo().into_iter();
    let (family, ward) = wards.find(|(_, ward)| ward.id == id).unwrap();
    start(family, ward)
}

fn start(family: Family, ward: Ward) -> Portal {
    Portal::start_anywhere(family, ward).unwrap()
}

/// The sources file of some portals.
pub(crate) fn sources_file(portals: &[Portal]) -> String {
    let tables = portals.iter().map(|portal| {
        let ward = portal.ward();
        format!(
            "[[source]]\nid = \"{}\"\nname = \"{}\"\nunit = \"{}\"\nstart = [\"{}\"]\n\
             profile = \"{}\"\ndelay_ms = {DELAY_MS}\n\n",
            ward.id,
            ward.name,
            ward.unit,
            portal.start_url(),
            portal.family().profile()
        )
    });
    tables.collect()
}

/// A file or folder of the development data beside the checkout. CI and other machines may lack
/// it: then the test says so and checks nothing.
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    eprintln!("skipped: {} is not there", found.display());
    None
}
