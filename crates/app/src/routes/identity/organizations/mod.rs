//! Gyms and teams.

mod answers;
mod invitation_page;
mod invitations;
mod members;
mod organization;
mod transfer;

pub(crate) use invitation_page::INVITATION_PAGE;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(organization::create_organization)
        .service(organization::list_organizations)
        .service(organization::read_organization)
        .service(organization::edit_organization)
        .service(organization::delete_organization)
        .service(transfer::transfer_organization)
        .service(members::list_members)
        .service(members::read_member)
        .service(members::edit_member)
        .service(members::end_membership)
        .service(invitations::create_invitation)
        .service(invitations::list_invitations)
        .service(invitations::read_invitation)
        .service(invitations::resend_invitation)
        .service(invitations::revoke_invitation)
        .service(answers::accept_invitation)
        .service(answers::decline_invitation);
}

/// Pages for people that are no part of the API.
pub(super) fn at_root(config: &mut ServiceConfig) {
    invitation_page::routes(config);
}
