//! Identity's verbs.

mod administer;
mod answer_device;
mod approve_with_password;
mod ask_for_device;
mod authenticate;
mod be_anonymous;
mod change_email;
mod change_password;
mod change_profile;
mod codes;
mod delete_account;
mod end_sessions;
mod impersonate;
mod jobs;
mod log_in;
mod log_out;
mod login_guard;
mod mail_code;
mod make_api_key;
mod merge_accounts;
mod note_key_use;
mod open_session;
mod organizations;
mod prove_again;
mod redeem_device_code;
mod refresh_session;
mod register;
mod reset_password;
mod revoke_api_key;
mod second_factor;
mod show_csrf_token;
mod sign_in_with;
#[cfg(test)]
mod stage;
mod take_notice;
mod use_passkeys;
mod verify_email;

pub use administer::{AdministerError, AdministerUsers, Administrator, Reason};
pub use answer_device::{AnswerDevice, AnswerDeviceError, Guesser};
pub use approve_with_password::{ApproveDeviceError, ApproveWithPassword};
pub use ask_for_device::{AskForDevice, AskedForDevice};
pub use authenticate::{Authenticate, AuthenticateError, Caller, Delegate, OutOfScope, Sender};
pub use be_anonymous::{BeAnonymous, DeviceFacts, UpgradeError, Upgraded};
pub use change_email::ChangeEmail;
pub use change_password::{ChangePassword, PasswordChange};
pub use change_profile::{ChangeProfile, ChangeProfileError, ProfileChanges};
pub use codes::CodeError;
pub use delete_account::{DeleteAccount, DeleteAccountError, GRACE, RestoreAccount, RestoreError};
pub use end_sessions::{EndSessionError, EndSessions};
pub use impersonate::{Impersonate, ImpersonateError, Impersonation, ImpersonationOrder};
pub use jobs::MailCodeJob;
pub use log_in::{LogIn, LogInError, LoggedIn, LoginAttempt};
pub use log_out::LogOut;
pub use login_guard::LoginGuard;
pub use mail_code::MailCode;
pub use make_api_key::{MadeApiKey, MakeApiKey, MakeApiKeyError, NewApiKey};
pub use merge_accounts::{MergeAccounts, MergeError, MergeStragglers, MergeStragglersJob};
pub use note_key_use::NoteKeyUse;
pub use open_session::{ACCESS_TOKEN_LIFE, OpenSession, SignedIn, TokenPair};
pub use organizations::{
    AnswerInvitation, BrowseOrganization, ChangeMembership, ChangeOrganization, Invite, MailInvitation,
    MailInvitationJob, MakeOrganization, NewOrganization, OrganizationError, TransferOrganization,
};
pub use prove_again::{ProofError, ProveAgain};
pub use redeem_device_code::{DeviceTokenError, RedeemDeviceCode};
pub use refresh_session::{RefreshError, RefreshRequest, RefreshSession, SentAs};
pub use register::{Register, RegisterError, Registered, Registration};
pub use reset_password::{PasswordReset, ResetPassword, ResetPasswordError};
pub use revoke_api_key::{RevokeApiKey, RevokeApiKeyError};
pub use second_factor::{EnrollError, EnrollTotp, SecondFactor, TotpSetup};
pub use show_csrf_token::ShowCsrfToken;
pub use sign_in_with::{ForeignProof, SignInError, SignInWith};
pub use take_notice::{NoticeError, TakeNotice};
pub use use_passkeys::{BegunCeremony, PasskeyName, UsePasskeyError, UsePasskeys};
pub use verify_email::{Verified, VerifyEmail};
