//! Places for what is slow by nature, as a connection or a large upload: so many in all, and of one
//! client no more than its share, so that nobody has all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Full;
use super::client::Client;

/// The places of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Places(Arc<Mutex<Taken>>);

#[derive(Debug)]
struct Taken {
    free: usize,
    of_client_max: usize,
    by: HashMap<Client, usize>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Places,
    client: Client,
}

impl Places {
    /// So many places, of which one client may have so many.
    pub(crate) fn new(all: usize, of_client_max: usize) -> Self {
        Self(Arc::new(Mutex::new(Taken { free: all, of_client_max, by: HashMap::new() })))
    }

    /// Takes a place, if there is one for this client.
    pub(crate) fn take(&self, client: Client) -> Result<Place, Full> {
        let mut taken = self.taken();
        if taken.free == 0 {
            return Err(Full::Server);
        }
        if taken.by.get(&client).is_some_and(|held| *held >= taken.of_client_max) {
            return Err(Full::Client);
        }
        taken.free -= 1;
        *taken.by.entry(client).or_default() += 1;
        Ok(Place { places: self.clone(), client })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.free += 1;
        if let Some(held) = taken.by.get_mut(&self.client) {
            *held -= 1;
            if *held == 0 {
                taken.by.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn client(number: u8) -> Client {
        Client::at([127, 0, 0, number].into())
    }

    #[test]
    fn nobody_has_all_places() {
        let places = Places::new(3, 2);
        let first = [places.take(client(1)).unwrap(), places.take(client(1)).unwrap()];
        assert_eq!(places.take(client(1)).unwrap_err(), Full::Client);
        let other = places.take(client(2)).unwrap();
        assert_eq!(places.take(client(3)).unwrap_err(), Full::Server);
        drop(first);
        assert!(places.take(client(1)).is_ok());
        drop(other);
    }

    proptest! {
        #[test]
        fn no_place_is_lost(steps in prop::collection::vec((0..4_u8, any::<bool>()), 0..200)) {
            let places = Places::new(6, 2);
            let mut held = Vec::new();
            for (number, ends) in steps {
                if ends && !held.is_empty() {
                    held.swap_remove(0);
                } else {
                    held.extend(places.take(client(number)));
                }
                prop_assert_eq!(places.taken().free + held.len(), 6);
            }
            drop(held);
            prop_assert!(places.taken().free == 6 && places.taken().by.is_empty());
        }
    }
}
