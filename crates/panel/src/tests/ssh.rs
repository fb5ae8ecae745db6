//! SSH of accounts: read, put, keys.

use super::bench::{Answer, Bench, root};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/accounts/joko/ssh";
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3sc8bZQzBbA2Ik6yPqs1GLpItcgYaGmGakD3rxixUT joko@laptop";
/// Its fingerprint has a slash in it.
const OTHER: (&str, &str) = (
    "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAAd1b7wQVlH/NfCT3Eb9ATbvdbQGlpVk6kKJVwR0ZRLvOi1pQOj/bAwEpmVh1SakIxORwoL4W/sNolZnXRqk0fgsgEzGt6j4hgpX122OkrmEI9QQ/BBT6EW9n6YqwC14A/g+tYtrc23iGAnn0N+CzSiWO4Dfn8WR6q/w3KOhccPaM+x1g== joko@laptop",
    "SHA256:shmw6cRjNM5AoO8oioTsCGM8pxv6idGSuqpfWCdw/gg",
);

async fn ended(bench: &Bench, asked: &Answer) -> Value {
    assert_eq!(asked.status, 202, "{}", asked.text);
    let job = bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "success", "{job:#}");
    job
}

#[tokio::test]
async fn ssh_is_read_put_and_given_keys() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let fresh = bench.send(root("GET", PATH)).await.body;
    assert_eq!((&fresh["mode"], &fresh["keys"], &fresh["port"]), (&json!("disabled"), &json!([]), &json!(22)));
    assert_eq!((&fresh["last_login_ip"], &fresh["unavailable"]), (&json!("192.0.2.7"), &Value::Null));
    let asked = bench.send(root("PUT", PATH).json(&json!({"mode": "sftp_chroot", "allow_port_forwarding": true}))).await;
    let job = ended(&bench, &asked).await;
    assert_eq!((&job["kind"], &job["target"]), (&json!("ssh.update"), &json!("joko")));
    let keys = format!("{PATH}/keys");
    let post = |key: &str, again: &str| root("POST", &keys).json(&json!({ "key": key })).header("idempotency-key", again);
    let first = bench.send(post(KEY, "k1")).await;
    ended(&bench, &first).await;
    assert_eq!(bench.send(post(KEY, "k1")).await.body, first.body, "the same key, the same answer");
    ended(&bench, &bench.send(post(OTHER.0, "k2")).await).await;
    let shown = bench.send(root("GET", PATH)).await.body;
    assert_eq!(
        shown["keys"][0],
        json!({"fingerprint": "SHA256:7Se4w2d5KUM4q4lcEop8YxqsZVb7xNXSwg6v3bzC8Bg", "type": "ssh-ed25519", "bits": null, "comment": "joko@laptop"})
    );
    assert_eq!((&shown["mode"], &shown["allow_port_forwarding"]), (&json!("sftp_chroot"), &json!(true)));
    let one = format!("{keys}/{}", OTHER.1.replace('/', "%2F"));
    ended(&bench, &bench.send(root("DELETE", &one)).await).await;
    assert_eq!(bench.send(root("DELETE", &one)).await.status, 404);
    assert_eq!(bench.send(root("GET", PATH)).await.body["keys"].as_array().unwrap().len(), 1);

    for (field, body) in [
        ("mode", json!({})),
        ("mode", json!({"mode": "root"})),
        ("allow_x11_forwarding", json!({"mode": "sftp_chroot", "allow_x11_forwarding": true})),
        ("force_command", json!({"mode": "shell", "force_command": "/bin/sh"})),
    ] {
        let answer = bench.send(root("PUT", PATH).json(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]), "{body}");
    }
    for bad in [format!("command=\"id\" {KEY}"), String::new(), "ssh-rsa AAAA".to_owned(), format!("{KEY}\nx")] {
        let answer = bench.send(root("POST", &keys).json(&json!({ "key": bad }))).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec!["key"]), "{bad}");
    }
    let options = bench.send(root("POST", &keys).json(&json!({ "key": format!("restrict {KEY}") }))).await;
    assert!(options.text.contains("options before the key are not accepted"), "{}", options.text);
    let audit = bench.send(root("GET", "/api/v1/audit-logs")).await.text;
    assert!(audit.contains("ssh_key.add") && !audit.contains("AAAAC3NzaC1lZDI1NTE5"), "a fingerprint says it all");
}
