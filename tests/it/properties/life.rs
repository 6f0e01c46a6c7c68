//! Generated lives: deeds at random times, played by the simulator and told in two languages.

use std::time::Duration;

use hos_domain::billing::{
    Catalog, Interval, Observation, ObservationSet, Provider, Received, Source, StoredWebhook, Translated,
    WebhookTranslator,
};
use hos_domain::kernel::{Currency, Id, Money, Timestamp};
use hos_domain::sandbox::{Card, SandboxCustomer, Simulator};
use hos_sandbox::{
    Deed, Happening, LifeSimulator, Order, PriceChange, SandboxTranslator, StripeShape, event_of, in_stripe_words,
};
use hos_stripe::StripeTranslator;
use proptest::prelude::*;
use uuid::Uuid;

/// A deed before it is known which objects there will be to do it to.
#[derive(Debug, Clone)]
pub enum Wish {
    Order { price: usize, trial_days: u32 },
    PayFirst(usize),
    UseCard(bool),
    CancelAtPeriodEnd(usize, bool),
    CancelNow(usize),
    Pause(usize),
    Resume(usize),
    ChangePrice(usize, usize),
    Refund { invoice: usize, percent: i64 },
    FailRefund(usize),
    Dispute(usize),
    CloseDispute(usize, bool),
    Nothing,
}

/// Wishes with the time that passes before each.
#[derive(Debug, Clone)]
pub struct Story {
    pub wishes: Vec<(Duration, Wish)>,
    pub leaves_unpaid: bool,
}

/// In which words a life is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Sandbox,
    StripeBeforeBasil,
    StripeSinceBasil,
}

impl Language {
    pub const ALL: [Self; 3] = [Self::Sandbox, Self::StripeBeforeBasil, Self::StripeSinceBasil];

    pub fn provider(self) -> Provider {
        match self {
            Self::Sandbox => Provider::Sandbox,
            Self::StripeBeforeBasil | Self::StripeSinceBasil => Provider::Stripe,
        }
    }
}

/// The prices of the shipped catalogue, in each provider's words.
const PRICES: [(&str, &str, Interval, i64); 3] = [
    ("premium/monthly/USD", "price_premium_monthly_usd", Interval::Month, 999),
    ("premium/annual/USD", "price_premium_annual_usd", Interval::Year, 7999),
    ("coach_plus/monthly/USD", "price_coach_plus_monthly_usd", Interval::Month, 4999),
];

/// A life as it stood at one instant.
pub struct Moment {
    pub now: Timestamp,
    /// The customer as they really were.
    pub customer: SandboxCustomer,
    /// How many observations there were so far.
    pub known: usize,
}

/// A life that was played and told.
pub struct Told {
    pub observations: Vec<Observation>,
    pub moments: Vec<Moment>,
}

pub fn catalog() -> Catalog {
    Catalog::parse(include_str!("../../../config/plans.toml")).unwrap().with_sandbox_grants(true)
}

pub fn any_story() -> impl Strategy<Value = Story> {
    let gap = prop_oneof![
        3 => 1_u64..7_200,
        3 => 3_600_u64..10 * 86_400,
        2 => 86_400_u64..40 * 86_400,
    ];
    let wishes = prop::collection::vec((gap.prop_map(Duration::from_secs), any_wish()), 1..24);
    let first = (0_usize..PRICES.len(), prop_oneof![3 => Just(0_u32), 1 => 3_u32..30]);
    (first, wishes, any::<bool>()).prop_map(|((price, trial_days), mut wishes, leaves_unpaid)| {
        wishes.insert(0, (Duration::from_secs(60), Wish::Order { price, trial_days }));
        wishes.insert(1, (Duration::from_secs(60), Wish::PayFirst(0)));
        Story { wishes, leaves_unpaid }
    })
}

fn any_wish() -> impl Strategy<Value = Wish> {
    let nth = 0_usize..4;
    prop_oneof![
        1 => (0_usize..PRICES.len(), 0_u32..15).prop_map(|(price, trial_days)| Wish::Order { price, trial_days }),
        2 => nth.clone().prop_map(Wish::PayFirst),
        4 => prop::bool::weighted(0.6).prop_map(Wish::UseCard),
        3 => (nth.clone(), any::<bool>()).prop_map(|(nth, cancel)| Wish::CancelAtPeriodEnd(nth, cancel)),
        1 => nth.clone().prop_map(Wish::CancelNow),
        2 => nth.clone().prop_map(Wish::Pause),
        2 => nth.clone().prop_map(Wish::Resume),
        2 => (nth.clone(), 0_usize..PRICES.len()).prop_map(|(nth, price)| Wish::ChangePrice(nth, price)),
        3 => (0_usize..4, prop_oneof![Just(100_i64), 1_i64..100]).prop_map(|(invoice, percent)| Wish::Refund { invoice, percent }),
        1 => nth.clone().prop_map(Wish::FailRefund),
        1 => nth.clone().prop_map(Wish::Dispute),
        2 => (nth, any::<bool>()).prop_map(|(nth, won)| Wish::CloseDispute(nth, won)),
        6 => Just(Wish::Nothing),
    ]
}

/// Plays a story and tells it. Whatever the language, the same things happen.
pub fn tell(story: &Story, language: Language) -> Told {
    let simulator = LifeSimulator { leaves_unpaid: story.leaves_unpaid };
    let mut now = Timestamp::from_unix_seconds(1_893_456_000).unwrap();
    let mut customer = simulator.customer("cus_1".into(), Id::new(Uuid::from_u128(77)), now);
    let mut told = Told { observations: Vec::new(), moments: Vec::new() };
    for (gap, wish) in &story.wishes {
        now = now + *gap;
        let mut happenings = simulator.live(&mut customer, now);
        if let Some(deed) = deed(wish, &customer, language) {
            happenings.extend(simulator.act(&mut customer, &deed, now));
        }
        told.observations.extend(observe(&customer, &happenings, language, told.observations.len()));
        // What was done a second late is known a second late.
        now = now.max(customer.last_change_at);
        told.moments.push(Moment { now, customer: customer.clone(), known: told.observations.len() });
        if let Some(due) = simulator.due(&customer).filter(|due| *due > now + Duration::from_secs(2)) {
            let eve = due - Duration::from_secs(1);
            told.moments.push(Moment { now: eve, customer: customer.clone(), known: told.observations.len() });
        }
    }
    told
}

/// The deed that a wish comes to, if there is anything to do it to.
fn deed(wish: &Wish, customer: &SandboxCustomer, language: Language) -> Option<Deed> {
    let subscriptions = &customer.subscriptions;
    let subscription = |nth: &usize| Some(subscriptions.get(nth % subscriptions.len().max(1))?.id.clone());
    let invoices: Vec<_> = subscriptions.iter().flat_map(|subscription| &subscription.invoices).rev().collect();
    let invoice = |nth: &usize| invoices.get(nth % invoices.len().max(1)).copied();
    let price = |index: usize| {
        let (sandbox, stripe, interval, amount) = PRICES[index];
        let id = if language == Language::Sandbox { sandbox } else { stripe };
        (id.to_owned(), interval, Money::new(amount, Currency::parse("USD").unwrap()))
    };
    Some(match wish {
        Wish::Nothing => return None,
        Wish::Order { price: index, trial_days } => {
            let (price, interval, amount) = price(*index);
            Deed::Order(Order { price, amount, interval, trial_days: *trial_days })
        }
        Wish::PayFirst(nth) => Deed::PayFirst(subscription(nth)?),
        Wish::UseCard(pays) => Deed::UseCard(if *pays { Card::Pays } else { Card::Declines }),
        Wish::CancelAtPeriodEnd(nth, cancel) => Deed::CancelAtPeriodEnd(subscription(nth)?, *cancel),
        Wish::CancelNow(nth) => Deed::CancelNow(subscription(nth)?),
        Wish::Pause(nth) => Deed::Pause(subscription(nth)?),
        Wish::Resume(nth) => Deed::Resume(subscription(nth)?),
        Wish::ChangePrice(nth, index) => {
            let (price, interval, amount) = price(*index);
            let change = PriceChange { price, amount, interval, prorated_at: None };
            Deed::ChangePrice(subscription(nth)?, change)
        }
        Wish::Refund { invoice: nth, percent } => {
            let invoice = invoice(nth)?;
            let amount = Money::new(invoice.amount.amount_minor * percent / 100, invoice.amount.currency);
            Deed::Refund(invoice.id.clone(), amount, None)
        }
        Wish::FailRefund(nth) => {
            let refunds: Vec<_> = invoices.iter().flat_map(|invoice| &invoice.refunds).collect();
            Deed::FailRefund(refunds.get(nth % refunds.len().max(1))?.id.clone())
        }
        Wish::Dispute(nth) => Deed::Dispute(invoice(nth)?.id.clone()),
        Wish::CloseDispute(nth, won) => {
            let disputed: Vec<_> = invoices.iter().filter(|invoice| invoice.dispute.is_some()).collect();
            Deed::CloseDispute(disputed.get(nth % disputed.len().max(1))?.id.clone(), *won)
        }
    })
}

/// What our translations read in what the provider would send. The user is named by the checkout alone.
fn observe(customer: &SandboxCustomer, happenings: &[Happening], language: Language, known: usize) -> Vec<Observation> {
    let bodies: Vec<(String, Vec<u8>)> = match language {
        Language::Sandbox => {
            let events =
                happenings.iter().enumerate().map(|(index, happening)| event_of(customer, happening, known + index));
            events.map(|event| (event.kind, event.body.into_bytes())).collect()
        }
        Language::StripeBeforeBasil | Language::StripeSinceBasil => {
            let since = language == Language::StripeSinceBasil;
            let shape = if since { StripeShape::SinceBasil } else { StripeShape::BeforeBasil };
            let events = in_stripe_words(customer, happenings, shape);
            events.into_iter().map(|event| (event.kind, event.body)).collect()
        }
    };
    let translator: &dyn WebhookTranslator =
        if language == Language::Sandbox { &SandboxTranslator } else { &StripeTranslator };
    let translated =
        bodies.into_iter().map(|(kind, body)| translator.translate(&stored(language, kind, body)).unwrap());
    translated
        .flat_map(|translated| match translated {
            Translated::Observations(observations) => observations,
            Translated::Ignored(_) => Vec::new(),
            Translated::Unknown(what) => panic!("{what}"),
        })
        .collect()
}

fn stored(language: Language, kind: String, body: Vec<u8>) -> StoredWebhook {
    StoredWebhook {
        id: Id::new(Uuid::nil()),
        provider: language.provider(),
        account: String::new(),
        event_id: String::new(),
        kind,
        headers: Vec::new(),
        body,
        received_at: Timestamp::EPOCH,
    }
}

/// A set of observations.
pub fn set(observations: &[Observation]) -> ObservationSet {
    observations.iter().cloned().map(received).collect()
}

/// An observation as it came in.
pub fn received(observation: Observation) -> Received {
    Received { observation, source: Source::Webhook, received_at: Timestamp::EPOCH }
}
