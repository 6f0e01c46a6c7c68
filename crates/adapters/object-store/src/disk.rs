//! Files on disk. Each object appears whole or not at all; its media type lies beside it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use hos_domain::kernel::{GatewayError, Timestamp};
use hos_domain::media::{ImageType, ObjectFacts, ObjectKey, ObjectStore, SignedUpload};

use crate::signature::{Grant, is_right, sign};

/// Keeps objects in a folder and hands out signed URLs below `/media/`, which the server answers by asking this store.
pub struct DiskStore {
    folder: PathBuf,
    public_url: String,
    secret: [u8; 32],
}

/// Why a signed URL is not honoured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The signature is not ours, or the request is not what was signed.
    #[error("the signature does not fit this request")]
    Signature,
    /// The URL's time is over.
    #[error("this URL has expired")]
    Expired,
    /// Another size than the one that was signed.
    #[error("the size is not the one that was signed")]
    Size,
    /// There is an object already.
    #[error("there is an object already")]
    Exists,
    /// There is no such object.
    #[error("there is no such object")]
    NotFound,
    /// The disk failed.
    #[error("the object store failed")]
    Failed,
}

impl DiskStore {
    /// Keeps objects in `folder`; URLs begin with `public_url` and are signed with `secret`.
    #[must_use]
    pub const fn new(folder: PathBuf, public_url: String, secret: [u8; 32]) -> Self {
        Self { folder, public_url, secret }
    }

    /// Checks a signed upload before its bytes are read: what was signed, in time, and nothing there yet.
    ///
    /// # Errors
    /// [`Refused`]
    pub async fn admit_upload(
        &self,
        key: &ObjectKey,
        content_type: &str,
        bytes: Option<u64>,
        (expires, signature): (i64, &str),
        now: Timestamp,
    ) -> Result<(), Refused> {
        let grant = Grant { verb: "put", key: key.as_str(), expires, content_type, bytes };
        self.check(&grant, signature, now)?;
        match self.facts(key).await {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err(Refused::Exists),
            Err(_) => Err(Refused::Failed),
        }
    }

    /// Keeps the bytes of an admitted upload.
    ///
    /// # Errors
    /// [`Refused`]
    pub async fn accept_upload(
        &self,
        key: &ObjectKey,
        content_type: &str,
        promised: Option<u64>,
        bytes: Vec<u8>,
    ) -> Result<(), Refused> {
        if promised.is_some_and(|promised| promised != bytes.len() as u64) {
            return Err(Refused::Size);
        }
        self.put(key, content_type, bytes, Overwrite::No).await.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Refused::Exists,
            _ => Refused::Failed,
        })
    }

    /// Reads the object of a signed URL, and its media type.
    ///
    /// # Errors
    /// [`Refused`]
    pub async fn open_read(
        &self,
        key: &ObjectKey,
        (expires, signature): (i64, &str),
        now: Timestamp,
    ) -> Result<(Vec<u8>, String), Refused> {
        let grant = Grant { verb: "get", key: key.as_str(), expires, content_type: "", bytes: None };
        self.check(&grant, signature, now)?;
        let facts = self.facts(key).await.map_err(|_| Refused::Failed)?.ok_or(Refused::NotFound)?;
        let bytes = self.read(key).await.map_err(|_| Refused::Failed)?;
        Ok((bytes, facts.content_type))
    }

    fn check(&self, grant: &Grant<'_>, signature: &str, now: Timestamp) -> Result<(), Refused> {
        if !is_right(&self.secret, grant, signature) {
            return Err(Refused::Signature);
        }
        if now.unix_seconds() >= grant.expires { Err(Refused::Expired) } else { Ok(()) }
    }

    fn url(&self, grant: &Grant<'_>, more: &str) -> String {
        let signature = sign(&self.secret, grant);
        // Keys have only characters that a URL takes as they are.
        format!("{}/media/{}?expires={}&signature={signature}{more}", self.public_url, grant.key, grant.expires)
    }

    fn path(&self, kind: &str, key: &ObjectKey) -> PathBuf {
        self.folder.join(kind).join(key.as_str())
    }

    async fn facts(&self, key: &ObjectKey) -> std::io::Result<Option<ObjectFacts>> {
        let bytes = match tokio::fs::metadata(self.path("data", key)).await {
            Ok(facts) => facts.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let content_type = tokio::fs::read_to_string(self.path("types", key)).await?;
        Ok(Some(ObjectFacts { bytes, content_type }))
    }

    async fn put(
        &self,
        key: &ObjectKey,
        content_type: &str,
        bytes: Vec<u8>,
        overwrite: Overwrite,
    ) -> std::io::Result<()> {
        let (data, kind) = (self.path("data", key), self.path("types", key));
        let (draft, content_type) = (draft_of(&data), content_type.to_owned());
        tokio::task::spawn_blocking(move || put(&data, &kind, &draft, &content_type, &bytes, overwrite)).await?
    }
}

/// A name that no other write of this process uses.
fn draft_of(data: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    PathBuf::from(format!("{}.{}-{number}.draft", data.display(), std::process::id()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Overwrite {
    Yes,
    No,
}

fn put(
    data: &Path,
    kind: &Path,
    draft: &Path,
    content_type: &str,
    bytes: &[u8],
    overwrite: Overwrite,
) -> std::io::Result<()> {
    for path in [data, kind] {
        path.parent().map(std::fs::create_dir_all).transpose()?;
    }
    std::fs::write(kind, content_type)?;
    std::fs::write(draft, bytes)?;
    let written = match overwrite {
        Overwrite::Yes => std::fs::rename(draft, data),
        // A hard link, unlike a rename, fails when the name is taken: of two uploads at once one wins.
        Overwrite::No => std::fs::hard_link(draft, data).and_then(|()| std::fs::remove_file(draft)),
    };
    if written.is_err() {
        let _ = std::fs::remove_file(draft);
    }
    written
}

fn failed(error: &std::io::Error) -> GatewayError {
    tracing::error!(%error, "the object folder failed");
    GatewayError::Unavailable
}

#[async_trait]
impl ObjectStore for DiskStore {
    fn sign_upload(
        &self,
        key: &ObjectKey,
        content_type: ImageType,
        bytes: Option<u64>,
        _now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<SignedUpload, GatewayError> {
        let expires = expires_at.unix_seconds();
        let grant = Grant { verb: "put", key: key.as_str(), expires, content_type: content_type.name(), bytes };
        let promised = bytes.map(|bytes| format!("&bytes={bytes}")).unwrap_or_default();
        let headers = [("content-type", content_type.name()), ("if-none-match", "*")];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(SignedUpload { url: self.url(&grant, &promised), headers })
    }

    fn sign_read(&self, key: &ObjectKey, _now: Timestamp, expires_at: Timestamp) -> Result<String, GatewayError> {
        let expires = expires_at.unix_seconds();
        let grant = Grant { verb: "get", key: key.as_str(), expires, content_type: "", bytes: None };
        Ok(self.url(&grant, ""))
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectFacts>, GatewayError> {
        self.facts(key).await.map_err(|error| failed(&error))
    }

    async fn read(&self, key: &ObjectKey) -> Result<Vec<u8>, GatewayError> {
        match tokio::fs::read(self.path("data", key)).await {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(GatewayError::NotFound),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn write(&self, key: &ObjectKey, content_type: ImageType, bytes: Vec<u8>) -> Result<(), GatewayError> {
        self.put(key, content_type.name(), bytes, Overwrite::Yes).await.map_err(|error| failed(&error))
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), GatewayError> {
        for path in [self.path("data", key), self.path("types", key)] {
            match tokio::fs::remove_file(path).await {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(&error)),
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hos_domain::kernel::Id;
    use hos_domain::media::FileName;
    use uuid::Uuid;

    use super::*;

    const NOW: u64 = 1_893_456_000;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::EPOCH + Duration::from_secs(seconds)
    }

    fn key() -> ObjectKey {
        ObjectKey::new(Id::new(Uuid::from_u128(1)), [1; 32], &FileName::parse("a.jpg").unwrap())
    }

    fn store() -> (tempfile::TempDir, DiskStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = DiskStore::new(folder.path().to_owned(), "http://localhost".into(), [9; 32]);
        (folder, store)
    }

    fn parameter<'a>(url: &'a str, name: &str) -> &'a str {
        let query = url.split_once('?').unwrap().1;
        query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap()
    }

    async fn admitted(
        store: &DiskStore,
        url: &str,
        content_type: &str,
        bytes: Option<u64>,
        now: u64,
    ) -> Result<(), Refused> {
        let signed = (parameter(url, "expires").parse().unwrap(), parameter(url, "signature"));
        store.admit_upload(&key(), content_type, bytes, signed, at(now)).await
    }

    #[tokio::test]
    async fn only_what_was_signed_is_admitted_and_only_in_time() {
        let (_folder, store) = store();
        let signed = store.sign_upload(&key(), ImageType::Jpeg, Some(5), at(NOW), at(NOW + 900)).unwrap();
        let url = signed.url.as_str();
        assert_eq!(admitted(&store, url, "image/jpeg", Some(5), NOW + 899).await, Ok(()));
        assert_eq!(admitted(&store, url, "image/jpeg", Some(5), NOW + 900).await, Err(Refused::Expired));
        assert_eq!(admitted(&store, url, "text/html", Some(5), NOW).await, Err(Refused::Signature));
        assert_eq!(admitted(&store, url, "image/jpeg", Some(6), NOW).await, Err(Refused::Signature));
        assert_eq!(admitted(&store, url, "image/jpeg", None, NOW).await, Err(Refused::Signature));
        let read = store.sign_read(&key(), at(NOW), at(NOW + 900)).unwrap();
        assert_eq!(
            admitted(&store, &read, "image/jpeg", Some(5), NOW).await,
            Err(Refused::Signature),
            "a read is no write"
        );
    }

    #[tokio::test]
    async fn an_upload_is_never_overwritten_even_by_one_at_the_same_time() {
        let (_folder, store) = store();
        let (key, other) = (key(), key());
        let write = |key: ObjectKey, byte: u8| {
            let store = &store;
            async move { store.accept_upload(&key, "image/jpeg", None, vec![byte; 100_000]).await }
        };
        let (a, b) = tokio::join!(write(key.clone(), 1), write(other, 2));
        assert_eq!([a, b].iter().filter(|outcome| outcome.is_ok()).count(), 1);
        let winner = if a.is_ok() { 1 } else { 2 };
        assert_eq!(store.read(&key).await.unwrap(), vec![winner; 100_000]);
        let signed = store.sign_upload(&key, ImageType::Jpeg, None, at(NOW), at(NOW + 900)).unwrap();
        assert_eq!(admitted(&store, &signed.url, "image/jpeg", None, NOW).await, Err(Refused::Exists));
    }

    #[tokio::test]
    async fn another_size_than_promised_is_refused_and_leaves_nothing() {
        let (_folder, store) = store();
        assert_eq!(store.accept_upload(&key(), "image/jpeg", Some(5), vec![0; 6]).await, Err(Refused::Size));
        assert_eq!(store.head(&key()).await.unwrap(), None);
    }
}
