//! A create that goes wrong on its way.

use std::time::Duration;

use hos_domain::billing::CheckoutGateway;
use hos_tests::{FakeRazorpay, Fault};
use rstest::rstest;

use super::{razorpay, request};

/// The create fails in every way there is; asked again with the same key, there is one subscription in the end.
#[rstest]
#[case::it_fails(Fault::Status(502))]
#[case::it_is_away(Fault::Away)]
#[case::the_answer_is_lost(Fault::LostAnswer)]
#[case::half_an_answer(Fault::Truncated)]
#[case::nonsense(Fault::Garbage)]
#[case::too_slow(Fault::Slow(Duration::from_secs(2)))]
#[case::too_many_requests(Fault::Wait(0))]
#[tokio::test]
async fn a_create_that_goes_wrong_makes_one_subscription_in_the_end(#[case] fault: Fault) {
    let server = FakeRazorpay::start().await;
    let razorpay = razorpay(&server);
    server.fail("POST", [fault]);
    let first = razorpay.open(&request(0)).await;
    let opened = razorpay.open(&request(0)).await.unwrap();
    if let Ok(first) = first {
        assert_eq!(first, opened);
    }
    assert_eq!(server.ids("subscription"), [opened.provider_id]);
}

/// The create that was too slow for us is done in the end: the one that follows finds it and makes none.
#[tokio::test]
async fn an_answer_that_is_lost_is_found_by_its_notes_at_once() {
    let server = FakeRazorpay::start().await;
    server.fail("POST", [Fault::LostAnswer]);
    let opened = razorpay(&server).open(&request(0)).await.unwrap();
    assert_eq!(server.asked(), ["POST /v1/subscriptions"], "asked once");
    assert_eq!(server.ids("subscription"), [opened.provider_id]);
}
