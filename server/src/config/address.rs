//! Addresses in settings: where to listen, and which networks to trust.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// One `listen` setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// `127.0.0.1` and, where there is one, `[::1]`, on the same port.
    Localhost(u16),
    /// One address.
    At(SocketAddr),
}

impl Listen {
    /// Reads `localhost:8080`, `127.0.0.1:8080`, `[::]:443`.
    pub fn parse(text: &str) -> Result<Listen, String> {
        let wrong = || {
            format!("`{text}` is no address to listen on, such as 127.0.0.1:8080, [::]:443 or localhost:8080")
        };
        match text.strip_prefix("localhost:") {
            Some(port) => port.parse().map(Listen::Localhost).map_err(|_| wrong()),
            None => text.parse().map(Listen::At).map_err(|_| wrong()),
        }
    }

    /// Whether only this machine reaches it.
    pub fn is_loopback(&self) -> bool {
        match self {
            Listen::Localhost(_) => true,
            Listen::At(address) => address.ip().is_loopback(),
        }
    }

    /// The addresses to bind: those that must be there, and those that may be missing on a machine.
    pub fn addresses(&self) -> (SocketAddr, Option<Ipv6Addr>) {
        match self {
            Listen::Localhost(port) => ((Ipv4Addr::LOCALHOST, *port).into(), Some(Ipv6Addr::LOCALHOST)),
            Listen::At(address) => (*address, None),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listen::Localhost(port) => write!(f, "localhost:{port}"),
            Listen::At(address) => address.fmt(f),
        }
    }
}

/// A network: an address and how many of its leading bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    bits: u8,
}

impl Cidr {
    /// Reads `10.0.0.0/8`, `fd00::/8`, or a single address.
    pub fn parse(text: &str) -> Result<Cidr, String> {
        let wrong = || format!("`{text}` is no network such as 10.0.0.0/8 or a single address");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits_max = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(bits_max);
        if bits > bits_max { Err(wrong()) } else { Ok(Cidr { address, bits }) }
    }

    /// Whether an address lies in it. An IPv4 address in IPv6 clothes counts as IPv4.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.address, ip.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                same_head(own.to_bits().into(), other.to_bits().into(), 32, self.bits)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => same_head(own.to_bits(), other.to_bits(), 128, self.bits),
            _ => false,
        }
    }
}

fn same_head(a: u128, b: u128, width: u32, bits: u8) -> bool {
    // A shift by the whole width is not defined, and means that everything counts as the same.
    (a ^ b).checked_shr(width - u32::from(bits)).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_what_they_should() {
        let inside = |cidr: &str, ip: &str| Cidr::parse(cidr).unwrap().contains(ip.parse().unwrap());
        assert!(inside("10.0.0.0/8", "10.9.8.7"));
        assert!(inside("10.0.0.0/8", "::ffff:10.9.8.7"));
        assert!(!inside("10.0.0.0/8", "11.0.0.1"));
        assert!(inside("0.0.0.0/0", "8.8.8.8"));
        assert!(!inside("0.0.0.0/0", "::1"));
        assert!(inside("::/0", "2001:db8::1"));
        assert!(inside("192.0.2.7", "192.0.2.7"));
        assert!(!inside("192.0.2.7", "192.0.2.8"));
        assert!(inside("fd00::/8", "fd12::1"));
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "a/8", "::/129"] {
            assert!(Cidr::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn listen_addresses_are_read() {
        assert_eq!(Listen::parse("localhost:0"), Ok(Listen::Localhost(0)));
        assert!(Listen::parse("[::1]:1").unwrap().is_loopback());
        assert!(!Listen::parse("[::]:1").unwrap().is_loopback());
        for bad in ["8080", "example.com:80", "localhost", "127.0.0.1"] {
            assert!(Listen::parse(bad).is_err(), "{bad}");
        }
    }
}
