//! The schedule in the record. An operator waits for it, so it is on the platter when it answers.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

use super::file::BUSY;
use crate::meeting::Meeting;

/// All meetings. One of an older form is left out.
pub(super) fn read(path: &Path) -> rusqlite::Result<Vec<Meeting>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY)?;
    let mut query = connection.prepare("SELECT body FROM meeting ORDER BY number")?;
    let rows = query.query_map([], |row| row.get::<_, String>(0))?;
    let bodies: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
    let read = |body: &String| serde_json::from_str(body).ok();
    Ok(bodies.iter().filter_map(read).collect())
}

/// Writes what changed. Where the record does not hold the others (a damaged one was moved aside),
/// it is given all.
pub(super) fn write(path: &Path, all: &[Meeting], changed: &[Meeting]) -> rusqlite::Result<()> {
    let mut connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    put(&transaction, changed)?;
    let held: i64 = transaction.query_row("SELECT count(*) FROM meeting", [], |row| row.get(0))?;
    if usize::try_from(held) != Ok(all.len()) {
        transaction.execute("DELETE FROM meeting", [])?;
        put(&transaction, all)?;
    }
    transaction.commit()
}

fn put(connection: &Connection, meetings: &[Meeting]) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT OR REPLACE INTO meeting VALUES (?1, ?2)")?;
    for meeting in meetings {
        let number = i64::try_from(meeting.number()).unwrap_or(i64::MAX);
        insert.execute(params![
            number,
            serde_json::to_string(meeting).unwrap_or_default()
        ])?;
    }
    Ok(())
}
