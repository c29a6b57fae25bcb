//! How much may come from one place, whoever it claims to be: a visitor is made by nothing, an address is not. Counted
//! for the address and, with more room, for the network around it, so that a rented network is not as good as a
//! crowd. Kept in memory and bounded; an address is never stored.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use deskbell_shared::model::UnixMillis;

use super::allowance::{Bucket, Rate};
use crate::auth::throttle::Place;

/// Places and networks remembered for one kind of deed. When there are more, those that have all of theirs again are
/// forgotten; when that is not enough, whoever is new is asked to come a little later.
pub const PLACES_MAX: usize = 20_000;
/// So many times as much may come from the network around an address (IPv4 /24, IPv6 /48).
pub const NETWORK_FACTOR: u32 = 8;

/// What is left of a rate for each place.
#[derive(Default)]
pub struct Places(Mutex<HashMap<Place, Bucket>>);

impl Places {
    /// Takes `count` at once or nothing, and says how long to wait then. More than the burst counts as the burst.
    pub fn take(&self, rate: Rate, from: Place, count: u32, now: UnixMillis) -> Result<(), Duration> {
        let wide = Rate::new(rate.burst.saturating_mul(NETWORK_FACTOR), rate.every / NETWORK_FACTOR);
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() + 2 > PLACES_MAX {
            places.retain(|_, bucket| !bucket.is_full(now));
            if places.len() + 2 > PLACES_MAX {
                return Err(rate.every.max(Duration::from_secs(1)));
            }
        }
        let mut taken = Vec::with_capacity(2);
        for (place, rate) in [(from, rate), (from.network(), wide)] {
            let count = count.min(rate.burst);
            let mut bucket = places.get(&place).copied().unwrap_or_default();
            match bucket.take(rate, count, now) {
                (there, _) if there == count => taken.push((place, bucket)),
                (_, wait) => return Err(wait),
            }
        }
        places.extend(taken);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv6Addr};

    use super::*;

    const RATE: Rate = Rate::new(3, Duration::from_secs(16));
    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn v4(last: u8) -> Place {
        IpAddr::from([203, 0, 113, last]).into()
    }

    #[test]
    fn one_address_is_slowed_and_its_neighbour_is_not() {
        let places = Places::default();
        assert_eq!(places.take(RATE, v4(1), 2, NOW), Ok(()));
        assert!(places.take(RATE, v4(1), 2, NOW).is_err(), "all or nothing");
        assert_eq!(places.take(RATE, v4(1), 1, NOW), Ok(()));
        assert_eq!(places.take(RATE, v4(1), 1, NOW), Err(Duration::from_secs(16)));
        assert_eq!(places.take(RATE, v4(2), 3, NOW), Ok(()));
        assert_eq!(places.take(RATE, v4(1), 1, NOW.plus(Duration::from_secs(16))), Ok(()));
    }

    #[test]
    fn a_network_has_an_end_too() {
        let places = Places::default();
        let let_in = (0..=255).filter(|last| places.take(RATE, v4(*last), 1, NOW).is_ok()).count();
        assert_eq!(let_in, (RATE.burst * NETWORK_FACTOR) as usize);
        assert!(places.take(RATE, IpAddr::from([203, 0, 114, 1]).into(), 1, NOW).is_ok());
    }

    #[test]
    fn addresses_of_one_subscriber_are_one_place() {
        let places = Places::default();
        let v6 = |site: u16, host: u16| {
            Place::from(IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 7, site, 0, 0, 0, host)))
        };
        let let_in = (0..1000).filter(|host| places.take(RATE, v6(1, *host), 1, NOW).is_ok()).count();
        assert_eq!(let_in, 3, "a /64");
        let let_in = (2..1000).filter(|site| places.take(RATE, v6(*site, 1), 1, NOW).is_ok()).count();
        assert_eq!(let_in, 24 - 3, "and the /48 around it");
    }

    #[test]
    fn memory_is_bounded() {
        let places = Places::default();
        for n in 0..2 * PLACES_MAX as u32 {
            let _ = places.take(RATE, IpAddr::from((n * 256).to_be_bytes()).into(), 1, NOW);
        }
        assert!(places.0.lock().unwrap().len() <= PLACES_MAX);
        let later = NOW.plus(Duration::from_secs(3600));
        assert_eq!(places.take(RATE, v4(1), 1, later), Ok(()), "whoever has all of theirs again makes room");
    }
}
