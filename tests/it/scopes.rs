//! Who may use which route: everybody, a user in person, or also whatever has a scope.

use std::collections::BTreeSet;

use hos_domain::identity::Scope;
use hos_sql::Engine;
use hos_tests::{Document, Reply, Session, TestApp};
use reqwest::Method;
use sea_orm::ConnectionTrait;
use serde_json::Value;

use self::For::{Everybody, InPerson, With};

/// For whom a route is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    /// It asks nobody who they are, or does without an answer.
    Everybody,
    /// A user who has logged in; no key and no device.
    InPerson,
    /// The same, and keys and devices with this scope.
    With(&'static str),
}

/// Every route. One that is missing here fails the test.
const ROUTES: [(&str, &str, For); 128] = [
    ("GET", "/.well-known/jwks.json", Everybody),
    ("GET", "/api/v1/.well-known/jwks.json", Everybody),
    ("GET", "/api/v1/admin/audit-log", InPerson),
    ("GET", "/api/v1/admin/users", InPerson),
    ("GET", "/api/v1/admin/users/{id}", InPerson),
    ("PATCH", "/api/v1/admin/users/{id}", InPerson),
    ("POST", "/api/v1/admin/users/{id}/reactivate", InPerson),
    ("POST", "/api/v1/admin/users/{id}/refunds", InPerson),
    ("POST", "/api/v1/admin/users/{id}/suspend", InPerson),
    ("GET", "/api/v1/api-keys", InPerson),
    ("POST", "/api/v1/api-keys", InPerson),
    ("GET", "/api/v1/api-keys/{id}", InPerson),
    ("DELETE", "/api/v1/api-keys/{id}", InPerson),
    ("POST", "/api/v1/auth/change-email", InPerson),
    ("POST", "/api/v1/auth/change-email/confirm", InPerson),
    ("POST", "/api/v1/auth/change-password", InPerson),
    ("GET", "/api/v1/auth/csrf", Everybody),
    ("POST", "/api/v1/auth/device/approve", InPerson),
    ("POST", "/api/v1/auth/device/code", Everybody),
    ("POST", "/api/v1/auth/device/deny", InPerson),
    ("POST", "/api/v1/auth/device/lookup", InPerson),
    ("POST", "/api/v1/auth/device/token", Everybody),
    ("POST", "/api/v1/auth/forgot-password", Everybody),
    ("POST", "/api/v1/auth/login", Everybody),
    ("POST", "/api/v1/auth/logout", InPerson),
    ("POST", "/api/v1/auth/logout-all", InPerson),
    ("POST", "/api/v1/auth/refresh", Everybody),
    ("POST", "/api/v1/auth/register", Everybody),
    ("POST", "/api/v1/auth/reset-password", Everybody),
    ("POST", "/api/v1/auth/restore", Everybody),
    ("GET", "/api/v1/auth/sessions", InPerson),
    ("DELETE", "/api/v1/auth/sessions/{id}", InPerson),
    ("POST", "/api/v1/auth/step-up", InPerson),
    ("POST", "/api/v1/auth/verify-email", Everybody),
    ("POST", "/api/v1/auth/verify-email/resend", Everybody),
    ("GET", "/api/v1/billing/entitlements/token", With("billing:read")),
    ("GET", "/api/v1/billing/explain", With("billing:read")),
    ("GET", "/api/v1/billing/invoices", With("billing:read")),
    ("GET", "/api/v1/billing/invoices/{id}/pdf", With("billing:read")),
    ("GET", "/api/v1/billing/plans", Everybody),
    ("POST", "/api/v1/billing/portal", InPerson),
    ("POST", "/api/v1/billing/refunds", InPerson),
    ("GET", "/api/v1/billing/subscription", With("billing:read")),
    ("POST", "/api/v1/billing/subscription/cancel", InPerson),
    ("POST", "/api/v1/billing/subscription/change", InPerson),
    ("POST", "/api/v1/billing/subscription/pause", InPerson),
    ("POST", "/api/v1/billing/subscription/preview-change", InPerson),
    ("POST", "/api/v1/billing/subscription/resume", InPerson),
    ("GET", "/api/v1/billing/timeline", With("billing:read")),
    ("GET", "/api/v1/health", Everybody),
    ("GET", "/api/v1/notifications/devices", With("messaging:read")),
    ("GET", "/api/v1/notifications/preferences", With("messaging:read")),
    ("PATCH", "/api/v1/notifications/preferences", With("messaging:write")),
    ("POST", "/api/v1/notifications/register-device", With("messaging:write")),
    ("DELETE", "/api/v1/notifications/register-device/{id}", With("messaging:write")),
    ("GET", "/api/v1/openapi.json", Everybody),
    ("POST", "/api/v1/payments/subscribe", InPerson),
    ("GET", "/api/v1/payments/subscription", With("billing:read")),
    ("POST", "/api/v1/payments/webhook/{provider}", Everybody),
    ("GET", "/api/v1/progress-photos", With("media:read")),
    ("POST", "/api/v1/progress-photos", With("media:write")),
    ("POST", "/api/v1/progress-photos/upload-url", With("media:write")),
    ("GET", "/api/v1/progress-photos/{id}", With("media:read")),
    ("DELETE", "/api/v1/progress-photos/{id}", With("media:write")),
    ("GET", "/api/v1/projects", With("projects:read")),
    ("POST", "/api/v1/projects", With("projects:write")),
    ("GET", "/api/v1/projects/{id}", With("projects:read")),
    ("DELETE", "/api/v1/projects/{id}", With("projects:write")),
    ("PATCH", "/api/v1/projects/{id}", With("projects:write")),
    ("POST", "/api/v1/projects/{id}/restore", With("projects:write")),
    ("POST", "/api/v1/subscriptions", InPerson),
    ("GET", "/api/v1/users/me", With("profile:read")),
    ("DELETE", "/api/v1/users/me", InPerson),
    ("PATCH", "/api/v1/users/me", With("profile:write")),
    ("POST", "/api/v1/webhooks/{provider}", Everybody),
    ("GET", "/dev/outbox", Everybody),
    ("GET", "/health", Everybody),
    ("GET", "/health/db", Everybody),
    ("GET", "/health/live", Everybody),
    ("GET", "/health/ready", Everybody),
    ("GET", "/metrics", Everybody),
    ("GET", "/sandbox/checkout/{id}", Everybody),
    ("POST", "/sandbox/checkout/{id}", Everybody),
    ("GET", "/sandbox/clock", Everybody),
    ("POST", "/sandbox/clock/advance", Everybody),
    ("POST", "/webhooks/{provider}", Everybody),
    ("POST", "/api/v1/auth/anonymous", Everybody),
    ("POST", "/api/v1/auth/oauth/nonce", Everybody),
    ("POST", "/api/v1/auth/oauth/{provider}", Everybody),
    ("POST", "/api/v1/auth/oauth/{provider}/link", InPerson),
    ("DELETE", "/api/v1/auth/oauth/{provider}/link", InPerson),
    ("GET", "/api/v1/auth/passkeys", InPerson),
    ("POST", "/api/v1/auth/passkeys/login/begin", Everybody),
    ("POST", "/api/v1/auth/passkeys/login/finish", Everybody),
    ("POST", "/api/v1/auth/passkeys/register/begin", InPerson),
    ("POST", "/api/v1/auth/passkeys/register/finish", InPerson),
    ("DELETE", "/api/v1/auth/passkeys/{id}", InPerson),
    ("GET", "/api/v1/auth/totp", InPerson),
    ("DELETE", "/api/v1/auth/totp", InPerson),
    ("POST", "/api/v1/auth/totp/begin", InPerson),
    ("POST", "/api/v1/auth/totp/confirm", InPerson),
    ("POST", "/api/v1/auth/totp/recovery-codes", InPerson),
    ("POST", "/api/v1/auth/upgrade", InPerson),
    ("POST", "/api/v1/auth/merge", InPerson),
    ("POST", "/api/v1/admin/users/{id}/impersonate", InPerson),
    ("GET", "/api/v1/admin/billing/balances", InPerson),
    ("GET", "/api/v1/admin/users/{id}/journal", InPerson),
    ("POST", "/api/v1/webhooks/apple/identity", Everybody),
    ("GET", "/health/redis", Everybody),
    ("GET", "/api/v2/users/me", With("profile:read")),
    ("PATCH", "/api/v2/users/me", With("profile:write")),
    ("POST", "/api/v1/invitations/accept", InPerson),
    ("POST", "/api/v1/invitations/decline", Everybody),
    ("GET", "/api/v1/organizations", InPerson),
    ("POST", "/api/v1/organizations", InPerson),
    ("GET", "/api/v1/organizations/{id}", InPerson),
    ("PATCH", "/api/v1/organizations/{id}", InPerson),
    ("DELETE", "/api/v1/organizations/{id}", InPerson),
    ("POST", "/api/v1/organizations/{id}/transfer", InPerson),
    ("GET", "/api/v1/organizations/{id}/members", InPerson),
    ("GET", "/api/v1/organizations/{id}/members/{user_id}", InPerson),
    ("PATCH", "/api/v1/organizations/{id}/members/{user_id}", InPerson),
    ("DELETE", "/api/v1/organizations/{id}/members/{user_id}", InPerson),
    ("GET", "/api/v1/organizations/{id}/invitations", InPerson),
    ("POST", "/api/v1/organizations/{id}/invitations", InPerson),
    ("GET", "/api/v1/organizations/{id}/invitations/{invitation_id}", InPerson),
    ("DELETE", "/api/v1/organizations/{id}/invitations/{invitation_id}", InPerson),
    ("POST", "/api/v1/organizations/{id}/invitations/{invitation_id}/resend", InPerson),
];

async fn send(app: &TestApp, method: &str, path: &str, session: &Session) -> Reply {
    let path =
        ["{id}", "{user_id}", "{invitation_id}"].into_iter().fold(path.replace("{provider}", "stripe"), |path, id| {
            path.replace(id, "01890a5d-ac96-774b-bcce-b302099a8057")
        });
    app.send(method.parse::<Method>().unwrap(), &path, Some(session), |request| request).await
}

fn lacks_a_scope(reply: &Reply) -> bool {
    reply.status == 403 && reply.body["error"]["code"] == "SCOPE_REQUIRED"
}

/// For whom an operation is, as its document says.
fn documented(operation: &Value) -> For {
    let requirements = operation["security"].as_array().cloned().unwrap_or_default();
    let scope = requirements.iter().find_map(|requirement| requirement["scoped"][0].as_str());
    let scope = scope.map(|name| Scope::from_name(name).unwrap_or_else(|| panic!("there is no scope {name}")));
    match scope {
        Some(scope) => With(scope.name()),
        None if requirements.iter().any(|requirement| requirement.as_object().unwrap().is_empty()) => Everybody,
        None if requirements.is_empty() => Everybody,
        None => InPerson,
    }
}

#[tokio::test]
async fn every_route_is_for_whom_the_table_says_and_no_route_is_missing_from_it() {
    let app = TestApp::start(Engine::Sqlite).await;
    let ada = app.register("ada").await;
    let every = app.make_key(&ada, &Scope::ALL.map(Scope::name)).await;
    let none = app.make_key(&ada, &["profile:read"]).await;
    let raw = app.database.raw().await;
    let newest = "UPDATE api_keys SET scopes = '' WHERE id = (SELECT max(id) FROM api_keys)";
    raw.execute_unprepared(newest).await.unwrap();
    // From here on both are known, and judged before anything else of a request is.
    app.get("/api/v1/users/me", Some(&every)).await.expect(200);
    app.get("/api/v1/users/me", Some(&none)).await.expect_error(403, "SCOPE_REQUIRED");

    for (method, path, whom) in ROUTES {
        let place = format!("{method} {path}");
        // A session of its own, because some of these routes end it.
        let session = send(&app, method, path, &app.log_in("ada").await).await;
        assert!(session.status != 401 && !lacks_a_scope(&session), "{place} in person: {:#}", session.body);
        let (every, none) = (send(&app, method, path, &every).await, send(&app, method, path, &none).await);
        for reply in [&every, &none] {
            assert_ne!(reply.status, 401, "{place} with a key: {:#}", reply.body);
        }
        let refused = (lacks_a_scope(&every), lacks_a_scope(&none));
        let expected = match whom {
            Everybody => (false, false),
            InPerson => (true, true),
            With(_) => (false, true),
        };
        assert_eq!(refused, expected, "{place}: {:#} {:#}", every.body, none.body);
    }
}

/// The document, the extractors and the table are written apart, and say the same.
#[test]
fn the_document_names_for_each_route_the_scope_that_the_table_names() {
    let document = Document::of_this_version();
    let served: BTreeSet<_> = document.operations().into_iter().map(|(method, path, _)| (method, path)).collect();
    let listed: BTreeSet<_> = ROUTES.iter().map(|(method, path, _)| ((*method).into(), (*path).into())).collect();
    assert_eq!(served, listed, "a route is missing from the table, or from the document");
    for (method, path, operation) in document.operations() {
        let (_, _, whom) = ROUTES.iter().find(|(m, p, _)| *m == method && *p == path).unwrap();
        assert_eq!(documented(operation), *whom, "{method} {path}");
        if let (With(scope), false) = (whom, operation["summary"].as_str().unwrap().ends_with("(alias)")) {
            assert!(operation["description"].as_str().unwrap().contains(&format!("`{scope}`")), "{method} {path}");
        }
    }
    let words = document.json()["components"]["securitySchemes"]["scoped"]["description"].as_str().unwrap();
    for scope in Scope::ALL {
        assert!(words.contains(scope.name()), "the document does not explain {scope}");
        assert!(ROUTES.iter().any(|(_, _, whom)| *whom == With(scope.name())), "{scope} is good for nothing");
    }
}

/// With the one scope that its document names a key gets in, with all others it does not, and is told which it lacks.
#[tokio::test]
async fn each_route_asks_for_the_scope_that_its_document_names_and_for_no_other() {
    let app = TestApp::start(Engine::Sqlite).await;
    let ada = app.register("ada").await;
    for scope in Scope::ALL.map(Scope::name) {
        let others: Vec<&str> = Scope::ALL.map(Scope::name).into_iter().filter(|other| *other != scope).collect();
        let (with, without) = (app.make_key(&ada, &[scope]).await, app.make_key(&ada, &others).await);
        for key in [&with, &without] {
            app.get("/api/v1/users/me", Some(key)).await;
        }
        for (method, path, operation) in Document::of_this_version().operations() {
            if documented(operation) != With(Scope::from_name(scope).unwrap().name()) {
                continue;
            }
            let allowed = send(&app, &method, &path, &with).await;
            assert!(allowed.status != 401 && !lacks_a_scope(&allowed), "{method} {path}: {:#}", allowed.body);
            let refused = send(&app, &method, &path, &without).await.expect_error(403, "SCOPE_REQUIRED");
            assert_eq!(refused.details(), [("scope", scope)], "{method} {path}");
        }
    }
}
