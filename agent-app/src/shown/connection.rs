//! What is said about the connection: a light and a word in the rail, and a banner where it matters for one's work. It
//! says what is, never what one hopes.

use deskbell_shared::session::{Connection, Stop};

use crate::text::{t, tn};

/// The light in the rail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Light {
    /// Everything arrives.
    Good,
    /// On the way there.
    Busy,
    /// Nothing arrives.
    Bad,
}

/// What the button in a banner does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Tries to connect at once.
    Retry,
    /// Loads the page anew.
    Reload,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The light.
    pub light: Light,
    /// The word beside it.
    pub word: String,
    /// What it means for one's work, and what can be done.
    pub banner: Option<(String, Option<Remedy>)>,
    /// Whether what was missed is on its way.
    pub is_catching_up: bool,
}

/// What is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The connection.
    pub connection: Connection,
    /// The browser says that there is no network.
    pub is_offline: bool,
    /// Rows or lists are missing that are on their way.
    pub is_catching_up: bool,
    /// Something unsent would be gone with the page.
    pub is_at_risk: bool,
    /// Whether it was ever connected since the page was opened.
    pub was_live: bool,
}

/// What is to be said.
pub fn health(known: Known) -> Health {
    let Known { connection, is_offline, is_catching_up, is_at_risk, was_live } = known;
    let lost = |text: String| {
        if is_at_risk { [text, " ".to_owned(), t("connection.at_risk")].concat() } else { text }
    };
    match connection {
        Connection::Live if is_catching_up => said(Light::Busy, t("connection.catching_up"), None, true),
        Connection::Live => {
            let banner = is_at_risk.then(|| (t("connection.at_risk"), None));
            said(Light::Good, t("connection.live"), banner, false)
        }
        Connection::Stopped { why } => {
            let (text, remedy) = match why {
                Stop::Version => (t("connection.version"), Remedy::Reload),
                Stop::SignedOut => (t("connection.signed_out"), Remedy::Reload),
                Stop::NotAllowed | Stop::Closed(_) => (t("connection.refused"), Remedy::Retry),
            };
            said(Light::Bad, t("connection.stopped"), Some((text, Some(remedy))), false)
        }
        _ if is_offline => {
            said(Light::Bad, t("connection.offline"), Some((lost(t("connection.offline.line")), None)), false)
        }
        Connection::Waiting { seconds } => {
            let word = tn("connection.waiting", &[("s", &seconds.to_string())]);
            let banner = Some((lost(t("connection.lost.line")), Some(Remedy::Retry)));
            said(Light::Bad, word, banner, false)
        }
        Connection::Off | Connection::Connecting => {
            let banner = was_live.then(|| (lost(t("connection.lost.line")), None));
            said(Light::Busy, t("connection.connecting"), banner, false)
        }
    }
}

fn said(
    light: Light,
    word: String,
    banner: Option<(String, Option<Remedy>)>,
    is_catching_up: bool,
) -> Health {
    Health { light, word, banner, is_catching_up }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(connection: Connection, is_catching_up: bool) -> Health {
        health(Known { connection, is_offline: false, is_catching_up, is_at_risk: false, was_live: true })
    }

    #[test]
    fn live_is_said_only_when_nothing_is_missing() {
        assert_eq!(of(Connection::Live, false).light, Light::Good);
        assert_eq!(of(Connection::Live, true).light, Light::Busy);
        assert!(of(Connection::Waiting { seconds: 3 }, false).banner.is_some());
        assert_eq!(
            of(Connection::Waiting { seconds: 3 }, false).banner.and_then(|(_, remedy)| remedy),
            Some(Remedy::Retry)
        );
        assert_eq!(of(Connection::Stopped { why: Stop::Version }, true).light, Light::Bad);
    }
}
