//! `hypertrophy-os user`.

use std::error::Error;

use clap::Subcommand;
use hos_domain::identity::Role;
use hos_domain::kernel::Email;
use hos_local::HashingCost;
use hos_usecases::identity::Administrator;

use super::print;
use crate::foundation::Foundation;
use crate::settings::Settings;

/// What to do with an account.
#[derive(Subcommand)]
pub(super) enum User {
    /// Give an account a role: this is how the first administrator comes into being
    Role {
        /// The account's address
        email: String,
        /// user, companion, support, admin or super_admin
        role: String,
    },
}

/// Does it.
pub(super) async fn run(settings: Settings, user: User) -> Result<(), Box<dyn Error>> {
    let User::Role { email, role } = user;
    let role = Role::from_name(&role).ok_or("a role is user, companion, support, admin or super_admin")?;
    let email = Email::parse(&email)?;
    let port = settings.server.port;
    let foundation = Foundation::lay(settings, port, HashingCost::RECOMMENDED).await?;
    let given = give(&foundation, &email, role).await;
    foundation.close().await;
    given?;
    print(format!("{email} is {} now; their sessions have ended", role.name()));
    Ok(())
}

async fn give(foundation: &Foundation, email: &Email, role: Role) -> Result<(), Box<dyn Error>> {
    let found = foundation.use_cases.users().find_login(email).await?;
    let (user, _) = found.ok_or("there is no account with this address")?;
    foundation.use_cases.administer_users().give_role(Administrator::OPERATOR, user.id, role).await?;
    Ok(())
}
