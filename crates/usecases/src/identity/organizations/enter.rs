//! How every change in an organization begins, and how it is noted.

use hos_domain::identity::{Membership, Organization, OrganizationId, OrganizationRole, Unit, UserId};
use hos_domain::kernel::Timestamp;
use hos_domain::platform::{AuditAction, AuditEvent};

use super::error::OrganizationError;

/// Locks an organization until the unit ends, and finds the caller's place in it. For who has none it does not exist.
pub(super) async fn enter(
    tx: &dyn Unit,
    id: OrganizationId,
    caller: UserId,
) -> Result<(Organization, Membership), OrganizationError> {
    let organization = tx.organizations().lock(id).await?.ok_or(OrganizationError::NotFound)?;
    let me = tx.memberships().find(id, caller).await?.ok_or(OrganizationError::NotFound)?;
    Ok((organization, me))
}

/// The place of somebody else in an organization that was entered.
pub(super) async fn member(tx: &dyn Unit, id: OrganizationId, user: UserId) -> Result<Membership, OrganizationError> {
    tx.memberships().find(id, user).await?.ok_or(OrganizationError::NoSuchMember)
}

/// Something that `by` did to an organization, or in it to `subject`.
pub(super) fn noted(
    action: AuditAction,
    organization: OrganizationId,
    (by, subject): (UserId, UserId),
    now: Timestamp,
) -> AuditEvent {
    let event = AuditEvent { actor: Some(by), ..AuditEvent::own(action, subject, now) };
    event.with("organization", organization.to_string())
}

/// That `by` made `subject` something else than they were; `None` is no member.
pub(super) fn noted_change(
    organization: OrganizationId,
    (by, subject): (UserId, UserId),
    (before, after): (Option<OrganizationRole>, Option<OrganizationRole>),
    now: Timestamp,
) -> AuditEvent {
    let name = |role: Option<OrganizationRole>| role.map_or("none", OrganizationRole::name);
    let change = format!("{} -> {}", name(before), name(after));
    noted(AuditAction::MembershipChanged, organization, (by, subject), now).with("change", change)
}
