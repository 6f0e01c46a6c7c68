//! Those who ask too often, too slowly, too much at once.

use std::time::{Duration, Instant};

use hos_sql::Engine;
use hos_tests::{PASSWORD, Reply, TestApp};
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn limited(settings: &[(&str, &str)]) -> TestApp {
    let builder = TestApp::builder(Engine::Sqlite).await.set("RATE_LIMITS", "true").set("TRUSTED_PROXIES", "127.0.0.1");
    settings.iter().fold(builder, |builder, (name, value)| builder.set(name, value)).start().await
}

/// A request as from another address.
async fn from(app: &TestApp, ip: &str, path: &str, body: serde_json::Value) -> Reply {
    let prepare = |request: RequestBuilder| request.header("x-forwarded-for", ip).json(&body);
    app.send(Method::POST, path, None, prepare).await
}

#[tokio::test]
async fn a_stranger_has_forty_requests_in_a_burst_and_is_told_how_they_stand() {
    let app = limited(&[]).await;
    let first = app.get("/api/v1/users/me", None).await;
    assert_eq!(first.status, 401, "counted all the same");
    let ok = app.get("/api/v1/nothing", None).await.expect(404);
    assert_eq!(ok.header("ratelimit-policy"), "\"anonymous\";q=40;w=60, \"anonymous\";q=100;w=300");
    assert_eq!(ok.header("ratelimit"), "\"anonymous\";r=38;t=60");
    for _ in 2..40 {
        app.get("/api/v1/nothing", None).await.expect(404);
    }
    let refused = app.get("/api/v1/users/me", None).await.expect_error(429, "RATE_LIMIT_ERROR");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert!(!refused.header("x-request-id").is_empty(), "a refusal is an answer like any other");
    assert_eq!((refused.header("x-content-type-options"), refused.header("x-frame-options")), ("nosniff", "DENY"));
    assert!(refused.header("ratelimit").starts_with("\"anonymous\";r=0;t="), "{}", refused.header("ratelimit"));
    app.get("/api/v1/billing/plans", None).await.expect(200);
    app.get("/health", None).await.expect(200);
}

#[tokio::test]
async fn each_user_and_each_address_has_limits_of_its_own() {
    let app = limited(&[("RATE_LIMIT_USER", "2"), ("RATE_LIMIT_PAYMENTS", "1")]).await;
    let (ada, bob) = (app.register("ada").await, app.register("bob").await);
    app.post("/api/v1/payments/subscribe", Some(&ada), json!({ "plan": "premium" })).await.expect(201);
    let again = app.post("/api/v1/payments/subscribe", Some(&ada), json!({ "plan": "premium" })).await;
    assert!(again.expect_error(429, "RATE_LIMIT_ERROR").header("ratelimit").starts_with("\"payments\";r=0"));
    for _ in 0..3 {
        app.get("/api/v1/users/me", Some(&ada)).await.expect(200);
    }
    app.get("/api/v1/users/me", Some(&ada)).await.expect_error(429, "RATE_LIMIT_ERROR");
    app.get("/api/v1/users/me", Some(&bob)).await.expect(200);
}

#[tokio::test]
async fn logins_are_limited_by_account_and_address_and_a_whole_gym_still_gets_in() {
    let app = limited(&[]).await;
    let login = |name: &str| json!({ "email": format!("{name}@example.com"), "password": PASSWORD });
    let path = "/api/v1/auth/login";
    for _ in 0..5 {
        from(&app, "203.0.113.9", path, login("ada")).await.expect(401);
    }
    from(&app, "203.0.113.9", path, login("ada")).await.expect_error(429, "RATE_LIMIT_ERROR");
    from(&app, "203.0.113.9", "/api/auth/login", login("ada")).await.expect_error(429, "RATE_LIMIT_ERROR");
    from(&app, "203.0.113.10", path, login("ada")).await.expect(401);
    for member in 0..53 {
        from(&app, "203.0.113.9", path, login(&format!("member{member}"))).await.expect(401);
    }
    from(&app, "203.0.113.9", path, login("another")).await.expect_error(429, "RATE_LIMIT_ERROR");
    let forgot = |name: &str| json!({ "email": format!("{name}@example.com") });
    for name in ["a", "b", "c"] {
        from(&app, "198.51.100.1", "/api/v1/auth/forgot-password", forgot(name)).await.expect(202);
    }
    from(&app, "198.51.100.1", "/api/v1/auth/forgot-password", forgot("d")).await.expect(429);
}

#[tokio::test]
async fn webhooks_with_wrong_signatures_are_limited_and_right_ones_always_taken() {
    let secret = hos_tests::STRIPE_SECRET;
    let app = limited(&[("STRIPE_WEBHOOK_SECRET", secret), ("RATE_LIMIT_WEBHOOK_FAILURES", "3")]).await;
    let ada = app.register("ada").await;
    let forged = |request: RequestBuilder| request.header("stripe-signature", "t=1,v1=00").body("{}");
    for _ in 0..3 {
        app.send(Method::POST, "/api/v1/webhooks/stripe", None, forged).await.expect(422);
    }
    app.send(Method::POST, "/api/v1/webhooks/stripe", None, forged).await.expect_error(429, "RATE_LIMIT_ERROR");
    for event in hos_tests::StripeCustomer::of(&ada).buy_premium() {
        app.stripe_sends(&event.body).await.expect(200);
    }
}

#[tokio::test]
async fn one_connection_too_many_is_told_so_and_closed_and_others_go_on() {
    let app = limited(&[("CONNECTIONS_PER_ADDRESS", "3"), ("TRUSTED_PROXIES", "10.0.0.1")]).await;
    let address = app.url.trim_start_matches("http://").to_owned();
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(TcpStream::connect(&address).await.unwrap());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let ask = async |stream: &mut TcpStream| {
        stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut answer = vec![0; 2_048];
        let read = stream.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..read]).into_owned()
    };
    let mut fourth = TcpStream::connect(&address).await.unwrap();
    let refused = ask(&mut fourth).await;
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("connection: close"), "{refused}");
    assert!(ask(&mut open[0]).await.starts_with("HTTP/1.1 200"));
    drop((open, fourth));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut later = TcpStream::connect(&address).await.unwrap();
    assert!(ask(&mut later).await.starts_with("HTTP/1.1 200"));
}

/// A client that sends a byte now and then would hold its connection for ever.
#[tokio::test]
async fn who_sends_headers_slowly_is_hung_up_on_and_others_are_served_meanwhile() {
    let app = limited(&[]).await;
    let address = app.url.trim_start_matches("http://").to_owned();
    let mut slow = TcpStream::connect(&address).await.unwrap();
    let began = Instant::now();
    slow.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
    let mut rest = Vec::new();
    loop {
        let mut answer = [0; 256];
        match tokio::time::timeout(Duration::from_millis(500), slow.read(&mut answer)).await {
            Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(read)) => rest.extend_from_slice(&answer[..read]),
            Err(_) => {
                app.get("/health/live", None).await.expect(200);
                if slow.write_all(b"x").await.is_err() {
                    break;
                }
            }
        }
        assert!(began.elapsed() < Duration::from_secs(15), "it is still connected");
    }
    assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&rest));
}

#[tokio::test]
async fn headers_that_never_end_are_refused_and_others_are_served_meanwhile() {
    let app = limited(&[]).await;
    let address = app.url.trim_start_matches("http://").to_owned();
    for (one_header, count) in [("x".repeat(300 * 1024), 1), ("x".repeat(10), 500)] {
        let mut greedy = TcpStream::connect(&address).await.unwrap();
        let mut request = "GET /health/live HTTP/1.1\r\nhost: x\r\n".to_owned();
        for index in 0..count {
            request.push_str(&format!("x-{index}: {one_header}\r\n"));
        }
        request.push_str("\r\n");
        // The server may hang up before it has read all of it.
        let _ = greedy.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(10), greedy.read_to_end(&mut answer)).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        app.get("/health/live", None).await.expect(200);
    }
}
