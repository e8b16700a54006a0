//! The schema and how older files are brought to it.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{Outcome, Trouble};

/// `PRAGMA application_id` of our files: the letters `TGKR`.
pub(crate) const APPLICATION_ID: i32 = 0x5447_4B52;

/// Every step from one schema version to the next, oldest first. A step that has been released is
/// never changed; to change the schema, add a file and a line.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_first.sql"),
    include_str!("../migrations/0002_corrections.sql"),
    include_str!("../migrations/0003_over_time.sql"),
    include_str!("../migrations/0004_statements.sql"),
    include_str!("../migrations/0005_searched.sql"),
    include_str!("../migrations/0006_drills.sql"),
    include_str!("../migrations/0007_taxii.sql"),
];

/// The newest schema version this program knows, kept in `PRAGMA user_version`.
#[allow(clippy::cast_possible_truncation, reason = "the list is short")]
pub(crate) const KNOWN: u32 = MIGRATIONS.len() as u32;

/// Who made the file and in which schema version; both zero for an empty file.
pub(crate) fn versions(connection: &Connection) -> rusqlite::Result<(i32, u32)> {
    let application = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok((application, version))
}

/// Whether the file holds nothing at all.
fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| {
        row.get(0)
    })
}

/// Refuses files of other programs and of newer versions. `true` when migrations are needed.
pub(crate) fn check(connection: &Connection) -> Outcome<bool> {
    // In one look: another process may be making the file between two.
    let alone = connection.is_autocommit();
    let _look = alone
        .then(|| connection.unchecked_transaction())
        .transpose()?;
    let (application, version) = versions(connection)?;
    if application == 0 && version == 0 && is_empty(connection)? {
        return Ok(true);
    }
    if application != APPLICATION_ID {
        return Err(Trouble::Foreign);
    }
    if version > KNOWN {
        return Err(Trouble::Newer { found: version });
    }
    Ok(version < KNOWN)
}

/// Brings the file to [`KNOWN`], in one transaction. Harmless when another process has just done it.
pub(crate) fn migrate(connection: &mut Connection) -> Outcome<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if !check(&transaction)? {
        return Ok(());
    }
    let (_, version) = versions(&transaction)?;
    for step in MIGRATIONS.iter().skip(version as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", KNOWN)?;
    transaction.commit()?;
    Ok(())
}
