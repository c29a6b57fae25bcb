//! Where a client is: the other end of the socket, or, when that is a proxy we trust, what the proxy says. Nobody
//! else's word counts (S61).

use std::net::IpAddr;

use warp::http::HeaderMap;

use crate::config::Cidr;

/// The header in which proxies write the addresses they saw, the nearest last.
pub const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of the client behind a socket.
pub fn client(socket: IpAddr, headers: &HeaderMap, trusted: &[Cidr]) -> IpAddr {
    let is_trusted = |ip: IpAddr| trusted.iter().any(|network| network.contains(ip));
    let mut client = socket.to_canonical();
    if !is_trusted(client) {
        return client;
    }
    let lines: Vec<&str> =
        headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok()).collect();
    for entry in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        // What stands left of something unreadable was not vouched for.
        let Some(ip) = address(entry.trim()) else { break };
        client = ip.to_canonical();
        if !is_trusted(client) {
            break;
        }
    }
    client
}

fn address(text: &str) -> Option<IpAddr> {
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None if text.matches(':').count() == 1 => text.split(':').next()?,
        None => text,
    };
    bare.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(socket: &str, forwarded: &[&str]) -> String {
        let trusted = [Cidr::parse("10.0.0.0/8").unwrap(), Cidr::parse("::1").unwrap()];
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        client(socket.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(seen("203.0.113.9", &["1.2.3.4"]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(seen("::ffff:10.0.0.1", &["1.2.3.4:5678"]), "1.2.3.4");
        assert_eq!(seen("::1", &["[2001:db8::7]:99"]), "2001:db8::7");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_believed() {
        assert_eq!(seen("10.0.0.1", &["9.9.9.9, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", &["9.9.9.9", "203.0.113.9, 10.2.2.2"]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", &["9.9.9.9, unknown, 10.2.2.2"]), "10.2.2.2");
    }
}
