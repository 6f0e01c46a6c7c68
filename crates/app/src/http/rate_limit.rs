//! How often somebody may ask: which limits a request falls under, and the answer to who has had enough.

use std::sync::Arc;
use std::time::Duration;

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use hos_domain::identity::{AccessTokens, Client, ForeignTokens, network_of};
use hos_domain::kernel::{Clock, Email, ErrorKind, Pseudonyms};
use hos_domain::platform::{Budget, RateLimit, RateLimiter, Standing, Verdict};
use hos_local::LocalRateLimiter;

use super::asker::Asker;
use super::client::FromClient;
use crate::error::ApiError;
use crate::settings::LimitSettings;

static RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
static RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// A burst of one minute may be twice the rate; these minutes together keep to it.
const BURST_MINUTES: u32 = 5;

/// Admits requests.
pub(crate) struct RateGate {
    pub(crate) limits: LimitSettings,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    /// Counts when the shared counts can't be reached: a limit of one node is better than none.
    pub(crate) fallback: LocalRateLimiter,
    pub(crate) tokens: Arc<dyn AccessTokens>,
    /// Only with an external identity system.
    pub(crate) external_tokens: Option<Arc<dyn ForeignTokens>>,
    pub(crate) names: Arc<dyn Pseudonyms>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What kind of request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Never limited: health, the catalogue, pages, and webhooks, which are limited by failures.
    Free,
    /// Whatever is not one of the others.
    General,
    Login,
    Register,
    ForgotPassword,
    Payment,
    Upload,
}

impl Class {
    fn of(method: &Method, path: &str) -> Self {
        let route = path.strip_prefix("/api/v1").or_else(|| path.strip_prefix("/api/v2"));
        let Some(route) = route else { return Self::of_page(path) };
        let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        match route {
            "/auth/register" | "/auth/anonymous" | "/auth/device/code" => Self::Register,
            "/auth/forgot-password" | "/auth/verify-email/resend" => Self::ForgotPassword,
            "/auth/login" | "/auth/restore" | "/auth/verify-email" | "/auth/reset-password" => Self::Login,
            "/payments/subscribe" | "/subscriptions" => Self::Payment,
            "/uploads" | "/progress-photos" if !reads => Self::Upload,
            _ if route.starts_with("/auth/oauth/") || route.starts_with("/auth/passkeys/login/") => Self::Login,
            _ if route.starts_with("/webhooks/") || route.starts_with("/payments/webhook/") => Self::Free,
            _ if route.starts_with("/docs") || route.starts_with("/health") || route.starts_with("/.well-known/") => {
                Self::Free
            }
            "/openapi.json" | "/billing/plans" if reads => Self::Free,
            _ => Self::General,
        }
    }

    fn of_page(path: &str) -> Self {
        match path {
            "/reset-password" | "/device" => Self::Login,
            "/invitation" => Self::General,
            _ => Self::Free,
        }
    }
}

impl RateGate {
    fn budgets(&self, class: Class, asker: &Asker, client: &Client) -> Vec<Budget> {
        let limits = &self.limits;
        let (rate, key) = match asker {
            Asker::User(user) => (limits.user, user),
            Asker::Network(network) => (limits.anonymous, network),
        };
        let name = if matches!(asker, Asker::User(_)) { "user" } else { "anonymous" };
        let mut budgets = vec![
            budget(name, rate.saturating_mul(2), MINUTE, key),
            budget(name, rate.saturating_mul(BURST_MINUTES), MINUTE * BURST_MINUTES, key),
        ];
        if matches!(asker, Asker::User(_)) {
            budgets.push(budget("user-hourly", limits.user_hourly, HOUR, key));
        }
        let place = network(client);
        match class {
            Class::Free | Class::General => {}
            // Whoever shares an address with a whole gym logs in beyond what strangers may ask for.
            Class::Login => budgets = vec![budget("login-address", limits.login_address, MINUTE, &place)],
            Class::Register => budgets.push(budget("register", limits.register, MINUTE, &place)),
            Class::ForgotPassword => budgets.push(budget("forgot-password", limits.forgot_password, MINUTE, &place)),
            Class::Payment => budgets.push(budget("payments", limits.payments, MINUTE, key)),
            Class::Upload => budgets.push(budget("uploads", limits.uploads, HOUR, key)),
        }
        budgets
    }

    async fn hit(&self, budgets: &[Budget]) -> Verdict {
        let now = self.clock.now();
        let verdict = match self.limiter.hit(budgets, now).await {
            Ok(verdict) => Ok(verdict),
            Err(_) => self.fallback.hit(budgets, now).await,
        };
        // The fallback counts in memory and has no way to fail.
        verdict.unwrap_or(Verdict { admitted: true, standings: Vec::new() })
    }

    /// Counts a login to one account from one address.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub(crate) async fn admit_login(&self, email: &Email, client: &Client) -> Result<(), ApiError> {
        let who = format!("{}|{email}", network(client));
        let key = self.names.name_of("login rate", &who);
        self.admit(&[budget("login", self.limits.login, MINUTE, &key)]).await
    }

    /// Counts a webhook whose signature was wrong.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub(crate) async fn admit_webhook_failure(&self, client: &Client) -> Result<(), ApiError> {
        self.admit(&[budget("webhook-failures", self.limits.webhook_failures, MINUTE, &network(client))]).await
    }

    async fn admit(&self, budgets: &[Budget]) -> Result<(), ApiError> {
        if !self.limits.rate_limits {
            return Ok(());
        }
        let verdict = self.hit(budgets).await;
        if verdict.admitted { Ok(()) } else { Err(refused(&verdict)) }
    }
}

fn budget(name: &'static str, most: u32, window: Duration, key: &str) -> Budget {
    Budget { limit: RateLimit { name, most, window }, key: key.to_owned() }
}

pub(super) fn network(client: &Client) -> String {
    client.ip.map(network_of).map(|network| network.to_string()).unwrap_or_default()
}

fn refused(verdict: &Verdict) -> ApiError {
    let retry_after = verdict.standings.iter().map(|standing| standing.retry_after).max().unwrap_or(MINUTE);
    let seconds = retry_after.as_secs().max(1);
    let message = format!("Too many requests; try again in {seconds} s.");
    let error = ApiError::new(ErrorKind::RateLimited { retry_after }, message);
    headers_of(verdict).into_iter().fold(error, |error, (name, value)| error.with_header(name, value))
}

/// `RateLimit-Policy` names every limit, `RateLimit` how the tightest stands (draft-ietf-httpapi-ratelimit-headers).
fn headers_of(verdict: &Verdict) -> Vec<(HeaderName, HeaderValue)> {
    let policy = |standing: &Standing| {
        let RateLimit { name, most, window } = standing.limit;
        format!("\"{name}\";q={most};w={}", window.as_secs())
    };
    let policies = verdict.standings.iter().map(policy).collect::<Vec<_>>().join(", ");
    let standing = verdict.tightest().map(|standing| {
        let reset = if standing.left == 0 { standing.retry_after } else { standing.limit.window };
        format!("\"{}\";r={};t={}", standing.limit.name, standing.left, reset.as_secs().max(1))
    });
    let headers = [(RATE_LIMIT_POLICY.clone(), Some(policies)), (RATE_LIMIT.clone(), standing)];
    let value = |(name, text): (HeaderName, Option<String>)| Some((name, HeaderValue::from_str(&text?).ok()?));
    headers.into_iter().filter_map(value).collect()
}

/// Counts every request, answers 429 to who has had enough, and tells everybody how they stand.
pub(crate) async fn rate_limit<B: MessageBody>(
    gate: Data<RateGate>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let class = Class::of(request.method(), request.path());
    if !gate.limits.rate_limits || class == Class::Free {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let client = FromClient::of(request.request());
    let asker = gate.asker(request.headers(), &client).await;
    let verdict = gate.hit(&gate.budgets(class, &asker, &client)).await;
    if !verdict.admitted {
        metrics::counter!("rate_limited_total").increment(1);
        // An answer and no error: what the outer middleware adds to every answer, it adds to this one too.
        return Ok(request.error_response(refused(&verdict)).map_into_right_body());
    }
    let mut response = next.call(request).await?.map_into_left_body();
    for (name, value) in headers_of(&verdict) {
        if !response.headers().contains_key(&name) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("POST", "/api/v1/auth/login", Class::Login)]
    #[case("POST", "/api/v1/auth/oauth/google", Class::Login)]
    #[case("POST", "/api/v1/auth/register", Class::Register)]
    #[case("POST", "/api/v1/auth/forgot-password", Class::ForgotPassword)]
    #[case("POST", "/api/v1/payments/subscribe", Class::Payment)]
    #[case("POST", "/api/v1/uploads", Class::Upload)]
    #[case("GET", "/api/v1/progress-photos", Class::General)]
    #[case("POST", "/api/v1/webhooks/stripe", Class::Free)]
    #[case("GET", "/api/v1/billing/plans", Class::Free)]
    #[case("GET", "/health", Class::Free)]
    #[case("GET", "/api/v1/users/me", Class::General)]
    #[case("GET", "/api/v1/nothing", Class::General)]
    fn each_request_falls_under_its_limits(#[case] method: &str, #[case] path: &str, #[case] class: Class) {
        assert_eq!(Class::of(&method.parse().unwrap(), path), class);
    }
}
