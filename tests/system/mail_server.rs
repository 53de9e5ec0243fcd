//! A mail server, as `tests/all.sh` installs one, and the mails that came.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::loa::{TOOLS, free_port, wait_until};

/// A real SMTP server, which puts mails into a folder.
pub(crate) struct MailServer {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
    python: PathBuf,
}

impl MailServer {
    /// `None` where the test tools are not installed.
    pub(crate) fn start() -> Option<Self> {
        let tools = PathBuf::from(std::env::var_os(TOOLS)?);
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let child = Command::new(tools.join("aiosmtpd"))
            .args(["--nosetuid", "--listen", &format!("127.0.0.1:{port}")])
            .args(["--class", "aiosmtpd.handlers.Mailbox"])
            .arg(folder.path().join("mails"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, folder, port, python: tools.join("python") };
        wait_until("the mail server", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(server)
    }

    /// What `mail.server` is to be.
    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Waits for so many mails: their headers and texts, as Python's own library reads them.
    pub(crate) fn wait(&self, count: usize) -> Vec<Value> {
        const READ: &str = "
import email, email.policy, glob, json, sys
mails = []
for name in sorted(glob.glob(sys.argv[1] + '/new/*')):
    mail = email.message_from_binary_file(open(name, 'rb'), policy=email.policy.default)
    text = mail.get_body(('plain',)).get_content()
    html = mail.get_body(('html',)).get_content()
    mails.append({'headers': {k.lower(): str(v) for k, v in mail.items()}, 'text': text, 'html': html})
print(json.dumps(mails))";
        let mails = self.folder.path().join("mails");
        let mut read: Vec<Value> = Vec::new();
        wait_until("mails", || {
            let mut python = Command::new(&self.python);
            let python = python.args(["-c", READ]).arg(&mails).stderr(Stdio::inherit());
            let output = python.output().unwrap();
            // A mail that is being written cannot be read yet.
            read = serde_json::from_slice(&output.stdout).unwrap_or_default();
            read.len() >= count
        });
        read
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
