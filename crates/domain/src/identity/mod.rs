//! Identity: who a user is, how they prove it, and for how long we believe them.

mod foreign;
mod passkey;
mod password;
mod ports;
mod recovery;
mod session;
mod token;
mod totp;
mod user;

pub use foreign::{ForeignIdentity, ForeignProvider, ForeignTokenError, ForeignTokens};
pub use passkey::{Ceremony, NewPasskey, Passkey, PasskeyError, PasskeyId, Passkeys};
pub use password::{Password, PasswordHash};
pub use ports::{
    AccessTokens, HashingError, PasswordHasher, PasswordRepository, SessionDirectory, SessionQueries,
    SessionRepository, Unit, UserQueries, UserRepository,
};
pub use recovery::{RecoveryCode, RecoveryCodeHash};
pub use session::{RefreshToken, RefreshTokenHash, RefreshUse, Session, SessionId, StoredRefreshToken};
pub use token::{AccessClaims, TokenRefused};
pub use totp::TotpSecret;
pub use user::{DisplayName, Role, Units, User, UserId, UserStatus};
