//! The database file: opened, migrated, checked; moved aside when it is damaged.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use packager::hls::Resume;
use packager::time::Wall;
use rusqlite::{Connection, ErrorCode, params};

/// How long another process may hold the database.
pub(super) const BUSY: Duration = Duration::from_secs(1);
/// Each step from one `user_version` to the next.
const MIGRATIONS: &[&str] = &[
    "CREATE TABLE hls_position (
    channel TEXT PRIMARY KEY,
    next_media_sequence INTEGER NOT NULL,
    discontinuity_sequence INTEGER NOT NULL,
    instance INTEGER NOT NULL,
    target_duration INTEGER NOT NULL,
    segment_millis INTEGER NOT NULL,
    written_nanos INTEGER NOT NULL,
    clean INTEGER NOT NULL
) STRICT, WITHOUT ROWID",
    "CREATE TABLE incident (
    id TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    start TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_by_start ON incident (start);",
    "CREATE TABLE span (
    number INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    run INTEGER NOT NULL,
    start INTEGER NOT NULL,
    last INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    state TEXT NOT NULL,
    input INTEGER,
    url TEXT NOT NULL,
    UNIQUE (channel, start)
) STRICT;
CREATE TABLE switch (
    number INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX switch_by_time ON switch (channel, at);
CREATE TABLE sample (
    number INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (channel, at)
) STRICT;
CREATE INDEX incident_by_channel ON incident (channel, start);",
    "CREATE TABLE meeting (
    number INTEGER PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;",
    "CREATE TABLE hall_report (
    number INTEGER PRIMARY KEY,
    code TEXT NOT NULL,
    session TEXT NOT NULL,
    heard INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (code, session)
) STRICT;
CREATE INDEX hall_report_by_time ON hall_report (heard);",
    "ALTER TABLE incident ADD COLUMN ended TEXT;
UPDATE incident SET ended = body ->> '$.end' WHERE json_valid(body);
DROP INDEX incident_by_channel;
CREATE INDEX incident_by_channel ON incident (channel, start, ended);
CREATE INDEX incident_unfinished ON incident (start) WHERE ended IS NULL;
DROP INDEX hall_report_by_time;",
];

/// Where a channel stood when it was last written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) position: Resume,
    pub(super) written: Wall,
    /// Nothing came after it: the node stopped in order.
    pub(super) clean: bool,
}

/// An opened record.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) entries: HashMap<String, Entry>,
    /// That a damaged one was moved aside.
    pub(super) notice: Option<String>,
}

/// Why the record cannot be used. Channels go on without it.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordError {
    #[error("the record {} cannot be used: {source}. Channels stay on air; look at the disk and its free space", .path.display())]
    Database {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error("the folder of the record {} cannot be made: {source}. Channels stay on air; look at [node] state-dir", .path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("the damaged record {} cannot be moved aside: {source}. Channels stay on air; move it by hand", .path.display())]
    MoveAside { path: PathBuf, source: io::Error },
    #[error("the record {} was made by a newer headend (version {found}, this one knows {known}); it is left as it is. Channels stay on air; install the newer headend", .path.display())]
    Newer {
        path: PathBuf,
        found: u32,
        known: u32,
    },
}

/// Opens the record, or makes it.
pub(super) fn open(path: &Path) -> Result<Opened, RecordError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| RecordError::Folder {
            path: path.to_owned(),
            source,
        })?;
    }
    match try_open(path) {
        Err(RecordError::Database { source, .. }) if is_damage(&source) => {
            let aside = move_aside(path).map_err(|error| RecordError::MoveAside {
                path: path.to_owned(),
                source: error,
            })?;
            let notice = format!(
                "the record was damaged ({source}) and is now {}; HLS numbers go on from the wall clock",
                aside.display()
            );
            let opened = try_open(path)?;
            Ok(Opened {
                notice: Some(notice),
                ..opened
            })
        }
        opened => opened,
    }
}

fn try_open(path: &Path) -> Result<Opened, RecordError> {
    let of_path = |source| RecordError::Database {
        path: path.to_owned(),
        source,
    };
    let mut connection = Connection::open(path).map_err(of_path)?;
    connection.busy_timeout(BUSY).map_err(of_path)?;
    let found = settings_and_version(&connection).map_err(of_path)?;
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(RecordError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    migrate(&mut connection, found).map_err(of_path)?;
    check(&connection).map_err(of_path)?;
    let entries = read(&connection).map_err(of_path)?;
    Ok(Opened {
        connection,
        entries,
        notice: None,
    })
}

fn settings_and_version(connection: &Connection) -> rusqlite::Result<u32> {
    // A killed process loses nothing in WAL; a lost power supply may lose the last seconds, which
    // the next start makes up for. So no write waits for the platter.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn migrate(connection: &mut Connection, from: u32) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for (version, step) in (1_u32..).zip(MIGRATIONS).filter(|(v, _)| *v > from) {
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version)?;
    }
    transaction.commit()
}

fn check(connection: &Connection) -> rusqlite::Result<()> {
    let said: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    match said.as_str() {
        "ok" => Ok(()),
        _ => Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
            Some(said),
        )),
    }
}

/// Whether the file itself is broken, and not the disk or its permissions.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    ) || matches!(
        error,
        // A table of another form than ours under our version.
        rusqlite::Error::SqlInputError { .. }
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
    )
}

/// Keeps the last damaged record for who wants to look; earlier ones go.
fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = with_end(path, ".damaged");
    fs::rename(path, &aside)?;
    for end in ["-wal", "-shm"] {
        match fs::remove_file(with_end(path, end)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn read(connection: &Connection) -> rusqlite::Result<HashMap<String, Entry>> {
    let mut query = connection.prepare(
        "SELECT channel, next_media_sequence, discontinuity_sequence, instance,
                target_duration, segment_millis, written_nanos, clean
         FROM hls_position",
    )?;
    let rows = query.query_map([], |row| {
        let number = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
        let position = Resume {
            next_media_sequence: number(1)?,
            discontinuity_sequence: number(2)?,
            instance: number(3)?,
            target_duration: number(4)?,
            segment_millis: number(5)?,
        };
        let entry = Entry {
            position,
            written: Wall::from_unix_nanos(row.get(6)?),
            clean: row.get(7)?,
        };
        Ok((row.get(0)?, entry))
    })?;
    rows.collect()
}

/// Writes positions in one transaction.
pub(super) fn write<'a>(
    connection: &mut Connection,
    entries: impl Iterator<Item = (&'a str, Entry)>,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare_cached(
            "INSERT OR REPLACE INTO hls_position VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        for (channel, entry) in entries {
            let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
            insert.execute(params![
                channel,
                number(entry.position.next_media_sequence),
                number(entry.position.discontinuity_sequence),
                number(entry.position.instance),
                number(entry.position.target_duration),
                number(entry.position.segment_millis),
                entry.written.unix_nanos(),
                entry.clean,
            ])?;
        }
    }
    transaction.commit()
}
