//! End to end, contract suites and properties, in one binary: each test binary costs a link.

mod accounts;
mod administration;
mod anonymous;
mod api_keys;
mod apple_grants;
mod architecture;
mod audit;
mod billing_verbs;
mod books;
mod browser;
mod compatibility;
mod contracts;
mod conventions;
mod deletion;
mod device_codes;
mod external;
mod factors;
mod faults;
mod foreign_news;
mod guide;
mod identity;
mod idor;
mod impersonation;
mod limits;
mod lockout;
mod merging;
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
