//! One-time codes as the verbs of identity share them: asking for one, and holding against it what somebody typed.

use hos_domain::identity::{Code, CodePurpose, OneTimeCodes, Unit, UserId};
use hos_domain::kernel::{Email, ErrorKind, Failure, IdSource, RepositoryError, Stored, Timestamp};
use std::time::Duration;

use super::MailCodeJob;
use crate::platform::enqueue;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Asks for a code in the caller's unit. When too many were asked for lately nothing happens, and the caller says what
/// they always say: the answer must not depend on what is known of the address.
pub(crate) async fn ask(
    tx: &dyn Unit,
    ids: &dyn IdSource,
    (purpose, email): (CodePurpose, Email),
    user: Option<UserId>,
    form: Option<Vec<u8>>,
    now: Timestamp,
) -> Stored<()> {
    if tx.codes().spent(&email, purpose, now - HOUR).await?.issued >= Code::MOST_AN_HOUR {
        return Ok(());
    }
    let code = Code { user, form, ..Code::new(ids.id(), purpose, email, now) };
    tx.codes().issue(&code).await?;
    enqueue(tx, ids, &MailCodeJob { code: code.id }, now).await
}

/// Why a code proved nothing.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// Another one, too old, used, or tried too often: the answer is the same.
    #[error("the code is wrong or no longer counts; ask for another one")]
    Wrong,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for CodeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Wrong => ErrorKind::Unprocessable,
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        matches!(self, Self::Wrong).then_some("CODE_INVALID")
    }
}

/// The open code of an address that somebody typed the digits of, now used, along with all others for the purpose. With
/// the wrong digits a try is counted on each open one and `None` comes back: the caller must commit that.
pub(crate) async fn redeem(
    tx: &dyn Unit,
    codes: &dyn OneTimeCodes,
    (purpose, email): (CodePurpose, &Email),
    typed: &str,
    now: Timestamp,
) -> Stored<Option<Code>> {
    let open = tx.codes().open(email, purpose, now).await?;
    if tx.codes().spent(email, purpose, now - DAY).await?.tries >= Code::MOST_TRIES_A_DAY {
        return Ok(None);
    }
    let matching = open.iter().find(|code| codes.is_digits(code.id, typed)).cloned();
    for code in open {
        let tried = match &matching {
            Some(_) => Code { used_at: Some(now), ..code },
            None => Code { tries: code.tries + 1, ..code },
        };
        tx.codes().save(&tried).await?;
    }
    Ok(matching)
}
