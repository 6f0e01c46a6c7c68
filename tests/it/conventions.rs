//! The conventions of every endpoint: errors, ids, headers, limits.

use hos_sql::Engine;
use hos_tests::TestApp;
use reqwest::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

#[tokio::test]
async fn an_error_says_what_when_and_under_which_id() {
    let app = TestApp::start(Engine::Sqlite).await;
    let reply =
        app.send(Method::GET, "/api/v1/users/me", None, |request| request.header("x-request-id", "my-id-1")).await;
    assert_eq!(reply.header("x-request-id"), "my-id-1");
    assert_eq!(reply.body["error"]["request_id"], "my-id-1");
    assert!(reply.text("/error/timestamp").ends_with('Z'));
    assert_eq!(reply.body["error"]["details"], json!([]));
    let insane = app.send(Method::GET, "/health", None, |request| request.header("x-request-id", "a b\"c")).await;
    assert_eq!(insane.header("x-request-id").len(), 36);
}

#[rstest]
#[case::no_json("{", "body", "syntax")]
#[case::unknown_field(r#"{"email":"a@b.co","password":"12345678","nme":"x"}"#, "nme", "unknown_field")]
#[case::wrong_type(r#"{"email":1,"password":"12345678"}"#, "email", "type")]
#[case::missing(r#"{"email":"a@b.co"}"#, "password", "required")]
#[case::twice(r#"{"email":"a@b.co","email":"a@b.co","password":"12345678"}"#, "email", "duplicate")]
#[case::trailing(r#"{"email":"a@b.co","password":"12345678"} {}"#, "body", "syntax")]
#[case::an_array("[]", "body", "type")]
#[case::an_array_of_the_right_values(r#"["a@b.co", "12345678"]"#, "body", "type")]
#[case::empty("", "body", "syntax")]
#[tokio::test]
async fn a_body_that_cannot_be_read_is_400_with_the_field(
    #[case] body: &'static str,
    #[case] field: &str,
    #[case] rule: &str,
) {
    let app = TestApp::start(Engine::Sqlite).await;
    let reply = app
        .send(Method::POST, "/api/v1/auth/login", None, |request| {
            request.header("content-type", "application/json").body(body)
        })
        .await
        .expect_error(400, "VALIDATION_ERROR");
    assert_eq!(reply.details(), [(field, rule)]);
}

#[tokio::test]
async fn deep_json_invalid_utf_8_a_huge_body_and_another_type_are_refused() {
    let app = TestApp::start(Engine::Sqlite).await;
    let send = async |content_type: &str, body: Vec<u8>| {
        let prepare = |request: reqwest::RequestBuilder| request.header("content-type", content_type).body(body);
        app.send(Method::POST, "/api/v1/auth/login", None, prepare).await
    };
    let deep = format!(r#"{{"email":{}1{},"password":"x"}}"#, "[".repeat(10_000), "]".repeat(10_000));
    send("application/json", deep.into_bytes()).await.expect_error(400, "VALIDATION_ERROR");
    send("application/json", vec![b'"', 0xff, 0xfe, b'"']).await.expect_error(400, "VALIDATION_ERROR");
    send("application/json", vec![b' '; 256 * 1024 + 1]).await.expect_error(413, "PAYLOAD_TOO_LARGE");
    send("application/x-www-form-urlencoded", b"email=a".to_vec()).await.expect_error(415, "UNSUPPORTED_MEDIA_TYPE");
}

#[tokio::test]
async fn a_body_that_does_not_say_its_length_is_cut_off_too() {
    let app = TestApp::start(Engine::Sqlite).await;
    let chunks = (0..300).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1024]));
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let prepare = |request: reqwest::RequestBuilder| request.header("content-type", "application/json").body(body);
    app.send(Method::POST, "/api/v1/auth/login", None, prepare).await.expect_error(413, "PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn unknown_paths_are_404_and_unknown_methods_405_with_the_known_ones() {
    let app = TestApp::start(Engine::Sqlite).await;
    app.get("/api/v1/nothing", None).await.expect_error(404, "NOT_FOUND");
    let reply = app.post("/api/v1/users/me", None, json!({})).await.expect_error(405, "METHOD_NOT_ALLOWED");
    assert_eq!(reply.header("allow"), "GET, PATCH, DELETE");
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let reply =
        app.post(&format!("/api/v1/projects/{id}"), None, json!({})).await.expect_error(405, "METHOD_NOT_ALLOWED");
    assert_eq!(reply.header("allow"), "GET, PATCH, DELETE");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let app = TestApp::start(Engine::Sqlite).await;
    for path in ["/health", "/api/v1/users/me", "/nothing", "/api/v1/docs/"] {
        let reply = app.get(path, None).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(reply.header("x-xss-protection"), "0", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(reply.header("strict-transport-security"), "max-age=31536000; includeSubDomains", "{path}");
        assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
    }
    assert_eq!(app.get("/api/v1/health", None).await.header("api-version"), "v1");
}

#[tokio::test]
async fn only_a_named_origin_may_read_answers() {
    let app = TestApp::builder(Engine::Sqlite).await.set("CORS_ORIGINS", "https://app.example.com").start().await;
    let preflight = async |origin: &str| {
        let prepare = |request: reqwest::RequestBuilder| {
            request.header("origin", origin).header("access-control-request-method", "POST")
        };
        app.send(Method::OPTIONS, "/api/v1/projects", None, prepare).await
    };
    let known = preflight("https://app.example.com").await.expect(200);
    assert_eq!(known.header("access-control-allow-origin"), "https://app.example.com");
    assert_eq!(known.header("access-control-max-age"), "3600");
    let unknown = preflight("https://evil.example").await;
    assert_eq!(unknown.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn large_answers_are_compressed_and_small_ones_are_not() {
    let app = TestApp::start(Engine::Sqlite).await;
    let encoding = async |path: &str| {
        let request = app.client().get(format!("{}{path}", app.url)).header("accept-encoding", "gzip");
        let headers = request.send().await.unwrap().headers().clone();
        headers.get("content-encoding").map(|encoding| encoding.to_str().unwrap().to_owned())
    };
    assert_eq!(encoding("/api/v1/openapi.json").await.as_deref(), Some("gzip"));
    assert_eq!(encoding("/health").await, None);
}

#[tokio::test]
async fn an_idempotency_key_that_is_too_long_or_sent_twice_is_refused() {
    let app = TestApp::start(Engine::Sqlite).await;
    let ada = app.register("ada").await;
    app.post_once("/api/v1/projects", &ada, &"k".repeat(256), json!({ "name": "x" })).await.expect(400);
    let twice = |request: reqwest::RequestBuilder| {
        request.header("idempotency-key", "a").header("idempotency-key", "b").json(&json!({ "name": "x" }))
    };
    app.send(Method::POST, "/api/v1/projects", Some(&ada), twice).await.expect_error(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn the_metrics_name_routes_and_never_ids() {
    let app = TestApp::start(Engine::Sqlite).await;
    let ada = app.register("ada").await;
    app.get("/api/v1/projects/01890a5d-ac96-774b-bcce-b302099a8057", Some(&ada)).await.expect(404);
    let numbers = app.get("/metrics", None).await.expect(200).body;
    let numbers = numbers.as_str().unwrap();
    assert!(numbers.contains(r#"route="/api/v1/projects/{id}""#), "{numbers}");
    assert!(!numbers.contains("01890a5d"));
    assert!(numbers.contains("jobs_waiting"));
}

#[tokio::test]
async fn without_debug_the_metrics_need_their_token() {
    let secret = "0f3c5a8e9b7d4216a0e1c2d3f4b5968778695a4b3c2d1e0f";
    let app = TestApp::builder(Engine::Sqlite).await.set("METRICS_TOKEN", secret).start().await;
    app.get("/metrics", None).await.expect(401);
    app.send(Method::GET, "/metrics", None, |request| request.bearer_auth(secret)).await.expect(200);
}

/// Who has it already is told so, and gets it again as soon as it is different.
#[tokio::test]
async fn what_a_client_has_already_is_not_sent_again() {
    let app = TestApp::start(Engine::Sqlite).await;
    let ada = app.register("ada").await;
    let project = app.post("/api/v1/projects", Some(&ada), json!({ "name": "Spring" })).await.expect(201).text("/id");
    let paths = [
        "/api/v1/users/me",
        "/api/v1/billing/plans",
        "/api/v1/notifications/preferences",
        &format!("/api/v1/projects/{project}"),
    ];
    for path in paths {
        let tag = app.get(path, Some(&ada)).await.expect(200).header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{path}: {tag}");
        for known in [&tag, "*", &format!("\"other\", {tag}")] {
            let again = app.send(Method::GET, path, Some(&ada), |request| request.header("if-none-match", known)).await;
            assert_eq!((again.expect(304).body, path), (Value::Null, path));
        }
        let other =
            app.send(Method::GET, path, Some(&ada), |request| request.header("if-none-match", "\"other\"")).await;
        assert_eq!(other.expect(200).header("etag"), tag);
    }
    let tag = app.get("/api/v1/users/me", Some(&ada)).await.header("etag").to_owned();
    app.patch("/api/v1/users/me", Some(&ada), json!({ "name": "Ada L." })).await.expect(200);
    let changed =
        app.send(Method::GET, "/api/v1/users/me", Some(&ada), |request| request.header("if-none-match", tag)).await;
    assert_eq!(changed.expect(200).text("/name"), "Ada L.");
}

/// Load balancers and monitors ask with HEAD.
#[tokio::test]
async fn head_is_answered_as_get_is_without_the_body() {
    let app = TestApp::start(Engine::Sqlite).await;
    let head = |path: &'static str| app.client().head(format!("{}{path}", app.url)).send();
    let healthy = head("/health").await.unwrap();
    assert_eq!(
        (healthy.status().as_u16(), healthy.headers()["content-type"].as_bytes()),
        (200, &b"application/json"[..])
    );
    assert!(healthy.bytes().await.unwrap().is_empty());
    assert_eq!(head("/api/v1/users/me").await.unwrap().status(), 401);
    assert_eq!(head("/api/v1/auth/login").await.unwrap().status(), 405);
    assert_eq!(head("/nothing").await.unwrap().status(), 404);
}

/// Two devices change the same thing: the one that has not seen the other's change is told so.
#[apply(both_databases)]
async fn a_change_that_is_based_on_something_old_is_refused(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let made = app.post("/api/v1/projects", Some(&ada), json!({ "name": "Garage gym" })).await.expect(201);
    let crew = json!({ "name": "Garage crew", "kind": "team" });
    let crew = app.post("/api/v1/organizations", Some(&ada), crew).await.expect(201);
    for (path, change) in [
        ("/api/v1/users/me".to_owned(), json!({ "name": "Ada L." })),
        (format!("/api/v1/projects/{}", made.text("/id")), json!({ "name": "Attic gym" })),
        (format!("/api/v1/organizations/{}", crew.text("/id")), json!({ "name": "Attic crew" })),
    ] {
        let seen = app.get(&path, Some(&ada)).await.expect(200).header("etag").to_owned();
        let patch = async |tag: &str, body: serde_json::Value| {
            let prepare = |request: reqwest::RequestBuilder| request.header("if-match", tag).json(&body);
            app.send(Method::PATCH, &path, Some(&ada), prepare).await
        };
        let changed = patch(&seen, change.clone()).await.expect(200);
        assert_ne!(changed.header("etag"), seen);
        patch(&seen, json!({ "name": "Too late" })).await.expect_error(409, "CONFLICT");
        patch("*", json!({ "name": "Whatever" })).await.expect(200);
        patch("no tag", json!({ "name": "Nonsense" })).await.expect_error(400, "VALIDATION_ERROR");
        assert_eq!(app.get(&path, Some(&ada)).await.expect(200).text("/name"), "Whatever");
        let seen = app.get(&path, Some(&ada)).await.expect(200).header("etag").to_owned();
        let (a, b) = tokio::join!(patch(&seen, json!({ "name": "A" })), patch(&seen, json!({ "name": "B" })));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "of two at once one wins");
    }
}
