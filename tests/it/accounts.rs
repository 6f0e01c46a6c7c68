//! What an account proves by mail: its address, and whose it is when the password is gone.

use hos_sql::Engine;
use hos_tests::{PASSWORD, Session, TestApp};
use reqwest::Method;
use rstest_reuse::apply;
use serde_json::json;

use crate::both_databases;

const VERIFY: &str = "/api/v1/auth/verify-email";

#[apply(both_databases)]
async fn a_new_user_verifies_the_address_with_the_mailed_code_once(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let code = app.mailed_code("ada@example.com", "Your code is").await;
    let wrong = if code == "111111" { "222222" } else { "111111" };
    app.post(VERIFY, Some(&ada), json!({ "code": wrong })).await.expect_error(422, "CODE_INVALID");
    let verified = app.post(VERIFY, Some(&ada), json!({ "code": code })).await.expect(200);
    assert_eq!(verified.body["user"]["email_verified"], true);
    assert!(verified.body.get("access_token").is_none(), "who is logged in needs no other session");
    let me = app.get("/api/v1/users/me", Some(&ada)).await.expect(200);
    assert_eq!(me.body["email_verified"], true);
    app.post(VERIFY, Some(&ada), json!({ "code": code })).await.expect_error(422, "CODE_INVALID");
    app.post(VERIFY, None, json!({ "code": code })).await.expect_error(400, "VALIDATION_ERROR");
}

#[apply(both_databases)]
async fn with_confirm_the_answer_never_tells_who_has_an_account(#[case] engine: Engine) {
    let app = TestApp::builder(engine).await.set("REGISTRATION", "confirm").start().await;
    let form = |name: &str| json!({ "email": format!("{name}@example.com"), "password": PASSWORD, "name": name });
    let first = app.post("/api/v1/auth/register", None, form("ada")).await.expect(202);
    app.post("/api/v1/auth/login", None, json!({ "email": "ada@example.com", "password": PASSWORD })).await.expect(401);
    let code = app.mailed_code("ada@example.com", "Your code is").await;
    let verified = app.post(VERIFY, None, json!({ "email": "ada@example.com", "code": code })).await.expect(200);
    app.get("/api/v1/users/me", Some(&Session::of(&verified))).await.expect(200);

    let again = app.post("/api/v1/auth/register", None, form("ada")).await.expect(202);
    assert_eq!(first.body, again.body);
    app.mail("ada@example.com", "You have an account already").await;
    app.log_in("ada").await;
    for address in ["ada@example.com", "nobody@example.com"] {
        app.post("/api/v1/auth/verify-email/resend", None, json!({ "email": address })).await.expect(202);
    }
    assert_eq!(app.database.settled().await, 0);
    let to_nobody = app.outbox().await.iter().filter(|item| item["to"].as_str().unwrap().contains("nobody")).count();
    assert_eq!(to_nobody, 0);
}

#[apply(both_databases)]
async fn a_forgotten_password_is_replaced_by_who_reads_the_mail(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let forgot = |address: &str| json!({ "email": address });
    let known = app.post("/api/v1/auth/forgot-password", None, forgot("ada@example.com")).await.expect(202);
    let unknown = app.post("/api/v1/auth/forgot-password", None, forgot("eve@example.com")).await.expect(202);
    assert_eq!(known.body, unknown.body);
    let mail = app.mail("ada@example.com", "Choose a new password").await;
    let link = mail.split_whitespace().find(|word| word.starts_with("http")).unwrap();
    let token = link.split_once("token=").unwrap().1;

    let reset = |token: &str, password: &str| json!({ "token": token, "new_password": password });
    let path = "/api/v1/auth/reset-password";
    app.post(path, None, reset(token, "short")).await.expect_error(400, "VALIDATION_ERROR");
    app.post(path, None, reset(&token.replace('A', "B"), "another horse")).await.expect_error(422, "CODE_INVALID");
    app.post(path, None, reset("", "another horse")).await.expect_error(422, "CODE_INVALID");
    app.post(path, None, reset(token, "another horse")).await.expect(204);
    app.post(path, None, reset(token, "a third horse")).await.expect_error(422, "CODE_INVALID");
    app.get("/api/v1/users/me", Some(&ada)).await.expect(401);
    let login = |password: &str| json!({ "email": "ada@example.com", "password": password });
    app.post("/api/v1/auth/login", None, login(PASSWORD)).await.expect(401);
    let back = app.post("/api/v1/auth/login", None, login("another horse")).await.expect(200);
    assert_eq!(back.body["user"]["email_verified"], true, "who reads the mail owns the address");
    app.mail("ada@example.com", "Your password was changed").await;
    assert!(!app.outbox().await.iter().any(|item| item["to"].as_str().unwrap().contains("eve")));
}

#[tokio::test]
async fn the_page_behind_the_link_works_without_a_line_of_script() {
    let app = TestApp::start(Engine::Sqlite).await;
    app.register("ada").await;
    app.post("/api/v1/auth/forgot-password", None, json!({ "email": "ada@example.com" })).await.expect(202);
    let mail = app.mail("ada@example.com", "Choose a new password").await;
    let link = mail.split_whitespace().find(|word| word.starts_with("http")).unwrap();
    let (_, path) = link.split_at(link.find("/reset-password").unwrap());
    let page = app.get(path, None).await.expect(200);
    let html = page.body.as_str().unwrap().to_owned();
    assert!(html.contains("<form method=\"post\"") && !html.contains("<script"), "{html}");
    assert_eq!((page.header("referrer-policy"), page.header("cache-control")), ("no-referrer", "no-store"));

    let token = path.split_once("token=").unwrap().1;
    let submit = async |password: &str| {
        let form = [("token", token), ("new_password", password)];
        app.send(Method::POST, "/reset-password", None, |request| request.form(&form)).await
    };
    let short = submit("short").await.expect(422);
    assert!(
        short.body.as_str().unwrap().contains("8 to 128 characters") && short.body.as_str().unwrap().contains(token)
    );
    submit("another horse").await.expect(200);
    let used = submit("another horse").await.expect(422);
    assert!(used.body.as_str().unwrap().contains("no longer counts"));
}

#[tokio::test]
async fn a_child_has_no_account_and_a_profile_says_what_it_is_told() {
    let app = TestApp::builder(Engine::Sqlite).await.set("MINIMUM_AGE_BY_COUNTRY", "US:13,KR:14").start().await;
    let form = |name: &str, country: &str, born: &str| {
        let email = format!("{name}@example.com");
        json!({ "email": email, "password": PASSWORD, "name": name, "country": country, "birth_date": born })
    };
    let year = |age: i32| format!("{}-01-01", 2026 - age);
    let register = "/api/v1/auth/register";
    app.post(register, None, form("kid", "DE", &year(10))).await.expect_error(422, "TOO_YOUNG");
    app.post(register, None, form("kid", "US", &year(10))).await.expect_error(422, "TOO_YOUNG");
    app.post(register, None, form("odd", "US", "2026-02-30")).await.expect_error(400, "VALIDATION_ERROR");
    let teen = Session::of(&app.post(register, None, form("teen", "US", &year(14))).await.expect(201));
    let changes = json!({ "sex": "female", "birth_date": null, "units": "imperial" });
    let me = app.patch("/api/v1/users/me", Some(&teen), changes).await.expect(200);
    assert_eq!((&me.body["sex"], &me.body["birth_date"]), (&json!("female"), &json!(null)));
}
