//! Index and archive block on disk; handlers wait for them elsewhere.

use crate::problem::Problem;

/// Runs `work` where blocking harms nobody. What fails inside, or panics, is logged with a number that
/// the reader sees, and nothing else of it.
pub(crate) async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Into<Problem> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.into()),
        Err(panic) => Err(Problem::internal(&panic)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_of_ours_with_a_number() {
        let work = || -> Result<(), Problem> { panic!("as a test of it") };
        let problem = blocking(work).await.unwrap_err();
        assert_eq!(problem.status, 500);
        assert!(problem.instance.is_some() && !problem.detail.contains("as a test of it"));
    }
}
