//! A page that was loaded anew asks for the token that its next request must carry.

use std::sync::Arc;

use hos_domain::identity::{CsrfTokens, RefreshToken, SessionKind, SessionQueries};
use hos_domain::kernel::{Clock, Stored};

/// Shows CSRF tokens.
pub struct ShowCsrfToken {
    /// Whose refresh token it is.
    pub sessions: Arc<dyn SessionQueries>,
    /// Makes them.
    pub csrf: Arc<dyn CsrfTokens>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

impl ShowCsrfToken {
    /// The CSRF token of the session that this refresh token carries on; none where it carries on none, and for the
    /// session of an app, which has no use for one.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn run(&self, token: &RefreshToken) -> Stored<Option<String>> {
        let now = self.clock.now();
        let carried = self.sessions.carried_by(&token.hash()).await?;
        let counts = carried.filter(|(session, token_expires_at)| {
            session.kind == SessionKind::Browser && session.is_live(now) && now < *token_expires_at
        });
        Ok(counts.map(|(session, _)| self.csrf.csrf_token(session.id)))
    }
}

#[cfg(test)]
mod tests {
    use hos_domain::identity::Client;
    use hos_testing::{Stage, StageUser};

    use super::super::stage::open_session;
    use super::*;

    #[tokio::test]
    async fn only_the_live_session_of_a_browser_has_one() {
        let stage = Stage::new().await;
        let user = stage.user(StageUser::named("ada")).await;
        let open = async |kind| {
            let tx = stage.storage().begin().await.unwrap();
            let client = Client { kind, ..Client::default() };
            let opened = open_session(&stage).run(&*tx, user.clone(), &client, "test").await.unwrap();
            tx.commit().await.unwrap();
            opened
        };
        let (phone, browser) = (open(SessionKind::Native).await, open(SessionKind::Browser).await);
        let csrf = stage.csrf_tokens();
        let sessions = Arc::new(stage.reader());
        let show = ShowCsrfToken { sessions, csrf: csrf.clone(), clock: stage.clock() };
        let shown = show.run(&browser.tokens.refresh).await.unwrap();
        assert_eq!(shown, Some(csrf.csrf_token(browser.session.id)));
        assert_eq!(show.run(&phone.tokens.refresh).await.unwrap(), None);
        assert_eq!(show.run(&RefreshToken::from_client("junk")).await.unwrap(), None);
        stage.wait(SessionKind::Browser.sliding());
        assert_eq!(show.run(&browser.tokens.refresh).await.unwrap(), None);
    }
}
