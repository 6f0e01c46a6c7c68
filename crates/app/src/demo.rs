//! A small demo to look at, made with the product's own use cases.

use hos_domain::identity::{Client, DisplayName, Password};
use hos_domain::kernel::{Email, Invalid};
use hos_domain::platform::{ProjectDescription, ProjectName};
use hos_usecases::identity::{RegisterError, Registration};
use hos_usecases::platform::NewProject;

use crate::wiring::UseCases;

/// The demo user's address.
pub(crate) const EMAIL: &str = "demo@example.com";
/// The demo user's password.
pub(crate) const PASSWORD: &str = "train-hard-rest-well";

const PROJECTS: [(&str, &str); 3] = [
    ("Garage gym", "A rack, a bar, 140 kg of plates. Next: adjustable bench."),
    ("Spring block", "Eight weeks, four days, chest and back first."),
    ("First pull-up", "Negatives twice a week until one goes up."),
];

/// Makes the demo user with a few projects; does nothing when the user exists.
pub(crate) async fn seed(use_cases: &UseCases) -> Result<(), Box<dyn std::error::Error>> {
    // Looked up first: hashing a password at every start would cost more than the start itself.
    if use_cases.users().find_login(&Email::parse(EMAIL)?).await?.is_some() {
        return Ok(());
    }
    let demo = match use_cases.register().at_once(registration()?, Client::default()).await {
        Ok(signed_in) => signed_in,
        Err(RegisterError::EmailTaken) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for (name, description) in PROJECTS {
        let new =
            NewProject { name: ProjectName::parse(name)?, description: Some(ProjectDescription::parse(description)?) };
        use_cases.create_project().run(demo.user.id, new, None).await?;
    }
    Ok(())
}

fn registration() -> Result<Registration, Invalid> {
    Ok(Registration {
        email: Email::parse(EMAIL)?,
        password: Password::parse(PASSWORD)?,
        name: DisplayName::parse("Demo")?,
        country: None,
        timezone: None,
        locale: None,
        birth_date: None,
        referral_code: None,
        terms: None,
        privacy: None,
        marketing: None,
    })
}
