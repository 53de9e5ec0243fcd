//! The one server of a data folder.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use crate::failure::Failure;

/// The file that the server of a data folder holds.
const LOCK: &str = "server.lock";

/// Makes sure that no other server serves this folder; until the file is dropped.
pub(crate) fn hold(data: &Path) -> Result<File, Failure> {
    let path = data.join(LOCK);
    let file = fs::create_dir_all(data).and_then(|()| File::create(&path));
    let file = file.map_err(|error| anyhow::anyhow!("cannot write {}: {error}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::usage(format!(
            "another server serves {}; stop it first, or give another --data",
            data.display()
        ))),
        Err(TryLockError::Error(error)) => {
            Err(anyhow::anyhow!("cannot lock {}: {error}", path.display()).into())
        }
    }
}

/// Whether some process serves this folder now.
pub(crate) fn is_held(data: &Path) -> bool {
    let lock = File::open(data.join(LOCK));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}
