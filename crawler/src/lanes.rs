//! At most two connections to one address: the portals of a whole province may share a server.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::address::is_public;

/// Connections to one address at a time.
const LANES: usize = 2;

/// Which hosts share an address, as their answers showed it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lanes {
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    addresses: HashMap<String, IpAddr>,
    lanes: HashMap<IpAddr, Arc<Semaphore>>,
}

impl Lanes {
    /// Waits for a free lane to a host. A host that never answered, or whose address is not public,
    /// has its own.
    pub(crate) async fn enter(&self, host: &str) -> Option<OwnedSemaphorePermit> {
        let lane = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let address = known.addresses.get(host).copied().filter(|a| is_public(*a))?;
            let lane = known.lanes.entry(address);
            lane.or_insert_with(|| Arc::new(Semaphore::new(LANES))).clone()
        };
        // It is never closed.
        lane.acquire_owned().await.ok()
    }

    /// Notes which address answered for a host.
    pub(crate) fn learn(&self, host: &str, address: IpAddr) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.addresses.insert(host.to_owned(), address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_third_portal_on_one_server_waits() {
        let lanes = Lanes::default();
        let shared: IpAddr = "203.162.4.190".parse().unwrap();
        for host in ["a.vn", "b.vn", "c.vn"] {
            lanes.learn(host, shared);
        }
        lanes.learn("d.vn", "203.162.4.191".parse().unwrap());
        lanes.learn("own.lan", "10.0.0.1".parse().unwrap());
        let first = lanes.enter("a.vn").await.unwrap();
        let _second = lanes.enter("b.vn").await.unwrap();
        let third = lanes.enter("c.vn");
        tokio::pin!(third);
        tokio::select! {
            biased;
            _ = &mut third => panic!("there are only two lanes"),
            () = std::future::ready(()) => {}
        }
        assert!(lanes.enter("d.vn").await.is_some(), "another server");
        assert!(lanes.enter("own.lan").await.is_none() && lanes.enter("new.vn").await.is_none());
        drop(first);
        assert!(third.await.is_some());
    }
}
