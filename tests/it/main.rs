//! End to end, contract suites and properties, in one binary: each test binary costs a link.

mod accounts;
mod administration;
mod anonymous;
mod api_keys;
mod architecture;
mod audit;
mod billing_verbs;
mod compatibility;
mod contracts;
mod conventions;
mod deletion;
mod device_codes;
mod factors;
mod faults;
mod guide;
mod identity;
mod idor;
mod limits;
mod lockout;
mod messaging;
mod migrations;
mod openapi;
mod organizations;
mod photos;
mod projects;
mod properties;
mod purchase;
mod queries;
mod razorpay;
mod refunds;
mod scopes;
mod sessions;
mod sign_in_with;
mod versions;
mod webhooks;

use rstest_reuse::template;

/// Runs a test on both databases.
#[template]
#[rstest::rstest]
#[case::sqlite(hos_sql::Engine::Sqlite)]
#[case::postgres(hos_sql::Engine::Postgres)]
#[tokio::test]
async fn both_databases(#[case] engine: hos_sql::Engine) {}
