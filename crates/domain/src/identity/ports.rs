//! What identity needs from the outside: places for users, passwords and sessions; a hasher; a signer.

use async_trait::async_trait;

use super::{
    AccessClaims, ApiKeyRepository, CeremonyRepository, Code, CodeId, CodePurpose, CodesSpent, Consent,
    DeviceGrantRepository, ForeignLinkRepository, InvitationRepository, LoginFailureRepository, MembershipRepository,
    MergeRepository, NewsRepository, OrganizationRepository, PasskeyRepository, Password, PasswordHash,
    RecoveryCodeRepository, RefreshTokenHash, Session, SessionId, StoredRefreshToken, TokenRefused, TotpRepository,
    User, UserId,
};
use crate::kernel::{Email, ErrorKind, Failure, Page, PageRequest, Stored, Timestamp};
use crate::platform::Effects;

/// Identity's unit.
pub trait Unit: Effects {
    /// Accounts.
    fn users(&self) -> &dyn UserRepository;

    /// Password credentials.
    fn passwords(&self) -> &dyn PasswordRepository;

    /// Logged-in devices.
    fn sessions(&self) -> &dyn SessionRepository;

    /// One-time codes.
    fn codes(&self) -> &dyn CodeRepository;

    /// Authenticator apps.
    fn totp(&self) -> &dyn TotpRepository;

    /// Recovery codes.
    fn recovery_codes(&self) -> &dyn RecoveryCodeRepository;

    /// Passkeys.
    fn passkeys(&self) -> &dyn PasskeyRepository;

    /// Passkey ceremonies that wait for an answer.
    fn ceremonies(&self) -> &dyn CeremonyRepository;

    /// Identities that others vouch for.
    fn foreign_links(&self) -> &dyn ForeignLinkRepository;

    /// What external identity systems have told.
    fn foreign_news(&self) -> &dyn NewsRepository;

    /// Logins that failed.
    fn login_failures(&self) -> &dyn LoginFailureRepository;

    /// What users agreed to.
    fn consents(&self) -> &dyn ConsentRepository;

    /// Keys for scripts and integrations.
    fn api_keys(&self) -> &dyn ApiKeyRepository;

    /// Devices that ask to be let in.
    fn device_grants(&self) -> &dyn DeviceGrantRepository;

    /// Gyms and teams.
    fn organizations(&self) -> &dyn OrganizationRepository;

    /// Who belongs to them.
    fn memberships(&self) -> &dyn MembershipRepository;

    /// Who may come to belong to them.
    fn invitations(&self) -> &dyn InvitationRepository;

    /// Accounts that become one.
    fn merges(&self) -> &dyn MergeRepository;
}

/// Accounts inside a unit of work. Deleted users are found by nobody.
#[async_trait]
pub trait UserRepository: Send + Sync {
    /// The living user with this id. The row stays locked until the unit ends, so that no change is lost.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find(&self, id: UserId) -> Stored<Option<User>>;

    /// The living user with this address, locked likewise.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find_by_email(&self, email: &Email) -> Stored<Option<User>>;

    /// The user with this id who was deleted since an instant, locked likewise: there is still something to take back.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find_deleted(&self, id: UserId, since: Timestamp) -> Stored<Option<User>>;

    /// Adds an account.
    ///
    /// # Errors
    /// `Conflict` when a living account has this e-mail address.
    async fn insert(&self, user: &User) -> Stored<()>;

    /// Writes a changed account back.
    ///
    /// # Errors
    /// `Conflict` when the new e-mail address is taken by a living account, `Stale` when the account is gone.
    async fn save(&self, user: &User) -> Stored<()>;
}

/// Password credentials inside a unit of work.
#[async_trait]
pub trait PasswordRepository: Send + Sync {
    /// Sets or replaces a user's password.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn put(&self, user: UserId, hash: &PasswordHash, now: Timestamp) -> Stored<()>;

    /// Whether a user has a password.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn exists(&self, user: UserId) -> Stored<bool>;

    /// Takes a user's password away.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn remove(&self, user: UserId) -> Stored<()>;

    /// Puts a better hash of the same password in place of `old`, unless the password was changed in the meantime.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn upgrade(&self, user: UserId, old: &PasswordHash, new: &PasswordHash) -> Stored<()>;
}

/// Sessions and their refresh tokens inside a unit of work.
#[async_trait]
pub trait SessionRepository: Send + Sync {
    /// Opens a session with its first refresh token.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn open(&self, session: &Session, first: &RefreshTokenHash) -> Stored<()>;

    /// The refresh token with this hash and its session, whatever their state. The row stays locked until the unit ends,
    /// so of two devices that refresh at once the second sees the first one's use.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find_token(&self, hash: &RefreshTokenHash) -> Stored<Option<StoredRefreshToken>>;

    /// Marks a token used under `key` and adds its successor, which ends when `Session::next_token_expires_at` says.
    ///
    /// # Errors
    /// `Stale` when the token was used in the meantime.
    async fn rotate(
        &self,
        used: &RefreshTokenHash,
        key: Option<&str>,
        session: &Session,
        successor: &RefreshTokenHash,
        now: Timestamp,
    ) -> Stored<()>;

    /// Notes that a session's user has proved who they are.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn note_proof(&self, session: SessionId, now: Timestamp) -> Stored<()>;

    /// Ends one session; ending it twice keeps the first instant.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn revoke(&self, session: SessionId, now: Timestamp) -> Stored<()>;

    /// Ends one live session of a user, and tells whether there was one.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn revoke_of(&self, user: UserId, session: SessionId, now: Timestamp) -> Stored<bool>;

    /// Ends every live session of a user but one that may be spared, and names those it ended.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn revoke_all(&self, user: UserId, spared: Option<SessionId>, now: Timestamp) -> Stored<Vec<SessionId>>;
}

/// One-time codes inside a unit of work.
#[async_trait]
pub trait CodeRepository: Send + Sync {
    /// Adds a code.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn issue(&self, code: &Code) -> Stored<()>;

    /// One code, whatever its state. The row stays locked until the unit ends.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find(&self, id: CodeId) -> Stored<Option<Code>>;

    /// The open codes of an address for a purpose, the newest first. The rows stay locked until the unit ends, so that
    /// no try goes uncounted.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn open(&self, email: &Email, purpose: CodePurpose, now: Timestamp) -> Stored<Vec<Code>>;

    /// Writes `tries` and `used_at` of a code back.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn save(&self, code: &Code) -> Stored<()>;

    /// What was spent on an address and purpose since an instant.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn spent(&self, email: &Email, purpose: CodePurpose, since: Timestamp) -> Stored<CodesSpent>;

    /// Removes every code that was issued before an instant and tells how many there were.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn forget_issued_before(&self, instant: Timestamp) -> Stored<u64>;
}

/// What users agreed to, inside a unit of work.
#[async_trait]
pub trait ConsentRepository: Send + Sync {
    /// Adds what was said, under an id of its own.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn record(&self, id: uuid::Uuid, user: UserId, consent: &Consent) -> Stored<()>;
}

/// Reading accounts, beside any writer. Deleted users are found by nobody.
#[async_trait]
pub trait UserQueries: Send + Sync {
    /// The living user with this id; one look-up by primary key.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find(&self, id: UserId) -> Stored<Option<User>>;

    /// The living user with this address and their password, if they have one.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find_login(&self, email: &Email) -> Stored<Option<(User, Option<PasswordHash>)>>;

    /// The same for the account that was deleted last, not before `since`.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find_deleted_login(&self, email: &Email, since: Timestamp)
    -> Stored<Option<(User, Option<PasswordHash>)>>;

    /// Living users, the newest first; with a text those whose address begins with it, without regard to case.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn list(&self, email_prefix: Option<&str>, page: PageRequest) -> Stored<Page<User>>;

    /// A user's password, if they have one.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find_password(&self, user: UserId) -> Stored<Option<PasswordHash>>;
}

/// Reading sessions, beside any writer.
#[async_trait]
pub trait SessionQueries: Send + Sync {
    /// Whether the session is open; one look-up by primary key.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn is_live(&self, session: SessionId, now: Timestamp) -> Stored<bool>;

    /// The sessions that were ended at `since` or later.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn ended_since(&self, since: Timestamp) -> Stored<Vec<SessionId>>;

    /// When the session's user last proved who they are.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn proved_at(&self, session: SessionId) -> Stored<Option<Timestamp>>;

    /// The session that a refresh token belongs to, and until when the token may be used, whatever their state.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn carried_by(&self, token: &RefreshTokenHash) -> Stored<Option<(Session, Timestamp)>>;

    /// A user's live sessions, the one carried on last first; at most 100.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn live(&self, user: UserId, now: Timestamp) -> Stored<Vec<Session>>;
}

/// Which sessions count, for every request that carries a token. Knows recent sessions without a query.
#[async_trait]
pub trait SessionDirectory: Send + Sync {
    /// Whether the session is open.
    ///
    /// # Errors
    /// Whatever the database says, for a session it does not know.
    async fn is_live(&self, session: SessionId, now: Timestamp) -> Stored<bool>;

    /// Tells of a session that was opened here.
    fn opened(&self, session: SessionId);

    /// Tells of a session that was ended here; from now on it is not live, and the other nodes are told.
    fn closed(&self, session: SessionId);

    /// Tells of a session that was ended by another node.
    fn ended_elsewhere(&self, session: SessionId);
}

/// Hashes passwords, slowly on purpose, in a bounded number of slots so that logins can't starve everything else.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Hashes a new password with a fresh salt.
    ///
    /// # Errors
    /// [`HashingError`]
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashingError>;

    /// Compares a password with a hash. Without a hash (an unknown account) the same work is done and the answer is no,
    /// so that the time tells nothing.
    ///
    /// # Errors
    /// [`HashingError`]
    async fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool, HashingError>;

    /// Whether a hash costs a thief less work than one made now would.
    fn is_outdated(&self, hash: &PasswordHash) -> bool;
}

/// Why a password could not be hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashingError {
    /// More logins wait than can be served in time.
    #[error("too many logins at once; try again in a moment")]
    Busy,
    /// The stored hash can't be read, or the hasher failed.
    #[error("the password could not be checked")]
    Broken,
}

impl Failure for HashingError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Busy => ErrorKind::Unavailable,
            Self::Broken => ErrorKind::Internal,
        }
    }
}

/// Signs and checks access tokens. Never touches the database.
pub trait AccessTokens: Send + Sync {
    /// Signs the claims.
    fn issue(&self, claims: &AccessClaims) -> String;

    /// Checks form, algorithm, key, issuer, audience and time, and reads the claims.
    ///
    /// # Errors
    /// [`TokenRefused`]
    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenRefused>;
}
