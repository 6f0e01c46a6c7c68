//! Messaging's use cases, and the ways out.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::messaging::{DeviceQueries, PreferenceQueries, Wording};
use hos_local::{ConsoleOutbox, FluentWording};
use hos_usecases::messaging::{ChangePreferences, DeliverMail, DeliverPush, Notify, RegisterDevice, RemoveDevice};
use hos_usecases::platform::Runners;

use super::{Parts, WiringError};

/// Messaging's use cases.
#[derive(Clone)]
pub(crate) struct Messaging {
    register_device: Arc<RegisterDevice>,
    remove_device: Arc<RemoveDevice>,
    change_preferences: Arc<ChangePreferences>,
    devices: Arc<dyn DeviceQueries>,
    preferences: Arc<dyn PreferenceQueries>,
    wording: Arc<dyn Wording>,
    outbox: Arc<ConsoleOutbox>,
}

impl Messaging {
    pub(super) fn wire(parts: &Parts) -> Result<Self, WiringError> {
        let wording = FluentWording::new().map_err(|message| WiringError::Setting { name: "words", message })?;
        let outbox = ConsoleOutbox::new(parts.settings.server.data_dir.join("outbox"), parts.clock.clone());
        let storage = || Arc::new(parts.storage.clone());
        Ok(Self {
            register_device: Arc::new(RegisterDevice {
                storage: storage(),
                ids: parts.ids.clone(),
                clock: parts.clock.clone(),
            }),
            remove_device: Arc::new(RemoveDevice { storage: storage() }),
            change_preferences: Arc::new(ChangePreferences { storage: storage() }),
            devices: Arc::new(parts.reader.clone()),
            preferences: Arc::new(parts.reader.clone()),
            wording: Arc::new(wording),
            outbox: Arc::new(outbox),
        })
    }

    /// The page of what was not really sent is for development only: it shows everybody's mail.
    pub(super) fn provide(&self, config: &mut ServiceConfig, debug: bool) {
        config
            .app_data(Data::from(self.register_device.clone()))
            .app_data(Data::from(self.remove_device.clone()))
            .app_data(Data::from(self.change_preferences.clone()))
            .app_data(Data::from(self.devices.clone()))
            .app_data(Data::from(self.preferences.clone()));
        if debug {
            config.app_data(Data::from(self.outbox.clone()));
        }
    }

    /// Who carries out messaging's jobs.
    pub(super) fn runners(&self, parts: &Parts, runners: Runners) -> Runners {
        let (storage, users) = (|| Arc::new(parts.storage.clone()), || Arc::new(parts.reader.clone()));
        let notify = Notify { storage: storage(), ids: parts.ids.clone(), clock: parts.clock.clone() };
        let push = DeliverPush {
            devices: self.devices.clone(),
            users: users(),
            wording: self.wording.clone(),
            sender: self.outbox.clone(),
            storage: storage(),
            clock: parts.clock.clone(),
        };
        let mail = DeliverMail {
            users: users(),
            wording: self.wording.clone(),
            codes: parts.codes.clone(),
            invitations: parts.invitations.clone(),
            reset_link: parts.reset_link(),
            invitation_link: parts.invitation_link(),
            mailer: self.outbox.clone(),
            storage: storage(),
        };
        runners.with(notify).with(push).with(mail)
    }
}
