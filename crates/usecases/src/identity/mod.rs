//! Identity's verbs.

mod authenticate;
mod change_password;
mod change_profile;
mod end_sessions;
mod log_in;
mod log_out;
mod open_session;
mod refresh_session;
mod register;

pub use authenticate::{Authenticate, AuthenticateError, Caller};
pub use change_password::{ChangePassword, ChangePasswordError, PasswordChange};
pub use change_profile::{ChangeProfile, ChangeProfileError, ProfileChanges};
pub use end_sessions::{EndSessionError, EndSessions};
pub use log_in::{LogIn, LogInError, LoginAttempt};
pub use log_out::LogOut;
pub use open_session::{ACCESS_TOKEN_LIFE, SignedIn, TokenPair};
pub use refresh_session::{RefreshError, RefreshRequest, RefreshSession};
pub use register::{Register, RegisterError, Registration};
