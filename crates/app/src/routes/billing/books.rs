//! GET `/admin/billing/balances` and `/admin/users/{id}/journal`.

use actix_web::get;
use actix_web::web::{Data, Json};
use hos_domain::billing::{AccountBalance, BookedEntry, Environment, JournalQueries};
use hos_domain::identity::User;
use hos_domain::kernel::{Invalid, Money, PageLimit, PageRequest, Timestamp};
use hos_usecases::billing::ShowBooks;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::plans::MoneyBody;
use crate::error::ApiError;
use crate::http::{Admin, Check, ListBody, Parse, PathId, Queried, ReadBooks, cursor_of};

/// Which balances.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct BalancesQuery {
    /// `production` (unless given) or `sandbox`; never both together.
    environment: Option<String>,
    /// As of when; now unless given.
    #[param(format = DateTime)]
    at: Option<String>,
}

impl Parse for BalancesQuery {
    type Command = (Environment, Option<Timestamp>);

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        let unknown = || Invalid::new("one_of", "This is production or sandbox.");
        let environment =
            check.optional("environment", self.environment, |name| Environment::from_name(&name).ok_or_else(unknown));
        let at = check.optional("at", self.at, |text| Timestamp::parse(&text));
        Some((environment?.unwrap_or(Environment::Production), at?))
    }
}

/// What stands in the accounts.
#[derive(Serialize, ToSchema)]
pub(super) struct BalancesBody {
    /// As of when.
    #[schema(format = DateTime)]
    at: String,
    /// Debits less credits of each account that is not at 0; in each currency they come to 0.
    items: Vec<BalanceBody>,
    /// The currencies in which they don't: a fault of ours.
    unbalanced: Vec<MoneyBody>,
}

/// What stands in one account.
#[derive(Serialize, ToSchema)]
struct BalanceBody {
    /// `provider_clearing`, `deferred_revenue`, `revenue`, `refunds`, `dispute_held` or `dispute_loss`.
    #[schema(example = "deferred_revenue")]
    account: &'static str,
    /// More than 0 is a debit, less a credit.
    balance: MoneyBody,
}

impl From<AccountBalance> for BalanceBody {
    fn from(balance: AccountBalance) -> Self {
        Self { account: balance.account.name(), balance: balance.balance.into() }
    }
}

/// See what stands in the books
///
/// The trial balance over all members. What was paid for a time is earned evenly over it.
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_read_balances",
    security(("bearer" = [])),
    params(BalancesQuery),
    responses((status = 200, body = BalancesBody)),
)]
#[get("/admin/billing/balances")]
pub(super) async fn read_balances(
    _: Admin<ReadBooks>,
    query: Queried<BalancesQuery>,
    use_case: Data<ShowBooks>,
) -> Result<Json<BalancesBody>, ApiError> {
    let (environment, at) = query.0;
    let (at, balance) = use_case.balance(environment, at).await?;
    let unbalanced = balance.unbalanced().into_iter().map(Into::into).collect();
    let items = balance.0.into_iter().map(Into::into).collect();
    Ok(Json(BalancesBody { at: at.to_string(), items, unbalanced }))
}

/// Which page of a member's entries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct JournalQuery {
    /// Items a page, 1 to 100; 20 unless given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where the last page ended: its `next_cursor`.
    cursor: Option<String>,
}

impl Parse for JournalQuery {
    type Command = PageRequest;

    fn parse(self, check: &mut Check) -> Option<PageRequest> {
        let limit = check.optional("limit", self.limit, PageLimit::parse);
        let after = check.optional("cursor", self.cursor, |text| cursor_of(&text));
        Some(PageRequest { limit: limit?.unwrap_or_default(), after: after? })
    }
}

/// An entry in the books.
#[derive(Serialize, ToSchema)]
pub(super) struct JournalEntryBody {
    /// Ours.
    id: String,
    /// What happened to which provider object.
    #[schema(example = "paid:in_1")]
    fact: String,
    /// How often the fact had been written about before: what turns out otherwise is reversed and written anew.
    revision: u32,
    /// When it happened, by the provider's clock.
    #[schema(format = DateTime)]
    at: String,
    /// When it was written.
    #[schema(format = DateTime)]
    recorded_at: String,
    /// What moved; comes to 0.
    postings: Vec<BalanceBody>,
}

impl From<BookedEntry> for JournalEntryBody {
    fn from(booked: BookedEntry) -> Self {
        let currency = booked.entry.currency;
        let postings = booked.entry.postings.iter().map(|posting| BalanceBody {
            account: posting.account.name(),
            balance: Money::new(posting.amount_minor, currency).into(),
        });
        Self {
            id: booked.id.to_string(),
            revision: booked.revision,
            at: booked.entry.at.to_string(),
            recorded_at: booked.recorded_at.to_string(),
            postings: postings.collect(),
            fact: booked.entry.fact,
        }
    }
}

/// See what the books say of a member
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_list_journal_entries",
    security(("bearer" = [])),
    params(("id" = Uuid, Path), JournalQuery),
    responses((status = 200, description = "The latest written first; none for who never paid.", body = ListBody<JournalEntryBody>)),
)]
#[get("/admin/users/{id}/journal")]
pub(super) async fn list_journal(
    _: Admin<ReadBooks>,
    id: PathId<User>,
    query: Queried<JournalQuery>,
    journal: Data<dyn JournalQueries>,
) -> Result<Json<ListBody<JournalEntryBody>>, ApiError> {
    Ok(Json(ListBody::render(journal.entries(id.0, query.0).await?, Into::into)))
}
