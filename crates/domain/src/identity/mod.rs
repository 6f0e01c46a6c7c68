//! Identity: who a user is, how they prove it, and for how long we believe them.

mod password;
mod ports;
mod session;
mod token;
mod user;

pub use password::{Password, PasswordHash};
pub use ports::{
    AccessTokens, HashingError, PasswordHasher, PasswordRepository, SessionDirectory, SessionQueries,
    SessionRepository, Unit, UserQueries, UserRepository,
};
pub use session::{RefreshToken, RefreshTokenHash, RefreshUse, Session, SessionId, StoredRefreshToken};
pub use token::{AccessClaims, TokenRefused};
pub use user::{DisplayName, Role, Units, User, UserId, UserStatus};
