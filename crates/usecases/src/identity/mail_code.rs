//! A code that was asked for is mailed, unless what is known of the address asks for something else. Whoever asked has had
//! the same answer already.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::identity::{Code, CodePurpose, Unit, User};
use hos_domain::kernel::{Clock, IdSource, RepositoryError, Storage, Stored};
use hos_domain::messaging::{Message, Template};
use hos_domain::platform::Lease;

use super::MailCodeJob;
use super::register::RegistrationForm;
use crate::messaging::{Recipient, mail};
use crate::platform::{JobError, Runner};

/// Mails codes.
pub struct MailCode {
    /// Where codes and accounts are kept.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// What goes out for a code.
enum Answer {
    /// The code itself.
    Code(Recipient, Template),
    /// Something else to somebody who is known; the code counts no more.
    Instead(Recipient, Template),
    /// Nothing; the code counts no more.
    Nothing,
}

#[async_trait]
impl Runner for MailCode {
    type Payload = MailCodeJob;

    async fn run(&self, job: MailCodeJob, lease: &Lease) -> Result<(), JobError> {
        let now = self.clock.now();
        let tx = self.storage.begin().await?;
        if let Some(code) = tx.codes().find(job.code).await?.filter(|code| code.is_open(now)) {
            let (to, template, args) = match answer(&*tx, &code).await? {
                Answer::Code(to, template) => (Some(to), template, BTreeMap::from([code_id(&code)])),
                Answer::Instead(to, template) => (Some(to), template, BTreeMap::new()),
                Answer::Nothing => (None, Template::AccountExists, BTreeMap::new()),
            };
            if args.is_empty() {
                tx.codes().save(&Code { used_at: Some(now), ..code }).await?;
            }
            if let Some(to) = to {
                mail(&*tx, &*self.ids, to, Message { template, args }, now).await?;
            }
        }
        tx.outbox().complete(lease).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn code_id(code: &Code) -> (String, String) {
    (Message::CODE.to_owned(), code.id.to_string())
}

/// Decides by what is known of the address.
async fn answer(tx: &dyn Unit, code: &Code) -> Stored<Answer> {
    let known = tx.users().find_by_email(&code.email).await?;
    let to_user = |user: &User| Recipient::User(user.id);
    Ok(match (code.purpose, known) {
        (CodePurpose::Register | CodePurpose::ChangeEmail, Some(user)) => {
            Answer::Instead(to_user(&user), Template::AccountExists)
        }
        (CodePurpose::Register, None) => {
            let form = RegistrationForm::of(code)?;
            let to = Recipient::Stranger { email: code.email.clone(), name: form.name, locale: form.locale };
            Answer::Code(to, Template::VerifyEmail)
        }
        (CodePurpose::ChangeEmail, None) => match owner(tx, code).await? {
            Some(user) => {
                let to = Recipient::Stranger { email: code.email.clone(), name: user.name, locale: user.locale };
                Answer::Code(to, Template::VerifyEmail)
            }
            None => Answer::Nothing,
        },
        (CodePurpose::VerifyEmail, Some(user)) if !user.email_verified => {
            Answer::Code(to_user(&user), Template::VerifyEmail)
        }
        (CodePurpose::ResetPassword, Some(user)) => Answer::Code(to_user(&user), Template::ResetPassword),
        (CodePurpose::Unlock, Some(user)) => Answer::Code(to_user(&user), Template::UnlockLogin),
        (CodePurpose::VerifyEmail | CodePurpose::ResetPassword | CodePurpose::Unlock, _) => Answer::Nothing,
    })
}

async fn owner(tx: &dyn Unit, code: &Code) -> Result<Option<User>, RepositoryError> {
    match code.user {
        Some(user) => tx.users().find(user).await,
        None => Ok(None),
    }
}
