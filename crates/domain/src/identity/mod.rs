//! Identity: who a user is, how they prove it, and for how long we believe them.

mod age;
mod client;
mod code;
mod consent;
mod factors;
mod foreign;
mod foreign_link;
mod lockout;
mod passkey;
mod password;
mod permission;
mod ports;
mod recovery;
mod session;
mod token;
mod totp;
mod user;

pub use age::{BirthDate, MinimumAge};
pub use client::{Client, network_of};
pub use code::{Code, CodeId, CodePurpose, CodesSpent, OneTimeCodes};
pub use consent::{Consent, ConsentPurpose, TextVersion};
pub use factors::{
    CeremonyId, CeremonyRepository, FactorQueries, PasskeyRepository, PendingCeremony, RecoveryCodeRepository,
    SecondFactorState, Totp, TotpRepository,
};
pub use foreign::{
    ForeignChange, ForeignGrant, ForeignGrants, ForeignIdentity, ForeignNews, ForeignNotice, ForeignNoticeKind,
    ForeignNotices, ForeignProvider, ForeignTokenError, ForeignTokens, ForeignUserChange, ForeignUserNews,
};
pub use foreign_link::{ForeignLink, ForeignLinkRepository, SignInNonce};
pub use lockout::{
    KnownDevice, KnownDeviceId, KnownDevices, LockoutRule, LoginFailureQueries, LoginFailureRepository, LoginFailures,
    slow_down,
};
pub use passkey::{Ceremony, NewPasskey, Passkey, PasskeyError, PasskeyId, Passkeys};
pub use password::{Password, PasswordHash};
pub use permission::Permission;
pub use ports::{
    AccessTokens, CodeRepository, ConsentRepository, HashingError, PasswordHasher, PasswordRepository,
    SessionDirectory, SessionQueries, SessionRepository, Unit, UserQueries, UserRepository,
};
pub use recovery::{RecoveryCode, RecoveryCodeHash};
pub use session::{RefreshToken, RefreshTokenHash, RefreshUse, Session, SessionId, StoredRefreshToken};
pub use token::{AccessClaims, TokenRefused};
pub use totp::TotpSecret;
pub use user::{DisplayName, ReferralCode, Role, Sex, Units, User, UserId, UserStatus};
