//! [`RateLimiter`]: in memory, and in a Redis that may go away.

use std::sync::Arc;
use std::time::Duration;

use hos_domain::kernel::{GatewayError, IdSource, Timestamp};
use hos_domain::platform::{Budget, RateLimit, RateLimiter, Verdict};
use hos_local::{LocalRateLimiter, OsIds};
use hos_redis::{RedisLink, RedisRateLimiter};
use hos_testing::redis_url;
use hos_tests::Proxy;
use proptest::prelude::*;
use rstest::rstest;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

const MINUTE: Duration = Duration::from_secs(60);

/// Patient enough for a busy machine.
fn link(url: &str) -> RedisLink {
    RedisLink::with_patience(&url.to_owned().into(), Duration::from_secs(10)).unwrap()
}

fn limiter(kind: &str) -> Arc<dyn RateLimiter> {
    match kind {
        "local" => Arc::new(LocalRateLimiter::default()),
        _ => Arc::new(RedisRateLimiter::new(link(&redis_url()))),
    }
}

/// The beginning of a minute, and so many milliseconds.
fn at(millis: u64) -> Timestamp {
    Timestamp::parse("2031-01-31T12:00:00Z").unwrap() + Duration::from_millis(millis)
}

/// `most` a minute, for a key that no other test has.
fn budget(name: &'static str, most: u32) -> Budget {
    Budget { limit: RateLimit { name, most, window: MINUTE }, key: OsIds.uuid().to_string() }
}

async fn hit(limiter: &dyn RateLimiter, budgets: &[&Budget], millis: u64) -> Verdict {
    let budgets: Vec<_> = budgets.iter().map(|budget| (*budget).clone()).collect();
    limiter.hit(&budgets, at(millis)).await.unwrap()
}

fn left(verdict: &Verdict) -> Vec<u32> {
    verdict.standings.iter().map(|standing| standing.left).collect()
}

#[rstest]
#[case("local")]
#[case("redis")]
#[tokio::test]
async fn a_window_has_so_many_places_and_tells_when_the_next_is_free(#[case] kind: &str) {
    let (limiter, login) = (limiter(kind), budget("login", 3));
    for expected in [2, 1, 0] {
        let verdict = hit(&*limiter, &[&login], 30_000).await;
        assert_eq!((verdict.admitted, left(&verdict)), (true, vec![expected]));
    }
    let refused = hit(&*limiter, &[&login], 30_000).await;
    assert!(!refused.admitted);
    let standing = refused.tightest().unwrap();
    // Half a minute until the window turns; then each of the three fades within twenty seconds.
    assert_eq!((standing.limit, standing.left, standing.retry_after), (login.limit, 0, Duration::from_secs(50)));
    assert!(!hit(&*limiter, &[&login], 79_999).await.admitted);
    assert!(hit(&*limiter, &[&login], 80_000).await.admitted);
    assert!(!hit(&*limiter, &[&login], 80_000).await.admitted);
}

#[rstest]
#[case("local")]
#[case("redis")]
#[tokio::test]
async fn the_window_before_counts_as_far_as_it_is_still_covered(#[case] kind: &str) {
    let (limiter, api) = (limiter(kind), budget("api", 10));
    for _ in 0..10 {
        assert!(hit(&*limiter, &[&api], 59_000).await.admitted);
    }
    assert_eq!(left(&hit(&*limiter, &[&api], 90_000).await), [4]);
    assert_eq!(left(&hit(&*limiter, &[&api], 119_999).await), [7]);
    assert_eq!(left(&hit(&*limiter, &[&api], 240_000).await), [9]);
}

#[rstest]
#[case("local")]
#[case("redis")]
#[tokio::test]
async fn a_refused_hit_counts_in_no_budget(#[case] kind: &str) {
    let (limiter, narrow, wide) = (limiter(kind), budget("login", 1), budget("api", 10));
    assert_eq!(left(&hit(&*limiter, &[&wide, &narrow], 0).await), [9, 0]);
    let refused = hit(&*limiter, &[&wide, &narrow], 0).await;
    assert_eq!((refused.admitted, left(&refused)), (false, vec![9, 0]));
    assert_eq!(refused.tightest().unwrap().limit, narrow.limit);
    assert_eq!(left(&hit(&*limiter, &[&wide], 0).await), [8]);
}

#[rstest]
#[case("local")]
#[case("redis")]
#[tokio::test]
async fn names_windows_and_keys_are_counted_apart(#[case] kind: &str) {
    let (limiter, login) = (limiter(kind), budget("login", 1));
    let longer = Budget { limit: RateLimit { window: 2 * MINUTE, ..login.limit }, ..login.clone() };
    let named = Budget { limit: RateLimit { name: "api", ..login.limit }, ..login.clone() };
    let another = budget("login", 1);
    for budget in [&login, &longer, &named, &another] {
        assert!(hit(&*limiter, &[budget], 0).await.admitted, "{budget:?}");
        assert!(!hit(&*limiter, &[budget], 0).await.admitted, "{budget:?}");
    }
}

#[rstest]
#[case("local")]
#[case("redis")]
#[tokio::test]
async fn a_budget_named_twice_counts_once_and_no_budget_is_no_limit(#[case] kind: &str) {
    let (limiter, login) = (limiter(kind), budget("login", 2));
    assert_eq!(left(&hit(&*limiter, &[&login, &login], 0).await), [1, 1]);
    assert_eq!(left(&hit(&*limiter, &[&login], 0).await), [0]);
    assert_eq!(hit(&*limiter, &[], 0).await, Verdict { admitted: true, standings: Vec::new() });
}

/// Who reads the clock just before a window turns may come after somebody who read it just after.
#[rstest]
#[case("local")]
#[case("redis")]
#[tokio::test]
async fn a_hit_that_is_late_by_a_moment_counts_in_its_own_window(#[case] kind: &str) {
    let (limiter, login) = (limiter(kind), budget("login", 2));
    assert!(hit(&*limiter, &[&login], 59_998).await.admitted);
    assert!(hit(&*limiter, &[&login], 60_000).await.admitted);
    assert!(hit(&*limiter, &[&login], 59_999).await.admitted);
    assert!(!hit(&*limiter, &[&login], 59_999).await.admitted);
    assert!(!hit(&*limiter, &[&login], 60_001).await.admitted);
}

#[rstest]
#[case("local")]
#[case("redis")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_that_race_as_many_get_in_as_there_are_places(#[case] kind: &str) {
    let (limiter, narrow, wide) = (limiter(kind), budget("login", 30), budget("api", 1_000));
    let race = (0..100).map(|index| {
        let (limiter, narrow, wide) = (limiter.clone(), narrow.clone(), wide.clone());
        // In both orders: they must not wait for each other.
        let budgets = if index % 2 == 0 { [narrow, wide] } else { [wide, narrow] };
        tokio::spawn(async move { limiter.hit(&budgets, at(0)).await.unwrap().admitted })
    });
    let admitted = futures_util::future::join_all(race.collect::<Vec<_>>()).await;
    assert_eq!(admitted.into_iter().filter(|admitted| *admitted.as_ref().unwrap()).count(), 30);
    assert_eq!(left(&hit(&*limiter, &[&wide], 0).await), [1_000 - 31]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25))]

    /// The rule is written twice, here and in Redis's script.
    #[test]
    fn whatever_comes_both_say_the_same(
        hits in prop::collection::vec((0..3_usize, 0..40_000_u64, any::<bool>()), 1..80), most in 0..12_u32,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (local, redis, mut millis) = (limiter("local"), limiter("redis"), 0);
            let (narrow, wide) = ([(); 3].map(|()| budget("login", most)), budget("api", 20));
            for (key, step, also_wide) in hits {
                millis += step;
                let budgets = if also_wide { vec![&narrow[key], &wide] } else { vec![&narrow[key]] };
                assert_eq!(hit(&*local, &budgets, millis).await, hit(&*redis, &budgets, millis).await);
            }
        });
    }
}

/// The address behind a URL, and the URL with another one in its place.
fn detour(address: &str) -> (String, String) {
    let url: reqwest::Url = redis_url().parse().unwrap();
    let mut around = url.clone();
    let (host, port) = address.split_once(':').unwrap();
    around.set_host(Some(host)).unwrap();
    around.set_port(Some(port.parse().unwrap())).unwrap();
    (format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(6379)), around.to_string())
}

#[tokio::test]
async fn while_redis_is_away_nobody_waits_for_it_and_when_it_is_back_it_is_used_again() {
    let (server, _) = detour("127.0.0.1:0");
    let wire = Proxy::to(&server).await;
    let (address, (_, url)) = (wire.address.clone(), detour(&wire.address));
    let link = link(&url);
    let (limiter, login) = (RedisRateLimiter::new(link.clone()), budget("login", 5));
    assert_eq!(left(&hit(&limiter, &[&login], 0).await), [4]);
    assert_eq!(link.ping().await, Ok(()));

    // It ends: connections are closed, and then there is nobody to connect to.
    wire.cut();
    drop(wire);
    let refusals = async {
        for _ in 0..100 {
            assert_eq!(limiter.hit(std::slice::from_ref(&login), at(0)).await, Err(GatewayError::Unavailable));
        }
        assert_eq!(link.ping().await, Err(GatewayError::Unavailable));
    };
    // All together sooner than the patience that one call has.
    tokio::time::timeout(Duration::from_secs(8), refusals).await.unwrap();

    let _wire = Proxy::between(&address, &server).await;
    let back = async {
        while link.ping().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), back).await.unwrap();
    assert_eq!(left(&hit(&limiter, &[&login], 0).await), [3], "what was refused is not counted");
}

/// What Redis answers to one line, first line only.
async fn ask_redis(line: &str) -> String {
    let mut wire = TcpStream::connect(detour("127.0.0.1:0").0).await.unwrap();
    wire.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    BufReader::new(wire).read_line(&mut answer).await.unwrap();
    answer.trim_end().to_owned()
}

/// A count is read until the window after its own has passed, and then by nobody.
#[tokio::test]
async fn what_was_counted_in_redis_goes_away_by_itself() {
    let (limiter, login) = (limiter("redis"), budget("login", 5));
    assert!(hit(&*limiter, &[&login], 0).await.admitted);
    let minute = at(0).unix_seconds() / 60;
    let left = ask_redis(&format!("PTTL hos:rate:login:60:{minute}:{}", login.key)).await;
    let left: u64 = left.strip_prefix(':').unwrap().parse().unwrap();
    assert!((100_000..=130_000).contains(&left), "{left} ms");
}

#[tokio::test]
async fn a_redis_that_was_never_there_hinders_no_start() {
    let nobody = Proxy::to("127.0.0.1:9").await;
    let (_, url) = detour(&nobody.address);
    drop(nobody);
    let limiter = RedisRateLimiter::new(link(&url));
    assert_eq!(limiter.hit(&[budget("login", 5)], at(0)).await, Err(GatewayError::Unavailable));
}
