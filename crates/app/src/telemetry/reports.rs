//! Error reports to Sentry, only with a DSN, scrubbed of everything personal.

use secrecy::ExposeSecret;
use sentry::ClientInitGuard;
use sentry::protocol::Event;

use crate::settings::ObservabilitySettings;

/// Sends what is left when it is dropped.
pub(crate) struct ReportGuard(#[expect(dead_code, reason = "dropping it flushes")] Option<ClientInitGuard>);

impl ReportGuard {
    /// Starts reporting; does nothing without a DSN.
    pub(crate) fn start(settings: &ObservabilitySettings) -> Self {
        let Some(dsn) = &settings.sentry_dsn else {
            return Self(None);
        };
        // The reporter's own client is made here, before anything else of ours.
        hos_http::set_up_tls();
        let options = sentry::ClientOptions::new()
            .maybe_release(sentry::release_name!())
            .environment(settings.sentry_environment.clone())
            .traces_sample_rate(settings.sentry_traces_sample_rate)
            .send_default_pii(false)
            .before_send(|event| Some(scrubbed(event)));
        Self(Some(sentry::init((dsn.expose_secret().to_owned(), options))))
    }
}

/// A report says what broke and under which request id; whose request it was stays here.
fn scrubbed(mut event: Event<'static>) -> Event<'static> {
    event.user = None;
    event.server_name = None;
    if let Some(request) = &mut event.request {
        (request.cookies, request.data, request.query_string) = (None, None, None);
        request.headers.clear();
        request.env.clear();
    }
    event
}

#[cfg(test)]
mod tests {
    use sentry::protocol::{Request, User};

    use super::*;

    #[test]
    fn a_report_names_no_person() {
        let mut event = Event::new();
        event.user = Some(User { email: Some("ada@example.com".into()), ..User::default() });
        let headers = [("authorization".to_owned(), "Bearer secret".to_owned())];
        event.request =
            Some(Request { headers: headers.into(), query_string: Some("token=secret".into()), ..Request::default() });
        let text = format!("{:?}", scrubbed(event));
        assert!(!text.contains("ada@") && !text.contains("secret"));
    }
}
