//! Headless Chromium, driven over WebDriver against the real binary and simulated portals. Needs
//! what `tests/all.sh` installs; without it these tests say so and check nothing.

mod citizens;
mod operators;
mod pages;

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::prelude::*;

/// ChromeDriver.
const DRIVER: &str = "LOA_TEST_CHROMEDRIVER";
/// The folder of the npm packages that check pages.
pub(super) const NODE: &str = "LOA_TEST_NODE";
/// How long something on a page is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The password of the operators of these tests.
pub(super) const PASSWORD: &str = "mua phun thang ba";

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Screen {
    Phone,
    Desktop,
}

/// A browser with a profile of its own; it ends when this is dropped.
pub(super) struct Browser {
    pub(super) driver: WebDriver,
    driver_url: String,
    child: Child,
    base: String,
    _profile: TempDir,
}

/// How often the driver is started.
const DRIVER_STARTS: usize = 3;

/// The driver and its port, where it could take one.
fn start_driver(driver: &OsStr) -> Option<(Child, u16)> {
    let mut child = Command::new(driver)
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let rest = line.strip_prefix("ChromeDriver was started successfully on port ")?;
        rest.trim_end_matches('.').parse::<u16>().ok()
    });
    let Some(port) = port else {
        child.wait().unwrap();
        return None;
    };
    // Whoever closes its output stops a driver that writes to it.
    std::thread::spawn(move || lines.for_each(drop));
    Some((child, port))
}

impl Browser {
    /// Opens a browser for a site; `None`, with a word, where there is no ChromeDriver.
    #[expect(clippy::print_stderr, reason = "a skipped test must say so")]
    pub(super) async fn open(base: &str, screen: Screen) -> Option<Self> {
        let Some(driver) = std::env::var_os(DRIVER) else {
            eprintln!("skipped: {DRIVER} names no ChromeDriver");
            return None;
        };
        // The driver is asked over plain HTTP, but its client wants to know how TLS would go.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // The port that it takes for IPv6 may be in use for IPv4: then it ends.
        let started = (0..DRIVER_STARTS).find_map(|_| start_driver(&driver));
        let (child, port) = started.expect("the driver starts");
        let driver_url = format!("http://127.0.0.1:{port}");
        let profile = tempfile::tempdir().unwrap();
        let driver = WebDriver::new(&driver_url, capabilities(&profile)).await.unwrap();
        let base = base.to_owned();
        let browser = Self { driver, driver_url, child, base, _profile: profile };
        if screen == Screen::Phone {
            let phone =
                json!({ "width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true });
            browser.cdp("Emulation.setDeviceMetricsOverride", phone).await;
        }
        Some(browser)
    }

    /// The same without scripts.
    pub(super) async fn without_scripts(base: &str, screen: Screen) -> Option<Self> {
        let browser = Self::open(base, screen).await?;
        browser.cdp("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
        Some(browser)
    }

    pub(super) async fn cdp(
        &self,
        command: &str,
        parameters: serde_json::Value,
    ) -> serde_json::Value {
        self.driver.cdp().send_raw(command, parameters).await.unwrap()
    }

    pub(super) async fn visit(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.base)).await.unwrap();
    }

    /// Where the browser is, without the site's address.
    pub(super) async fn at(&self) -> String {
        let url = self.driver.current_url().await.unwrap().to_string();
        url.strip_prefix(&self.base).unwrap_or(&url).to_owned()
    }

    /// Waits for an element.
    pub(super) async fn find(&self, css: &str) -> WebElement {
        let found = self.driver.query(By::Css(css)).wait(PATIENCE, LOOK_EVERY).first().await;
        match found {
            Ok(element) => element,
            Err(_) => panic!("no `{css}` at {}:\n{}", self.at().await, self.text("body").await),
        }
    }

    /// Waits for an element with a text; whatever else the page does meanwhile.
    pub(super) async fn find_with(&self, css: &str, text: &str) -> WebElement {
        self.find_where(css, &format!("“{text}”"), |found| found.contains(text)).await
    }

    /// Waits for an element whose text is as wanted; `what` says how.
    pub(super) async fn find_where(
        &self,
        css: &str,
        what: &str,
        is_wanted: impl Fn(&str) -> bool,
    ) -> WebElement {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            for element in self.driver.find_all(By::Css(css)).await.unwrap_or_default() {
                // One that went while it was looked at is none.
                if element.text().await.is_ok_and(|found| is_wanted(&found)) {
                    return element;
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        panic!("no `{css}` with {what} at {}:\n{}", self.at().await, self.text("body").await)
    }

    pub(super) async fn text(&self, css: &str) -> String {
        match self.driver.find(By::Css(css)).await {
            Ok(element) => element.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// The texts of all elements that are there now.
    pub(super) async fn texts(&self, css: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.driver.find_all(By::Css(css)).await.unwrap() {
            texts.push(element.text().await.unwrap());
        }
        texts
    }

    pub(super) async fn count(&self, css: &str) -> usize {
        self.driver.find_all(By::Css(css)).await.unwrap().len()
    }

    /// Presses an element, and waits until the page it was on is gone.
    pub(super) async fn press(&self, element: WebElement) {
        element.scroll_into_view().await.ok();
        element.click().await.unwrap();
        element.wait_until().wait(PATIENCE, LOOK_EVERY).stale().await.unwrap();
    }

    /// Types into an empty field.
    pub(super) async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    pub(super) async fn sign_in(&self, name: &str) {
        self.visit("/dang-nhap").await;
        self.fill("#name", name).await;
        self.fill("#password", PASSWORD).await;
        self.press(self.find("main button[type=submit]").await).await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browser when it is asked to, not when it is killed.
        let _ = ureq::get(format!("{}/shutdown", self.driver_url)).call();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn capabilities(profile: &TempDir) -> Capabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    for argument in [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // Else a press may meet what is still scrolling by.
        "--force-prefers-reduced-motion",
        "--window-size=1280,900",
    ] {
        capabilities.add_arg(argument).unwrap();
    }
    let folder = format!("--user-data-dir={}", profile.path().display());
    capabilities.add_arg(&folder).unwrap();
    capabilities.into()
}
