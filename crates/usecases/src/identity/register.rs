//! A stranger becomes a user: at once, or after showing that they read the mail that goes to the address.

use std::sync::Arc;

use hos_domain::identity::{
    BirthDate, Client, Code, CodePurpose, Consent, ConsentPurpose, DisplayName, HashingError, MinimumAge, Password,
    PasswordHash, PasswordHasher, ReferralCode, Role, TextVersion, Unit, Units, User, UserStatus,
};
use hos_domain::kernel::{
    CountryCode, Email, ErrorKind, Failure, IdSource, Locale, RepositoryError, Storage, Stored, TimeZone, Timestamp,
};
use hos_domain::platform::{AuditAction, AuditEvent};
use serde::{Deserialize, Serialize};

use super::codes::ask;
use super::open_session::{OpenSession, SignedIn};

/// Makes accounts.
pub struct Register {
    /// Where accounts are kept.
    pub storage: Arc<dyn Storage>,
    /// Hashes the password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Opens the first session.
    pub open_session: OpenSession,
    /// Who is old enough.
    pub minimum_age: MinimumAge,
    /// Whether the address must be shown to be its owner's before there is an account.
    pub confirm: bool,
}

/// What a stranger tells of themselves.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The key of the account.
    pub email: Email,
    /// The first credential.
    pub password: Password,
    /// What they want to be called.
    pub name: DisplayName,
    /// Where they pay from.
    pub country: Option<CountryCode>,
    /// Where their days begin; UTC unless they say.
    pub timezone: Option<TimeZone>,
    /// The language we write in; English unless they say.
    pub locale: Option<Locale>,
    /// When they were born.
    pub birth_date: Option<BirthDate>,
    /// Who or what brought them here.
    pub referral_code: Option<ReferralCode>,
    /// Which terms they accepted.
    pub terms: Option<TextVersion>,
    /// Which privacy notice they accepted.
    pub privacy: Option<TextVersion>,
    /// Whether they want news and offers.
    pub marketing: Option<bool>,
}

/// A registration that waits for its proof, or has it: everything an account is made of but the address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RegistrationForm {
    pub(crate) password: String,
    pub(crate) name: DisplayName,
    pub(crate) country: Option<CountryCode>,
    timezone: TimeZone,
    pub(crate) locale: Locale,
    pub(crate) birth_date: Option<BirthDate>,
    pub(crate) referral_code: Option<ReferralCode>,
    terms: Option<TextVersion>,
    privacy: Option<TextVersion>,
    marketing: Option<bool>,
}

/// What came of it.
#[derive(Debug)]
pub enum Registered {
    /// There is an account, and its user is logged in.
    SignedIn(Box<SignedIn>),
    /// Mail is on its way; nothing is said of what is known of the address.
    MailSent,
}

/// Why there is no new account.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// A living account has this address.
    #[error("an account with this e-mail address exists; log in instead")]
    EmailTaken,
    /// Younger than the law, or the operator, lets an account be.
    #[error("you have to be at least {0} years old")]
    TooYoung(u32),
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for RegisterError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::EmailTaken => ErrorKind::Conflict,
            Self::TooYoung(_) => ErrorKind::Unprocessable,
            Self::Hashing(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::EmailTaken => Some("EMAIL_TAKEN"),
            Self::TooYoung(_) => Some("TOO_YOUNG"),
            _ => None,
        }
    }
}

impl Register {
    /// Makes the account at once, or asks for proof of the address first.
    ///
    /// # Errors
    /// [`RegisterError`]; with `confirm` never that the address is taken.
    pub async fn run(&self, registration: Registration, client: Client) -> Result<Registered, RegisterError> {
        if !self.confirm {
            let signed_in = self.at_once(registration, client).await?;
            return Ok(Registered::SignedIn(Box::new(signed_in)));
        }
        let (email, form) = self.fill_in(registration).await?;
        let form = serde_json::to_vec(&form).map_err(|error| RepositoryError::Other(Box::new(error)))?;
        let tx = self.storage.begin().await?;
        let asked = (CodePurpose::Register, email);
        ask(&*tx, &*self.open_session.ids, asked, None, Some(form), self.open_session.clock.now()).await?;
        tx.commit().await?;
        Ok(Registered::MailSent)
    }

    /// Makes the account, its password and its first session, and asks for a code that will prove the address.
    ///
    /// # Errors
    /// [`RegisterError`]
    pub async fn at_once(&self, registration: Registration, client: Client) -> Result<SignedIn, RegisterError> {
        let (email, form) = self.fill_in(registration).await?;
        let (ids, now) = (&*self.open_session.ids, self.open_session.clock.now());
        let tx = self.storage.begin().await?;
        let user = make_account(&*tx, ids, (email.clone(), form), false, now).await.map_err(|error| match error {
            RepositoryError::Conflict => RegisterError::EmailTaken,
            other => other.into(),
        })?;
        ask(&*tx, ids, (CodePurpose::VerifyEmail, email), Some(user.id), None, now).await?;
        let signed_in = self.open_session.run(&*tx, user, &client, "register").await?;
        tx.commit().await?;
        self.open_session.opened(&signed_in);
        Ok(signed_in)
    }

    pub(crate) async fn fill_in(&self, registration: Registration) -> Result<(Email, RegistrationForm), RegisterError> {
        let today = self.open_session.clock.now().to_chrono().date_naive();
        if !self.minimum_age.admits(registration.birth_date, registration.country, today) {
            return Err(RegisterError::TooYoung(self.minimum_age.in_country(registration.country)));
        }
        let hash = self.hasher.hash(&registration.password).await?;
        let form = RegistrationForm {
            password: hash.as_str().to_owned(),
            name: registration.name,
            country: registration.country,
            timezone: registration.timezone.unwrap_or(TimeZone::UTC),
            locale: registration.locale.unwrap_or_default(),
            birth_date: registration.birth_date,
            referral_code: registration.referral_code,
            terms: registration.terms,
            privacy: registration.privacy,
            marketing: registration.marketing,
        };
        Ok((registration.email, form))
    }
}

impl RegistrationForm {
    /// The form that waits for a code.
    pub(crate) fn of(code: &Code) -> Stored<Self> {
        let form = serde_json::from_slice(code.form.as_deref().unwrap_or_default());
        form.map_err(|_| RepositoryError::Corrupt("codes.form is no registration".to_owned()))
    }

    fn consents(&self, now: Timestamp) -> impl Iterator<Item = Consent> {
        let said = |purpose, version, granted| Consent { purpose, version, granted, at: now, source: "register" };
        let terms = self.terms.clone().map(|version| said(ConsentPurpose::Terms, Some(version), true));
        let privacy = self.privacy.clone().map(|version| said(ConsentPurpose::Privacy, Some(version), true));
        let marketing = self.marketing.map(|granted| said(ConsentPurpose::Marketing, None, granted));
        [terms, privacy, marketing].into_iter().flatten()
    }
}

/// Makes the account and its password in the caller's unit.
pub(crate) async fn make_account(
    tx: &dyn Unit,
    ids: &dyn IdSource,
    (email, form): (Email, RegistrationForm),
    email_verified: bool,
    now: Timestamp,
) -> Stored<User> {
    let consents: Vec<Consent> = form.consents(now).collect();
    let user = User {
        id: ids.id(),
        email,
        name: form.name,
        email_verified,
        role: Role::User,
        country: form.country,
        timezone: form.timezone,
        locale: form.locale,
        units: Units::default(),
        birth_date: form.birth_date,
        sex: None,
        referral_code: form.referral_code,
        status: UserStatus::Active,
        created_at: now,
        deleted_at: None,
    };
    tx.users().insert(&user).await?;
    tx.passwords().put(user.id, &PasswordHash::new(form.password), now).await?;
    for consent in consents {
        tx.consents().record(ids.uuid(), user.id, &consent).await?;
    }
    tx.audit().note(AuditEvent::own(AuditAction::Registered, user.id, now));
    Ok(user)
}

#[cfg(test)]
mod tests {
    use hos_testing::Stage;

    use super::super::stage::open_session;
    use super::super::{CodeError, Verified, VerifyEmail};
    use super::*;

    fn register(stage: &Stage, confirm: bool) -> Register {
        Register {
            storage: stage.storage(),
            hasher: stage.hasher(),
            open_session: open_session(stage),
            minimum_age: MinimumAge::default(),
            confirm,
        }
    }

    fn verify(stage: &Stage) -> VerifyEmail {
        VerifyEmail { storage: stage.storage(), codes: stage.codes(), open_session: open_session(stage) }
    }

    fn form(email: &str, password: &str) -> Registration {
        Registration {
            email: Email::parse(email).unwrap(),
            password: Password::parse(password).unwrap(),
            name: DisplayName::parse("Ada").unwrap(),
            country: None,
            timezone: None,
            locale: None,
            birth_date: None,
            referral_code: None,
            terms: TextVersion::parse("2026-11").ok(),
            privacy: None,
            marketing: Some(false),
        }
    }

    /// The digits of the open codes of an address, the newest first.
    async fn mailed(stage: &Stage, purpose: CodePurpose, email: &str) -> Vec<String> {
        let (tx, email) = (stage.storage().begin().await.unwrap(), Email::parse(email).unwrap());
        let codes = tx.codes().open(&email, purpose, stage.clock().now()).await.unwrap();
        codes.into_iter().map(|code| stage.codes().digits(code.id)).collect()
    }

    #[tokio::test]
    async fn a_new_user_has_a_live_session_and_can_be_read() {
        let stage = Stage::new().await;
        let signed_in =
            register(&stage, false).at_once(form("ada@example.com", "correct horse"), Client::default()).await.unwrap();
        let claims = stage.tokens().verify(&signed_in.tokens.access, stage.clock().now()).unwrap();
        assert_eq!(claims.user, signed_in.user.id);
        assert!(stage.sessions().is_live(claims.session, stage.clock().now()).await.unwrap());
        assert_eq!(stage.users().find(claims.user).await.unwrap(), Some(signed_in.user));
        assert_eq!(stage.database.count("SELECT count(*) FROM consents").await, 2);
    }

    #[tokio::test]
    async fn one_address_makes_one_account_whatever_its_case() {
        let stage = Stage::new().await;
        register(&stage, false).run(form("ada@example.com", "correct horse"), Client::default()).await.unwrap();
        let again = register(&stage, false).run(form("ADA@example.com", "correct horse"), Client::default()).await;
        assert!(matches!(again, Err(RegisterError::EmailTaken)));
    }

    #[tokio::test]
    async fn of_many_who_register_one_address_at_once_one_succeeds() {
        let stage = Stage::new().await;
        let register = Arc::new(register(&stage, false));
        let attempts: Vec<_> = (0..8)
            .map(|_| {
                let register = Arc::clone(&register);
                let form = form("ada@example.com", "correct horse");
                tokio::spawn(async move { register.run(form, Client::default()).await.is_ok() })
            })
            .collect();
        let mut made = 0;
        for attempt in attempts {
            made += u32::from(attempt.await.unwrap());
        }
        assert_eq!(made, 1);
    }

    #[tokio::test]
    async fn who_is_too_young_has_no_account_and_is_told_the_age() {
        let stage = Stage::new().await;
        let born = BirthDate::parse("2014-01-02").ok();
        let child = Registration { birth_date: born, ..form("kid@example.com", "correct horse") };
        let refused = register(&stage, false).run(child.clone(), Client::default()).await;
        assert!(matches!(refused, Err(RegisterError::TooYoung(16))), "{refused:?}");
        stage.wait(std::time::Duration::from_secs(24 * 60 * 60));
        register(&stage, false).run(child, Client::default()).await.unwrap();
    }

    /// The password of whoever reads the mail wins, not that of whoever was first or last.
    #[tokio::test]
    async fn nobody_can_prepare_an_account_for_somebody_elses_address() {
        let stage = Stage::new().await;
        let confirm = register(&stage, true);
        for password in ["eves password 1", "adas password", "eves password 2"] {
            let answer = confirm.run(form("ada@example.com", password), Client::default()).await.unwrap();
            assert!(matches!(answer, Registered::MailSent));
        }
        assert!(stage.users().find_login(&Email::parse("ada@example.com").unwrap()).await.unwrap().is_none());
        let codes = mailed(&stage, CodePurpose::Register, "ada@example.com").await;
        let email = Email::parse("ada@example.com").unwrap();
        let verified = verify(&stage).run(email.clone(), &codes[1], Client::default()).await.unwrap();
        let Verified::Registered(signed_in) = verified else { panic!("no account was made") };
        assert!(signed_in.user.email_verified);
        let (_, hash) = stage.users().find_login(&email).await.unwrap().unwrap();
        assert!(stage.hasher().verify(&Password::attempt("adas password"), hash.as_ref()).await.unwrap());
        for code in codes {
            let late = verify(&stage).run(email.clone(), &code, Client::default()).await;
            assert!(matches!(late, Err(CodeError::Wrong)), "{late:?}");
        }
    }

    #[tokio::test]
    async fn five_wrong_tries_spend_a_code_and_fifteen_a_day() {
        let stage = Stage::new().await;
        let email = || Email::parse("ada@example.com").unwrap();
        register(&stage, true).run(form("ada@example.com", "correct horse"), Client::default()).await.unwrap();
        let mut wrong_tries = 0;
        for hour in 0..4 {
            let right = mailed(&stage, CodePurpose::Register, "ada@example.com").await.remove(0);
            let wrong = if right == "000000" { "000001" } else { "000000" };
            for _ in 0..5 {
                assert!(verify(&stage).run(email(), wrong, Client::default()).await.is_err());
                wrong_tries += 1;
            }
            let late = verify(&stage).run(email(), &right, Client::default()).await;
            assert!(late.is_err(), "the right code after {wrong_tries} wrong ones");
            stage.wait(std::time::Duration::from_secs(60 * 60));
            register(&stage, true).run(form("ada@example.com", "correct horse"), Client::default()).await.unwrap();
            if hour == 2 {
                let right = mailed(&stage, CodePurpose::Register, "ada@example.com").await.remove(0);
                assert!(
                    verify(&stage).run(email(), &right, Client::default()).await.is_err(),
                    "15 were enough for today"
                );
            }
        }
        stage.wait(std::time::Duration::from_secs(24 * 60 * 60));
        register(&stage, true).run(form("ada@example.com", "correct horse"), Client::default()).await.unwrap();
        let right = mailed(&stage, CodePurpose::Register, "ada@example.com").await.remove(0);
        verify(&stage).run(email(), &right, Client::default()).await.unwrap();
    }

    #[tokio::test]
    async fn no_more_than_four_codes_an_hour_go_to_one_address_and_a_waiting_form_is_carried_over() {
        let stage = Stage::new().await;
        let email = || Email::parse("ada@example.com").unwrap();
        register(&stage, true).run(form("ada@example.com", "correct horse"), Client::default()).await.unwrap();
        for _ in 0..6 {
            verify(&stage).again(email()).await.unwrap();
        }
        let codes = mailed(&stage, CodePurpose::Register, "ada@example.com").await;
        assert_eq!(codes.len(), 4);
        assert!(verify(&stage).run(email(), &codes[0], Client::default()).await.is_ok());
    }

    #[tokio::test]
    async fn neither_a_code_nor_the_form_can_be_read_from_the_database() {
        let stage = Stage::new().await;
        register(&stage, true).run(form("ada@example.com", "correct horse"), Client::default()).await.unwrap();
        let digits = mailed(&stage, CodePurpose::Register, "ada@example.com").await.remove(0);
        let (lease, now) = (std::time::Duration::from_secs(60), stage.clock().now());
        let jobs = stage.jobs().claim(stage.ids().uuid(), 10, lease, now).await.unwrap();
        assert_eq!(jobs.len(), 1);
        assert!(!jobs[0].payload.to_string().contains(&digits) && !jobs[0].payload.to_string().contains("ada"));
        assert_eq!(stage.database.count("SELECT count(*) FROM codes WHERE form LIKE '%argon2%'").await, 0);
    }
}
