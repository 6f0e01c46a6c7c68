//! Identity: who a user is, how they prove it, and for how long we believe them.

mod age;
mod api_key;
mod api_key_text;
mod browser_session;
mod client;
mod code;
mod consent;
mod device_codes;
mod device_grant;
mod factors;
mod foreign;
mod foreign_account;
mod foreign_link;
mod foreign_news;
mod impersonation;
mod invitation;
mod lockout;
mod membership;
mod merge;
mod organization;
mod organization_ports;
mod organization_role;
mod passkey;
mod password;
mod permission;
mod ports;
mod recovery;
mod scope;
mod session;
mod token;
mod totp;
mod user;

pub use age::{BirthDate, MinimumAge};
pub use api_key::{ApiKey, ApiKeyDirectory, ApiKeyId, ApiKeyName, ApiKeyQueries, ApiKeyRepository};
pub use api_key_text::{ApiKeyHash, ApiKeyText};
pub use browser_session::{CsrfTokens, SessionKind};
pub use client::{Client, network_of};
pub use code::{Code, CodeId, CodePurpose, CodesSpent, OneTimeCodes};
pub use consent::{Consent, ConsentPurpose, TextVersion};
pub use device_codes::{DeviceCode, UserCode};
pub use device_grant::{
    ClientName, DeviceAnswer, DeviceGrant, DeviceGrantId, DeviceGrantQueries, DeviceGrantRepository, Polled,
};
pub use factors::{
    CeremonyId, CeremonyRepository, FactorQueries, PasskeyRepository, PendingCeremony, RecoveryCodeRepository,
    SecondFactorState, Totp, TotpRepository,
};
pub use foreign::{
    ForeignGrant, ForeignGrants, ForeignIdentity, ForeignNotice, ForeignNoticeKind, ForeignNotices, ForeignProvider,
    ForeignTokenError, ForeignTokens,
};
pub use foreign_account::{ForeignAccount, ForeignAccountDirectory, ForeignAccountQueries};
pub use foreign_link::{ForeignLink, ForeignLinkRepository, SignInNonce};
pub use foreign_news::{
    ForeignChange, ForeignNews, ForeignUserChange, ForeignUserNews, IdentitySystem, NewsOutcome, NewsRepository,
    StoredNews, StoredNewsId,
};
pub use impersonation::{IMPERSONATION_LIFE, Ticket};
pub use invitation::{Invitation, InvitationId, InvitationState, InvitationTokens};
pub use lockout::{
    KnownDevice, KnownDeviceId, KnownDevices, LockoutRule, LoginFailureQueries, LoginFailureRepository, LoginFailures,
    slow_down,
};
pub use membership::{Membership, MembershipId, MembershipRefusal};
pub use merge::MergeRepository;
pub use organization::{Affiliation, Member, Organization, OrganizationId, OrganizationKind, OrganizationName};
pub use organization_ports::{InvitationRepository, MembershipRepository, OrganizationQueries, OrganizationRepository};
pub use organization_role::{OrganizationPermission, OrganizationRole};
pub use passkey::{Ceremony, NewPasskey, Passkey, PasskeyError, PasskeyId, Passkeys};
pub use password::{Password, PasswordHash};
pub use permission::Permission;
pub use ports::{
    AccessTokens, CodeRepository, ConsentRepository, HashingError, PasswordHasher, PasswordRepository,
    SessionDirectory, SessionQueries, SessionRepository, Unit, UserQueries, UserRepository,
};
pub use recovery::{RecoveryCode, RecoveryCodeHash};
pub use scope::{Rights, Scope, Scopes};
pub use session::{RefreshToken, RefreshTokenHash, RefreshUse, Session, SessionId, StoredRefreshToken};
pub use token::{AccessClaims, TokenRefused};
pub use totp::TotpSecret;
pub use user::{DisplayName, ReferralCode, Role, Sex, Units, User, UserId, UserStatus};
