//! The books: what happened to money, in double entry. A pure function of what was observed, as the timeline is; what was
//! written and turns out otherwise is reversed by an entry of its own, never edited.

mod account;
mod corrections;
mod entry;
mod facts;
mod ports;

pub use account::{Account, AccountBalance, TrialBalance};
pub use corrections::{Written, to_write};
pub use entry::{JournalEntry, Posting};
pub use ports::{BookedEntry, JournalQueries, JournalRepository};
