//! CDXJ: beside each WARC file a sorted list of what it holds and where, for the tools of web
//! archives (pywb, cdxj-indexer). Derived from the files, and never read here.

use std::fs::{self, File};
use std::io::{BufReader, Seek, Write};
use std::path::Path;

use serde_json::json;
use url::{Host, Url};

use crate::warc::{self, Record};
use crate::{Archive, ArchiveError, warc_file};

impl Archive {
    /// Writes the list of every WARC file anew; their number.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn write_cdxj(&self) -> Result<u64, ArchiveError> {
        let files = self.warc_files()?;
        for (name, committed) in &files {
            self.write_cdxj_of(name, *committed)?;
        }
        Ok(files.len() as u64)
    }

    /// Writes the lists that closed files do not have yet.
    pub(crate) fn write_missing_cdxj(&self) -> Result<(), ArchiveError> {
        let mut files = self.warc_files()?;
        // The newest may be written to again.
        files.pop();
        for (name, committed) in files {
            let missing = !warc_file::folder(self).join(list_name(&name)).exists();
            // The lists are for others: a damaged file must not keep anything from being recorded.
            // What is wrong with it, verifying tells.
            if missing && self.write_cdxj_of(&name, committed).is_err() {
                continue;
            }
        }
        Ok(())
    }

    fn write_cdxj_of(&self, name: &str, committed: u64) -> Result<(), ArchiveError> {
        let folder = warc_file::folder(self);
        let mut lines = lines(&folder.join(name), name, committed)?;
        lines.sort();
        let (target, fresh) = (folder.join(list_name(name)), folder.join("cdxj.new"));
        let write = || {
            let mut file = File::create(&fresh)?;
            lines.iter().try_for_each(|line| writeln!(file, "{line}"))?;
            file.sync_all()?;
            fs::rename(&fresh, &target)
        };
        write().map_err(ArchiveError::io(&target))
    }
}

/// The name of a file's list.
fn list_name(file: &str) -> String {
    format!("{}.cdxj", file.trim_end_matches(".warc.gz"))
}

fn lines(path: &Path, name: &str, committed: u64) -> Result<Vec<String>, ArchiveError> {
    let mut file = BufReader::new(File::open(path).map_err(ArchiveError::io(path))?);
    let (mut lines, mut offset) = (Vec::new(), 0);
    while offset < committed {
        let record = warc::take_member(&mut file).map_err(ArchiveError::io(path))?;
        let end = file.stream_position().map_err(ArchiveError::io(path))?;
        lines.extend(line(&record, name, offset, end - offset));
        offset = end;
    }
    Ok(lines)
}

/// The line of a record that holds an answer or a file.
fn line(record: &Record, name: &str, offset: u64, length: u64) -> Option<String> {
    let kind = record.header("WARC-Type")?;
    let url = record.header("WARC-Target-URI")?;
    let head = match kind {
        "response" | "revisit" => warc::split_response(&record.block),
        "resource" => None,
        _ => return None,
    };
    let mime = match (&head, kind) {
        (_, "revisit") => "warc/revisit".to_owned(),
        (Some(head), _) => head
            .headers
            .iter()
            .find(|(name, _)| name == "content-type")
            .map_or("unk".to_owned(), |(_, value)| media_type(value)),
        (None, _) => media_type(record.header("Content-Type").unwrap_or("unk")),
    };
    let date = record.header("WARC-Date")?;
    let digits: String = date.chars().filter(char::is_ascii_digit).take(14).collect();
    let mut about = json!({
        "url": url, "mime": mime, "digest": record.header("WARC-Payload-Digest"),
        "length": length.to_string(), "offset": offset.to_string(), "filename": name,
    });
    if let Some(head) = head {
        about["status"] = head.status.to_string().into();
    }
    Some(format!("{} {digits} {about}", key(url)))
}

fn media_type(value: &str) -> String {
    value.split(';').next().unwrap_or(value).trim().to_owned()
}

/// The sort-friendly form of a URL (SURT, as the Internet Archive's library writes it): the host
/// turned round, all in small letters, the query sorted.
fn key(text: &str) -> String {
    let Some((url, host)) = Url::parse(text).ok().and_then(|url| {
        let host = match url.host()? {
            Host::Ipv6(_) => return None,
            host => host.to_string(),
        };
        Some((url, host))
    }) else {
        return text.to_lowercase();
    };
    let host = host.trim_start_matches("www.");
    let turned: Vec<&str> = host.split('.').rev().collect();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = url.path().to_lowercase();
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { &path };
    let mut pairs: Vec<String> =
        url.query().unwrap_or_default().split('&').map(str::to_lowercase).collect();
    pairs.retain(|pair| !pair.is_empty());
    pairs.sort();
    let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
    format!("{}{port}){path}{query}", turned.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_a_domain_together() {
        assert_eq!(key("http://www.a.gov.vn/Tin/?b=2&a=1"), "vn,gov,a)/tin?a=1&b=2");
        assert_eq!(key("https://a.vn:8443/"), "vn,a:8443)/");
        assert_eq!(key("file:///a.txt"), "file:///a.txt");
    }
}
