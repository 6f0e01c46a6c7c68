//! What is said: a template and its arguments, rendered in the user's language only when it is sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DeviceToken, Platform};
use crate::kernel::Email;

/// Something to say to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Which texts.
    pub template: Template,
    /// What stands in them.
    pub args: BTreeMap<String, String>,
}

impl Message {
    /// The argument that names a one-time code by its id. The code itself is made only when the mail is written, as
    /// `code` (six digits) and `link`.
    pub const CODE: &'static str = "code_id";
    /// The argument that names an invitation by its id. Its token is made only when the mail is written, as `link`.
    pub const INVITATION: &'static str = "invitation_id";
}

/// The texts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// The subscription runs. `plan`, `until`.
    SubscriptionActive,
    /// A payment arrived. `amount`.
    PaymentReceived,
    /// A payment failed and access goes on for a while. `plan`, `until`.
    PaymentFailed,
    /// The subscription is over. `plan`.
    SubscriptionEnded,
    /// The password was changed and all other devices were logged out.
    PasswordChanged,
    /// Somebody wants to have an account for this address. `code`.
    VerifyEmail,
    /// Somebody wants to have a second account for this address.
    AccountExists,
    /// The password is to be replaced. `link`.
    ResetPassword,
    /// Too many logins failed; one more takes this. `code`.
    UnlockLogin,
    /// The account has moved to another address; goes to the old one.
    EmailChanged,
    /// The account will be erased. `until`.
    AccountDeleted,
    /// The account was closed by us. `reason`.
    AccountSuspended,
    /// The account was opened again by us.
    AccountReactivated,
    /// Another way to log in, or one less. `what`.
    LoginMethodsChanged,
    /// Support acts in the member's place for a while. `ticket`.
    Impersonated,
    /// Somebody is invited to an organization. `organization`, `inviter`, `link`.
    OrganizationInvitation,
}

impl Template {
    /// Every template.
    pub const ALL: [Self; 16] = [
        Self::SubscriptionActive,
        Self::PaymentReceived,
        Self::PaymentFailed,
        Self::SubscriptionEnded,
        Self::PasswordChanged,
        Self::VerifyEmail,
        Self::AccountExists,
        Self::ResetPassword,
        Self::UnlockLogin,
        Self::EmailChanged,
        Self::AccountDeleted,
        Self::AccountSuspended,
        Self::AccountReactivated,
        Self::LoginMethodsChanged,
        Self::Impersonated,
        Self::OrganizationInvitation,
    ];

    /// The name of its texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SubscriptionActive => "subscription-active",
            Self::PaymentReceived => "payment-received",
            Self::PaymentFailed => "payment-failed",
            Self::SubscriptionEnded => "subscription-ended",
            Self::PasswordChanged => "password-changed",
            Self::VerifyEmail => "verify-email",
            Self::AccountExists => "account-exists",
            Self::ResetPassword => "reset-password",
            Self::UnlockLogin => "unlock-login",
            Self::EmailChanged => "email-changed",
            Self::AccountDeleted => "account-deleted",
            Self::AccountSuspended => "account-suspended",
            Self::AccountReactivated => "account-reactivated",
            Self::LoginMethodsChanged => "login-methods-changed",
            Self::Impersonated => "impersonated",
            Self::OrganizationInvitation => "organization-invitation",
        }
    }

    /// What it is about.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::SubscriptionActive | Self::PaymentReceived | Self::PaymentFailed | Self::SubscriptionEnded => {
                Category::Billing
            }
            Self::PasswordChanged
            | Self::VerifyEmail
            | Self::AccountExists
            | Self::ResetPassword
            | Self::UnlockLogin
            | Self::EmailChanged
            | Self::AccountDeleted
            | Self::AccountSuspended
            | Self::AccountReactivated
            | Self::LoginMethodsChanged
            | Self::Impersonated
            | Self::OrganizationInvitation => Category::Security,
        }
    }

    /// Whether it goes out as a push; all go out as mail.
    #[must_use]
    pub const fn is_pushed(self) -> bool {
        matches!(self, Self::SubscriptionActive | Self::PaymentFailed | Self::SubscriptionEnded)
    }
}

/// What a message is about; users choose per category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// The account's safety.
    Security,
    /// Money and access.
    Billing,
    /// Goals and sessions.
    Coaching,
}

/// The words of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushText {
    /// The first line.
    pub title: String,
    /// The rest.
    pub body: String,
}

/// A push to one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushNotification {
    /// The same for every repetition.
    pub id: String,
    /// What the device is.
    pub platform: Platform,
    /// How the push service names it.
    pub token: DeviceToken,
    /// The words.
    pub text: PushText,
    /// A later push with the same key replaces this one on the screen.
    pub collapse_key: String,
}

/// A mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The same for every repetition.
    pub id: String,
    /// To whom.
    pub to: Email,
    /// What they are called.
    pub name: String,
    /// The subject line.
    pub subject: String,
    /// The words without mark-up.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Template::SubscriptionActive, true)]
    #[case(Template::PaymentReceived, false)]
    #[case(Template::PaymentFailed, true)]
    #[case(Template::SubscriptionEnded, true)]
    fn all_about_money_is_billing_and_a_receipt_rings_no_phone(#[case] template: Template, #[case] pushed: bool) {
        assert_eq!((template.category(), template.is_pushed()), (Category::Billing, pushed));
    }

    /// Its texts are found by it.
    #[test]
    fn each_template_has_a_name_of_its_own() {
        let names: BTreeSet<_> = Template::ALL.map(Template::name).into();
        assert_eq!(names.len(), Template::ALL.len());
    }

    #[test]
    fn a_message_that_waits_in_a_job_is_read_back_as_it_was() {
        let args = BTreeMap::from([("amount".to_owned(), "9.99 USD".to_owned())]);
        for template in Template::ALL {
            let message = Message { template, args: args.clone() };
            let stored = serde_json::to_string(&message).unwrap();
            assert_eq!(serde_json::from_str::<Message>(&stored).unwrap(), message);
        }
    }
}
