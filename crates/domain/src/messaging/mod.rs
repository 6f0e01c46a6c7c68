//! Messaging: what we say to users, on which way, and whether they want to hear it.

mod device;
mod message;
mod ports;
mod preferences;

pub use device::{AppVersion, Device, DeviceId, DeviceToken, Platform};
pub use message::{Category, Letter, Message, PushNotification, PushText, Template};
pub use ports::{
    DeviceQueries, DeviceRepository, Mailer, PreferenceQueries, PreferenceRepository, PushError, PushSender, Unit,
    Wording,
};
pub use preferences::{Digest, Preferences, QuietHours};
