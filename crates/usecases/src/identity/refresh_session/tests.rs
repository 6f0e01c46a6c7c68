//! Refresh tokens used, used twice, and sent in a way in which they were not given.

use std::time::Duration;

use hos_domain::identity::Client;
use hos_testing::{Stage, StageUser};
use rstest::rstest;

use super::*;

fn refresh(stage: &Stage) -> RefreshSession {
    RefreshSession {
        storage: stage.storage(),
        tokens: stage.tokens(),
        sessions: stage.sessions(),
        csrf: stage.csrf_tokens(),
        ids: stage.ids(),
        clock: stage.clock(),
    }
}

fn request(token: &RefreshToken, key: Option<&str>) -> RefreshRequest {
    RefreshRequest { token: token.clone(), key: key.map(str::to_owned), sent_as: SentAs::Body }
}

async fn logged_in(stage: &Stage) -> RefreshToken {
    opened(stage, SessionKind::Native).await.tokens.refresh
}

async fn opened(stage: &Stage, kind: SessionKind) -> SignedIn {
    let user = stage.user(StageUser::named("ada")).await;
    let tx = stage.storage().begin().await.unwrap();
    let client = Client { kind, ..Client::default() };
    let opened = super::super::stage::open_session(stage).run(&*tx, user, &client, "test").await;
    tx.commit().await.unwrap();
    opened.unwrap()
}

fn cookie(stage: &Stage, browser: &SignedIn) -> RefreshRequest {
    let csrf = Some(stage.csrf_tokens().csrf_token(browser.session.id));
    RefreshRequest { sent_as: SentAs::Cookie { csrf }, ..request(&browser.tokens.refresh, None) }
}

#[tokio::test]
async fn each_token_is_exchanged_for_the_next() {
    let stage = Stage::new().await;
    let mut token = logged_in(&stage).await;
    for _ in 0..3 {
        token = refresh(&stage).run(request(&token, None)).await.unwrap().tokens.refresh;
    }
}

#[tokio::test]
async fn a_token_used_twice_ends_the_whole_family() {
    let stage = Stage::new().await;
    let stolen = logged_in(&stage).await;
    let theirs = refresh(&stage).run(request(&stolen, None)).await.unwrap();
    let ours = refresh(&stage).run(request(&stolen, None)).await;
    assert!(matches!(ours, Err(RefreshError::Reused)));
    let thief = refresh(&stage).run(request(&theirs.tokens.refresh, None)).await;
    assert!(matches!(thief, Err(RefreshError::Refused)));
    assert!(!stage.sessions().is_live(theirs.session.id, stage.clock().now()).await.unwrap());
}

#[tokio::test]
async fn a_phone_that_lost_the_answer_gets_the_same_successor() {
    let stage = Stage::new().await;
    let token = logged_in(&stage).await;
    let first = refresh(&stage).run(request(&token, Some("k"))).await.unwrap();
    stage.wait(Duration::from_secs(59));
    let again = refresh(&stage).run(request(&token, Some("k"))).await.unwrap();
    assert_eq!(first.tokens.refresh.expose(), again.tokens.refresh.expose());
}

#[rstest]
#[case::another_key_at_once(Some("b"), 9, false)]
#[case::another_key_later(Some("b"), 11, true)]
#[case::no_key(None, 0, true)]
#[case::the_same_key_too_late(Some("a"), 61, true)]
#[tokio::test]
async fn only_a_race_is_forgiven(#[case] key: Option<&str>, #[case] seconds: u64, #[case] ends_family: bool) {
    let stage = Stage::new().await;
    let token = logged_in(&stage).await;
    refresh(&stage).run(request(&token, Some("a"))).await.unwrap();
    stage.wait(Duration::from_secs(seconds));
    let answer = refresh(&stage).run(request(&token, key)).await.unwrap_err();
    assert_eq!(matches!(answer, RefreshError::Reused), ends_family, "{answer:?}");
}

#[tokio::test]
async fn once_the_successor_was_used_no_key_brings_it_back() {
    let stage = Stage::new().await;
    let token = logged_in(&stage).await;
    let next = refresh(&stage).run(request(&token, Some("a"))).await.unwrap().tokens.refresh;
    refresh(&stage).run(request(&next, None)).await.unwrap();
    let replay = refresh(&stage).run(request(&token, Some("a"))).await;
    assert!(matches!(replay, Err(RefreshError::Reused)));
}

#[tokio::test]
async fn of_two_devices_that_refresh_at_once_one_wins() {
    let stage = Stage::new().await;
    let token = logged_in(&stage).await;
    let refresh = Arc::new(refresh(&stage));
    let attempt = |key: &'static str| {
        let (refresh, request) = (Arc::clone(&refresh), request(&token, Some(key)));
        tokio::spawn(async move { refresh.run(request).await })
    };
    let (a, b) = (attempt("a"), attempt("b"));
    let outcomes = [a.await.unwrap(), b.await.unwrap()];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Err(RefreshError::Race))).count(), 1);
}

#[rstest]
#[case::native(SessionKind::Native)]
#[case::browser(SessionKind::Browser)]
#[tokio::test]
async fn a_token_expires_when_its_session_sleeps_too_long(#[case] kind: SessionKind) {
    let stage = Stage::new().await;
    let session = opened(&stage, kind).await;
    let ask = |last: &SignedIn| match kind {
        SessionKind::Native => request(&last.tokens.refresh, None),
        SessionKind::Browser => cookie(&stage, last),
    };
    stage.wait(kind.sliding() - Duration::from_secs(1));
    let next = refresh(&stage).run(ask(&session)).await.unwrap();
    stage.wait(kind.sliding());
    assert!(matches!(refresh(&stage).run(ask(&next)).await, Err(RefreshError::Refused)));
}

#[tokio::test]
async fn a_token_does_not_count_in_the_other_way() {
    let stage = Stage::new().await;
    let browser = opened(&stage, SessionKind::Browser).await;
    let in_body = refresh(&stage).run(request(&browser.tokens.refresh, None)).await;
    assert!(matches!(in_body, Err(RefreshError::Refused)));
    refresh(&stage).run(cookie(&stage, &browser)).await.unwrap();

    let stage = Stage::new().await;
    let phone = opened(&stage, SessionKind::Native).await;
    let in_cookie = refresh(&stage).run(cookie(&stage, &phone)).await;
    assert!(matches!(in_cookie, Err(RefreshError::Refused)));
    refresh(&stage).run(request(&phone.tokens.refresh, None)).await.unwrap();
}

/// A used token that comes again would end the session; a forged request must not even do that.
#[tokio::test]
async fn nothing_comes_of_a_cookie_without_its_csrf_token() {
    let stage = Stage::new().await;
    let browser = opened(&stage, SessionKind::Browser).await;
    let forged = |csrf: Option<&str>| {
        let sent_as = SentAs::Cookie { csrf: csrf.map(str::to_owned) };
        RefreshRequest { sent_as, ..request(&browser.tokens.refresh, None) }
    };
    let refresh = refresh(&stage);
    assert!(matches!(refresh.run(forged(None)).await, Err(RefreshError::Forged)));
    let next = refresh.run(cookie(&stage, &browser)).await.unwrap();
    let of_another = stage.csrf_tokens().csrf_token(stage.ids().id());
    for csrf in [None, Some(""), Some(of_another.as_str())] {
        assert!(matches!(refresh.run(forged(csrf)).await, Err(RefreshError::Forged)));
    }
    let last = refresh.run(cookie(&stage, &next)).await.unwrap();
    assert!(matches!(refresh.run(cookie(&stage, &browser)).await, Err(RefreshError::Reused)));
    assert!(matches!(refresh.run(cookie(&stage, &last)).await, Err(RefreshError::Refused)));
}
