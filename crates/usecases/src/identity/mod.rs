//! Identity's verbs.

mod administer;
mod authenticate;
mod change_email;
mod change_password;
mod change_profile;
mod codes;
mod delete_account;
mod end_sessions;
mod jobs;
mod log_in;
mod log_out;
mod login_guard;
mod mail_code;
mod open_session;
mod prove_again;
mod refresh_session;
mod register;
mod reset_password;
mod second_factor;
#[cfg(test)]
mod stage;
mod use_passkeys;
mod verify_email;

pub use administer::{AdministerError, AdministerUsers, Administrator, Reason};
pub use authenticate::{Authenticate, AuthenticateError, Caller};
pub use change_email::ChangeEmail;
pub use change_password::{ChangePassword, PasswordChange};
pub use change_profile::{ChangeProfile, ChangeProfileError, ProfileChanges};
pub use codes::CodeError;
pub use delete_account::{DeleteAccount, GRACE, RestoreAccount, RestoreError};
pub use end_sessions::{EndSessionError, EndSessions};
pub use jobs::MailCodeJob;
pub use log_in::{LogIn, LogInError, LoggedIn, LoginAttempt};
pub use log_out::LogOut;
pub use login_guard::LoginGuard;
pub use mail_code::MailCode;
pub use open_session::{ACCESS_TOKEN_LIFE, OpenSession, SignedIn, TokenPair};
pub use prove_again::{ProofError, ProveAgain};
pub use refresh_session::{RefreshError, RefreshRequest, RefreshSession};
pub use register::{Register, RegisterError, Registered, Registration};
pub use reset_password::{PasswordReset, ResetPassword, ResetPasswordError};
pub use second_factor::{EnrollError, EnrollTotp, SecondFactor, TotpSetup};
pub use use_passkeys::{BegunCeremony, PasskeyName, UsePasskeyError, UsePasskeys};
pub use verify_email::{Verified, VerifyEmail};
