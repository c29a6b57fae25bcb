//! What of the table of roles (`shared::model::role`) queries have to know, in SQL. A test holds it to the table.

/// Of rows with a `role`: those whose role sees every inbox.
macro_rules! sees_all {
    () => {
        "role IN ('owner', 'supervisor')"
    };
}
pub(super) use sees_all;

/// Of rows with a `role`: those who are given conversations and may take them.
macro_rules! serves {
    () => {
        "role IN ('owner', 'supervisor', 'agent')"
    };
}
pub(super) use serves;

#[cfg(test)]
mod tests {
    use deskbell_shared::model::{Right, Role};
    use rusqlite::Connection;

    #[test]
    fn the_words_of_sql_are_those_of_the_table() {
        let conn = Connection::open_in_memory().unwrap();
        for (right, sql) in [
            (Right::SeeAll, concat!("SELECT ", sees_all!(), " FROM (SELECT ?1 AS role)")),
            (Right::Serve, concat!("SELECT ", serves!(), " FROM (SELECT ?1 AS role)")),
        ] {
            for role in Role::ALL {
                let said: bool = conn.query_row(sql, [role.text()], |row| row.get(0)).unwrap();
                assert_eq!(said, role.may(right), "{right:?} of {role:?}");
            }
        }
    }
}
