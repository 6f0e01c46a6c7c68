//! What Redis's errors mean to us.

use hos_domain::kernel::GatewayError;
use redis::{ErrorKind, RedisError, ServerErrorKind};

/// The error in the domain's words.
pub(crate) fn translate(error: &RedisError) -> GatewayError {
    match error.kind() {
        ErrorKind::Io if error.is_timeout() => GatewayError::Timeout,
        ErrorKind::AuthenticationFailed | ErrorKind::Server(ServerErrorKind::NoPerm) => GatewayError::Unauthorized,
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => GatewayError::Malformed(error.to_string()),
        ErrorKind::Io
        | ErrorKind::Server(
            ServerErrorKind::BusyLoading
            | ServerErrorKind::ClusterDown
            | ServerErrorKind::MasterDown
            | ServerErrorKind::ReadOnly
            | ServerErrorKind::TryAgain,
        ) => GatewayError::Unavailable,
        ErrorKind::Extension => match error.code() {
            Some("NOAUTH" | "WRONGPASS") => GatewayError::Unauthorized,
            // Out of memory, busy with a script, without a disk, without its replicas: it says that it is not well.
            Some("OOM" | "BUSY" | "MISCONF" | "NOREPLICAS") => GatewayError::Unavailable,
            _ => GatewayError::InvalidRequest(error.to_string()),
        },
        _ => GatewayError::InvalidRequest(error.to_string()),
    }
}

/// Whether another connection may do better: this one is broken, or leads to a server that was demoted.
pub(crate) fn wants_another_connection(error: &RedisError) -> bool {
    let demoted = error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly);
    error.is_io_error() || error.is_unrecoverable_error() || demoted
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::ended(std::io::ErrorKind::ConnectionReset, GatewayError::Unavailable)]
    #[case::refused(std::io::ErrorKind::ConnectionRefused, GatewayError::Unavailable)]
    #[case::silent(std::io::ErrorKind::TimedOut, GatewayError::Timeout)]
    fn a_fault_of_the_wire_wants_another_connection(#[case] kind: std::io::ErrorKind, #[case] expected: GatewayError) {
        let error = RedisError::from(std::io::Error::from(kind));
        assert_eq!((translate(&error), wants_another_connection(&error)), (expected, true));
    }

    #[rstest]
    #[case::full("OOM", GatewayError::Unavailable)]
    #[case::without_a_disk("MISCONF", GatewayError::Unavailable)]
    #[case::stranger("WRONGPASS", GatewayError::Unauthorized)]
    #[case::anything_else("WRONGTYPE", GatewayError::InvalidRequest("\"WRONGTYPE\"".to_owned()))]
    fn what_redis_says_keeps_the_connection(#[case] code: &str, #[case] expected: GatewayError) {
        let error = redis::make_extension_error(code.to_owned(), None);
        assert_eq!((translate(&error), wants_another_connection(&error)), (expected, false));
    }

    #[test]
    fn a_server_that_was_demoted_is_left() {
        let error = RedisError::from((ErrorKind::Server(ServerErrorKind::ReadOnly), "read only"));
        assert_eq!((translate(&error), wants_another_connection(&error)), (GatewayError::Unavailable, true));
    }
}
