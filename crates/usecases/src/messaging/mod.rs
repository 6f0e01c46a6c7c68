//! Messaging's verbs.

mod change_preferences;
mod deliver_mail;
mod deliver_push;
mod jobs;
mod notify;
mod register_device;

pub use change_preferences::{ChangePreferences, PreferenceChanges};
pub use deliver_mail::DeliverMail;
pub use deliver_push::DeliverPush;
pub use jobs::{DeliverMailJob, DeliverPushJob, NotifyJob, Recipient};
pub use notify::{Notify, mail, notify};
pub use register_device::{DeviceForm, RegisterDevice, RemoveDevice, RemoveDeviceError};
