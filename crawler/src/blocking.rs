//! Running disk and parsing work off the async threads.

use crate::CrawlError;

/// Runs `work` on a thread where blocking harms nobody.
pub(crate) async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, CrawlError>
where
    T: Send + 'static,
    E: Send + 'static,
    CrawlError: From<E>,
{
    let joined = tokio::task::spawn_blocking(work).await;
    Ok(joined.map_err(|error| CrawlError::Worker(error.to_string()))??)
}
