//! How many connections there may be: in all, and from one address. The newest is refused; what is open stays. A
//! permit lives as long as what it was given for, also after an upgrade.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::problem::Problem;
use crate::auth::throttle::Place;
use crate::config::Cidr;

/// Of the connections in all, this part is kept for agents: visitors get no ticket once the rest is taken.
pub const AGENTS_RESERVE_MAX: usize = 512;

/// Counts connections.
pub struct Connections {
    total_max: usize,
    per_place_max: usize,
    proxies: Vec<Cidr>,
    counts: Mutex<Counts>,
    emptied: Notify,
}

#[derive(Default)]
struct Counts {
    total: usize,
    by_place: HashMap<Place, usize>,
}

/// The right to be connected. Dropping it makes room.
pub struct Permit {
    connections: Arc<Connections>,
    counts_in_total: bool,
    place: Option<Place>,
}

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// In all.
    Total,
    /// From this address.
    Place,
}

impl Connections {
    /// With room for so many.
    pub fn new(total_max: usize, per_place_max: usize, proxies: Vec<Cidr>) -> Connections {
        Connections { total_max, per_place_max, proxies, counts: Mutex::default(), emptied: Notify::new() }
    }

    /// A socket was accepted. Those of a trusted proxy count in total only.
    pub fn admit(self: &Arc<Self>, socket: IpAddr) -> Result<Permit, Busy> {
        let is_proxy = self.proxies.iter().any(|network| network.contains(socket));
        let place = (!is_proxy).then(|| Place::from(socket));
        let mut counts = self.lock();
        if counts.total >= self.total_max {
            return Err(Busy::Total);
        }
        self.take_place(&mut counts, place)?;
        counts.total += 1;
        Ok(Permit { connections: Arc::clone(self), counts_in_total: true, place })
    }

    /// A client behind a trusted proxy opens a socket; without an address there is nothing more to count.
    pub fn admit_client(self: &Arc<Self>, client: Option<IpAddr>) -> Result<Permit, Busy> {
        let place = client.map(Place::from);
        self.take_place(&mut self.lock(), place)?;
        Ok(Permit { connections: Arc::clone(self), counts_in_total: false, place })
    }

    /// Whether there is room for a further visitor: the last places are the agents'.
    pub fn has_room_for_visitors(&self) -> bool {
        let reserve = (self.total_max / 10).min(AGENTS_RESERVE_MAX);
        self.lock().total < self.total_max - reserve
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.lock().total
    }

    /// Waits until all are gone.
    pub async fn emptied(&self) {
        loop {
            let mut notified = std::pin::pin!(self.emptied.notified());
            // Registered before the look, so that the last one leaving in between is not missed.
            notified.as_mut().enable();
            if self.count() == 0 {
                return;
            }
            notified.await;
        }
    }

    fn take_place(&self, counts: &mut Counts, place: Option<Place>) -> Result<(), Busy> {
        let Some(place) = place else { return Ok(()) };
        let count = counts.by_place.entry(place).or_insert(0);
        if *count >= self.per_place_max {
            return Err(Busy::Place);
        }
        *count += 1;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.connections.lock();
        if let Some(place) = self.place
            && let Some(count) = counts.by_place.get_mut(&place)
        {
            *count -= 1;
            if *count == 0 {
                counts.by_place.remove(&place);
            }
        }
        if self.counts_in_total {
            counts.total -= 1;
            if counts.total == 0 {
                self.connections.emptied.notify_waiters();
            }
        }
    }
}

impl Busy {
    /// For a request that got as far as being read.
    pub fn problem(self) -> Problem {
        let words = match self {
            Busy::Total => "the server has no room for a further connection now",
            Busy::Place => "there are too many connections from this address",
        };
        Problem::unavailable(words, Duration::from_secs(10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_newest_is_refused_and_room_is_given_back() {
        let connections = Arc::new(Connections::new(3, 2, Vec::new()));
        let a = connections.admit(ip("192.0.2.1")).ok().unwrap();
        let _b = connections.admit(ip("192.0.2.1")).ok().unwrap();
        assert_eq!(connections.admit(ip("192.0.2.1")).err(), Some(Busy::Place));
        let _c = connections.admit(ip("192.0.2.2")).ok().unwrap();
        assert_eq!(connections.admit(ip("192.0.2.3")).err(), Some(Busy::Total));
        drop(a);
        assert!(connections.admit(ip("192.0.2.1")).is_ok());
        assert_eq!(connections.count(), 2);
    }

    #[test]
    fn behind_a_proxy_clients_are_counted_not_the_proxy() {
        let connections = Arc::new(Connections::new(100, 2, vec![Cidr::parse("10.0.0.0/8").unwrap()]));
        let _sockets: Vec<_> = (0..10).map(|_| connections.admit(ip("10.0.0.1")).ok().unwrap()).collect();
        let _clients: Vec<_> =
            (0..2).map(|_| connections.admit_client(Some(ip("192.0.2.1"))).ok().unwrap()).collect();
        assert_eq!(connections.admit_client(Some(ip("192.0.2.1"))).err(), Some(Busy::Place));
        assert!(connections.admit_client(Some(ip("192.0.2.2"))).is_ok());
    }

    #[test]
    fn agents_still_get_in_when_visitors_do_not() {
        let connections = Arc::new(Connections::new(10, 10, Vec::new()));
        let _visitors: Vec<_> = (0..9).map(|_| connections.admit(ip("192.0.2.1")).ok().unwrap()).collect();
        assert!(!connections.has_room_for_visitors());
        assert!(connections.admit(ip("192.0.2.2")).is_ok());
    }

    #[tokio::test]
    async fn it_says_when_all_are_gone() {
        let connections = Arc::new(Connections::new(10, 10, Vec::new()));
        let permit = connections.admit(ip("192.0.2.1")).ok().unwrap();
        let waiting = tokio::spawn({
            let connections = Arc::clone(&connections);
            async move { connections.emptied().await }
        });
        drop(permit);
        waiting.await.unwrap();
    }
}
