//! Versions of the API beside each other, and routes on their way out.

use hos_sql::Engine;
use hos_tests::{Document, TestApp};
use reqwest::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

#[apply(both_databases)]
async fn version_2_answers_the_same_profile_with_its_meta_apart(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let (v1, v2) = ("/api/v1/users/me", "/api/v2/users/me");
    let first = app.get(v1, Some(&ada)).await.expect(200);
    let second =
        app.send(Method::GET, v2, Some(&ada), |request| request.header("x-request-id", "my-id-1")).await.expect(200);
    let meta = json!({ "api_version": "v2", "request_id": "my-id-1" });
    assert_eq!(second.body, json!({ "data": first.body, "meta": meta }));
    assert_eq!((first.header("api-version"), second.header("api-version")), ("v1", "v2"));
    let tag = second.header("etag").to_owned();
    let again = app.send(Method::GET, v2, Some(&ada), |request| request.header("if-none-match", tag)).await;
    assert_eq!(again.expect(304).body, Value::Null);

    let changed = app.patch(v2, Some(&ada), json!({ "name": "Ada L." })).await.expect(200);
    assert_eq!(changed.text("/data/name"), "Ada L.");
    assert_eq!(app.get(v1, Some(&ada)).await.expect(200).text("/name"), "Ada L.");
    let refused = app.patch(v2, Some(&ada), json!({ "name": "" })).await.expect_error(400, "VALIDATION_ERROR");
    assert_eq!((refused.details()[0].0, refused.header("api-version")), ("name", "v2"));
    app.get(v2, None).await.expect(401);
    app.get("/api/v3/users/me", Some(&ada)).await.expect_error(404, "NOT_FOUND");
}

#[rstest]
#[case::none("/api/users/me", None, "v1")]
#[case::the_first("/api/users/me", Some("v1"), "v1")]
#[case::the_second("/api/users/me", Some("v2"), "v2")]
#[case::the_path_says_it_already("/api/v1/users/me", Some("v2"), "v1")]
#[case::what_did_not_change("/api/projects?limit=1", Some("v2"), "v1")]
#[case::an_alias("/api/health", Some("v2"), "v1")]
#[tokio::test]
async fn a_path_without_a_version_is_answered_by_the_one_that_the_header_names(
    #[case] path: &str,
    #[case] asked: Option<&'static str>,
    #[case] answered: &str,
) {
    let app = TestApp::start(Engine::Sqlite).await;
    let ada = app.register("ada").await;
    let prepare = |request: reqwest::RequestBuilder| match asked {
        Some(version) => request.header("api-version", version),
        None => request,
    };
    let reply = app.send(Method::GET, path, Some(&ada), prepare).await.expect(200);
    assert_eq!(reply.header("api-version"), answered);
    assert_eq!(reply.body.get("data").is_some(), answered == "v2");
    let varies = reply.headers.get_all("vary").iter().any(|value| value.to_str().unwrap().contains("api-version"));
    assert_eq!(varies, !path.starts_with("/api/v1/"));
}

#[tokio::test]
async fn a_version_that_there_is_not_is_400() {
    let app = TestApp::start(Engine::Sqlite).await;
    let ada = app.register("ada").await;
    for version in ["v3", "2", "", "V2", "v1, v2"] {
        let prepare = |request: reqwest::RequestBuilder| request.header("api-version", version);
        let reply = app.send(Method::GET, "/api/users/me", Some(&ada), prepare).await;
        assert_eq!(reply.expect_error(400, "VALIDATION_ERROR").details(), [("API-Version", "one_of")]);
    }
    let twice = |request: reqwest::RequestBuilder| request.header("api-version", "v1").header("api-version", "v2");
    app.send(Method::GET, "/api/users/me", Some(&ada), twice).await.expect(400);
}

/// The document says what is deprecated; the answers, whatever they are, say it too, and nothing else does.
#[tokio::test]
async fn exactly_what_the_document_calls_deprecated_says_so_in_its_answers() {
    let app = TestApp::start(Engine::Sqlite).await;
    let document = Document::of_this_version();
    let mut deprecated = 0;
    for (method, path, operation) in document.operations() {
        let reply = app.send(method.parse().unwrap(), &path, None, |request| request).await;
        let place = format!("{method} {path}");
        if operation["deprecated"] != true {
            let said = ["deprecation", "sunset", "link"].map(|name| reply.header(name).to_owned());
            assert_eq!(said, [const { String::new() }; 3], "{place}");
            continue;
        }
        deprecated += 1;
        let since: i64 = reply.header("deprecation").strip_prefix('@').unwrap().parse().unwrap();
        let until = chrono::DateTime::parse_from_rfc2822(reply.header("sunset")).unwrap();
        assert!(reply.header("sunset").ends_with(" GMT"), "{place}");
        let since = chrono::DateTime::from_timestamp(since, 0).unwrap();
        assert!(since + chrono::Months::new(6) <= until, "{place}: {since} to {until}");
        let link = reply.header("link").strip_prefix('<').unwrap();
        let successor = link.strip_suffix(">; rel=\"successor-version\"").unwrap();
        assert!(document.json()["paths"][successor][method.to_lowercase()].is_object(), "{place}: {successor}");
    }
    assert!(deprecated > 0, "a test of nothing");
}
