//! One panel for one test.

use super::fake_host::{FakeHost, at};
use crate::app::App;
use crate::auth::passwords::Passwords;
use crate::auth::tokens;
use crate::config::Config;
use crate::daemon::assemble_on;
use crate::routes::router;
use crate::server::accept::Channel;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use nusantara_jobs::Tasks;
use nusantara_store::{Part, Store, UserRecord};
use nusantara_types::{Actor, Clock, FixedClock, UserId};
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tower::ServiceExt;

pub(crate) const HOST: &str = "panel.test:8443";
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) app: App,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) host: FakeHost,
    pub(crate) tasks: Tasks,
    /// What the database was asked, without values.
    pub(crate) heard: Arc<Mutex<Vec<String>>>,
    pub(crate) router: Router,
}

/// What a logged-in browser holds: its cookie, in place of which it takes whatever an answer to it hands over.
#[derive(Clone)]
pub(crate) struct Session(Arc<Mutex<String>>);

impl Session {
    fn holding(cookie: String) -> Self {
        Self(Arc::new(Mutex::new(cookie)))
    }

    /// As it is sent.
    pub(crate) fn cookie(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    /// What unsafe requests carry besides.
    pub(crate) fn csrf(&self) -> String {
        tokens::csrf(self.cookie().trim_start_matches("__Host-np="))
    }

    /// A copy that nothing is handed over to any more: what somebody has who has stolen the cookie.
    pub(crate) fn stolen(&self) -> Self {
        Self::holding(self.cookie())
    }
}

/// One request to be sent.
pub(crate) struct Call {
    method: &'static str,
    path: String,
    channel: Channel,
    pub(crate) headers: Vec<(&'static str, String)>,
    body: Body,
    browser: Option<Session>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    /// The fields at fault.
    pub(crate) fn fields(&self) -> Vec<&str> {
        self.body["errors"].as_array().into_iter().flatten().filter_map(|e| e["field"].as_str()).collect()
    }

    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The cookie that the answer hands over by this name, as it is sent back.
    pub(crate) fn cookie(&self, name: &str) -> String {
        let all = self.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        let found = all.rev().find(|cookie| cookie.starts_with(name)).unwrap();
        found.split(';').next().unwrap().to_owned()
    }

    /// The session that the answer hands over.
    pub(crate) fn session(&self) -> Session {
        let cookies = self.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        let cookie = cookies.rev().find(|cookie| cookie.starts_with("__Host-np=")).unwrap();
        assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200"), "{cookie}");
        let session = Session::holding(cookie.split(';').next().unwrap().to_owned());
        assert_eq!(self.body["csrf_token"], session.csrf());
        session
    }
}

pub(crate) fn address(text: &str) -> Channel {
    Channel::https_for_tests(text.parse::<IpAddr>().unwrap())
}

/// A request over HTTPS without a session, as a browser on the panel's own pages sends it.
pub(crate) fn call(method: &'static str, path: &str) -> Call {
    let mut headers = vec![("host", HOST.to_owned())];
    if method != "GET" {
        headers.push(("origin", format!("https://{HOST}")));
        headers.push(("sec-fetch-site", "same-origin".to_owned()));
    }
    Call { method, path: path.to_owned(), channel: address("192.0.2.1"), headers, body: Body::empty(), browser: None }
}

/// A request of root at the local socket.
pub(crate) fn root(method: &'static str, path: &str) -> Call {
    Call { channel: Channel::LocalRoot, ..call(method, path) }
}

impl Call {
    pub(crate) fn json(self, body: &Value) -> Self {
        self.raw("application/json", &body.to_string())
    }

    pub(crate) fn raw(mut self, kind: &str, body: &str) -> Self {
        self.headers.push(("content-type", kind.to_owned()));
        self.headers.push(("content-length", body.len().to_string()));
        self.body = Body::from(body.to_owned());
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }

    pub(crate) fn from(mut self, from: &str) -> Self {
        self.channel = address(from);
        self
    }

    /// The same, by root at the local socket.
    pub(crate) fn by_root(mut self) -> Self {
        self.channel = Channel::LocalRoot;
        self
    }

    pub(crate) fn with(self, session: &Session) -> Self {
        let call = Self { browser: Some(session.clone()), ..self.header("cookie", session.cookie()) };
        if call.method == "GET" { call } else { call.header("x-csrf-token", session.csrf()) }
    }

    pub(crate) fn request(self) -> Request<Body> {
        let mut request = Request::builder().method(self.method).uri(self.path).extension(self.channel);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(self.body).unwrap()
    }
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::configured(Passwords::cheap(), |_| {}).await
    }

    /// A panel that nobody has given a name.
    pub(crate) async fn nameless() -> Self {
        Self::configured(Passwords::cheap(), |config| config.hostname = None).await
    }

    /// With hashes of this cost.
    pub(crate) async fn hashing(passwords: Passwords) -> Self {
        Self::configured(passwords, |_| {}).await
    }

    /// With these DNS servers.
    pub(crate) async fn asking(dns_servers: Vec<SocketAddr>) -> Self {
        Self::configured(Passwords::cheap(), |config| config.dns_servers = dns_servers).await
    }

    /// With this database instead of a file.
    pub(crate) async fn on(database_url: String) -> Self {
        Self::configured(Passwords::cheap(), |config| config.database_url = database_url).await
    }

    async fn configured(passwords: Passwords, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at_path = |name: &str| folder.path().join(name);
        let mut config = Config {
            database_url: format!("sqlite://{}", at_path("panel.db").display()),
            state_dir: folder.path().to_owned(),
            audit_file: at_path("audit.jsonl"),
            hostd_socket: at_path("hostd.sock"),
            hostname: HOST.split(':').next().map(str::to_owned),
            ..Config::default()
        };
        change(&mut config);
        let host = FakeHost::start(&config.hostd_socket);
        Self::with(folder, config, host, passwords).await
    }

    async fn with(folder: TempDir, config: Config, host: FakeHost, passwords: Passwords) -> Self {
        let clock = Arc::new(FixedClock::at(at(0)));
        let tasks = Tasks::default();
        let mut store = Store::open(&config.database_url).await.unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        store.hear(move |statement| hears.lock().unwrap().push(statement.to_owned()));
        let app = assemble_on(config, store, Arc::<FixedClock>::clone(&clock), passwords, tasks.clone()).await.unwrap();
        let router = router(Arc::clone(&app));
        Self { folder, app, clock, host, tasks, heard, router }
    }

    /// Ends this panel as a kill would, as far as the database can see, and starts the next on the same data.
    pub(crate) async fn restart(self) -> Self {
        assert!(self.tasks.end(Duration::from_secs(5)).await);
        let Self { folder, app, host, router, .. } = self;
        let config = app.config.clone();
        // The state folder belongs to one panel at a time.
        drop((app, router));
        Self::with(folder, config, host, Passwords::cheap()).await
    }

    pub(crate) async fn send(&self, call: Call) -> Answer {
        let browser = call.browser.clone();
        let response = self.router.clone().oneshot(call.request()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let answer = Answer { status: parts.status, headers: parts.headers, body: serde_json::from_str(&text).unwrap_or_default(), text };
        let handed = answer.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().unwrap().split(';').next());
        // One that is taken back is kept here, to see what it is still good for.
        if let Some((browser, cookie)) =
            browser.zip(handed.into_iter().find(|cookie| cookie.starts_with("__Host-np=") && cookie.len() > 11))
        {
            *browser.0.lock().unwrap() = cookie.to_owned();
        }
        answer
    }

    /// The response as it streams.
    pub(crate) async fn open(&self, call: Call) -> axum::response::Response {
        self.router.clone().oneshot(call.request()).await.unwrap()
    }

    /// Adds a login and logs it in.
    pub(crate) async fn login_as(&self, username: &str, role: &str) -> (UserId, Session) {
        let password_hash = self.app.passwords.hash(PASSWORD.into()).await.unwrap().unwrap();
        let id = UserId::generate();
        let user = UserRecord::new(id, username.into(), password_hash, role.parse().unwrap(), self.clock.now());
        let tx = self.app.store.begin().await.unwrap();
        tx.user_insert(&user).await.unwrap();
        tx.commit().await.unwrap();
        (id, self.login(username).await.session())
    }

    /// Gives a login a part in an account: as an owner, or only some permissions.
    pub(crate) async fn let_in(&self, account: &str, user: UserId, permissions: Option<&[&str]>) {
        let part = permissions.map_or(Part::Owner, |names| Part::Helper(names.iter().map(|name| (*name).to_owned()).collect()));
        let tx = self.app.store.begin().await.unwrap();
        tx.member_put(&account.parse().unwrap(), user, &part, &Actor::root(), self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn login(&self, username: &str) -> Answer {
        self.send(call("POST", "/api/v1/auth/login").json(&json!({"username": username, "password": PASSWORD}))).await
    }

    /// Asks for an account as root and waits for the end of its job.
    pub(crate) async fn create(&self, username: &str) -> Value {
        let body = json!({"username": username, "primary_domain": format!("{username}.test"), "package": "starter"});
        let answer = self.send(root("POST", "/api/v1/accounts").json(&body)).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        self.end_of(answer.body["job"]["id"].as_str().unwrap()).await
    }

    /// A job at its end.
    pub(crate) async fn end_of(&self, job: &str) -> Value {
        let mut changes = self.app.engine.watch(job.parse().unwrap());
        loop {
            let answer = self.send(root("GET", &format!("/api/v1/jobs/{job}"))).await;
            if matches!(answer.body["state"].as_str(), Some("success" | "failed")) {
                return answer.body;
            }
            tokio::time::timeout(Duration::from_secs(20), changes.changed()).await.expect("the job ends").unwrap();
        }
    }
}
