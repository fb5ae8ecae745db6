//! Over a real connection, byte by byte: what somebody follows ends within five seconds of the moment they may not any more
//! (SECURITY R18, R38).

use super::bench::{Bench, Call, Session, call};
use crate::server::accept::Channel;
use axum::Extension;
use nusantara_store::UserRecord;
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How soon a stream is cut.
const CUT: Duration = Duration::from_secs(5);

/// Serves the panel's router on a socket of its own, without TLS.
async fn serve(bench: &Bench) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = bench.router.clone().layer(Extension(Channel::https_for_tests(address.ip())));
    #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A stream as it comes over the wire.
struct Stream {
    who: &'static str,
    wire: TcpStream,
    text: String,
}

impl Stream {
    /// Opens one and reads its head and its first event.
    async fn open(to: SocketAddr, job: &str, who: &'static str, holds: &str) -> Self {
        let mut wire = TcpStream::connect(to).await.unwrap();
        let head = format!("GET /api/v1/jobs/{job}/events HTTP/1.1\r\nHost: panel.test:8443\r\n{holds}\r\n\r\n");
        wire.write_all(head.as_bytes()).await.unwrap();
        let mut stream = Self { who, wire, text: String::new() };
        while !stream.text.contains("event: job") {
            assert!(stream.read().await, "{who}: {}", stream.text);
        }
        assert!(stream.text.starts_with("HTTP/1.1 200 OK\r\n") && stream.text.contains("transfer-encoding: chunked"), "{who}");
        stream
    }

    /// Reads what has come; false once the answer has ended, by its last chunk or with the connection.
    async fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        let count = self.wire.read(&mut bytes).await.unwrap_or(0);
        self.text.push_str(&String::from_utf8_lossy(&bytes[..count]));
        count > 0 && !self.text.ends_with("\r\n0\r\n\r\n")
    }

    async fn end(&mut self) {
        while self.read().await {}
    }
}

fn cookie(session: &Session) -> String {
    format!("Cookie: {}", session.cookie())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_followed_is_cut_within_five_seconds() {
    let bench = Bench::new().await;
    bench.create("dewi").await;
    let (_, admin) = bench.login_as("ani", "admin").await;
    bench.host.hold();
    let alias = call("POST", "/api/v1/accounts/dewi/aliases").json(&json!({"domain": "dewi2.test"}));
    let job = bench.send(alias.with(&admin)).await.body["job"]["id"].as_str().unwrap().to_owned();
    let to = serve(&bench).await;

    let helper = json!({"own_only": false, "permissions": ["job:read", "account:read"]});
    assert_eq!(bench.send(call("PUT", "/api/v1/roles/watcher").json(&helper).with(&admin)).await.status, 200);
    let mut streams = Vec::new();
    let mut revocations: Vec<(&str, Call, u16)> = Vec::new();
    let mut follow = async |who: &'static str, holds: String| streams.push(Stream::open(to, &job, who, &holds).await);

    // One session of several.
    bench.login_as("satu", "viewer").await;
    let (keeps, loses) = (bench.login("satu").await.session(), bench.login("satu").await.session());
    let list = bench.send(call("GET", "/api/v1/auth/sessions").with(&loses)).await;
    let current = list.body["items"].as_array().unwrap().iter().find(|item| item["current"] == json!(true)).unwrap()["id"].clone();
    let path = format!("/api/v1/auth/sessions/{}", current.as_str().unwrap());
    revocations.push(("one session", call("DELETE", &path).with(&keeps), 204));
    follow("one session", cookie(&loses)).await;
    // All of somebody's, by an administrator.
    let (_, dua) = bench.login_as("dua", "viewer").await;
    revocations.push(("all sessions", call("DELETE", "/api/v1/users/dua/sessions").with(&admin), 204));
    follow("all sessions", cookie(&dua)).await;
    // The login switched off.
    let (_, tiga) = bench.login_as("tiga", "viewer").await;
    let off = json!({"role": "viewer", "email": null, "disabled": true});
    revocations.push(("login off", call("PUT", "/api/v1/users/tiga").json(&off).with(&admin), 200));
    follow("login off", cookie(&tiga)).await;
    // The login with another role.
    let (_, empat) = bench.login_as("empat", "viewer").await;
    let other = json!({"role": "user", "email": null, "disabled": false});
    revocations.push(("another role", call("PUT", "/api/v1/users/empat").json(&other).with(&admin), 200));
    follow("another role", cookie(&empat)).await;
    // The role without the right.
    let (_, lima) = bench.login_as("lima", "watcher").await;
    let less = json!({"own_only": false, "permissions": ["account:read"]});
    revocations.push(("the role's right", call("PUT", "/api/v1/roles/watcher").json(&less).with(&admin), 200));
    follow("the role's right", cookie(&lima)).await;
    // A token that was removed.
    let (_, enam) = bench.login_as("enam", "viewer").await;
    let token = json!({"name": "ci", "permissions": ["job:read"]});
    let token = bench.send(call("POST", "/api/v1/auth/tokens").json(&token).with(&enam)).await.body;
    let path = format!("/api/v1/auth/tokens/{}", token["id"].as_str().unwrap());
    revocations.push(("a token", call("DELETE", &path).with(&enam), 204));
    follow("a token", format!("Authorization: Bearer {}", token["token"].as_str().unwrap())).await;
    // And somebody whom nothing is taken from.
    let (_, tujuh) = bench.login_as("tujuh", "viewer").await;
    let mut stays = Stream::open(to, &job, "nobody", &cookie(&tujuh)).await;

    for (what, call, status) in revocations {
        let answer = bench.send(call).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
    }
    let cut = async |stream: &mut Stream| {
        let ended = tokio::time::timeout(CUT, stream.end()).await;
        assert!(ended.is_ok(), "{} goes on", stream.who);
        assert!(!stream.text.contains(r#""state":"success""#), "{}", stream.who);
    };
    futures_util::future::join_all(streams.iter_mut().map(cut)).await;
    // The job still runs, and who may still follows it to its end.
    bench.host.let_go();
    tokio::time::timeout(Duration::from_secs(20), stays.end()).await.expect("the job ends");
    assert!(stays.text.contains(r#""state":"success""#), "{}", stays.text);
    let user: UserRecord = bench.app.store.user_by_name("satu").await.unwrap().unwrap();
    assert_eq!(bench.app.store.session_list(user.id).await.unwrap().len(), 2, "only the one ended");
}
