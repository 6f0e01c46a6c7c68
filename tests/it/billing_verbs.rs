//! What a member can do about their subscription, from outside: change, cancel, pause, resume, money back, invoices.

use hos_sql::Engine;
use hos_tests::{FakeStripe, Fault, PASSWORD, STRIPE_KEY, STRIPE_SECRET, Session, StripeCustomer, TestApp};
use reqwest::Method;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

pub(crate) const SUBSCRIPTION: &str = "/api/v1/billing/subscription";
pub(crate) const REFUNDS: &str = "/api/v1/billing/refunds";
pub(crate) const INVOICES: &str = "/api/v1/billing/invoices";

fn verb(name: &str) -> String {
    format!("{SUBSCRIPTION}/{name}")
}

/// What the webhooks that follow a deed lead to: the same as was answered.
async fn agrees_with(app: &TestApp, session: &Session, answered: &Value) {
    assert_eq!(app.database.settled().await, 0);
    let shown = app.get(SUBSCRIPTION, Some(session)).await.expect(200);
    assert_eq!(&shown.body["subscription"], &answered["subscription"], "the webhook says nothing new");
}

pub(crate) async fn payment_of(app: &TestApp, session: &Session) -> String {
    app.get(INVOICES, Some(session)).await.expect(200).text("/items/0/payment_id")
}

pub(crate) async fn member(engine: Engine) -> (TestApp, Session) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    app.buy(&ada, "premium").await;
    (app, ada)
}

#[apply(both_databases)]
async fn a_cancel_counts_at_once_and_is_taken_back(#[case] engine: Engine) {
    let (app, ada) = member(engine).await;
    let why = json!({ "reason": "Training alone from now on" });
    let cancelled = app.post(&verb("cancel"), Some(&ada), why.clone()).await.expect(200);
    let subscription = &cancelled.body["subscription"];
    assert_eq!((&subscription["will_renew"], &subscription["status"]), (&json!(false), &json!("active")));
    assert_eq!(subscription["cancel_at"], subscription["current_period_end"]);
    agrees_with(&app, &ada, &cancelled.body).await;
    app.post(&verb("cancel"), Some(&ada), why).await.expect(200);

    let resumed = app.post(&verb("resume"), Some(&ada), json!({})).await.expect(200);
    assert_eq!(resumed.body["subscription"]["will_renew"], true);
    agrees_with(&app, &ada, &resumed.body).await;
    app.post(&verb("resume"), Some(&ada), json!({})).await.expect_error(409, "NOTHING_TO_RESUME");

    app.post(&verb("cancel"), Some(&ada), json!({})).await.expect(200);
    app.advance(31).await;
    let ended = app.get(SUBSCRIPTION, Some(&ada)).await.expect(200);
    assert_eq!(
        (ended.text("/subscription/status").as_str(), &ended.body["subscription"]["has_access"]),
        ("expired", &json!(false))
    );
    app.post(&verb("resume"), Some(&ada), json!({})).await.expect_error(404, "NO_SUBSCRIPTION");
}

#[apply(both_databases)]
async fn who_cancels_at_once_has_no_access_from_then_on(#[case] engine: Engine) {
    let (app, ada) = member(engine).await;
    let ended = app.post(&verb("cancel"), Some(&ada), json!({ "at_period_end": false })).await.expect(200);
    assert_eq!(
        (ended.text("/subscription/status").as_str(), &ended.body["subscription"]["has_access"]),
        ("canceled", &json!(false))
    );
    agrees_with(&app, &ada, &ended.body).await;
    app.get("/api/v1/billing/entitlements/token", Some(&ada)).await.expect_error(402, "ENTITLEMENT_REQUIRED");
    app.buy(&ada, "premium").await;
}

#[apply(both_databases)]
async fn a_change_charges_what_its_preview_said_and_gives_the_new_plan_at_once(#[case] engine: Engine) {
    let (app, ada) = member(engine).await;
    app.advance(10).await;
    let wanted = json!({ "plan": "coach_plus" });
    let preview = app.post(&verb("preview-change"), Some(&ada), wanted.clone()).await.expect(200);
    let minor = |field: &str| preview.body[field]["amount_minor"].as_i64().unwrap();
    assert!(minor("due_now") > 0 && minor("due_now") == minor("charge") - minor("credit"), "{:#}", preview.body);
    app.advance(0).await;
    let change = json!({ "plan": "coach_plus", "prorated_at": preview.body["prorated_at"] });
    let changed = app.post_once(&verb("change"), &ada, "key-1", change.clone()).await.expect(200);
    assert_eq!(changed.text("/subscription/plan"), "coach_plus");
    agrees_with(&app, &ada, &changed.body).await;
    let again = app.post_once(&verb("change"), &ada, "key-1", change).await.expect(200);
    assert_eq!(again.body, changed.body, "the same key gives the same answer");
    let invoices = app.get(INVOICES, Some(&ada)).await.expect(200);
    assert_eq!(invoices.body["items"].as_array().unwrap().len(), 2, "it was charged once");
    assert_eq!(invoices.body["items"][0]["paid"], preview.body["due_now"]);
    let held = app.get(SUBSCRIPTION, Some(&ada)).await.expect(200);
    assert!(
        held.body["entitlements"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["id"] == "coach_plus" && one["active"] == true)
    );

    app.post(&verb("change"), Some(&ada), wanted.clone()).await.expect_error(409, "SAME_PRICE");
    app.post(&verb("preview-change"), Some(&ada), wanted).await.expect_error(409, "SAME_PRICE");
    let stale = json!({ "plan": "premium", "prorated_at": "2020-01-01T00:00:00Z" });
    app.post(&verb("change"), Some(&ada), stale).await.expect_error(409, "PREVIEW_STALE");
    for (body, code) in [
        (json!({ "plan": "gold" }), "PLAN_NOT_FOUND"),
        (json!({ "plan": "free" }), "PLAN_NOT_FOUND"),
        (json!({ "plan": "premium", "price": "weekly" }), "PRICE_NOT_FOUND"),
    ] {
        app.post(&verb("change"), Some(&ada), body).await.expect_error(404, code);
    }
    app.post(&verb("change"), Some(&ada), json!({ "plan": "" })).await.expect_error(400, "VALIDATION_ERROR");
}

/// A longer period begins at once, and what is left of the shorter one is taken off its price.
#[apply(both_databases)]
async fn a_change_to_a_year_begins_a_year(#[case] engine: Engine) {
    let (app, ada) = member(engine).await;
    let before = app.get(SUBSCRIPTION, Some(&ada)).await.expect(200);
    let changed =
        app.post(&verb("change"), Some(&ada), json!({ "plan": "premium", "price": "annual" })).await.expect(200);
    assert_eq!(changed.text("/subscription/price"), "annual");
    assert!(changed.text("/subscription/paid_through") > before.text("/subscription/paid_through"));
    agrees_with(&app, &ada, &changed.body).await;
    app.advance(200).await;
    assert_eq!(app.get(SUBSCRIPTION, Some(&ada)).await.expect(200).text("/subscription/status"), "active");
}

#[apply(both_databases)]
async fn a_pause_begins_when_the_paid_time_ends_and_a_new_period_when_it_is_resumed(#[case] engine: Engine) {
    let (app, ada) = member(engine).await;
    let paused = app.post(&verb("pause"), Some(&ada), json!({})).await.expect(200);
    assert_eq!(
        (paused.text("/subscription/status").as_str(), &paused.body["subscription"]["will_renew"]),
        ("active", &json!(false))
    );
    agrees_with(&app, &ada, &paused.body).await;
    let change = app.post(&verb("change"), Some(&ada), json!({ "plan": "coach_plus" })).await;
    change.expect_error(409, "SUBSCRIPTION_NOT_RUNNING");
    app.advance(45).await;
    let shown = app.get(SUBSCRIPTION, Some(&ada)).await.expect(200);
    assert_eq!(
        (shown.text("/subscription/status").as_str(), &shown.body["subscription"]["has_access"]),
        ("paused", &json!(false))
    );
    app.post(&verb("resume"), Some(&ada), json!({})).await.expect(200);
    app.advance(1).await;
    let resumed = app.get(SUBSCRIPTION, Some(&ada)).await.expect(200);
    assert_eq!(
        (resumed.text("/subscription/status").as_str(), &resumed.body["subscription"]["has_access"]),
        ("active", &json!(true))
    );
    let invoices = app.get(INVOICES, Some(&ada)).await.expect(200);
    assert_eq!(invoices.body["items"].as_array().unwrap().len(), 2, "nothing was charged meanwhile");
}

#[apply(both_databases)]
async fn who_has_no_subscription_has_nothing_to_steer(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    for name in ["cancel", "resume", "pause"] {
        app.post(&verb(name), Some(&ada), json!({})).await.expect_error(404, "NO_SUBSCRIPTION");
    }
    for name in ["change", "preview-change"] {
        app.post(&verb(name), Some(&ada), json!({ "plan": "premium" })).await.expect_error(404, "NO_SUBSCRIPTION");
    }
    app.post("/api/v1/billing/portal", Some(&ada), json!({})).await.expect_error(404, "NO_CUSTOMER");
    assert_eq!(app.get(INVOICES, Some(&ada)).await.expect(200).body, json!({ "items": [], "next_cursor": null }));
    let wish = json!({ "payment_id": "spay_1", "reason": "because" });
    app.post(REFUNDS, Some(&ada), wish).await.expect_error(404, "PAYMENT_NOT_FOUND");
}

#[apply(both_databases)]
async fn invoices_are_shown_and_their_pdfs_are_found(#[case] engine: Engine) {
    let (app, ada) = member(engine).await;
    app.advance(31).await;
    let first = app.get(&format!("{INVOICES}?limit=1"), Some(&ada)).await.expect(200);
    let next =
        app.get(&format!("{INVOICES}?limit=1&cursor={}", first.text("/next_cursor")), Some(&ada)).await.expect(200);
    assert_eq!((first.body["items"].as_array().unwrap().len(), &next.body["next_cursor"]), (1, &Value::Null));
    assert_ne!(first.text("/items/0/id"), next.text("/items/0/id"));
    assert_eq!(
        (next.text("/items/0/status").as_str(), &next.body["items"][0]["total"]["amount_minor"]),
        ("paid", &json!(999))
    );
    app.get(&format!("{INVOICES}?cursor=x"), Some(&ada)).await.expect_error(400, "VALIDATION_ERROR");
    app.get(&format!("{INVOICES}?limit=0"), Some(&ada)).await.expect_error(400, "VALIDATION_ERROR");

    let path = format!("{INVOICES}/{}/pdf", first.text("/items/0/id"));
    app.get(&path, Some(&ada)).await.expect(303);
    let pdf = app.client().get(first.text("/items/0/pdf_url")).send().await.unwrap();
    assert_eq!(pdf.headers()["content-type"], "application/pdf");
    assert!(pdf.bytes().await.unwrap().starts_with(b"%PDF-"));
    let page = app.client().get(first.text("/items/0/hosted_url")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("9.99 USD"), "{page}");
    let bob = app.register("bob").await;
    app.get(&path, Some(&bob)).await.expect_error(404, "INVOICE_NOT_FOUND");
}

#[apply(both_databases)]
async fn a_customer_changes_their_card_on_the_providers_page(#[case] engine: Engine) {
    let (app, ada) = member(engine).await;
    let form = json!({ "return_url": "https://app.example.com/settings?a=1&b=2" });
    let url = app.post("/api/v1/billing/portal", Some(&ada), form).await.expect(200).text("/url");
    let page = app.client().get(&url).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Your card pays") && page.contains("https://app.example.com/settings?a=1"), "{page}");
    app.client().post(&url).form(&[("card", "declines")]).send().await.unwrap();
    app.advance(32).await;
    assert_eq!(app.get(SUBSCRIPTION, Some(&ada)).await.expect(200).text("/subscription/status"), "grace_period");
    let change = app.post(&verb("change"), Some(&ada), json!({ "plan": "coach_plus" })).await;
    change.expect_error(409, "SUBSCRIPTION_NOT_RUNNING");
    app.client().post(&url).form(&[("card", "pays")]).send().await.unwrap();
    app.get_until(SUBSCRIPTION, &ada, |body| body["subscription"]["status"] == "active").await;
    let evil = json!({ "return_url": "javascript:alert(1)" });
    app.post("/api/v1/billing/portal", Some(&ada), evil).await.expect_error(400, "VALIDATION_ERROR");
}

#[apply(both_databases)]
async fn a_card_that_does_not_pay_buys_no_dearer_plan(#[case] engine: Engine) {
    let (app, ada) = member(engine).await;
    let url = app.post("/api/v1/billing/portal", Some(&ada), json!({})).await.expect(200).text("/url");
    app.client().post(&url).form(&[("card", "declines")]).send().await.unwrap();
    let change = json!({ "plan": "coach_plus" });
    app.post_once(&verb("change"), &ada, "key-1", change.clone()).await.expect_error(422, "PAYMENT_DECLINED");
    assert_eq!(app.get(SUBSCRIPTION, Some(&ada)).await.expect(200).text("/subscription/plan"), "premium");
    app.client().post(&url).form(&[("card", "pays")]).send().await.unwrap();
    app.post_once(&verb("change"), &ada, "key-1", change).await.expect(200);
}

/// Nobody pays for an account that is gone. To take it back does not take that back; to resume does.
#[apply(both_databases)]
async fn who_deletes_the_account_is_not_charged_again(#[case] engine: Engine) {
    let (app, ada) = member(engine).await;
    app.send(Method::DELETE, "/api/v1/users/me", Some(&ada), |request| request.json(&json!({ "password": PASSWORD })))
        .await
        .expect(202);
    assert_eq!(app.database.settled().await, 0);
    let restore = json!({ "email": ada.email, "password": PASSWORD });
    let back = Session::of(&app.post("/api/v1/auth/restore", None, restore).await.expect(200));
    let shown = app.get(SUBSCRIPTION, Some(&back)).await.expect(200);
    assert_eq!(
        (shown.text("/subscription/status").as_str(), &shown.body["subscription"]["will_renew"]),
        ("active", &json!(false))
    );
    let resumed = app.post(&verb("resume"), Some(&back), json!({})).await.expect(200);
    assert_eq!(resumed.body["subscription"]["will_renew"], true);
}

/// A member of what stands for Stripe; their history came by webhooks.
async fn stripe_member(engine: Engine, server: &FakeStripe) -> (TestApp, Session) {
    let builder = TestApp::builder(engine).await.set("STRIPE_API_KEY", STRIPE_KEY).set("STRIPE_BASE_URL", &server.url);
    let app = builder.set("STRIPE_WEBHOOK_SECRET", STRIPE_SECRET).start().await;
    let ada = app.register("ada").await;
    let (customer, subscription, payment) = server.subscribed(&ada.user_id, "price_premium_monthly_usd");
    for (kind, id) in [
        ("customer.subscription.updated", &subscription),
        ("payment_intent.succeeded", &payment),
        ("invoice.paid", &server.object(&subscription)["latest_invoice"].as_str().unwrap().to_owned()),
        ("invoice_payment.paid", &server.invoice_payment_of(&payment)),
    ] {
        let mut event = json!({
            "id": format!("evt_{id}"), "object": "event", "type": kind, "livemode": false,
            "created": server.object(&subscription)["created"].as_i64().unwrap() - 5, "data": { "object": server.object(id) },
        });
        event["data"]["object"]["customer"] = json!(customer);
        app.stripe_sends(event.to_string().as_bytes()).await.expect(200);
    }
    app.until_access(&ada).await;
    assert_eq!(app.database.settled().await, 0);
    (app, ada)
}

/// The whole way over Stripe's protocol, and what becomes of a request when Stripe is unwell.
#[apply(both_databases)]
async fn with_stripe_each_verb_counts_at_once_and_faults_leave_everything_as_it_was(#[case] engine: Engine) {
    let server = FakeStripe::start().await;
    let (app, ada) = stripe_member(engine, &server).await;
    let path = verb("cancel");
    let cancel = || app.post_once(&path, &ada, "key-1", json!({}));
    server.fail(vec![Fault::Status(500); 3]);
    cancel().await.expect_error(502, "PROVIDER_ERROR");
    assert_eq!(app.get(SUBSCRIPTION, Some(&ada)).await.expect(200).body["subscription"]["will_renew"], true);
    // Stripe does it, and the answer is lost; the client asks again with the same key.
    server.fail([Fault::Slow(std::time::Duration::ZERO), Fault::LostAnswer]);
    assert_eq!(cancel().await.expect(200).body["subscription"]["will_renew"], false);
    let resumed = app.post(&verb("resume"), Some(&ada), json!({})).await.expect(200);
    assert_eq!(resumed.body["subscription"]["will_renew"], true);
    let changed = app.post(&verb("change"), Some(&ada), json!({ "plan": "coach_plus" })).await.expect(200);
    assert_eq!(changed.text("/subscription/plan"), "coach_plus");
    let url = app.post("/api/v1/billing/portal", Some(&ada), json!({})).await.expect(200).text("/url");
    assert!(url.starts_with("https://billing.stripe.com/"), "{url}");

    let invoices = app.get(INVOICES, Some(&ada)).await.expect(200);
    assert_eq!(invoices.body["items"].as_array().unwrap().len(), 2);
    let payment = invoices.text("/items/1/payment_id");
    let wish = json!({ "payment_id": payment, "reason": "duplicate" });
    server.fail([Fault::Garbage]);
    app.post_once(REFUNDS, &ada, "key-2", wish.clone()).await.expect_error(502, "PROVIDER_ERROR");
    let given = app.post_once(REFUNDS, &ada, "key-2", wish).await.expect(201);
    assert_eq!(given.body["amount"]["amount_minor"], 999);
    assert_eq!(server.asked().iter().filter(|deed| *deed == "POST /v1/refunds").count(), 1);
    assert_eq!(app.database.settled().await, 0);
    assert_eq!(app.get(SUBSCRIPTION, Some(&ada)).await.expect(200).body["subscription"]["will_renew"], false);
}

#[tokio::test]
async fn a_subscription_of_a_provider_that_is_not_set_up_can_not_be_steered() {
    let app = TestApp::builder(Engine::Sqlite).await.set("STRIPE_WEBHOOK_SECRET", STRIPE_SECRET).start().await;
    let ada = app.register("ada").await;
    for event in StripeCustomer::of(&ada).buy_premium() {
        app.stripe_sends(&event.body).await.expect(200);
    }
    app.until_access(&ada).await;
    app.post(&verb("cancel"), Some(&ada), json!({})).await.expect_error(422, "PROVIDER_UNSUPPORTED");
    app.post("/api/v1/billing/portal", Some(&ada), json!({})).await.expect_error(422, "PROVIDER_UNSUPPORTED");
}

#[tokio::test]
async fn a_promotion_code_that_nobody_gave_out_is_told_so() {
    let app = TestApp::start(Engine::Sqlite).await;
    let ada = app.register("ada").await;
    let subscribe = |code: &str| json!({ "plan": "premium", "promotion_code": code });
    let unknown = app.post("/api/v1/payments/subscribe", Some(&ada), subscribe("SUMMER26")).await;
    unknown.expect_error(422, "PROMOTION_CODE_UNKNOWN");
    for bad in ["", "two words", "ü"] {
        let invalid = app.post("/api/v1/payments/subscribe", Some(&ada), subscribe(bad)).await;
        assert_eq!(invalid.expect_error(400, "VALIDATION_ERROR").details(), [("promotion_code", "promotion_code")]);
    }
}
