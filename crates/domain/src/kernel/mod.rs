//! The words every context speaks: ids, instants, money, pages, errors, and the unit of work that commits a change
//! together with its effects.

mod country;
mod email;
mod error;
mod gateway;
mod id;
mod invalid;
mod locale;
mod money;
mod page;
mod seal;
mod storage;
mod text;
mod time;

pub use country::CountryCode;
pub use email::Email;
pub use error::{Detail, ErrorKind, Failure, with_causes};
pub use gateway::GatewayError;
pub use id::{Id, IdSource};
pub use invalid::Invalid;
pub use locale::{Locale, TimeZone};
pub use money::{Currency, Money, MoneyError};
pub use page::{Cursor, Page, PageLimit, PageRequest};
pub use seal::{Pseudonyms, SealError, SealedText, Sealer};
pub use storage::{RepositoryError, Storage, Stored, UnitOfWork};
pub use text::{free_text, single_line};
pub use time::{BusinessClock, Clock, Pause, Timestamp};
