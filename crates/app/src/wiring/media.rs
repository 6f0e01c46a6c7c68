//! Media's use cases, and where objects are.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::media::{ObjectStore, PhotoQueries};
use hos_local::LocalImageCodec;
use hos_object_store::{BucketConfig, BucketStore, DiskStore};
use hos_usecases::media::{AddPhoto, DeleteObjects, DeletePhoto, ProcessPhoto, RequestUpload};
use hos_usecases::platform::Runners;

use super::{Parts, WiringError};

/// Media's use cases.
#[derive(Clone)]
pub(crate) struct Media {
    request_upload: Arc<RequestUpload>,
    add_photo: Arc<AddPhoto>,
    delete_photo: Arc<DeletePhoto>,
    photos: Arc<dyn PhotoQueries>,
    objects: Arc<dyn ObjectStore>,
    /// Present when objects are files on disk: then our own routes answer the signed URLs.
    disk: Option<Arc<DiskStore>>,
}

/// The bucket, when the settings name one.
fn bucket(parts: &Parts) -> Result<Option<BucketStore>, WiringError> {
    let settings = &parts.settings.media;
    let keys = settings.r2_access_key.clone().zip(settings.r2_secret_key.clone());
    let Some(((access_key, secret_key), endpoint)) = keys.zip(settings.r2_endpoint_url.clone()) else {
        return Ok(None);
    };
    let (bucket, region) = (settings.r2_bucket_name.clone(), settings.r2_region.clone());
    let config = BucketConfig { endpoint, bucket, region, access_key, secret_key };
    let store = BucketStore::new(parts.http.clone(), &config);
    store.map(Some).map_err(|message| WiringError::Setting { name: "R2_ENDPOINT_URL", message })
}

fn disk(parts: &Parts) -> DiskStore {
    let folder = parts.settings.server.data_dir.join("objects");
    DiskStore::new(folder, parts.public_url.clone(), parts.data_key.derive("signed media urls"))
}

impl Media {
    pub(super) fn wire(parts: &Parts) -> Result<Self, WiringError> {
        let (objects, disk): (Arc<dyn ObjectStore>, _) = match bucket(parts)? {
            Some(bucket) => (Arc::new(bucket), None),
            None => {
                let disk = Arc::new(disk(parts));
                (disk.clone(), Some(disk))
            }
        };
        let (storage, ids, clock) = (|| Arc::new(parts.storage.clone()), || parts.ids.clone(), || parts.clock.clone());
        Ok(Self {
            request_upload: Arc::new(RequestUpload {
                storage: storage(),
                objects: objects.clone(),
                ids: ids(),
                clock: clock(),
            }),
            add_photo: Arc::new(AddPhoto { storage: storage(), objects: objects.clone(), ids: ids(), clock: clock() }),
            delete_photo: Arc::new(DeletePhoto { storage: storage(), ids: ids(), clock: clock() }),
            photos: Arc::new(parts.reader.clone()),
            objects,
            disk,
        })
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config
            .app_data(Data::from(self.request_upload.clone()))
            .app_data(Data::from(self.add_photo.clone()))
            .app_data(Data::from(self.delete_photo.clone()))
            .app_data(Data::from(self.photos.clone()))
            .app_data(Data::from(self.objects.clone()));
        if let Some(disk) = &self.disk {
            config.app_data(Data::from(disk.clone()));
        }
    }

    /// Who carries out media's jobs.
    pub(super) fn runners(&self, parts: &Parts, runners: Runners) -> Runners {
        let storage = || Arc::new(parts.storage.clone());
        let process = ProcessPhoto {
            storage: storage(),
            objects: self.objects.clone(),
            codec: Arc::new(LocalImageCodec::default()),
            ids: parts.ids.clone(),
            clock: parts.clock.clone(),
        };
        runners.with(process).with(DeleteObjects { objects: self.objects.clone(), storage: storage() })
    }
}
