//! The origins of host pages: how people write them, how browsers write them, and which allowed one a foreign one
//! most resembles.

use url::{Host, Url};

use crate::auth::origin::{is_loopback_host, is_plain_host};

/// Reads an origin as a person wrote it. A bare host gets `https://`, on this machine `http://`.
pub fn normalised(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.contains('*') {
        return Err(format!("`{text}`: there are no wildcards; add every address of its own"));
    }
    let whole =
        if text.contains("://") { text.to_owned() } else { format!("{}://{text}", guessed_scheme(text)) };
    let url =
        Url::parse(&whole).map_err(|_| format!("`{text}` is no address such as https://www.example.com"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`{text}`: an address begins with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("`{text}`: leave the user name out"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(format!(
            "`{text}`: leave out what follows the host name, the widget is allowed on all its pages"
        ));
    }
    match url.host() {
        Some(Host::Domain(host)) if !host.contains('.') && !is_loopback_host(host) => {
            Err(format!("`{text}` is not a whole host name; write it as in the address bar"))
        }
        Some(Host::Domain(host)) if host.ends_with('.') || host.split('.').any(str::is_empty) => {
            Err(format!("`{text}` is not a whole host name; write it as in the address bar"))
        }
        // The URL standard lets more into a host than any has, such as `;`, which would end a directive of a policy.
        Some(Host::Domain(host)) if !is_plain_host(host) => {
            Err(format!("`{text}` is no address such as https://www.example.com"))
        }
        Some(_) => Ok(url.origin().ascii_serialization()),
        None => Err(format!("`{text}` names no host")),
    }
}

/// The origin of a page's address as a browser sends it; nothing else of the address is kept.
pub fn of_referer(referer: &str) -> Option<String> {
    let url = Url::parse(referer).ok()?;
    let is_plain = match url.host()? {
        Host::Domain(host) => is_plain_host(host),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    };
    (is_plain && matches!(url.scheme(), "http" | "https")).then(|| url.origin().ascii_serialization())
}

/// The allowed origin that a foreign one most resembles: another scheme, port, or `www.` of the same host; else a
/// host in the same domain.
pub fn nearest<'a>(seen: &str, allowed: &'a [String]) -> Option<&'a String> {
    let seen = Url::parse(seen).ok()?;
    let host = seen.host_str()?.to_owned();
    let likeness = |candidate: &String| -> u32 {
        let Ok(url) = Url::parse(candidate) else { return 0 };
        let other = url.host_str().unwrap_or_default();
        let same_place = u32::from(url.scheme() == seen.scheme())
            + u32::from(url.port_or_known_default() == seen.port_or_known_default());
        if other == host {
            40 + same_place
        } else if bare(other) == bare(&host) {
            30 + same_place
        } else if is_loopback_host(other) && is_loopback_host(&host) {
            20 + same_place
        } else if other.ends_with(&format!(".{}", bare(&host)))
            || host.ends_with(&format!(".{}", bare(other)))
        {
            10 + same_place
        } else {
            0
        }
    };
    allowed
        .iter()
        .map(|origin| (likeness(origin), origin))
        .filter(|(score, _)| *score > 0)
        .max_by_key(|(score, _)| *score)
        .map(|(_, origin)| origin)
}

fn bare(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

fn guessed_scheme(bare: &str) -> &'static str {
    let host = match bare.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => bare.split([':', '/']).next().unwrap_or_default(),
    };
    if is_loopback_host(host) { "http" } else { "https" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_becomes_what_browsers_send() {
        for (written, origin) in [
            ("example.com", "https://example.com"),
            (" https://WWW.Example.com/ ", "https://www.example.com"),
            ("https://example.com:443", "https://example.com"),
            ("example.com:8443", "https://example.com:8443"),
            ("http://example.com", "http://example.com"),
            ("bücher.example", "https://xn--bcher-kva.example"),
            ("localhost:3000", "http://localhost:3000"),
            ("127.0.0.1:8081", "http://127.0.0.1:8081"),
            ("[::1]:8081", "http://[::1]:8081"),
            ("shop.localhost:8081", "http://shop.localhost:8081"),
        ] {
            assert_eq!(normalised(written).as_deref(), Ok(origin), "{written}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_in_words() {
        for (written, word) in [
            ("*.example.com", "wildcards"),
            ("https://example.com/shop", "follows the host"),
            ("https://example.com?a", "follows the host"),
            ("https://u:p@example.com", "user name"),
            ("ftp://example.com", "https://"),
            ("file:///tmp/a.html", "https://"),
            ("", "address"),
            ("example", "whole host name"),
            ("example.com.", "whole host name"),
            ("exa mple.com", "address"),
            ("https://'; script-src *", "address"),
            ("https://a.example;script-src", "address"),
        ] {
            let error = normalised(written).unwrap_err();
            assert!(error.contains(word) || error.contains("whole host"), "{written}: {error}");
        }
    }

    #[test]
    fn the_usual_slips_are_recognised() {
        let allowed = ["https://www.example.com".to_owned(), "https://other.org".to_owned()];
        let found = |seen: &str| nearest(seen, &allowed).map(String::as_str);
        assert_eq!(found("http://www.example.com"), Some("https://www.example.com"));
        assert_eq!(found("https://example.com"), Some("https://www.example.com"));
        assert_eq!(found("https://www.example.com:8443"), Some("https://www.example.com"));
        assert_eq!(found("https://shop.other.org"), Some("https://other.org"));
        assert_eq!(found("https://evil.test"), None);
    }

    #[test]
    fn a_referer_gives_only_its_origin() {
        assert_eq!(of_referer("https://a.example/p?token=x#y").as_deref(), Some("https://a.example"));
        assert_eq!(of_referer("about:blank"), None);
        assert_eq!(of_referer("android-app://x"), None);
    }
}
