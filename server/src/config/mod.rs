//! The settings of a server: from flags, the environment, a file, and defaults, in this order. `layers` finds where
//! each value comes from, this file says what they mean and which do not go together. Nothing is read here that was
//! not asked for by name.

pub mod address;
pub mod layers;
pub mod mail;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

pub use address::{Cidr, Listen};
pub use layers::{Flags, Found, Source};

use crate::auth::origin::{PublicUrl, Scheme};

/// Connections of all kinds at a time, unless the machine's limit is lower.
pub const CONNECTIONS_MAX_DEFAULT: usize = 16_000;
/// Connections from one address at a time: an office behind one address still fits.
pub const CONNECTIONS_PER_ADDRESS_MAX_DEFAULT: usize = 1_024;
/// Messages one visitor may write at once.
pub const VISITOR_MESSAGES_BURST_DEFAULT: u32 = 10;
/// Messages one visitor may write in the long run.
pub const VISITOR_MESSAGES_PER_MINUTE_DEFAULT: u32 = 60;
/// Tickets of visitors behind one address: as many at once, for an office whose connections all come back together.
pub const ADDRESS_TICKETS_PER_MINUTE_DEFAULT: u32 = 1_200;
/// Conversations begun behind one address; a sixth of them at once.
pub const ADDRESS_STARTS_PER_HOUR_DEFAULT: u32 = 600;
/// Messages of visitors behind one address; a quarter of them at once.
pub const ADDRESS_MESSAGES_PER_MINUTE_DEFAULT: u32 = 1_200;
/// How long rows of the audit trail are kept.
pub const AUDIT_KEEP_DEFAULT: Duration = Duration::from_secs(730 * DAY_SECONDS);
/// The fewest days that may be asked for: a trail that forgets at once is none.
pub const AUDIT_DAYS_MIN: u64 = 30;
const DAY_SECONDS: u64 = 24 * 3600;
/// The port that is used when none is named.
pub const PORT_DEFAULT: u16 = 8080;

/// What a server is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The data folder.
    pub data: PathBuf,
    /// Where it listens.
    pub listen: Vec<Listen>,
    /// Where people reach it.
    pub public_url: Option<PublicUrl>,
    /// Whose word about the client's address is taken.
    pub trusted_proxies: Vec<Cidr>,
    /// Certificate and key.
    pub tls: Option<TlsFiles>,
    /// How it logs.
    pub log: LogFormat,
    /// What it logs, in the words of `tracing-subscriber`'s filter.
    pub log_filter: String,
    /// Where metrics are told.
    pub metrics_listen: Option<Listen>,
    /// Connections at a time.
    pub connections_max: usize,
    /// Connections from one address at a time.
    pub connections_per_address_max: usize,
    /// Messages one visitor may write at once.
    pub visitor_messages_burst: u32,
    /// Messages one visitor may write in the long run.
    pub visitor_messages_per_minute: u32,
    /// Tickets of visitors behind one address, a minute.
    pub address_tickets_per_minute: u32,
    /// Conversations begun behind one address, an hour.
    pub address_starts_per_hour: u32,
    /// Messages of visitors behind one address, a minute.
    pub address_messages_per_minute: u32,
    /// How long rows of the audit trail are kept; none: for ever.
    pub audit_keep: Option<Duration>,
    /// Who looks at uploads.
    pub scanner: Option<ScannerPlace>,
    /// Where mail goes out.
    pub mail: Option<mail::MailSettings>,
}

/// Where a virus scanner listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScannerPlace {
    /// A socket in the file system.
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
}

/// The two files of TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate chain, PEM.
    pub cert: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
}

/// How lines of the log look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

impl Settings {
    /// Reads all layers and refuses what does not go together.
    pub fn load(flags: &Flags) -> Result<Settings, String> {
        Settings::of(&layers::find(flags, &|name| std::env::var(name).ok())?)
    }

    /// Gives the found texts their meaning.
    pub fn of(found: &Found) -> Result<Settings, String> {
        let tls = match (found.one("tls-cert"), found.one("tls-key")) {
            (None, None) => None,
            (Some(cert), Some(key)) => Some(TlsFiles { cert: cert.into(), key: key.into() }),
            _ => return Err("tls-cert and tls-key belong together: give both or none".into()),
        };
        let settings = Settings {
            data: found.one("data").unwrap_or("deskbell-data").into(),
            listen: found.parsed_all("listen", Listen::parse)?,
            public_url: found.parsed("public-url", PublicUrl::parse)?,
            trusted_proxies: found.parsed_all("trusted-proxy", Cidr::parse)?,
            tls,
            log: found.parsed("log", log_format)?.unwrap_or(LogFormat::Human),
            log_filter: found.one("log-filter").unwrap_or("info").to_owned(),
            metrics_listen: found.parsed("metrics-listen", metrics_listen)?,
            connections_max: found.parsed("connections-max", count)?.unwrap_or(CONNECTIONS_MAX_DEFAULT),
            connections_per_address_max: found
                .parsed("connections-per-address-max", count)?
                .unwrap_or(CONNECTIONS_PER_ADDRESS_MAX_DEFAULT),
            visitor_messages_burst: found
                .parsed("visitor-messages-burst", many)?
                .unwrap_or(VISITOR_MESSAGES_BURST_DEFAULT),
            visitor_messages_per_minute: found
                .parsed("visitor-messages-per-minute", many)?
                .unwrap_or(VISITOR_MESSAGES_PER_MINUTE_DEFAULT),
            address_tickets_per_minute: found
                .parsed("address-tickets-per-minute", many)?
                .unwrap_or(ADDRESS_TICKETS_PER_MINUTE_DEFAULT),
            address_starts_per_hour: found
                .parsed("address-starts-per-hour", many)?
                .unwrap_or(ADDRESS_STARTS_PER_HOUR_DEFAULT),
            address_messages_per_minute: found
                .parsed("address-messages-per-minute", many)?
                .unwrap_or(ADDRESS_MESSAGES_PER_MINUTE_DEFAULT),
            audit_keep: found.parsed("audit-days", audit_days)?.unwrap_or(Some(AUDIT_KEEP_DEFAULT)),
            scanner: found.parsed("clamd", scanner_place)?,
            mail: mail::MailSettings::of(found)?,
        };
        settings.check()?;
        Ok(settings)
    }

    /// The scheme people use.
    pub fn scheme(&self) -> Scheme {
        match (&self.public_url, &self.tls) {
            (Some(public), _) => public.scheme,
            (None, Some(_)) => Scheme::Https,
            (None, None) => Scheme::Http,
        }
    }

    fn check(&self) -> Result<(), String> {
        if let Some(metrics) = self.metrics_listen.as_ref().filter(|metrics| self.listen.contains(metrics)) {
            return Err(format!(
                "metrics-listen {metrics} is a public address: give metrics a port of their own"
            ));
        }
        let open = self.listen.iter().find(|listen| !listen.is_loopback());
        let Some(open) = open else { return self.check_tls() };
        if self.tls.is_none() && self.trusted_proxies.is_empty() {
            return Err(format!(
                "refusing plain http on {open}: passwords and chats would be readable on the way, and browsers \
                 would not keep the cookies. Give --tls-cert and --tls-key, or put a proxy with TLS in front and \
                 name it with --trusted-proxy and --public-url https://…"
            ));
        }
        match &self.public_url {
            None => Err(format!(
                "listening on {open} needs --public-url https://… : links, cookies and the check of origins \
                 rest on the address that people use"
            )),
            Some(public) if public.scheme == Scheme::Http => {
                Err(format!("listening on {open} needs a public-url with https, not {}", public.origin()))
            }
            Some(_) => self.check_tls(),
        }
    }

    fn check_tls(&self) -> Result<(), String> {
        match &self.public_url {
            Some(public) if public.scheme == Scheme::Http && self.tls.is_some() => Err(format!(
                "the public-url {} is http, but tls-cert makes the server speak https",
                public.origin()
            )),
            _ => Ok(()),
        }
    }
}

fn scanner_place(text: &str) -> Result<ScannerPlace, String> {
    let port = |text: &str| {
        text.rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0))
    };
    match text {
        path if path.starts_with('/') => Ok(ScannerPlace::Unix(path.into())),
        address if port(address) => Ok(ScannerPlace::Tcp(address.to_owned())),
        _ => Err("the path of a socket, such as /run/clamav/clamd.ctl, or a host and a port".to_owned()),
    }
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "human" => Ok(LogFormat::Human),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("`{text}` is no log format: human or json")),
    }
}

/// A bare port is one on this machine only.
fn metrics_listen(text: &str) -> Result<Listen, String> {
    match text.parse() {
        Ok(port) => Ok(Listen::At((Ipv4Addr::LOCALHOST, port).into())),
        Err(_) => Listen::parse(text),
    }
}

/// A count that a rate is made of: more than fits is as much as fits.
fn many(text: &str) -> Result<u32, String> {
    count(text).map(|count| u32::try_from(count).unwrap_or(u32::MAX))
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(format!("`{text}` is no count above zero")),
    }
}

fn audit_days(text: &str) -> Result<Option<Duration>, String> {
    match text.parse() {
        Ok(0) => Ok(None),
        Ok(days) if days >= AUDIT_DAYS_MIN => Ok(Some(Duration::from_secs(DAY_SECONDS.saturating_mul(days)))),
        _ => Err(format!("`{text}` is no number of days from {AUDIT_DAYS_MIN} on, nor 0 for ever")),
    }
}

/// Whether all these addresses are this machine itself.
pub fn all_loopback(addresses: &[SocketAddr]) -> bool {
    addresses.iter().all(|address| address.ip().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(flags: &[&str]) -> Result<Settings, String> {
        Settings::of(&layers::find(&Flags::of(flags), &|_| None)?)
    }

    #[test]
    fn the_defaults_stay_on_this_machine() {
        let settings = load(&[]).unwrap();
        assert!(settings.listen.iter().all(Listen::is_loopback));
        assert_eq!(settings.scheme(), Scheme::Http);
    }

    #[test]
    fn plain_http_off_loopback_is_refused_with_the_reason() {
        let open = ["--listen", "0.0.0.0:80"];
        let with = |more: &[&str]| load(&[&open[..], more].concat());
        assert!(with(&[]).unwrap_err().contains("refusing plain http on 0.0.0.0:80"));
        assert!(with(&["--public-url", "https://a.example"]).is_err(), "nobody vouches for the TLS");
        assert!(with(&["--trusted-proxy", "10.0.0.0/8"]).unwrap_err().contains("--public-url"));
        assert!(with(&["--trusted-proxy", "10.0.0.0/8", "--public-url", "http://localhost"]).is_err());
        assert!(with(&["--trusted-proxy", "10.0.0.0/8", "--public-url", "https://a.example"]).is_ok());
        let tls = ["--tls-cert", "c.pem", "--tls-key", "k.pem"];
        assert!(with(&tls).is_err());
        assert!(with(&[&tls[..], &["--public-url", "https://a.example"]].concat()).is_ok());
        assert!(load(&["--tls-cert", "c.pem"]).unwrap_err().contains("belong together"));
    }

    #[test]
    fn the_audit_trail_is_kept_for_two_years_or_as_long_as_is_asked() {
        let kept = |days: &str| load(&["--audit-days", days]).map(|settings| settings.audit_keep);
        assert_eq!(load(&[]).unwrap().audit_keep, Some(AUDIT_KEEP_DEFAULT));
        assert_eq!(kept("0").unwrap(), None);
        assert_eq!(kept("30").unwrap(), Some(Duration::from_secs(30 * DAY_SECONDS)));
        for wrong in ["1", "29", "x"] {
            assert!(kept(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_source() {
        let error = load(&["--trusted-proxy", "10.0.0.0/40"]).unwrap_err();
        assert!(error.contains("trusted-proxy") && error.contains("flag"), "{error}");
        assert!(load(&["--connections-max", "0"]).is_err());
        assert!(load(&["--log", "xml"]).is_err());
    }

    #[test]
    fn metrics_are_off_and_have_a_port_of_their_own() {
        assert_eq!(load(&[]).unwrap().metrics_listen, None);
        let listen = load(&["--metrics-listen", "9464"]).unwrap().metrics_listen.unwrap();
        assert!(listen.is_loopback() && listen.to_string() == "127.0.0.1:9464", "{listen}");
        assert!(load(&["--metrics-listen", "10.0.0.5:9464"]).is_ok());
        assert!(load(&["--metrics-listen", "here"]).is_err());
        let same = ["--listen", "127.0.0.1:9464", "--metrics-listen", "9464"];
        assert!(load(&same).unwrap_err().contains("a port of their own"));
    }
}
