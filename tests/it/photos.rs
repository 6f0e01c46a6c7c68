//! Progress photos, from the permission to the picture, with files on disk and with a bucket.

use std::io::Cursor;

use hos_sql::Engine;
use hos_tests::{Reply, Session, TestApp, TestBucket};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::Response;
use rstest::rstest;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

const PHOTOS: &str = "/api/v1/progress-photos";

/// Where the bytes lie.
#[derive(Debug, Clone, Copy)]
enum Place {
    Disk,
    Bucket,
}

async fn start(engine: Engine, place: Place) -> (TestApp, Option<TestBucket>) {
    let builder = TestApp::builder(engine).await;
    match place {
        Place::Disk => (builder.start().await, None),
        Place::Bucket => {
            let bucket = TestBucket::start().await;
            let config = &bucket.config;
            let builder = builder
                .set("R2_ENDPOINT_URL", &config.endpoint)
                .set("R2_BUCKET_NAME", &config.bucket)
                .set("R2_ACCESS_KEY", &config.access_key)
                .set("R2_SECRET_KEY", config.secret_key.expose_secret());
            (builder.start().await, Some(bucket))
        }
    }
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = DynamicImage::from(RgbImage::from_pixel(48, 32, Rgb([200, 30, 30])));
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A permission to send one file.
struct Grant(Reply);

impl Grant {
    async fn ask(app: &TestApp, session: &Session, content_type: &str, bytes: usize) -> Self {
        let form = json!({ "filename": "front.any", "content_type": content_type, "bytes": bytes });
        Self(app.post(&format!("{PHOTOS}/upload-url"), Some(session), form).await.expect(200))
    }

    fn key(&self) -> String {
        self.0.text("/key")
    }

    /// Sends the bytes with exactly the headers that the grant names.
    async fn put(&self, app: &TestApp, bytes: Vec<u8>) -> Response {
        self.put_with(app, &self.0.body["headers"], &self.0.text("/upload_url"), bytes).await
    }

    async fn put_with(&self, app: &TestApp, headers: &Value, url: &str, bytes: Vec<u8>) -> Response {
        let mut request = app.client().put(url);
        for (name, value) in headers.as_object().unwrap() {
            request = request.header(name, value.as_str().unwrap());
        }
        request.body(bytes).send().await.unwrap()
    }

    async fn add(&self, app: &TestApp, session: &Session) -> Reply {
        let photo = json!({
            "key": self.key(), "taken_on": "2030-01-31", "pose": "front",
            "weight": { "value": 82.5, "unit": "kg" }, "note": "after the holidays",
        });
        app.post(PHOTOS, Some(session), photo).await
    }
}

async fn until_decided(app: &TestApp, session: &Session, photo: &Reply) -> Reply {
    let path = format!("{PHOTOS}/{}", photo.text("/id"));
    app.get_until(&path, session, |body| body["state"] != "processing").await
}

#[rstest]
#[case::sqlite_disk(Engine::Sqlite, Place::Disk)]
#[case::postgres_bucket(Engine::Postgres, Place::Bucket)]
#[tokio::test]
async fn each_type_of_photo_is_taken_encoded_anew_and_shown_to_its_owner(#[case] engine: Engine, #[case] place: Place) {
    let (app, _bucket) = start(engine, place).await;
    let (ada, eve) = (app.register("ada").await, app.register("eve").await);
    let types = [("image/jpeg", ImageFormat::Jpeg), ("image/png", ImageFormat::Png), ("image/webp", ImageFormat::WebP)];
    for (content_type, format) in types {
        let bytes = picture(format);
        let grant = Grant::ask(&app, &ada, content_type, bytes.len()).await;
        grant.add(&app, &ada).await.expect_error(422, "NOTHING_UPLOADED");
        assert_eq!(grant.put(&app, bytes).await.status(), 200);
        grant.add(&app, &eve).await.expect_error(404, "NOT_FOUND");
        let photo = grant.add(&app, &ada).await.expect(201);
        grant.add(&app, &ada).await.expect_error(409, "UPLOAD_USED");

        let photo = until_decided(&app, &ada, &photo).await;
        assert_eq!(photo.text("/state"), "ready", "{content_type}");
        let shown = app.client().get(photo.text("/url")).send().await.unwrap();
        assert_eq!((shown.status().as_u16(), &shown.headers()["content-type"]), (200, &content_type.parse().unwrap()));
        let copy = image::load_from_memory_with_format(&shown.bytes().await.unwrap(), format).unwrap();
        assert_eq!((copy.width(), copy.height()), (48, 32));
        app.get(&format!("{PHOTOS}/{}", photo.text("/id")), Some(&eve)).await.expect_error(404, "NOT_FOUND");
    }
    let list = app.get(PHOTOS, Some(&ada)).await.expect(200);
    let items = list.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    assert!(items.iter().all(|photo| photo["url"].is_string() && photo["weight"]["value"] == 82.5));
    assert!(app.get(PHOTOS, Some(&eve)).await.expect(200).body["items"].as_array().unwrap().is_empty());
}

#[rstest]
#[case::disk(Place::Disk)]
#[case::bucket(Place::Bucket)]
#[tokio::test]
async fn the_signed_url_takes_what_was_promised_and_only_once(#[case] place: Place) {
    let (app, _bucket) = start(Engine::Sqlite, place).await;
    let ada = app.register("ada").await;
    let bytes = picture(ImageFormat::Jpeg);
    let grant = Grant::ask(&app, &ada, "image/jpeg", bytes.len()).await;
    let (url, headers) = (grant.0.text("/upload_url"), &grant.0.body["headers"]);

    let mut html = headers.clone();
    html["content-type"] = json!("text/html");
    assert_eq!(grant.put_with(&app, &html, &url, bytes.clone()).await.status(), 403);
    let elsewhere = url.replace(&ada.user_id, "00000000-0000-7000-8000-000000000000");
    assert_ne!(elsewhere, url);
    assert_eq!(grant.put_with(&app, headers, &elsewhere, bytes.clone()).await.status(), 403);
    assert_eq!(grant.put(&app, bytes.clone()).await.status(), 200);
    assert_eq!(grant.put(&app, bytes).await.status(), 412);
}

#[tokio::test]
async fn what_is_no_image_of_the_promised_type_is_refused_by_the_job_and_its_bytes_go() {
    let (app, _bucket) = start(Engine::Sqlite, Place::Disk).await;
    let ada = app.register("ada").await;
    for bytes in
        [b"<script>alert(1)</script>".to_vec(), picture(ImageFormat::Png), picture(ImageFormat::Jpeg)[..99].to_vec()]
    {
        let grant = Grant::ask(&app, &ada, "image/jpeg", bytes.len()).await;
        assert_eq!(grant.put(&app, bytes).await.status(), 200);
        let photo = grant.add(&app, &ada).await.expect(201);
        let photo = until_decided(&app, &ada, &photo).await;
        assert_eq!((photo.text("/state"), &photo.body["url"]), ("refused".to_owned(), &Value::Null));
    }
    // The jobs that delete the originals run after the ones that refuse them.
    let objects = app.data.path().join("objects");
    for _ in 0..250 {
        if files(&objects).is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(files(&objects), Vec::<String>::new());
}

#[tokio::test]
async fn a_deleted_photo_is_gone_with_its_bytes() {
    let (app, _bucket) = start(Engine::Sqlite, Place::Disk).await;
    let ada = app.register("ada").await;
    let bytes = picture(ImageFormat::Jpeg);
    let grant = Grant::ask(&app, &ada, "image/jpeg", bytes.len()).await;
    assert_eq!(grant.put(&app, bytes).await.status(), 200);
    let photo = grant.add(&app, &ada).await.expect(201);
    let photo = until_decided(&app, &ada, &photo).await;
    let path = format!("{PHOTOS}/{}", photo.text("/id"));
    app.delete(&path, Some(&ada)).await.expect(204);
    app.get(&path, Some(&ada)).await.expect_error(404, "NOT_FOUND");
    for _ in 0..250 {
        if app.client().get(photo.text("/url")).send().await.unwrap().status() == 404 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the bytes are still there");
}

/// Every file below a folder; a folder that is not there has none.
fn files(folder: &std::path::Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path) } else { vec![path.display().to_string()] }
        })
        .collect()
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_before_a_byte_is_sent() {
    let (app, _bucket) = start(Engine::Sqlite, Place::Disk).await;
    let ada = app.register("ada").await;
    let ask = |form: Value| app.post("/api/v1/progress-photos/upload-url", Some(&ada), form);
    for kind in ["image/heic", "image/heif", "image/gif", "image/svg+xml", "text/html"] {
        let reply = ask(json!({ "filename": "a.jpg", "content_type": kind })).await;
        reply.expect_error(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    ask(json!({ "filename": "IMG_0001.HEIC" })).await.expect_error(415, "UNSUPPORTED_MEDIA_TYPE");
    let climbing = ["../../etc/passwd", "a/b.jpg", "a\\b.jpg", "..", "", "a\u{0}.jpg", "a\u{202e}gpj.exe", "a\n.jpg"];
    for name in climbing {
        let reply = ask(json!({ "filename": name })).await.expect_error(400, "VALIDATION_ERROR");
        assert_eq!(reply.details()[0].0, "filename", "{name:?}");
    }
    for bytes in [0, 10 * 1024 * 1024 + 1] {
        let reply = ask(json!({ "filename": "a.jpg", "bytes": bytes })).await.expect_error(400, "VALIDATION_ERROR");
        assert_eq!(reply.details(), [("bytes", "range")]);
    }
    for path in ["/media/../../etc/passwd", "/media/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/media/a%00b"] {
        let reply = app.get(&format!("{path}?expires=1&signature=00"), None).await;
        assert!(matches!(reply.status, 403 | 404), "{path} {}", reply.status);
    }
    for photo in [
        json!({ "key": "../../etc/passwd", "taken_on": "2030-01-31", "pose": "front" }),
        json!({ "key": "users/x", "taken_on": "31.1.2030", "pose": "upside_down", "weight": { "value": -1, "unit": "st" } }),
    ] {
        app.post(PHOTOS, Some(&ada), photo).await.expect_error(400, "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn nobody_holds_more_than_twenty_open_permissions() {
    let (app, _bucket) = start(Engine::Sqlite, Place::Disk).await;
    let ada = app.register("ada").await;
    for _ in 0..20 {
        Grant::ask(&app, &ada, "image/jpeg", 1).await;
    }
    let form = json!({ "filename": "a.jpg" });
    app.post("/api/v1/progress-photos/upload-url", Some(&ada), form).await.expect_error(409, "TOO_MANY_UPLOADS");
}
