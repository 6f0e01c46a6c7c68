//! A user lets a device in from a browser in which they are not logged in: the address and the password are asked for, and
//! whatever else a login asks for, by the login itself.

use std::sync::Arc;

use hos_domain::identity::{Client, DeviceGrant};
use hos_domain::kernel::{Detail, ErrorKind, Failure, RepositoryError};

use super::answer_device::{AnswerDevice, AnswerDeviceError, Guesser};
use super::log_in::{LogIn, LogInError, LoginAttempt};
use super::log_out::LogOut;

/// Lets devices in.
pub struct ApproveWithPassword {
    /// Knows the device.
    pub answer_device: Arc<AnswerDevice>,
    /// Believes the user, behind the same guard as every login.
    pub log_in: Arc<LogIn>,
    /// Ends the browser's session.
    pub log_out: Arc<LogOut>,
}

/// Why the device stays out.
#[derive(Debug, thiserror::Error)]
pub enum ApproveDeviceError {
    /// There is nothing to answer.
    #[error(transparent)]
    Device(#[from] AnswerDeviceError),
    /// The user is not believed.
    #[error(transparent)]
    LogIn(#[from] LogInError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for ApproveDeviceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Device(error) => error.kind(),
            Self::LogIn(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Device(error) => error.code(),
            Self::LogIn(error) => error.code(),
            Self::Storage(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Device(error) => error.details(),
            Self::LogIn(error) => error.details(),
            Self::Storage(error) => error.details(),
        }
    }
}

impl ApproveWithPassword {
    /// Believes the user as a login would and lets the device in. The session that the login opens is ended at once:
    /// nobody has its tokens, and the browser may be anybody's.
    ///
    /// # Errors
    /// [`ApproveDeviceError`]
    pub async fn run(
        &self,
        typed: &str,
        attempt: LoginAttempt,
        client: Client,
    ) -> Result<DeviceGrant, ApproveDeviceError> {
        let guesser = Guesser::visitor(&client);
        self.answer_device.look_up(typed, guesser).await?;
        let session = self.log_in.run(attempt, client.clone()).await?.signed_in.session;
        let approved = self.answer_device.approve(typed, guesser, session.user, &client).await;
        self.log_out.run(session.user, session.id).await?;
        Ok(approved?)
    }
}
