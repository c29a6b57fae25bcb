//! The schema and its migrations, embedded in the binary. They only go forward; each runs in one transaction with
//! the number it leads to.

use deskbell_shared::model::Epoch;
use rusqlite::{Connection, OptionalExtension, params};

use super::checksum;
use super::search_index;
use super::stop::Stop;

/// The migrations in order; the first leads from an empty file to version 1.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/sqlite/0001_first_chat.sql"),
    include_str!("../../../migrations/sqlite/0002_checksums.sql"),
    include_str!("../../../migrations/sqlite/0003_team.sql"),
    include_str!("../../../migrations/sqlite/0004_desk.sql"),
    include_str!("../../../migrations/sqlite/0005_agent_tools.sql"),
    include_str!("../../../migrations/sqlite/0006_files.sql"),
    include_str!("../../../migrations/sqlite/0007_hours_and_mail.sql"),
    include_str!("../../../migrations/sqlite/0008_looks.sql"),
    include_str!("../../../migrations/sqlite/0009_out_of_sight.sql"),
    include_str!("../../../migrations/sqlite/0010_erased.sql"),
    include_str!("../../../migrations/sqlite/0011_identity.sql"),
    include_str!("../../../migrations/sqlite/0012_audit.sql"),
    include_str!("../../../migrations/sqlite/0013_routing.sql"),
    include_str!("../../../migrations/sqlite/0014_kept_promises.sql"),
    include_str!("../../../migrations/sqlite/0015_waits.sql"),
    include_str!("../../../migrations/sqlite/0016_overflow.sql"),
    include_str!("../../../migrations/sqlite/0017_offers.sql"),
    include_str!("../../../migrations/sqlite/0018_matching.sql"),
    include_str!("../../../migrations/sqlite/0019_edited.sql"),
    include_str!("../../../migrations/sqlite/0020_abouts.sql"),
    include_str!("../../../migrations/sqlite/0021_search.sql"),
    include_str!("../../../migrations/sqlite/0022_snippets.sql"),
    include_str!("../../../migrations/sqlite/0023_session_devices.sql"),
    include_str!("../../../migrations/sqlite/0024_choices.sql"),
    include_str!("../../../migrations/sqlite/0025_site_inboxes.sql"),
    include_str!("../../../migrations/sqlite/0026_second_steps.sql"),
    include_str!("../../../migrations/sqlite/0027_roles.sql"),
    include_str!("../../../migrations/sqlite/0028_filing.sql"),
    include_str!("../../../migrations/sqlite/0029_drafts_and_views.sql"),
];

/// The migration after which what was written before is put into the index for searching: its words are cut by us.
const WITH_SEARCH: usize = 21;

/// The version of the schema this build writes (`PRAGMA user_version`).
pub const SCHEMA_VERSION: usize = MIGRATIONS.len();

/// Marks a database file as ours (`PRAGMA application_id`): "Desk" in ASCII.
pub const APPLICATION_ID: i32 = 0x4465_736b;

/// Brings a database from its version to this build's.
pub fn migrate(conn: &mut Connection, from: usize, new_epoch: Epoch) -> rusqlite::Result<()> {
    checksum::teach(conn)?;
    // Tables that others point at are made anew: the pointers are checked at the end of each step instead.
    conn.pragma_update(None, "foreign_keys", false)?;
    for (at, migration) in MIGRATIONS.iter().enumerate().skip(from) {
        let transaction = conn.transaction()?;
        transaction.execute_batch(migration)?;
        if at == 0 {
            const LINEAGE: &str = "INSERT INTO lineage (one, epoch, feed) VALUES (1, ?1, 0)";
            transaction.execute(LINEAGE, params![new_epoch.to_bytes()])?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        }
        if at + 1 == WITH_SEARCH {
            search_index::fill(&transaction).map_err(Stop::into_sql)?;
        }
        transaction.pragma_update(None, "user_version", at + 1)?;
        whole(&transaction)?;
        transaction.commit()?;
    }
    conn.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

/// Fails when a row points at one that is not there.
fn whole(conn: &Connection) -> rusqlite::Result<()> {
    let lost: Option<String> = conn.query_row("PRAGMA foreign_key_check", [], |row| row.get(0)).optional()?;
    match lost {
        None => Ok(()),
        Some(table) => {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY);
            let why = format!("a row of {table} points at one that is not there");
            Err(rusqlite::Error::SqliteFailure(code, Some(why)))
        }
    }
}

/// The lineage and the newest place of the list feed.
pub fn lineage(conn: &Connection) -> rusqlite::Result<(Epoch, u64)> {
    conn.query_row("SELECT epoch, feed FROM lineage", [], |row| {
        Ok((Epoch::from_bytes(row.get(0)?), row.get(1)?))
    })
}

#[cfg(test)]
mod tests {
    use deskbell_shared::model::ConversationId;

    use super::*;

    /// The data map (privacy, rule 3) is the schema itself: SQLite keeps its comments. `docs/data-map.md` says the same.
    #[test]
    fn every_column_says_what_kind_of_data_it_holds() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, 0, Epoch(1)).unwrap();
        // An index keeps what its table says, in tables of its own.
        const TABLES: &str = "SELECT s.name, s.sql FROM sqlite_schema s JOIN pragma_table_list l ON l.name = s.name \
            WHERE s.type = 'table' AND l.schema = 'main' AND l.type <> 'shadow' ORDER BY s.name";
        let mut mapped = Vec::new();
        let mut tables = conn.prepare(TABLES).unwrap();
        let tables: Vec<(String, String)> =
            tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
        let mut columns_seen = 0;
        for (table, sql) in tables {
            let mut columns = conn.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
            let columns = columns.query_map([&table], |row| row.get::<_, String>(0)).unwrap();
            for column in columns.map(Result::unwrap) {
                let is_its = |line: &&str| {
                    line.strip_prefix(column.as_str()).is_some_and(|rest| rest.starts_with([' ', ',']))
                };
                let line = sql.lines().map(str::trim_start).find(is_its);
                let line = line.unwrap_or_else(|| panic!("{table}.{column} has no line of its own"));
                let classes = ["identifier", "content", "technical", "secret"];
                let said = classes.iter().find_map(|class| {
                    Some((class, line.split_once(&format!("-- {{{class}}}"))?.1.trim().replace('|', "\\|")))
                });
                let (class, what) = said.unwrap_or_else(|| panic!("{table}.{column} has no tag: {line}"));
                mapped.push(format!("| `{table}` | `{column}` | {class} | {what} |"));
                columns_seen += 1;
            }
        }
        assert!(columns_seen > 70, "only {columns_seen} columns seen");
        let page = include_str!("../../../../docs/data-map.md");
        let columns = page.split("\n## Columns\n").nth(1).expect("the section of columns");
        let there: Vec<&str> = columns.lines().filter(|line| line.starts_with("| `")).collect();
        let missing: Vec<&String> = mapped.iter().filter(|row| !there.contains(&row.as_str())).collect();
        assert!(missing.is_empty(), "docs/data-map.md has to say, in this order:\n{}", mapped.join("\n"));
        assert_eq!(there, mapped, "docs/data-map.md has rows too many or in another order");
    }

    #[test]
    fn rows_of_the_first_schema_get_their_checksums() {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(MIGRATIONS[0]).unwrap();
        let rows = "INSERT INTO inboxes VALUES (zeroblob(16), 'Sales');
            INSERT INTO sites VALUES (zeroblob(16), zeroblob(16), 'key', 'Shop', '#000000', '', 7);
            INSERT INTO visitors VALUES (zeroblob(16), zeroblob(16), 7, NULL, NULL, NULL);
            INSERT INTO conversations VALUES (zeroblob(16), zeroblob(16), zeroblob(16), zeroblob(16), 'resolved', NULL, 4,
            7, 1, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 'hi', 'visitor', 7, 1);
            INSERT INTO entries VALUES (zeroblob(16), 1, 1, 'all', 7, 'visitor', NULL, 'message', zeroblob(16), 'hi',
            NULL, NULL), (zeroblob(16), 2, 2, 'all', 7, 'system', NULL, 'resolved', NULL, NULL, NULL, 4)";
        conn.execute_batch(rows).unwrap();
        migrate(&mut conn, 1, Epoch(1)).unwrap();
        const SQL: &str = concat!("SELECT ", checksum::checked_columns!(), " FROM entries e ORDER BY e.seq");
        let mut statement = conn.prepare(SQL).unwrap();
        let mut rows = statement.query([]).unwrap();
        for seq in 1..=2 {
            let row = rows.next().unwrap().expect("a row");
            assert_eq!(row.get::<_, i64>(0).unwrap(), seq);
            checksum::verify(row, 0, ConversationId(0)).unwrap();
            assert!(checksum::verify(row, 0, ConversationId(1)).is_err());
        }
        assert!(rows.next().unwrap().is_none());
    }

    #[test]
    fn every_table_is_strict_and_owners_are_never_null() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, 0, Epoch(1)).unwrap();
        let lax: i64 = conn
            .query_row(
                "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND strict = 0 \
                AND type = 'table' AND name NOT LIKE 'sqlite_%'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(lax, 0);
        let owners = [
            ("entries", "conversation"),
            ("conversations", "inbox"),
            ("conversations", "visitor"),
            ("conversations", "site"),
            ("visitors", "site"),
            ("sites", "inbox"),
            ("sessions", "agent"),
        ];
        for (table, column) in owners {
            let sql = "SELECT \"notnull\" FROM pragma_table_info(?1) WHERE name = ?2";
            let not_null: bool = conn.query_row(sql, [table, column], |row| row.get(0)).unwrap();
            assert!(not_null, "{table}.{column}");
        }
    }
}
