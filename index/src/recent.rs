//! What was asked for last, in so many bytes: what was not asked for longest is forgotten first.

use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// Values by key, shared by all searches.
#[derive(Debug)]
pub(crate) struct Recent<K: Eq + Hash, V> {
    kept: Mutex<Kept<K, V>>,
    bytes_max: usize,
}

#[derive(Debug)]
struct Kept<K: Eq + Hash, V> {
    /// Each with the bytes that it takes.
    values: LruCache<K, (Arc<V>, usize)>,
    bytes: usize,
}

impl<K: Eq + Hash, V> Recent<K, V> {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { kept: Mutex::new(Kept { values: LruCache::unbounded(), bytes: 0 }), bytes_max }
    }

    /// What is kept under a key.
    pub(crate) fn get(&self, key: &K) -> Option<Arc<V>> {
        self.kept().values.get(key).map(|(value, _)| value.clone())
    }

    /// Keeps a value, which takes so many bytes with its key, and forgets others where it must.
    pub(crate) fn keep(&self, key: K, value: Arc<V>, bytes: usize) {
        if bytes > self.bytes_max {
            return;
        }
        // Dropped when nobody waits for it any more.
        let mut forgotten = Vec::new();
        let mut kept = self.kept();
        kept.bytes += bytes;
        forgotten.extend(kept.values.push(key, (value, bytes)));
        kept.bytes -= forgotten.iter().map(|(_, (_, bytes))| bytes).sum::<usize>();
        while kept.bytes > self.bytes_max
            && let Some((key, (value, bytes))) = kept.values.pop_lru()
        {
            kept.bytes -= bytes;
            forgotten.push((key, (value, bytes)));
        }
        drop(kept);
    }

    fn kept(&self) -> MutexGuard<'_, Kept<K, V>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_last_is_kept() {
        let recent = Recent::new(100);
        for number in 0..10 {
            assert_eq!(recent.get(&number), None);
            recent.keep(number, Arc::new(number), 10);
        }
        assert_eq!(recent.get(&0).as_deref(), Some(&0));
        recent.keep(10, Arc::new(10), 15);
        assert!(recent.get(&0).is_some() && recent.get(&10).is_some());
        assert!(recent.get(&1).is_none() && recent.get(&2).is_none() && recent.get(&3).is_some());
    }

    #[test]
    fn what_is_kept_again_counts_once() {
        let recent = Recent::new(100);
        recent.keep(0, Arc::new(()), 60);
        for _ in 0..3 {
            recent.keep(1, Arc::new(()), 40);
        }
        assert!(recent.get(&0).is_some() && recent.get(&1).is_some());
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let recent = Recent::new(100);
        recent.keep(0, Arc::new(()), 60);
        recent.keep(1, Arc::new(()), 101);
        assert!(recent.get(&0).is_some() && recent.get(&1).is_none());
    }
}
