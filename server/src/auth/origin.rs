//! Which address a request must come from to be one of ours: the server's own origins, compared exactly. What a
//! proxy says never relaxes it, and a request without an origin is refused (S1). Origins of host pages are
//! `application::site_origin`'s.

use url::Url;

/// The addresses the server itself is reached at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnOrigins {
    all: Vec<String>,
}

impl OwnOrigins {
    /// Of one public address.
    pub fn of(public: &PublicUrl) -> OwnOrigins {
        OwnOrigins { all: vec![public.origin()] }
    }

    /// Of a server that listens on loopback only and has no public address: what a browser on this machine calls it.
    pub fn of_loopback(scheme: Scheme, port: u16) -> OwnOrigins {
        let hosts = ["localhost", "127.0.0.1", "[::1]"];
        let all = hosts.iter().map(|host| PublicUrl::new(scheme, host, port).origin()).collect();
        OwnOrigins { all }
    }

    /// Whether a request with this `Origin` header (all its values) is ours.
    pub fn admits<'a>(&self, mut header: impl Iterator<Item = &'a str>) -> bool {
        let first = header.next();
        header.next().is_none() && first.is_some_and(|origin| self.all.iter().any(|own| own == origin))
    }

    /// All of them, the one for links first.
    pub fn all(&self) -> &[String] {
        &self.all
    }
}

/// The two schemes a server is reached by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In the clear; loopback only.
    Http,
    /// Over TLS, ours or a proxy's.
    Https,
}

impl Scheme {
    /// As in an address.
    pub fn text(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

/// The address people reach the server at: scheme, host, port, and nothing behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    /// How.
    pub scheme: Scheme,
    /// Lower case, punycode, IPv6 in brackets.
    pub host: String,
    /// The port, also where the address leaves it out.
    pub port: u16,
}

impl PublicUrl {
    /// From its parts.
    pub fn new(scheme: Scheme, host: &str, port: u16) -> PublicUrl {
        PublicUrl { scheme, host: host.to_owned(), port }
    }

    /// Reads what an operator wrote.
    pub fn parse(text: &str) -> Result<PublicUrl, String> {
        let url = Url::parse(text)
            .map_err(|_| format!("`{text}` is no address such as https://chat.example.com"))?;
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            other => return Err(format!("`{other}` is no scheme for a public address: use https")),
        };
        let host = url.host_str().ok_or_else(|| format!("`{text}` names no host"))?.to_owned();
        if !matches!(url.host(), Some(url::Host::Ipv4(_) | url::Host::Ipv6(_))) && !is_plain_host(&host) {
            return Err(format!("`{text}` names no host"));
        }
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err(format!(
                "`{text}` has more than scheme, host and port: the server answers at the root of its own host name"
            ));
        }
        let port = url.port().unwrap_or(scheme.default_port());
        let public = PublicUrl { scheme, host, port };
        if scheme == Scheme::Http && !public.is_loopback() {
            return Err(format!(
                "`{text}` is in the clear: passwords and chats would be readable on the way; use https"
            ));
        }
        Ok(public)
    }

    /// As the browser writes it in `Origin`.
    pub fn origin(&self) -> String {
        let (scheme, host) = (self.scheme.text(), &self.host);
        if self.port == self.scheme.default_port() {
            format!("{scheme}://{host}")
        } else {
            format!("{scheme}://{host}:{}", self.port)
        }
    }

    /// The origin of its sockets, for policies of browsers in which `'self'` does not cover them.
    pub fn socket_origin(&self) -> String {
        self.origin().replacen("http", "ws", 1)
    }

    /// Whether it names this machine itself.
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(&self.host)
    }
}

/// Whether a host name has only what names have: letters, digits, `-`, `.` and `_`.
pub fn is_plain_host(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

/// Whether a host name or address is this machine itself, as browsers see it.
pub fn is_loopback_host(host: &str) -> bool {
    let ip = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || ip.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_origin_is_ours() {
        let own = OwnOrigins::of(&PublicUrl::parse("https://chat.ok.com").unwrap());
        assert!(own.admits(["https://chat.ok.com"].into_iter()));
        for other in [
            "https://evil",
            "null",
            "",
            "https://chat.ok.evil.com",
            "https://chat.ok.com.evil.com",
            "http://chat.ok.com",
            "https://chat.ok.com:8443",
            "https://chat.ok.com/",
            "HTTPS://CHAT.OK.COM",
            "https://chat.ok.com https://chat.ok.com",
        ] {
            assert!(!own.admits([other].into_iter()), "{other}");
        }
        assert!(!own.admits([].into_iter()), "no origin is not ours");
        assert!(!own.admits(["https://chat.ok.com"; 2].into_iter()), "two headers are somebody's play");
    }

    #[test]
    fn on_loopback_the_port_counts_too() {
        let own = OwnOrigins::of_loopback(Scheme::Http, 8080);
        for ours in ["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"] {
            assert!(own.admits([ours].into_iter()), "{ours}");
        }
        for other in
            ["http://localhost:8081", "https://localhost:8080", "http://localhost", "http://a.localhost:8080"]
        {
            assert!(!own.admits([other].into_iter()), "{other}");
        }
    }

    #[test]
    fn a_public_address_is_only_that() {
        let origin = |text: &str| PublicUrl::parse(text).map(|url| url.origin());
        assert_eq!(origin("https://Chat.Example.com/").as_deref(), Ok("https://chat.example.com"));
        assert_eq!(origin("https://chat.example.com:8443").as_deref(), Ok("https://chat.example.com:8443"));
        assert_eq!(origin("https://bücher.example").as_deref(), Ok("https://xn--bcher-kva.example"));
        assert_eq!(origin("http://chat.localhost:8080").as_deref(), Ok("http://chat.localhost:8080"));
        for bad in [
            "chat.example.com",
            "http://chat.example.com",
            "https://a/b",
            "https://u:p@a",
            "ftp://a",
            "https://a;b",
            "https://a'b",
            "https://a?b",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
        }
        let public = PublicUrl::parse("https://a.example:1").unwrap();
        assert_eq!(public.socket_origin(), "wss://a.example:1");
    }
}
