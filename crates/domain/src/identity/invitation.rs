//! Invitations to organizations. They go to an address, whoever has it or will have it one day, and count for whoever has
//! shown that it is theirs. The token in the mail is made from the row's id; it is stored nowhere.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{OrganizationId, OrganizationRole, UserId};
use crate::kernel::{Email, Id, Timestamp};

/// The id of one invitation.
pub type InvitationId = Id<Invitation>;

/// That somebody may become a member of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// What the token is made from; sorts by creation.
    pub id: InvitationId,
    /// Where.
    pub organization: OrganizationId,
    /// Who reads mail there.
    pub email: Email,
    /// As what.
    pub role: OrganizationRole,
    /// Who says so.
    pub inviter: UserId,
    /// What has become of it.
    pub state: InvitationState,
    /// How often it was mailed.
    pub mails: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was mailed last.
    pub mailed_at: Timestamp,
    /// Until when it counts.
    pub expires_at: Timestamp,
}

/// What has become of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// Nothing yet.
    Open,
    /// A membership.
    Accepted,
    /// Its reader does not want to.
    Declined,
    /// The organization does not want to any more.
    Revoked,
}

impl InvitationState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Accepted, Self::Declined, Self::Revoked];

    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Revoked => "revoked",
        }
    }

    /// The state of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl Invitation {
    /// It counts for so long after it was mailed.
    pub const LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
    /// So many may be open in one organization.
    pub const MOST_OPEN: usize = 100;
    /// So often one organization may write to one address within a day, whether it repeats an invitation or takes it back
    /// and makes another.
    pub const MOST_MAILS_A_DAY: u32 = 5;

    /// A new invitation, about to be mailed.
    #[must_use]
    pub fn new(
        id: InvitationId,
        organization: OrganizationId,
        (email, role): (Email, OrganizationRole),
        inviter: UserId,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            organization,
            email,
            role,
            inviter,
            state: InvitationState::Open,
            mails: 1,
            created_at: now,
            mailed_at: now,
            expires_at: now + Self::LIFE,
        }
    }

    /// Whether it still counts.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == InvitationState::Open && now < self.expires_at
    }

    /// The same, about to be mailed once more; it counts for as long as a new one.
    #[must_use]
    pub fn mailed_again(self, now: Timestamp) -> Self {
        Self { mails: self.mails + 1, mailed_at: now, expires_at: now + Self::LIFE, ..self }
    }
}

/// Makes what the mail's link holds from an invitation's id, and recognizes it again.
pub trait InvitationTokens: Send + Sync {
    /// A text for a link, which names its invitation: 64 characters that need no escaping.
    fn invitation_token(&self, invitation: InvitationId) -> String;

    /// The invitation that a text names, if it is the invitation's own. Takes the same time for any answer.
    fn invitation_of(&self, token: &str) -> Option<InvitationId>;
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn invitation() -> Invitation {
        let email = Email::parse("ada@example.com").unwrap();
        let (id, organization, inviter) = (Id::new(Uuid::nil()), Id::new(Uuid::nil()), Id::new(Uuid::nil()));
        Invitation::new(id, organization, (email, OrganizationRole::Coach), inviter, Timestamp::EPOCH)
    }

    #[test]
    fn an_invitation_counts_for_a_week_after_its_last_mail_and_until_it_is_answered() {
        let week = Timestamp::EPOCH + Invitation::LIFE;
        let last_second = week - Duration::from_secs(1);
        assert!(invitation().is_open(last_second));
        assert!(!invitation().is_open(week));
        let again = invitation().mailed_again(last_second);
        assert!(again.is_open(week) && again.mails == 2);
        for state in InvitationState::ALL {
            let answered = Invitation { state, ..invitation() };
            assert_eq!(answered.is_open(last_second), state == InvitationState::Open);
            assert_eq!(InvitationState::from_name(state.name()), Some(state));
        }
    }
}
