//! The verbs of gyms and teams. Each that changes something locks the organization first, so that deeds in one
//! organization come one after the other, whatever the database.

mod answer_invitation;
mod browse_organization;
mod change_membership;
mod change_organization;
mod enter;
mod error;
mod invite;
#[cfg(test)]
mod law;
mod mail_invitation;
mod make_organization;
#[cfg(test)]
mod stage;
mod transfer_organization;

pub use answer_invitation::AnswerInvitation;
pub use browse_organization::BrowseOrganization;
pub use change_membership::ChangeMembership;
pub use change_organization::ChangeOrganization;
pub(crate) use change_organization::disband;
pub use error::OrganizationError;
pub use invite::Invite;
pub use mail_invitation::{MailInvitation, MailInvitationJob};
pub use make_organization::{MakeOrganization, NewOrganization};
pub use transfer_organization::TransferOrganization;
