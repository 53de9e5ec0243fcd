//! Which files are imported, and under what names.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use archive::warc;
use url::Url;

/// Characters of a folder's digest, 5 bits each, that tell it from others.
const FOLDER_CHARS: usize = 10;

/// What a file is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Html,
    Lines,
    Warc,
}

impl Kind {
    pub(super) fn of(file: &Path) -> Option<Self> {
        let name = file.file_name()?.to_string_lossy().to_ascii_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|e| name.ends_with(e));
        match () {
            () if ends(&[".txt"]) => Some(Self::Text),
            () if ends(&[".html", ".htm"]) => Some(Self::Html),
            () if ends(&[".jsonl"]) => Some(Self::Lines),
            () if ends(&[".warc", ".warc.gz"]) => Some(Self::Warc),
            () => None,
        }
    }
}

/// The URL of an imported file: its name in a folder that stands for the one it lies in. Files of
/// one name in two folders are two; no path of the operator's machine gets into the archive.
pub(super) fn file_url(file: &Path) -> io::Result<String> {
    let file = fs::canonicalize(file)?;
    let folder = file.parent().unwrap_or(&file).as_os_str().as_encoded_bytes();
    let digest = warc::digest(folder).to_ascii_lowercase();
    let folder = &digest["sha256:".len()..][..FOLDER_CHARS];
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let mut url = Url::parse("file:///").expect("it is a literal");
    url.set_path(&format!("{folder}/{name}"));
    Ok(url.into())
}

/// The files at and below a path, in the order of their names. Pipes, sockets and devices are no
/// files, and links to folders may lead in circles: they are left out.
pub(super) fn files_below(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries: Vec<PathBuf> =
        fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    entries.sort();
    let mut files = Vec::new();
    for entry in entries {
        if entry.is_file() {
            files.push(entry);
        } else if entry.is_dir() && !entry.is_symlink() {
            files.extend(files_below(&entry)?);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_in_two_folders_are_two_and_show_no_path() {
        let folder = tempfile::tempdir().unwrap();
        let mut urls = Vec::new();
        for below in ["một", "hai"] {
            fs::create_dir(folder.path().join(below)).unwrap();
            let file = folder.path().join(below).join("tin số 1.txt");
            fs::write(&file, "").unwrap();
            let url = file_url(&file).unwrap();
            assert!(url.ends_with("/tin%20s%E1%BB%91%201.txt"), "{url}");
            assert_eq!(url.matches('/').count(), 4, "{url}");
            let winding = folder.path().join(below).join("../").join(below).join("tin số 1.txt");
            assert_eq!(file_url(&winding).unwrap(), url);
            urls.push(url);
        }
        assert_ne!(urls[0], urls[1]);
        assert_eq!(files_below(folder.path()).unwrap().len(), 2);
    }

    #[test]
    fn pipes_and_circles_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let status = std::process::Command::new("mkfifo").arg(folder.path().join("a.txt")).status();
        assert!(status.unwrap().success());
        std::os::unix::fs::symlink(folder.path(), folder.path().join("b")).unwrap();
        assert_eq!(files_below(folder.path()).unwrap(), [] as [PathBuf; 0]);
    }
}
