//! `deskbell doctor`: looks for what makes a server fail that its own log cannot name, from the machine it runs on.
//! Each check stands in a file of its own and gives findings; nothing is changed, and nothing is sent anywhere but to
//! the server's own public address.

mod audit;
mod database;
mod disk;
mod folder;
mod limits;
mod mail;
mod proxy;
mod report;

use deskbell_shared::model::UnixMillis;

use crate::auth::origin::PublicUrl;
use crate::config::Settings;
use crate::store::sqlite::SCHEMA_VERSION;
pub use report::{Check, Finding, Report};

/// Looks at everything. `url` is where people reach the server; without it, what the settings say.
pub async fn examine(settings: &Settings, url: Option<&PublicUrl>, now: UnixMillis) -> Report {
    let mut report = Report::default();
    let data = &settings.data;
    report.of(Check::Folder, folder::examine(data));
    report.of(Check::Disk, disk::examine(data));
    let (database, look) = database::examine(data);
    report.of(Check::Database, database);
    match &look {
        Some(look) if look.schema == SCHEMA_VERSION => report.of(Check::Audit, audit::examine(data)),
        Some(_) => report.skip(Check::Audit, "the database is of an older deskbell, which kept none"),
        None => report.skip(Check::Audit, "the database cannot be read"),
    }
    match &look {
        Some(look) => {
            report.of(Check::Origins, database::origins(look));
            report.of(Check::Clock, database::clock(look, now));
        }
        None => report.skip(Check::Origins, "the database cannot be read"),
    }
    report.of(Check::Descriptors, limits::examine(settings.connections_max));
    match url.or(settings.public_url.as_ref()) {
        Some(url) => {
            let seen = proxy::examine(url).await;
            if let Some(date) = seen.date {
                report.of(Check::Clock, proxy::clock(url, date, now));
            }
            report.of(Check::Proxy, seen.findings);
        }
        None => report.skip(Check::Proxy, "no address is known: give --url or set public-url"),
    }
    match mail::examine(settings).await {
        Some(findings) => report.of(Check::Mail, findings),
        None => report.skip(Check::Mail, "no mail is set up"),
    }
    report
}
