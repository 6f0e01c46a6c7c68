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

#[cfg(test)]
mod tests {
    use sea_orm::{ConnAcquireErr, ConnectOptions, ConnectionTrait, Database, DatabaseConnection};

    use super::*;

    const FULL: &str = "full";
    const CONTENDED: &str = "contended";
    const UNAVAILABLE: &str = "unavailable";
    const OTHER: &str = "other";

    fn verdict(code: &str) -> &'static str {
        match verdict_of_code(code) {
            Verdict::Full => FULL,
            Verdict::Contended => CONTENDED,
            Verdict::Unavailable => UNAVAILABLE,
            Verdict::Other => OTHER,
        }
    }

    #[test]
    fn each_sqlstate_of_postgresql_has_its_verdict() {
        for (code, name, expected) in [
            ("53100", "disk_full", FULL),
            ("40001", "serialization_failure", CONTENDED),
            ("40P01", "deadlock_detected", CONTENDED),
            ("08006", "connection_failure", UNAVAILABLE),
            ("53300", "too_many_connections", UNAVAILABLE),
            ("55P03", "lock_not_available", UNAVAILABLE),
            ("57014", "query_canceled", UNAVAILABLE),
            ("57P01", "admin_shutdown", UNAVAILABLE),
            ("22001", "string_data_right_truncation", OTHER),
            ("23503", "foreign_key_violation", OTHER),
            ("42P01", "undefined_table", OTHER),
            ("XX000", "internal_error", OTHER),
        ] {
            assert_eq!(verdict(code), expected, "{code} {name}");
        }
    }

    /// The low byte of an extended code is the primary one.
    #[test]
    fn each_code_of_sqlite_has_its_verdict() {
        for (code, name, expected) in [
            ("13", "SQLITE_FULL", FULL),
            ("5", "SQLITE_BUSY", UNAVAILABLE),
            ("517", "SQLITE_BUSY_SNAPSHOT", UNAVAILABLE),
            ("6", "SQLITE_LOCKED", UNAVAILABLE),
            ("262", "SQLITE_LOCKED_SHAREDCACHE", UNAVAILABLE),
            ("8", "SQLITE_READONLY", UNAVAILABLE),
            ("10", "SQLITE_IOERR", UNAVAILABLE),
            ("778", "SQLITE_IOERR_WRITE", UNAVAILABLE),
            ("14", "SQLITE_CANTOPEN", UNAVAILABLE),
            ("1", "SQLITE_ERROR", OTHER),
            ("11", "SQLITE_CORRUPT", OTHER),
            ("787", "SQLITE_CONSTRAINT_FOREIGNKEY", OTHER),
        ] {
            assert_eq!(verdict(code), expected, "{code} {name}");
        }
    }

    #[test]
    fn what_is_no_code_is_a_fault_of_ours() {
        for code in ["", "BUSY", "-5", "4294967301", "5.0", "ééé"] {
            assert_eq!(verdict(code), OTHER, "{code:?}");
        }
    }

    #[test]
    fn a_database_that_can_not_be_reached_is_unavailable_and_another_failure_is_ours() {
        let failed = |cause: sqlx::Error| RuntimeErr::SqlxError(cause.into());
        for error in [
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
            DbErr::Conn(failed(sqlx::Error::PoolTimedOut)),
            DbErr::Exec(failed(sqlx::Error::PoolTimedOut)),
            DbErr::Query(failed(sqlx::Error::PoolTimedOut)),
            DbErr::Query(failed(sqlx::Error::Io(std::io::ErrorKind::BrokenPipe.into()))),
        ] {
            assert!(matches!(translate(error), RepositoryError::Unavailable(_)));
        }
        for error in [DbErr::Query(failed(sqlx::Error::RowNotFound)), DbErr::Custom("odd".into())] {
            assert!(matches!(translate(error), RepositoryError::Other(_)));
        }
    }

    /// A database of one connection, because each connection has a memory of its own.
    async fn memory() -> DatabaseConnection {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1);
        let database = Database::connect(options).await.unwrap();
        database.execute_unprepared("CREATE TABLE t (a INTEGER UNIQUE, b BLOB)").await.unwrap();
        database
    }

    #[tokio::test]
    async fn the_second_of_what_may_be_there_once_is_a_conflict() {
        let database = memory().await;
        let insert = "INSERT INTO t (a) VALUES (1)";
        assert!(stored(database.execute_unprepared(insert).await).is_ok());
        let second = stored(database.execute_unprepared(insert).await).unwrap_err();
        assert!(matches!(second, RepositoryError::Conflict), "{second:?}");
    }

    #[tokio::test]
    async fn a_database_that_may_not_grow_is_full() {
        let database = memory().await;
        database.execute_unprepared("PRAGMA max_page_count = 4").await.unwrap();
        let large = stored(database.execute_unprepared("INSERT INTO t (b) VALUES (zeroblob(100000))").await);
        assert!(matches!(large, Err(RepositoryError::Full)), "{large:?}");
    }
}
