//! A user with one of everything that a request can name.

use std::collections::BTreeMap;
use std::io::Cursor;

use hos_tests::{Authenticator, Reply, Session, TestApp};
use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::{Value, json};

/// Where passkeys are used.
pub(super) const ORIGIN: &str = "http://localhost";
const PHOTOS: &str = "/api/v1/progress-photos";

/// What a user has, by the name that the table calls it.
pub(super) struct Things {
    /// The user.
    pub(super) session: Session,
    named: BTreeMap<&'static str, Value>,
}

impl Things {
    /// Registers somebody and gives them one of everything.
    pub(super) async fn of(app: &TestApp, name: &str) -> Self {
        let session = app.register(name).await;
        let mut things = Self { named: BTreeMap::new(), session };
        things.keep("user", json!(things.session.user_id));
        things.keep("email", json!(things.session.email));
        things.add_projects(app, name).await;
        things.add_session_and_device(app, name).await;
        things.add_passkey(app).await;
        things.add_photos(app, name).await;
        things.add_api_key(app, name).await;
        things.add_organizations(app, name).await;
        app.buy(&things.session, "premium").await;
        let invoices = app.get("/api/v1/billing/invoices", Some(&things.session)).await.expect(200);
        things.keep("invoice", invoices.body["items"][0]["id"].clone());
        things.keep("payment", invoices.body["items"][0]["payment_id"].clone());
        // Jobs that still run would look like changes by a stranger.
        assert_eq!(app.database.settled().await, 0);
        things
    }

    fn keep(&mut self, thing: &'static str, value: Value) {
        self.named.insert(thing, value);
    }

    async fn add_projects(&mut self, app: &TestApp, name: &str) {
        let key = format!("key-of-{name}");
        self.keep("idempotency key", json!(key));
        let form = |what: &str| json!({ "name": format!("{what} project of {name}") });
        for (thing, what) in [("project", "living"), ("deleted project", "deleted")] {
            let made = app.post("/api/v1/projects", Some(&self.session), form(what)).await.expect(201);
            self.keep(thing, made.body["id"].clone());
        }
        let deleted = format!("/api/v1/projects/{}", self.text("deleted project"));
        app.delete(&deleted, Some(&self.session)).await.expect(204);
        let repeated = form("repeated");
        self.keep("repeated name", repeated["name"].clone());
        let made = app.post_once("/api/v1/projects", &self.session, &key, repeated).await.expect(201);
        self.keep("repeated project", made.body["id"].clone());
    }

    async fn add_session_and_device(&mut self, app: &TestApp, name: &str) {
        app.log_in(name).await;
        let sessions = app.get("/api/v1/auth/sessions", Some(&self.session)).await.expect(200);
        let other = sessions.body["items"].as_array().unwrap().iter().find(|session| session["current"] == false);
        self.keep("session", other.unwrap()["id"].clone());
        let form = json!({ "platform": "ios", "token": format!("push-token-of-{name}") });
        self.keep("device token", form["token"].clone());
        let made = app.post("/api/v1/notifications/register-device", Some(&self.session), form).await.expect(201);
        self.keep("device", made.body["id"].clone());
    }

    /// One passkey, and a ceremony for another that waits for its answer.
    async fn add_passkey(&mut self, app: &TestApp) {
        let begun = self.begin_passkey(app).await;
        let form = json!({ "ceremony_id": begun.0, "credential": begun.1, "name": "Phone" });
        let added = app.post("/api/v1/auth/passkeys/register/finish", Some(&self.session), form).await.expect(201);
        self.keep("passkey", added.body["id"].clone());
        let (ceremony, credential) = self.begin_passkey(app).await;
        self.keep("ceremony", ceremony);
        self.keep("credential", credential);
    }

    async fn begin_passkey(&self, app: &TestApp) -> (Value, Value) {
        let path = "/api/v1/auth/passkeys/register/begin";
        let begun = app.post(path, Some(&self.session), json!({})).await.expect(200);
        let credential = Authenticator::phone().create(&begun.body["options"], ORIGIN);
        (begun.body["ceremony_id"].clone(), credential)
    }

    async fn add_api_key(&mut self, app: &TestApp, name: &str) {
        let form = json!({ "name": format!("key of {name}"), "scopes": ["projects:read"] });
        let made = app.post("/api/v1/api-keys", Some(&self.session), form).await.expect(201);
        self.keep("api key", made.body["id"].clone());
    }

    /// Two organizations; one with a member, and with a guest who has not answered.
    async fn add_organizations(&mut self, app: &TestApp, name: &str) {
        let (path, key) = ("/api/v1/organizations", self.text("idempotency key").to_owned());
        let form = json!({ "name": self.text("repeated name"), "kind": "team" });
        let made = app.post_once(path, &self.session, &key, form).await.expect(201);
        self.keep("repeated organization", made.body["id"].clone());
        let form = json!({ "name": format!("gym of {name}"), "kind": "gym" });
        let made = app.post(path, Some(&self.session), form).await.expect(201);
        self.keep("organization", made.body["id"].clone());

        verify(app, &self.session).await;
        let member = app.register(&format!("member-of-{name}")).await;
        verify(app, &member).await;
        let invitations = format!("{path}/{}/invitations", made.text("/id"));
        let offer = |email: &str| json!({ "email": email, "role": "member" });
        app.post(&invitations, Some(&self.session), offer(&member.email)).await.expect(201);
        let mail = app.mail(&member.email, &format!("{name} invites you")).await;
        let token = mail.split("token=").nth(1).unwrap().split_whitespace().next().unwrap();
        app.post("/api/v1/invitations/accept", Some(&member), json!({ "token": token })).await.expect(200);
        self.keep("member", json!(member.user_id));
        let guest = format!("guest-of-{name}@example.com");
        let invited = app.post_once(&invitations, &self.session, &key, offer(&guest)).await.expect(201);
        self.keep("guest", json!(guest));
        self.keep("invitation", invited.body["id"].clone());
    }

    /// One photo, and the bytes of another that nobody has claimed yet.
    async fn add_photos(&mut self, app: &TestApp, name: &str) {
        let form = json!({
            "key": self.upload(app).await, "taken_on": "2030-01-31", "pose": "front", "note": format!("note of {name}"),
        });
        let photo = app.post(PHOTOS, Some(&self.session), form).await.expect(201);
        self.keep("photo", photo.body["id"].clone());
        let path = format!("{PHOTOS}/{}", self.text("photo"));
        app.get_until(&path, &self.session, |body| body["state"] == "ready").await;
        let upload = self.upload(app).await;
        self.keep("upload", json!(upload));
    }

    async fn upload(&self, app: &TestApp) -> String {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(RgbImage::new(8, 8)).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        let form = json!({ "filename": "a.jpg", "content_type": "image/jpeg", "bytes": bytes.get_ref().len() });
        let grant = app.post(&format!("{PHOTOS}/upload-url"), Some(&self.session), form).await.expect(200);
        let mut request = app.client().put(grant.text("/upload_url")).body(bytes.into_inner());
        for (name, value) in grant.body["headers"].as_object().unwrap() {
            request = request.header(name, value.as_str().unwrap());
        }
        assert_eq!(request.send().await.unwrap().status(), 200);
        grant.text("/key")
    }

    /// A thing's name as text.
    pub(super) fn text(&self, thing: &str) -> &str {
        self.named.get(thing).and_then(Value::as_str).unwrap_or_else(|| panic!("nobody has a thing called {thing:?}"))
    }

    /// A text of the table with each `<thing>` replaced; `"<thing>"` may stand for more than a text.
    pub(super) fn fill(&self, text: &str) -> String {
        let quoted =
            |text: String, (thing, value): (&&str, &Value)| text.replace(&format!("\"<{thing}>\""), &value.to_string());
        let plain = |text: String, (thing, value): (&&str, &Value)| {
            text.replace(&format!("<{thing}>"), value.as_str().unwrap_or_default())
        };
        let filled = self.named.iter().fold(text.to_owned(), quoted);
        let filled = self.named.iter().fold(filled, plain);
        assert!(!filled.contains('<'), "there is no thing for {filled}");
        filled
    }

    /// What of this user's can be seen in an answer.
    pub(super) fn shown_in(&self, reply: &Reply) -> Vec<&'static str> {
        let shown = format!("{} {:?}", reply.body, reply.headers);
        self.private().filter(|(_, value)| shown.contains(value)).map(|(thing, _)| thing).collect()
    }

    /// What a listing of the user's own things shows.
    pub(super) fn private(&self) -> impl Iterator<Item = (&'static str, &str)> {
        // These are what a request repeats, and what no list shows: ceremonies, uploads and keys.
        let unseen = ["repeated name", "credential", "ceremony", "upload", "idempotency key"];
        let named = self.named.iter().filter(move |(thing, _)| !unseen.contains(*thing));
        named.filter_map(|(thing, value)| Some((*thing, value.as_str()?)))
    }
}

/// Shows whose an address is.
async fn verify(app: &TestApp, session: &Session) {
    let code = app.mailed_code(&session.email, "Your code is").await;
    app.post("/api/v1/auth/verify-email", Some(session), json!({ "code": code })).await.expect(200);
}
