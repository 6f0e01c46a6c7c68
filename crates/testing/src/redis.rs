//! The Redis server of a test run. Tests share it, and keep apart by names that nobody else uses.

/// The server that `TEST_REDIS_URL` names.
#[expect(clippy::disallowed_methods, reason = "a setting of the test suite itself")]
pub fn redis_url() -> String {
    std::env::var("TEST_REDIS_URL")
        .unwrap_or_else(|_| panic!("this test needs Redis: run scripts/test, which starts one, or set TEST_REDIS_URL"))
}
