//! Whether there is room left: an archive stops growing before the disk is full, so that searching,
//! and mending, go on.

use std::io::{self, ErrorKind};

use crate::{Archive, ArchiveError};

/// Room that is left free: so many bytes, or on a small disk this part of it.
const FLOOR_BYTES: u64 = 2 * 1024 * 1024 * 1024;
const FLOOR_PART: u64 = 20;

/// Whether an error says that there is no room to write: on the disk, or by a limit of it or of the
/// process.
pub fn is_about_room(error: &io::Error) -> bool {
    use ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | FileTooLarge | QuotaExceeded)
}

impl Archive {
    /// Whether captures may be added: more than 2 GiB, or a twentieth of the disk, is free.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn has_room(&self) -> Result<bool, ArchiveError> {
        let disk = rustix::fs::statvfs(self.folder())
            .map_err(|error| ArchiveError::io(self.folder())(error.into()))?;
        let floor = FLOOR_BYTES.min(disk.f_blocks * disk.f_frsize / FLOOR_PART);
        Ok(disk.f_bavail * disk.f_frsize > floor)
    }
}
