//! The table: each operation that takes the name of a thing, and what a stranger gets who names somebody else's. Operations
//! that are not here name nobody; they are visited with an owner's id in places where it must mean nothing.

/// An operation that takes the name of a thing.
pub(super) struct Row {
    /// Its method and path, as in the document.
    pub(super) operation: &'static str,
    /// What may come of it.
    pub(super) reach: Reach,
    /// The thing for each parameter of the path, in order.
    pub(super) of: Vec<&'static str>,
    /// The query, with `<thing>` for each name.
    pub(super) query: &'static str,
    /// The body, with `"<thing>"` for each name.
    pub(super) body: &'static str,
    /// Whether the request carries the idempotency key under which the owner did the same.
    pub(super) repeated: bool,
}

/// What may come of a visit.
pub(super) enum Reach {
    /// The stranger is refused with this status, and the owner served with that one.
    Refused { stranger: u16, owner: u16 },
    /// The name is the user's own affair: the stranger is served, as if nobody else had used it.
    Own { status: u16 },
    /// Whoever asks is served, because of this.
    Open(#[expect(dead_code, reason = "for the reader of the table")] &'static str),
}

impl Row {
    fn of<const N: usize>(self, things: [&'static str; N]) -> Self {
        Self { of: things.to_vec(), ..self }
    }

    fn query(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    fn body(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    /// The stranger is refused, the owner served.
    fn refused(self, stranger: u16, owner: u16) -> Self {
        Self { reach: Reach::Refused { stranger, owner }, ..self }
    }

    /// The stranger repeats a request with the owner's idempotency key.
    fn repeated(self, status: u16) -> Self {
        Self { reach: Reach::Own { status }, repeated: true, ..self }
    }

    /// Whether it has a value for a parameter or a field.
    pub(super) fn speaks_of(&self, name: &str) -> bool {
        let in_path = self.operation.contains(&format!("{{{name}}}")) && !self.of.is_empty();
        let in_query = self.query.contains(&format!("{name}=<"));
        let in_body = self.body.contains(&format!("\"{name}\""));
        let in_header = name == "Idempotency-Key" && self.repeated;
        in_path || in_query || in_body || in_header || matches!(self.reach, Reach::Open(_))
    }
}

fn names(operation: &'static str) -> Row {
    let reach = Reach::Refused { stranger: 404, owner: 200 };
    Row { operation, reach, of: Vec::new(), query: "", body: "", repeated: false }
}

fn open(operation: &'static str, because: &'static str) -> Row {
    Row { reach: Reach::Open(because), ..names(operation) }
}

const REASON: &str = r#"{"reason": "because"}"#;
const PROJECT: &str = r#"{"name": "<repeated name>"}"#;
const ORGANIZATION: &str = r#"{"name": "<repeated name>", "kind": "team"}"#;
const REFUND: &str = r#"{"payment_id": "<payment>", "reason": "because"}"#;
const PLAN: &str = r#"{"plan": "premium"}"#;
const BY_PROVIDER: &str = "It names a provider, and whoever has its signature is believed.";
const BY_SIGNATURE: &str = "It names a provider, and whoever has its signature about themselves is believed.";
const BY_LINK: &str = "Only in development: the link in the payer's hand is the permission.";

pub(super) fn rows() -> Vec<Row> {
    vec![
        names("GET /api/v1/projects/{id}").of(["project"]),
        names("PATCH /api/v1/projects/{id}").of(["project"]).body(r#"{"name": "taken over"}"#),
        names("DELETE /api/v1/projects/{id}").of(["project"]).refused(404, 204),
        names("POST /api/v1/projects/{id}/restore").of(["deleted project"]),
        names("POST /api/v1/projects").body(PROJECT).repeated(201),
        names("DELETE /api/v1/auth/sessions/{id}").of(["session"]).refused(404, 204),
        names("DELETE /api/v1/auth/passkeys/{id}").of(["passkey"]).body("{}").refused(404, 204),
        names("POST /api/v1/auth/passkeys/register/finish")
            .body(r#"{"ceremony_id": "<ceremony>", "credential": "<credential>", "name": "mine now"}"#)
            .refused(422, 201),
        // The ceremony is one for a login's, and the passkey one that is already known: a stranger's session says nothing.
        open(
            "POST /api/v1/auth/passkeys/login/finish",
            "A login asks for a signature, and nobody is logged in before.",
        ),
        names("GET /api/v1/api-keys/{id}").of(["api key"]),
        names("DELETE /api/v1/api-keys/{id}").of(["api key"]).refused(404, 204),
        open("POST /api/v1/auth/oauth/{provider}", BY_SIGNATURE),
        open("POST /api/v1/auth/oauth/{provider}/link", BY_SIGNATURE),
        open("DELETE /api/v1/auth/oauth/{provider}/link", "It names a provider; the link is that of whoever asks."),
        names("DELETE /api/v1/notifications/register-device/{id}").of(["device"]).refused(404, 204),
        names("POST /api/v1/progress-photos")
            .body(r#"{"key": "<upload>", "taken_on": "2030-01-31", "pose": "front"}"#)
            .refused(404, 201),
        names("GET /api/v1/progress-photos/{id}").of(["photo"]),
        names("DELETE /api/v1/progress-photos/{id}").of(["photo"]).refused(404, 204),
        // Each steers the stranger's own subscription, in the order of the document.
        names("POST /api/v1/billing/portal").body("{}").repeated(200),
        names("POST /api/v1/billing/subscription/cancel").body("{}").repeated(200),
        names("POST /api/v1/billing/subscription/change").body(r#"{"plan": "coach_plus"}"#).repeated(200),
        names("POST /api/v1/billing/subscription/pause").repeated(200),
        names("POST /api/v1/billing/subscription/resume").repeated(200),
        Row { repeated: true, ..names("POST /api/v1/billing/refunds") }.body(REFUND).refused(404, 201),
        Row { repeated: true, ..names("POST /api/v1/admin/users/{id}/refunds") }
            .of(["user"])
            .body(REFUND)
            .refused(403, 403),
        names("GET /api/v1/billing/invoices/{id}/pdf").of(["invoice"]).refused(404, 303),
        names("POST /api/v1/payments/subscribe").body(PLAN).repeated(409),
        names("POST /api/v1/subscriptions").body(PLAN).repeated(409),
        names("POST /api/v1/auth/refresh").body(r#"{"refresh_token": "not a token of anybody"}"#).repeated(401),
        names("GET /api/v1/admin/users/{id}").of(["user"]).refused(403, 403),
        names("PATCH /api/v1/admin/users/{id}").of(["user"]).body(r#"{"role": "admin"}"#).refused(403, 403),
        names("POST /api/v1/admin/users/{id}/suspend").of(["user"]).body(REASON).refused(403, 403),
        names("GET /api/v1/admin/users/{id}/journal").of(["user"]).refused(403, 403),
        names("POST /api/v1/admin/users/{id}/impersonate")
            .of(["user"])
            .body(r#"{"ticket":"HELP-1","reason":"because"}"#)
            .refused(403, 403),
        names("POST /api/v1/admin/users/{id}/reactivate").of(["user"]).body(REASON).refused(403, 403),
        names("GET /api/v1/admin/audit-log").query("subject=<user>&actor=<user>").refused(403, 403),
        names("POST /api/v1/organizations").body(ORGANIZATION).repeated(201),
        names("GET /api/v1/organizations/{id}").of(["organization"]),
        names("PATCH /api/v1/organizations/{id}").of(["organization"]).body(r#"{"name": "taken over"}"#),
        names("DELETE /api/v1/organizations/{id}").of(["repeated organization"]).refused(404, 204),
        // It is the owner's already.
        names("POST /api/v1/organizations/{id}/transfer")
            .of(["organization"])
            .body(r#"{"user_id": "<user>"}"#)
            .refused(404, 409),
        names("GET /api/v1/organizations/{id}/members").of(["organization"]),
        names("GET /api/v1/organizations/{id}/members/{user_id}").of(["organization", "member"]),
        names("PATCH /api/v1/organizations/{id}/members/{user_id}")
            .of(["organization", "member"])
            .body(r#"{"role": "coach"}"#),
        names("DELETE /api/v1/organizations/{id}/members/{user_id}").of(["organization", "member"]).refused(404, 204),
        names("GET /api/v1/organizations/{id}/invitations").of(["organization"]),
        Row { repeated: true, ..names("POST /api/v1/organizations/{id}/invitations") }
            .of(["organization"])
            .body(r#"{"email": "<guest>", "role": "member"}"#)
            .refused(404, 201),
        names("GET /api/v1/organizations/{id}/invitations/{invitation_id}").of(["organization", "invitation"]),
        names("POST /api/v1/organizations/{id}/invitations/{invitation_id}/resend").of(["organization", "invitation"]),
        names("DELETE /api/v1/organizations/{id}/invitations/{invitation_id}")
            .of(["organization", "invitation"])
            .refused(404, 204),
        names("POST /api/v1/invitations/accept").body(r#"{"token": "not a token of anybody"}"#).repeated(404),
        open("GET /sandbox/checkout/{id}", BY_LINK),
        open("POST /sandbox/checkout/{id}", BY_LINK),
        open("GET /dev/outbox", "Only in development: the mails and pushes of everybody."),
        open("POST /api/v1/webhooks/{provider}", BY_PROVIDER),
        open("POST /api/v1/payments/webhook/{provider}", BY_PROVIDER),
        open("POST /webhooks/{provider}", BY_PROVIDER),
    ]
}
