//! Identity: who a user is, how they prove it, and for how long we believe them.

mod foreign;
mod passkey;
mod password;
mod ports;
mod session;
mod token;
mod user;

pub use foreign::{
    ForeignChange, ForeignGrant, ForeignGrants, ForeignIdentity, ForeignNews, ForeignNotice, ForeignNoticeKind,
    ForeignNotices, ForeignProvider, ForeignTokenError, ForeignTokens, ForeignUserChange, ForeignUserNews,
};
pub use passkey::{Ceremony, NewPasskey, Passkey, PasskeyError, PasskeyId, Passkeys};
pub use password::{Password, PasswordHash};
pub use ports::{
    AccessTokens, HashingError, PasswordHasher, PasswordRepository, SessionDirectory, SessionQueries,
    SessionRepository, Unit, UserQueries, UserRepository,
};
pub use session::{RefreshToken, RefreshTokenHash, RefreshUse, Session, SessionId, StoredRefreshToken};
pub use token::{AccessClaims, TokenRefused};
pub use user::{DisplayName, Role, Units, User, UserId, UserStatus};
