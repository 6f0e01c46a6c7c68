//! A device asks to be pushed to, or to be left alone.

use std::sync::Arc;

use hos_domain::identity::UserId;
use hos_domain::kernel::{Clock, ErrorKind, Failure, IdSource, Locale, RepositoryError, Storage, Stored};
use hos_domain::messaging::{AppVersion, Device, DeviceId, DeviceToken, Platform};

/// Registers devices.
pub struct RegisterDevice {
    /// Where devices are kept.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// What a device tells of itself.
#[derive(Debug, Clone)]
pub struct DeviceForm {
    /// What it is.
    pub platform: Platform,
    /// How the push service names it.
    pub token: DeviceToken,
    /// Which version of the app runs on it.
    pub app_version: Option<AppVersion>,
    /// The language it is set to.
    pub locale: Option<Locale>,
}

impl RegisterDevice {
    /// Registers the device for the user. Again by the same user it is the same row; a token known for another user moves
    /// here.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn run(&self, user: UserId, form: DeviceForm) -> Stored<Device> {
        let device = Device {
            id: self.ids.id(),
            user,
            platform: form.platform,
            token: form.token,
            app_version: form.app_version,
            locale: form.locale,
            is_active: true,
            created_at: self.clock.now(),
        };
        let tx = self.storage.begin().await?;
        let device = tx.devices().register(&device).await?;
        tx.commit().await?;
        Ok(device)
    }
}

/// Removes devices.
pub struct RemoveDevice {
    /// Where devices are kept.
    pub storage: Arc<dyn Storage>,
}

/// Why a device was not removed.
#[derive(Debug, thiserror::Error)]
pub enum RemoveDeviceError {
    /// There is none with this id, or it is another user's.
    #[error("there is no such device")]
    NotFound,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for RemoveDeviceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Storage(error) => error.kind(),
        }
    }
}

impl RemoveDevice {
    /// Removes a device of the user.
    ///
    /// # Errors
    /// [`RemoveDeviceError`]
    pub async fn run(&self, user: UserId, id: DeviceId) -> Result<(), RemoveDeviceError> {
        let tx = self.storage.begin().await?;
        if !tx.devices().remove(user, id).await? {
            return Err(RemoveDeviceError::NotFound);
        }
        tx.commit().await?;
        Ok(())
    }
}
