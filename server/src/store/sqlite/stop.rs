//! Why an operation inside a transaction stops, and what that is called outside. It decides nothing about the
//! transaction: `writer` does.

use deskbell_shared::protocol::RefusalCode;

use crate::store::{Fault, Refusal};

/// Why an operation stops.
#[derive(Debug)]
pub enum Stop {
    /// An expected no.
    Refused(Refusal),
    /// SQLite's own.
    Sql(rusqlite::Error),
    /// A row that cannot be what it is.
    Corrupt(String),
}

impl Stop {
    /// A refusal that names no conversation.
    pub fn because(code: RefusalCode) -> Stop {
        Stop::Refused(Refusal::because(code))
    }

    /// Outside the scope, or not there: the two are not told apart.
    pub fn not_found() -> Stop {
        Stop::because(RefusalCode::NotFound)
    }
}

impl Stop {
    /// For where only SQLite's reasons are known.
    pub fn into_sql(self) -> rusqlite::Error {
        match self {
            Stop::Sql(error) => error,
            Stop::Corrupt(what) => rusqlite::Error::InvalidParameterName(what),
            Stop::Refused(refusal) => rusqlite::Error::InvalidParameterName(refusal.code.text().to_owned()),
        }
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Stop {
        Stop::Sql(error)
    }
}

impl From<Stop> for Fault {
    fn from(stop: Stop) -> Fault {
        match stop {
            Stop::Refused(refusal) => Fault::Refused(refusal),
            Stop::Sql(error) => match error.sqlite_error_code() {
                // In a reader; the writer has looked at these before.
                Some(
                    rusqlite::ErrorCode::DatabaseBusy
                    | rusqlite::ErrorCode::DatabaseLocked
                    | rusqlite::ErrorCode::CannotOpen
                    | rusqlite::ErrorCode::SystemIoFailure
                    | rusqlite::ErrorCode::OutOfMemory,
                ) => Fault::Unavailable(format!("the database cannot be read now ({error})")),
                _ => Fault::Corrupt(error.to_string()),
            },
            Stop::Corrupt(what) => Fault::Corrupt(what),
        }
    }
}
