//! [`ObjectStore`]: a folder, and a bucket that checks signatures as S3 does.

use std::time::Duration;

use hos_domain::kernel::{Clock, GatewayError, Id};
use hos_domain::media::{FileName, ImageType, ObjectFacts, ObjectKey, ObjectStore};
use hos_http::HttpClient;
use hos_local::SystemClock;
use hos_object_store::{BucketStore, DiskStore};
use hos_tests::TestBucket;
use rstest::rstest;
use tempfile::TempDir;
use uuid::Uuid;

fn key(name: &str) -> ObjectKey {
    ObjectKey::new(Id::new(Uuid::from_u128(1)), [1; 32], &FileName::parse(name).unwrap())
}

/// A store, and what must live as long as it does.
async fn store(kind: &str) -> (Box<dyn ObjectStore>, Option<TestBucket>, TempDir) {
    let folder = TempDir::new().unwrap();
    if kind == "disk" {
        let disk = DiskStore::new(folder.path().to_owned(), "http://localhost".into(), [9; 32]);
        return (Box::new(disk), None, folder);
    }
    let bucket = TestBucket::start().await;
    (Box::new(BucketStore::new(HttpClient::new().unwrap(), &bucket.config).unwrap()), Some(bucket), folder)
}

#[rstest]
#[case("disk")]
#[case("bucket")]
#[tokio::test]
async fn what_is_written_can_be_read_replaced_and_deleted(#[case] kind: &str) {
    let (store, _bucket, _folder) = store(kind).await;
    let key = key("ä photo.jpg");
    assert_eq!(store.head(&key).await.unwrap(), None);
    assert!(matches!(store.read(&key).await, Err(GatewayError::NotFound)));

    store.write(&key, ImageType::Png, vec![7; 70_000]).await.unwrap();
    let facts = ObjectFacts { bytes: 70_000, content_type: "image/png".into() };
    assert_eq!(store.head(&key).await.unwrap(), Some(facts));
    store.write(&key, ImageType::Jpeg, vec![8; 10]).await.unwrap();
    let facts = ObjectFacts { bytes: 10, content_type: "image/jpeg".into() };
    assert_eq!(store.head(&key).await.unwrap(), Some(facts));
    assert_eq!(store.read(&key).await.unwrap(), vec![8; 10]);

    store.delete(&key).await.unwrap();
    store.delete(&key).await.unwrap();
    assert_eq!(store.head(&key).await.unwrap(), None);
}

#[rstest]
#[case("disk")]
#[case("bucket")]
#[tokio::test]
async fn signed_urls_differ_by_what_they_allow(#[case] kind: &str) {
    let (store, _bucket, _folder) = store(kind).await;
    let now = SystemClock.now();
    let until = now + Duration::from_secs(900);
    let upload = |name: &str, kind, bytes| store.sign_upload(&key(name), kind, bytes, now, until).unwrap();
    let jpeg = upload("a.jpg", ImageType::Jpeg, None);
    let others = [
        upload("b.jpg", ImageType::Jpeg, None).url,
        upload("a.jpg", ImageType::Png, None).url,
        upload("a.jpg", ImageType::Jpeg, Some(5)).url,
        store.sign_read(&key("a.jpg"), now, until).unwrap(),
        store.sign_upload(&key("a.jpg"), ImageType::Jpeg, None, now, until + Duration::from_secs(1)).unwrap().url,
    ];
    assert!(others.iter().all(|other| *other != jpeg.url), "{others:?}");
    assert!(jpeg.headers.contains(&("content-type".into(), "image/jpeg".into())));
}

#[tokio::test]
async fn a_bucket_that_is_away_or_refuses_is_told_apart() {
    let bucket = TestBucket::start().await;
    let mut config = bucket.config.clone();
    config.secret_key = "wrong".to_owned().into();
    let stranger = BucketStore::new(HttpClient::new().unwrap(), &config).unwrap();
    let refused = stranger.write(&key("a.jpg"), ImageType::Jpeg, vec![1]).await;
    assert!(matches!(refused, Err(GatewayError::Unauthorized)), "{refused:?}");
    config.endpoint = "http://127.0.0.1:9".into();
    let away = BucketStore::new(HttpClient::new().unwrap(), &config).unwrap();
    let unreachable = away.head(&key("a.jpg")).await;
    assert!(matches!(unreachable, Err(GatewayError::Unavailable)), "{unreachable:?}");
}
