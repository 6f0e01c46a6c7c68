//! What a database failure means to those above. Unknown failures are ours (`Other`), never the client's.

use hos_domain::kernel::{RepositoryError, Stored};
use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// Translates a result at the edge of this crate.
pub(crate) fn stored<T>(result: Result<T, DbErr>) -> Stored<T> {
    result.map_err(translate)
}

/// A dependency that did not answer in time.
pub(crate) fn unavailable(cause: impl std::error::Error + Send + Sync + 'static) -> RepositoryError {
    RepositoryError::Unavailable(Box::new(cause))
}

/// A stored value that is not what the schema promises.
pub(crate) fn corrupt(table: &str, column: &str) -> RepositoryError {
    RepositoryError::Corrupt(format!("{table}.{column}"))
}

fn translate(error: DbErr) -> RepositoryError {
    if let Some(SqlErr::UniqueConstraintViolation(_)) = error.sql_err() {
        return RepositoryError::Conflict;
    }
    let verdict = match &error {
        DbErr::ConnectionAcquire(_) => Verdict::Unavailable,
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => verdict_of(cause),
        _ => Verdict::Other,
    };
    match verdict {
        Verdict::Full => RepositoryError::Full,
        Verdict::Contended => RepositoryError::Contended,
        Verdict::Unavailable => RepositoryError::Unavailable(Box::new(error)),
        Verdict::Other => RepositoryError::Other(Box::new(error)),
    }
}

enum Verdict {
    Full,
    Contended,
    Unavailable,
    Other,
}

fn verdict_of(error: &sqlx::Error) -> Verdict {
    use sqlx::Error::{Database, Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed};
    match error {
        Io(_) | Tls(_) | Protocol(_) | PoolTimedOut | PoolClosed | WorkerCrashed => Verdict::Unavailable,
        Database(answer) => verdict_of_code(&answer.code().unwrap_or_default()),
        _ => Verdict::Other,
    }
}

/// SQLite's numbers (sqlite.org/rescode.html; the low byte is the primary code) and PostgreSQL's SQLSTATE classes
/// (appendix A of its manual) can't be mistaken for each other: the latter have five characters.
fn verdict_of_code(code: &str) -> Verdict {
    const SQLITE_BUSY: u32 = 5;
    const SQLITE_LOCKED: u32 = 6;
    const SQLITE_READONLY: u32 = 8;
    const SQLITE_IOERR: u32 = 10;
    const SQLITE_FULL: u32 = 13;
    const SQLITE_CANTOPEN: u32 = 14;
    const DISK_FULL: &str = "53100";
    if code.len() == 5 {
        return match (code, code.get(..2).unwrap_or_default()) {
            (DISK_FULL, _) => Verdict::Full,
            // Deadlocks and serialization failures.
            (_, "40") => Verdict::Contended,
            // Connection failures, insufficient resources, operator intervention, objects not in the right state.
            (_, "08" | "53" | "57" | "55") => Verdict::Unavailable,
            _ => Verdict::Other,
        };
    }
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(SQLITE_FULL) => Verdict::Full,
        Ok(SQLITE_BUSY | SQLITE_LOCKED | SQLITE_READONLY | SQLITE_IOERR | SQLITE_CANTOPEN) => Verdict::Unavailable,
        _ => Verdict::Other,
    }
}
