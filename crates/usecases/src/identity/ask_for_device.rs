//! A device without a keyboard asks to be let in, and gets two codes: one to ask again with, one for its user to type.

use std::sync::Arc;

use hos_domain::identity::{ClientName, DeviceCode, DeviceGrant, Scopes, UserCode};
use hos_domain::kernel::{Clock, IdSource, Pseudonyms, RepositoryError, Storage, Stored};

/// Takes the questions of devices.
pub struct AskForDevice {
    /// Where they are kept.
    pub storage: Arc<dyn Storage>,
    /// Names the users' codes.
    pub names: Arc<dyn Pseudonyms>,
    /// Ids and secrets.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
    /// The address of the page where users type their codes.
    pub page: String,
}

/// What a device gets that has asked.
#[derive(Debug, Clone)]
pub struct AskedForDevice {
    /// For the device itself.
    pub device_code: DeviceCode,
    /// For its user.
    pub user_code: UserCode,
    /// Where its user types it.
    pub page: String,
    /// The same with the code in it, for a QR code.
    pub page_with_code: String,
}

impl AskForDevice {
    /// Two users' codes that are the same by chance are so rare that three draws are plenty.
    const DRAWS: u32 = 3;

    /// Keeps the question for ten minutes.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn run(&self, client_name: ClientName, scopes: Scopes) -> Stored<AskedForDevice> {
        let grant = DeviceGrant::new(self.ids.id(), client_name, scopes, self.clock.now());
        let device_code = DeviceCode::from_secret(self.ids.secret());
        let tx = self.storage.begin().await?;
        for _ in 0..Self::DRAWS {
            let user_code = UserCode::from_secret(self.ids.secret());
            let name = name_of(&*self.names, &user_code);
            if tx.device_grants().ask(&grant, &device_code.hash(), &name).await? {
                tx.commit().await?;
                let page_with_code = format!("{}?user_code={}", self.page, user_code.shown());
                return Ok(AskedForDevice { device_code, user_code, page: self.page.clone(), page_with_code });
            }
        }
        Err(RepositoryError::Contended)
    }
}

/// Under which name a user's code is kept.
pub(crate) fn name_of(names: &dyn Pseudonyms, code: &UserCode) -> String {
    names.name_of("user code", &code.shown())
}
