//! The schema and its migrations, embedded in the binary. They only go forward; each runs in one transaction with
//! the number it leads to.

use deskbell_shared::model::Epoch;
use rusqlite::{Connection, params};

/// The migrations in order; the first leads from an empty file to version 1.
const MIGRATIONS: &[&str] = &[include_str!("../../../migrations/sqlite/0001_first_chat.sql")];

/// The version of the schema this build writes (`PRAGMA user_version`).
pub const SCHEMA_VERSION: usize = MIGRATIONS.len();

/// Marks a database file as ours (`PRAGMA application_id`): "Desk" in ASCII.
pub const APPLICATION_ID: i32 = 0x4465_736b;

/// Brings a database from its version to this build's.
pub fn migrate(conn: &mut Connection, from: usize, new_epoch: Epoch) -> rusqlite::Result<()> {
    for (at, migration) in MIGRATIONS.iter().enumerate().skip(from) {
        let transaction = conn.transaction()?;
        transaction.execute_batch(migration)?;
        if at == 0 {
            const LINEAGE: &str = "INSERT INTO lineage (one, epoch, feed) VALUES (1, ?1, 0)";
            transaction.execute(LINEAGE, params![new_epoch.to_bytes()])?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        }
        transaction.pragma_update(None, "user_version", at + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

/// The lineage and the newest place of the list feed.
pub fn lineage(conn: &Connection) -> rusqlite::Result<(Epoch, u64)> {
    conn.query_row("SELECT epoch, feed FROM lineage", [], |row| {
        Ok((Epoch::from_bytes(row.get(0)?), row.get(1)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data map (privacy, rule 3) is the schema itself: SQLite keeps its comments.
    #[test]
    fn every_column_says_what_kind_of_data_it_holds() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, 0, Epoch(1)).unwrap();
        let mut tables = conn.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").unwrap();
        let tables: Vec<(String, String)> =
            tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
        let mut columns_seen = 0;
        for (table, sql) in tables {
            let mut columns = conn.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
            let columns = columns.query_map([&table], |row| row.get::<_, String>(0)).unwrap();
            for column in columns.map(Result::unwrap) {
                let start = format!("{column} ");
                let line = sql.lines().map(str::trim_start).find(|line| line.starts_with(&start));
                let line = line.unwrap_or_else(|| panic!("{table}.{column} has no line of its own"));
                let tags = ["-- {identifier}", "-- {content}", "-- {technical}", "-- {secret}"];
                assert!(tags.iter().any(|tag| line.contains(tag)), "{table}.{column} has no tag: {line}");
                columns_seen += 1;
            }
        }
        assert!(columns_seen > 70, "only {columns_seen} columns seen");
    }

    #[test]
    fn every_table_is_strict_and_owners_are_never_null() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, 0, Epoch(1)).unwrap();
        let lax: i64 = conn
            .query_row(
                "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND strict = 0 \
                AND name NOT LIKE 'sqlite_%'",
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
