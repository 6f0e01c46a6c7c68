//! What acts for a user: API keys, and devices without a keyboard.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::identity::ApiKeyQueries;
use hos_local::HmacNames;
use hos_usecases::identity::{
    AnswerDevice, ApproveWithPassword, AskForDevice, MakeApiKey, NoteKeyUse, RedeemDeviceCode, RevokeApiKey,
};

use super::Shared;
use super::sessions::Sessions;
use crate::routes::DEVICE_PAGE;

#[derive(Clone)]
pub(super) struct Keys {
    make: Arc<MakeApiKey>,
    revoke: Arc<RevokeApiKey>,
    note_use: Arc<NoteKeyUse>,
    queries: Arc<dyn ApiKeyQueries>,
    ask_for_device: Arc<AskForDevice>,
    answer_device: Arc<AnswerDevice>,
    approve: Arc<ApproveWithPassword>,
    redeem: Arc<RedeemDeviceCode>,
}

impl Keys {
    pub(super) fn wire(shared: &Shared<'_>, sessions: &Sessions) -> Self {
        let parts = shared.parts;
        let (storage, reader) = (|| Arc::new(parts.storage.clone()), || Arc::new(parts.reader.clone()));
        let (keys, ids, clock) = (|| parts.keys.clone(), || parts.ids.clone(), || parts.clock.clone());
        let names = Arc::new(HmacNames::new(parts.data_key.derive("user codes of devices")));
        let answer_device = Arc::new(AnswerDevice {
            grants: reader(),
            failures: reader(),
            storage: storage(),
            names: names.clone(),
            clock: clock(),
        });
        Self {
            make: Arc::new(MakeApiKey {
                prove_again: shared.prove_again.clone(),
                storage: storage(),
                ids: ids(),
                clock: clock(),
            }),
            revoke: Arc::new(RevokeApiKey { storage: storage(), keys: keys(), clock: clock() }),
            note_use: Arc::new(NoteKeyUse { storage: storage(), keys: keys(), clock: clock() }),
            queries: reader(),
            ask_for_device: Arc::new(AskForDevice {
                storage: storage(),
                names,
                ids: ids(),
                clock: clock(),
                page: format!("{}{DEVICE_PAGE}", parts.public_url),
            }),
            approve: Arc::new(ApproveWithPassword {
                answer_device: answer_device.clone(),
                log_in: sessions.log_in.clone(),
                log_out: sessions.log_out.clone(),
            }),
            answer_device,
            redeem: Arc::new(RedeemDeviceCode { storage: storage(), open_session: shared.open_session.clone() }),
        }
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config
            .app_data(Data::from(self.make.clone()))
            .app_data(Data::from(self.revoke.clone()))
            .app_data(Data::from(self.note_use.clone()))
            .app_data(Data::from(self.queries.clone()))
            .app_data(Data::from(self.ask_for_device.clone()))
            .app_data(Data::from(self.answer_device.clone()))
            .app_data(Data::from(self.approve.clone()))
            .app_data(Data::from(self.redeem.clone()));
    }
}
