//! The checksum that every row of a conversation's log carries over all it says, written with the row and compared
//! whenever the row is read: a byte that the disk has changed is found, and nobody is shown a text that nobody wrote.
//! It guards against accidents; whoever may write the file can write the checksum as well.

use deskbell_shared::model::ConversationId;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row as SqlRow};

use super::stop::Stop;

/// The name of the checksum in SQL, for migrations: it takes the columns of `entries` before `detail`, in order.
const FUNCTION: &str = "entry_checksum";
/// How many columns that is.
const COLUMNS_BEFORE_DETAIL: usize = 12;
/// How many columns a checksum covers.
const COLUMNS: usize = 13;

/// What `verify` reads of `entries e`, after `e.conversation`.
macro_rules! checked_columns {
    () => {
        "e.seq, e.visitor_seq, e.audience, e.at, e.author, e.author_agent, e.kind, e.cmid, e.text, e.assignee, \
         e.version, e.detail, e.checksum"
    };
}
pub(super) use checked_columns;

/// The checksum of values in the order of the columns. A `detail` that is not there adds nothing: rows had none once.
pub fn checksum<'a>(values: impl IntoIterator<Item = ValueRef<'a>>) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for (at, value) in values.into_iter().enumerate() {
        if at >= COLUMNS_BEFORE_DETAIL && value == ValueRef::Null {
            continue;
        }
        // Each value with its kind and length, so that nothing moves from one to the next unseen.
        match value {
            ValueRef::Null => hasher.update(b"n"),
            ValueRef::Integer(number) => {
                hasher.update(b"i");
                hasher.update(&number.to_le_bytes());
            }
            ValueRef::Real(number) => {
                hasher.update(b"r");
                hasher.update(&number.to_le_bytes());
            }
            ValueRef::Text(bytes) => sized(&mut hasher, b"t", bytes),
            ValueRef::Blob(bytes) => sized(&mut hasher, b"b", bytes),
        }
    }
    hasher.finalize()
}

fn sized(hasher: &mut crc32fast::Hasher, kind: &[u8], bytes: &[u8]) {
    hasher.update(kind);
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

/// Compares a row with its checksum: `checked_columns!` from `first` on, and the conversation it was asked for.
pub fn verify(row: &SqlRow<'_>, first: usize, conversation: ConversationId) -> Result<(), Stop> {
    let id = conversation.to_bytes();
    let mut values = [ValueRef::Null; COLUMNS];
    values[0] = ValueRef::Blob(&id);
    for (at, value) in values.iter_mut().enumerate().skip(1) {
        *value = row.get_ref(first + at - 1)?;
    }
    if row.get_ref(first + COLUMNS - 1)? == ValueRef::Integer(checksum(values).into()) {
        return Ok(());
    }
    // Ids and places only, and no more of them than is sure.
    let seq = match values[1] {
        ValueRef::Integer(seq) => seq,
        _ => 0,
    };
    Err(Stop::Corrupt(format!(
        "row {seq} of conversation {conversation} is not what was stored: its checksum differs; \
         stop the server, keep a copy of the data directory and restore a backup"
    )))
}

/// Lets migrations compute checksums of rows that have none yet.
pub fn teach(conn: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_UTF8;
    conn.create_scalar_function(FUNCTION, COLUMNS_BEFORE_DETAIL as i32, flags, |context| {
        Ok(checksum((0..COLUMNS_BEFORE_DETAIL).map(|at| context.get_raw(at))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_from_one_value_to_the_next_unseen() {
        let of = |values: &[ValueRef<'_>]| checksum(values.iter().copied());
        let text = ValueRef::Text;
        assert_ne!(of(&[text(b"ab"), text(b"c")]), of(&[text(b"a"), text(b"bc")]));
        assert_ne!(of(&[ValueRef::Null, text(b"a")]), of(&[text(b"a"), ValueRef::Null]));
        assert_ne!(of(&[ValueRef::Blob(b"a")]), of(&[text(b"a")]));
    }

    /// Rows that are stored carry it: another result would make every one of them look damaged.
    #[test]
    fn it_never_changes() {
        let values = [ValueRef::Blob(&[7; 16]), ValueRef::Integer(1), ValueRef::Null, ValueRef::Text(b"hi")];
        assert_eq!(checksum(values), 2_609_256_068);
    }
}
