//! Where each setting comes from: a flag, the environment (`DESKBELL_…`), the file, or the default. Values stay
//! texts here; what they mean is decided one level up.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

/// The name of the settings file in the data folder.
pub const FILE_NAME: &str = "deskbell.toml";

/// Every setting: its name, what it is for, and its default in words.
pub const SETTINGS: &[Setting] = &[
    Setting { name: "data", default: &["deskbell-data"], repeats: false },
    Setting { name: "listen", default: &["localhost:8080"], repeats: true },
    Setting { name: "public-url", default: &[], repeats: false },
    Setting { name: "trusted-proxy", default: &[], repeats: true },
    Setting { name: "tls-cert", default: &[], repeats: false },
    Setting { name: "tls-key", default: &[], repeats: false },
    Setting { name: "log", default: &["human"], repeats: false },
    Setting { name: "log-filter", default: &["info"], repeats: false },
    Setting { name: "metrics-listen", default: &[], repeats: false },
    Setting { name: "connections-max", default: &["16000"], repeats: false },
    Setting { name: "connections-per-address-max", default: &["1024"], repeats: false },
    Setting { name: "visitor-messages-burst", default: &["10"], repeats: false },
    Setting { name: "visitor-messages-per-minute", default: &["60"], repeats: false },
    Setting { name: "address-tickets-per-minute", default: &["1200"], repeats: false },
    Setting { name: "address-starts-per-hour", default: &["600"], repeats: false },
    Setting { name: "address-messages-per-minute", default: &["1200"], repeats: false },
    Setting { name: "audit-days", default: &["730"], repeats: false },
    Setting { name: "clamd", default: &[], repeats: false },
    Setting { name: "smtp-host", default: &[], repeats: false },
    Setting { name: "smtp-port", default: &[], repeats: false },
    Setting { name: "smtp-tls", default: &["starttls"], repeats: false },
    Setting { name: "smtp-user", default: &[], repeats: false },
    Setting { name: "smtp-password-file", default: &[], repeats: false },
    Setting { name: "smtp-from", default: &[], repeats: false },
    Setting { name: "mail-gather-seconds", default: &["60"], repeats: false },
    Setting { name: "smtp-password", default: &[], repeats: false },
];

/// Settings whose values are shown nowhere, and that are no flags: command lines are seen by everybody on a machine.
pub const SECRETS: &[&str] = &["smtp-password"];

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// As a flag and in the file.
    pub name: &'static str,
    /// Without any layer.
    pub default: &'static [&'static str],
    /// Whether it may be given more than once.
    pub repeats: bool,
}

impl Setting {
    /// Its name in the environment.
    pub fn variable(&self) -> String {
        format!("DESKBELL_{}", self.name.to_uppercase().replace('-', "_"))
    }
}

/// The settings as flags.
#[derive(Args, Clone, Debug, Default)]
pub struct Flags {
    /// The data folder; it is made when it is not there.
    #[arg(long, value_name = "DIR")]
    pub data: Option<String>,
    /// Where to listen, such as localhost:8080 or 0.0.0.0:443; may be repeated.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Vec<String>,
    /// The address people use, such as https://chat.example.com.
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// A network whose proxies say the client's address, such as 10.0.0.0/8; may be repeated.
    #[arg(long, value_name = "CIDR")]
    pub trusted_proxy: Vec<String>,
    /// The certificate chain (PEM).
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<String>,
    /// The private key (PEM).
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<String>,
    /// How lines of the log look: human or json.
    #[arg(long, value_name = "FORMAT")]
    pub log: Option<String>,
    /// What is logged, such as info or deskbell_server=debug.
    #[arg(long, value_name = "FILTER")]
    pub log_filter: Option<String>,
    /// Where Prometheus may ask for metrics, such as 9464 (this machine only) or 10.0.0.5:9464; without it nowhere.
    #[arg(long, value_name = "ADDRESS")]
    pub metrics_listen: Option<String>,
    /// Connections at a time.
    #[arg(long, value_name = "COUNT")]
    pub connections_max: Option<String>,
    /// Connections from one address at a time.
    #[arg(long, value_name = "COUNT")]
    pub connections_per_address_max: Option<String>,
    /// Messages one visitor may write at once.
    #[arg(long, value_name = "COUNT")]
    pub visitor_messages_burst: Option<String>,
    /// Messages one visitor may write in the long run.
    #[arg(long, value_name = "COUNT")]
    pub visitor_messages_per_minute: Option<String>,
    /// Tickets that visitors behind one address may have in a minute.
    #[arg(long, value_name = "COUNT")]
    pub address_tickets_per_minute: Option<String>,
    /// Conversations that visitors behind one address may begin in an hour.
    #[arg(long, value_name = "COUNT")]
    pub address_starts_per_hour: Option<String>,
    /// Messages that visitors behind one address may write in a minute.
    #[arg(long, value_name = "COUNT")]
    pub address_messages_per_minute: Option<String>,
    /// Days for which rows of the audit trail are kept, from 30 on; 0 for ever.
    #[arg(long, value_name = "DAYS")]
    pub audit_days: Option<String>,
    /// A virus scanner (clamd) that looks at every upload: the path of its socket, or an address such as 127.0.0.1:3310.
    #[arg(long, value_name = "PLACE")]
    pub clamd: Option<String>,
    /// The mail server that answers go out by; without it agents mail by hand.
    #[arg(long, value_name = "NAME")]
    pub smtp_host: Option<String>,
    /// Its port; without it 587, or 465 with tls.
    #[arg(long, value_name = "PORT")]
    pub smtp_port: Option<String>,
    /// How the way to it is secured: starttls, tls, or none (to this machine only).
    #[arg(long, value_name = "HOW")]
    pub smtp_tls: Option<String>,
    /// The name to sign in with there. The password comes from the environment or a file.
    #[arg(long, value_name = "NAME")]
    pub smtp_user: Option<String>,
    /// A file that holds the password and nothing else.
    #[arg(long, value_name = "FILE")]
    pub smtp_password_file: Option<String>,
    /// The address that mails come from.
    #[arg(long, value_name = "ADDRESS")]
    pub smtp_from: Option<String>,
    /// How long what agents write is gathered into one mail.
    #[arg(long, value_name = "SECONDS")]
    pub mail_gather_seconds: Option<String>,
    /// The settings file; without it deskbell.toml in the data folder, if there is one.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl Flags {
    /// As they stand on a command line; for tests.
    #[cfg(test)]
    pub fn of(args: &[&str]) -> Flags {
        use clap::FromArgMatches as _;
        let command = Flags::augment_args(clap::Command::new("test").no_binary_name(true));
        Flags::from_arg_matches(&command.try_get_matches_from(args).unwrap()).unwrap()
    }

    fn values(&self, name: &str) -> Vec<String> {
        let one = |value: &Option<String>| value.iter().cloned().collect();
        match name {
            "data" => one(&self.data),
            "listen" => self.listen.clone(),
            "public-url" => one(&self.public_url),
            "trusted-proxy" => self.trusted_proxy.clone(),
            "tls-cert" => one(&self.tls_cert),
            "tls-key" => one(&self.tls_key),
            "log" => one(&self.log),
            "log-filter" => one(&self.log_filter),
            "metrics-listen" => one(&self.metrics_listen),
            "connections-max" => one(&self.connections_max),
            "connections-per-address-max" => one(&self.connections_per_address_max),
            "visitor-messages-burst" => one(&self.visitor_messages_burst),
            "visitor-messages-per-minute" => one(&self.visitor_messages_per_minute),
            "address-tickets-per-minute" => one(&self.address_tickets_per_minute),
            "address-starts-per-hour" => one(&self.address_starts_per_hour),
            "address-messages-per-minute" => one(&self.address_messages_per_minute),
            "audit-days" => one(&self.audit_days),
            "clamd" => one(&self.clamd),
            "smtp-host" => one(&self.smtp_host),
            "smtp-port" => one(&self.smtp_port),
            "smtp-tls" => one(&self.smtp_tls),
            "smtp-user" => one(&self.smtp_user),
            "smtp-password-file" => one(&self.smtp_password_file),
            "smtp-from" => one(&self.smtp_from),
            "mail-gather-seconds" => one(&self.mail_gather_seconds),
            _ => Vec::new(),
        }
    }
}

/// Where a value was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// On the command line.
    Flag,
    /// In the environment, under this name.
    Environment(String),
    /// In this file.
    File(PathBuf),
    /// Nowhere.
    Default,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Flag => f.write_str("flag"),
            Source::Environment(name) => write!(f, "environment, {name}"),
            Source::File(path) => write!(f, "file, {}", path.display()),
            Source::Default => f.write_str("default"),
        }
    }
}

/// All settings with their values and sources, in the order of `SETTINGS`.
#[derive(Clone, Debug)]
pub struct Found(Vec<(Setting, Vec<String>, Source)>);

/// Looks through the layers. `environment` is passed in, so that tests need not change the process.
pub fn find(flags: &Flags, environment: &dyn Fn(&str) -> Option<String>) -> Result<Found, String> {
    let mut found = Vec::with_capacity(SETTINGS.len());
    let mut file: Option<File> = None;
    // `data` comes first in the list, because the file may lie there; so it cannot itself come from the file.
    for setting in SETTINGS {
        let variable = setting.variable();
        let flag = flags.values(setting.name);
        let (values, source) = if !flag.is_empty() {
            (flag, Source::Flag)
        } else if let Some(value) = environment(&variable).filter(|value| !value.is_empty()) {
            (split(&value, setting.repeats), Source::Environment(variable))
        } else if let Some((values, path)) = file.as_ref().and_then(|file| file.values(setting)) {
            (values?, Source::File(path))
        } else {
            (setting.default.iter().map(|text| (*text).to_owned()).collect(), Source::Default)
        };
        if setting.name == "data" {
            let named = flags.config.clone().or_else(|| environment("DESKBELL_CONFIG").map(PathBuf::from));
            file = File::read(named, Path::new(&values[0]))?;
        }
        found.push((*setting, values, source));
    }
    Ok(Found(found))
}

impl Found {
    /// The value of a setting that has at most one.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.entry(name).and_then(|(_, values, _)| values.first()).map(String::as_str)
    }

    /// The same, read; the error names the setting and where it came from.
    pub fn parsed<T>(&self, name: &str, read: fn(&str) -> Result<T, String>) -> Result<Option<T>, String> {
        Ok(self.parsed_all(name, read)?.into_iter().next())
    }

    /// Every value of a setting, read.
    pub fn parsed_all<T>(&self, name: &str, read: fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
        let Some((_, values, source)) = self.entry(name) else { return Ok(Vec::new()) };
        values.iter().map(|text| read(text).map_err(|why| format!("{name} ({source}): {why}"))).collect()
    }

    /// A table for `deskbell config`.
    pub fn table(&self) -> String {
        let mut table = String::new();
        for (setting, values, source) in &self.0 {
            let value = match values.is_empty() {
                true => "(none)".to_owned(),
                false if SECRETS.contains(&setting.name) => "(set)".to_owned(),
                false => values.join(", "),
            };
            let _ = writeln!(table, "{:<28} {value:<36} {source}", setting.name);
        }
        table
    }

    fn entry(&self, name: &str) -> Option<&(Setting, Vec<String>, Source)> {
        self.0.iter().find(|(setting, _, _)| setting.name == name)
    }
}

struct File {
    path: PathBuf,
    table: toml::Table,
}

impl File {
    fn read(named: Option<PathBuf>, data: &Path) -> Result<Option<File>, String> {
        let must_exist = named.is_some();
        let path = named.unwrap_or_else(|| data.join(FILE_NAME));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => return Ok(None),
            Err(error) => return Err(format!("reading the settings file {}: {error}", path.display())),
        };
        let table: toml::Table =
            text.parse().map_err(|error| format!("reading the settings file {}: {error}", path.display()))?;
        for key in table.keys() {
            if key == "data" {
                return Err(format!("{}: data cannot be set in the file; use the flag", path.display()));
            }
            if !SETTINGS.iter().any(|setting| setting.name == key) {
                let known: Vec<_> = SETTINGS.iter().skip(1).map(|setting| setting.name).collect();
                return Err(format!(
                    "{}: there is no setting `{key}`; there is: {}",
                    path.display(),
                    known.join(", ")
                ));
            }
        }
        Ok(Some(File { path, table }))
    }

    fn values(&self, setting: &Setting) -> Option<(Result<Vec<String>, String>, PathBuf)> {
        let wrong = || format!("{}: `{}` is not text", self.path.display(), setting.name);
        let text = |value: &toml::Value| match value {
            toml::Value::String(text) => Ok(text.clone()),
            toml::Value::Integer(number) => Ok(number.to_string()),
            _ => Err(wrong()),
        };
        let values = match self.table.get(setting.name)? {
            toml::Value::Array(items) if setting.repeats => items.iter().map(text).collect(),
            value => text(value).map(|text| vec![text]),
        };
        Some((values, self.path.clone()))
    }
}

fn split(value: &str, repeats: bool) -> Vec<String> {
    if repeats {
        value.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
    } else {
        vec![value.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(flags: &[&str], environment: &[(&str, &str)]) -> Result<Found, String> {
        let environment: std::collections::HashMap<_, _> = environment.iter().copied().collect();
        find(&Flags::of(flags), &|name| environment.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn flag_before_environment_before_file_before_default() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap();
        let file = "log = \"json\"\npublic-url = \"https://file.example\"\nlisten = [\"127.0.0.1:1\", \"127.0.0.1:2\"]\n";
        std::fs::write(folder.path().join(FILE_NAME), file).unwrap();
        let variables =
            [("DESKBELL_PUBLIC_URL", "https://env.example"), ("DESKBELL_LISTEN", "127.0.0.1:3, 127.0.0.1:4")];

        let found = from(&["--data", data], &[]).unwrap();
        assert_eq!(found.one("public-url"), Some("https://file.example"));
        assert_eq!(found.one("listen"), Some("127.0.0.1:1"));
        let found = from(&["--data", data], &variables).unwrap();
        assert_eq!(found.one("public-url"), Some("https://env.example"));
        assert_eq!(found.entry("listen").unwrap().1, ["127.0.0.1:3", "127.0.0.1:4"]);
        assert_eq!(found.one("log"), Some("json"));
        let found = from(&["--data", data, "--public-url", "https://flag.example"], &variables).unwrap();
        assert_eq!(found.one("public-url"), Some("https://flag.example"));
        assert_eq!(found.one("log-filter"), Some("info"));

        let table = found.table();
        for source in ["flag", "environment, DESKBELL_LISTEN", "file, ", "default"] {
            assert!(table.contains(source), "{table}");
        }
        assert_eq!(table.lines().count(), SETTINGS.len());
    }

    #[test]
    fn mistakes_in_the_file_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap();
        for (text, word) in [
            ("pubic-url = \"x\"", "pubic-url"),
            ("data = \"x\"", "flag"),
            ("log = []", "log"),
            ("=", "reading"),
        ] {
            std::fs::write(folder.path().join(FILE_NAME), text).unwrap();
            let error = from(&["--data", data], &[]).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
        assert!(from(&["--config", "/no/such/file.toml"], &[]).is_err());
    }
}
