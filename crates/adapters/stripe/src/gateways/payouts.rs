//! Connected accounts, payments that are held for them, and payouts.

use async_trait::async_trait;
use hos_domain::billing::{
    HeldPayment, Hold, HoldStatus, NewPayee, OnboardingLink, Payee, Payout, PayoutGateway, PayoutStatus,
};
use hos_domain::kernel::{GatewayError, Money, Timestamp};
use hos_http::Call;
use serde::Deserialize;

use crate::client::{Stripe, fields, in_path};
use crate::translate::{amount, stripe_minor};
use crate::wire::List;

#[derive(Deserialize)]
struct Account {
    id: String,
    #[serde(default)]
    charges_enabled: bool,
    #[serde(default)]
    payouts_enabled: bool,
    #[serde(default)]
    details_submitted: bool,
    requirements: Option<Requirements>,
}

#[derive(Deserialize)]
struct Requirements {
    #[serde(default)]
    currently_due: Vec<String>,
    disabled_reason: Option<String>,
}

impl From<Account> for Payee {
    /// Who may not be paid yet: details are missing, under review, or refused.
    fn from(account: Account) -> Self {
        let enabled = account.charges_enabled && account.payouts_enabled && account.details_submitted;
        let Requirements { currently_due, disabled_reason } =
            account.requirements.unwrap_or(Requirements { currently_due: Vec::new(), disabled_reason: None });
        let ready = enabled && currently_due.is_empty() && disabled_reason.is_none();
        Self { account: account.id, ready, missing: currently_due }
    }
}

#[derive(Deserialize)]
struct Link {
    url: String,
    expires_at: i64,
}

#[derive(Deserialize)]
struct Intent {
    id: String,
    status: String,
    currency: String,
    #[serde(default)]
    amount_capturable: i64,
    #[serde(default)]
    amount_received: i64,
    client_secret: Option<String>,
}

impl TryFrom<Intent> for HeldPayment {
    type Error = GatewayError;

    fn try_from(intent: Intent) -> Result<Self, GatewayError> {
        let status = match intent.status.as_str() {
            "requires_payment_method" | "requires_confirmation" | "requires_action" => HoldStatus::NeedsPayer,
            "processing" => HoldStatus::Processing,
            "requires_capture" => HoldStatus::Held,
            "succeeded" => HoldStatus::Captured,
            "canceled" => HoldStatus::Released,
            word => return Err(GatewayError::Malformed(format!("the payment status {word} is not known"))),
        };
        Ok(Self {
            id: intent.id,
            status,
            capturable: amount(intent.amount_capturable, &intent.currency)?,
            captured: amount(intent.amount_received, &intent.currency)?,
            client_secret: intent.client_secret.filter(|_| status == HoldStatus::NeedsPayer),
        })
    }
}

#[derive(Deserialize)]
struct Paid {
    id: String,
    amount: i64,
    currency: String,
    status: String,
    arrival_date: i64,
    failure_code: Option<String>,
}

impl TryFrom<Paid> for Payout {
    type Error = GatewayError;

    fn try_from(paid: Paid) -> Result<Self, GatewayError> {
        let status = match paid.status.as_str() {
            "pending" => PayoutStatus::Pending,
            "in_transit" => PayoutStatus::InTransit,
            "paid" => PayoutStatus::Paid,
            "failed" => PayoutStatus::Failed,
            "canceled" => PayoutStatus::Canceled,
            word => return Err(GatewayError::Malformed(format!("the payout status {word} is not known"))),
        };
        let wrong = || GatewayError::Malformed("a time is out of range".to_owned());
        let arrives_at = Timestamp::from_unix_seconds(paid.arrival_date).ok_or_else(wrong)?;
        let amount = amount(paid.amount, &paid.currency)?;
        Ok(Self { id: paid.id, amount, status, arrives_at, failure: paid.failure_code })
    }
}

fn intent_path(payment: &str, verb: &str) -> Result<String, GatewayError> {
    Ok(format!("/v1/payment_intents/{}{verb}", in_path(payment)?))
}

#[async_trait]
impl PayoutGateway for Stripe {
    async fn open_account(&self, payee: &NewPayee, idempotency_key: &str) -> Result<Payee, GatewayError> {
        let ours = "application".to_owned();
        let form = fields([
            ("country", payee.country.as_str().to_owned()),
            ("email", payee.email.as_str().to_owned()),
            ("controller[stripe_dashboard][type]", "express".to_owned()),
            ("controller[fees][payer]", ours.clone()),
            ("controller[losses][payments]", ours),
            ("capabilities[transfers][requested]", "true".to_owned()),
            ("metadata[user_id]", payee.user.to_string()),
        ]);
        Ok(self.post::<Account>("/v1/accounts", form, idempotency_key).await?.body.into())
    }

    async fn payee(&self, account: &str) -> Result<Payee, GatewayError> {
        let path = format!("/v1/accounts/{}", in_path(account)?);
        Ok(self.get::<Account>(&path, Vec::new()).await?.body.into())
    }

    async fn onboarding_link(
        &self,
        account: &str,
        return_url: &str,
        refresh_url: &str,
        idempotency_key: &str,
    ) -> Result<OnboardingLink, GatewayError> {
        let form = fields([
            ("account", account.to_owned()),
            ("return_url", return_url.to_owned()),
            ("refresh_url", refresh_url.to_owned()),
            ("type", "account_onboarding".to_owned()),
            ("collection_options[fields]", "eventually_due".to_owned()),
        ]);
        let link = self.post::<Link>("/v1/account_links", form, idempotency_key).await?.body;
        let wrong = || GatewayError::Malformed("a time is out of range".to_owned());
        Ok(OnboardingLink {
            url: link.url,
            expires_at: Timestamp::from_unix_seconds(link.expires_at).ok_or_else(wrong)?,
        })
    }

    async fn authorize(&self, hold: &Hold, idempotency_key: &str) -> Result<HeldPayment, GatewayError> {
        let mut form = fields([
            ("amount", stripe_minor(hold.amount).to_string()),
            ("currency", hold.amount.currency.as_str().to_ascii_lowercase()),
            ("customer", hold.customer.clone()),
            ("capture_method", "manual".to_owned()),
            ("metadata[reference]", hold.reference.clone()),
            ("automatic_payment_methods[enabled]", "true".to_owned()),
            ("automatic_payment_methods[allow_redirects]", "never".to_owned()),
        ]);
        if let Some(card) = &hold.payment_method {
            let yes = "true".to_owned();
            form.extend(fields([("payment_method", card.clone()), ("confirm", yes.clone()), ("off_session", yes)]));
        }
        if let Some(share) = &hold.share {
            form.extend(fields([
                ("transfer_data[destination]", share.account.clone()),
                ("application_fee_amount", stripe_minor(share.commission).to_string()),
            ]));
        }
        self.post::<Intent>("/v1/payment_intents", form, idempotency_key).await?.body.try_into()
    }

    async fn held_payment(&self, payment: &str) -> Result<HeldPayment, GatewayError> {
        self.get::<Intent>(&intent_path(payment, "")?, Vec::new()).await?.body.try_into()
    }

    async fn capture(
        &self,
        payment: &str,
        amount: Money,
        commission: Option<Money>,
        idempotency_key: &str,
    ) -> Result<HeldPayment, GatewayError> {
        let mut form = fields([("amount_to_capture", stripe_minor(amount).to_string())]);
        if let Some(commission) = commission {
            form.extend(fields([("application_fee_amount", stripe_minor(commission).to_string())]));
        }
        self.post::<Intent>(&intent_path(payment, "/capture")?, form, idempotency_key).await?.body.try_into()
    }

    async fn release(&self, payment: &str, idempotency_key: &str) -> Result<HeldPayment, GatewayError> {
        self.post::<Intent>(&intent_path(payment, "/cancel")?, Vec::new(), idempotency_key).await?.body.try_into()
    }

    async fn payouts(&self, account: &str, most: u8) -> Result<Vec<Payout>, GatewayError> {
        let query = fields([("limit", most.clamp(1, 100).to_string())]);
        let call = Call::get("/v1/payouts").query(query).header("stripe-account", in_path(account)?);
        self.send::<List<Paid>>(call).await?.body.data.into_iter().map(TryInto::try_into).collect()
    }
}
