//! Databases and their users: made, changed, removed; passwords go in as what the server keeps of them and never come out.

use super::bench::{Answer, Bench, root};
use serde_json::{Value, json};

const DATABASES: &str = "/api/v1/accounts/joko/databases";
const USERS: &str = "/api/v1/accounts/joko/database-users";
const PASSWORD: &str = "open sesame 42";

async fn ended(bench: &Bench, asked: &Answer) -> Value {
    assert_eq!(asked.status, 202, "{}", asked.text);
    let job = bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "success", "{job:#}");
    job
}

fn hash(bench: &Bench) -> String {
    bench.host.state().specs.values().next().unwrap().services.databases.mariadb.users[0].hash.to_string()
}

#[tokio::test]
async fn a_database_and_a_user_come_change_and_go() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let none = bench.send(root("GET", DATABASES)).await.body;
    let expected = json!({"available": true, "server": "10.11.6-MariaDB", "host": "localhost", "prefix": "joko_", "most_databases": 3,
        "most_users": 3, "databases": [], "users": []});
    assert_eq!(none, expected);
    let post = |key: &str| root("POST", DATABASES).json(&json!({"name": "joko_shop"})).header("idempotency-key", key);
    let asked = bench.send(post("k1")).await;
    let job = ended(&bench, &asked).await;
    let said = (&job["kind"], &job["target_type"], &job["target"]);
    assert_eq!(said, (&json!("database.create"), &json!("database"), &json!("joko_shop")));
    assert_eq!(bench.send(post("k1")).await.body, asked.body, "the same key, the same answer");
    let twice = bench.send(post("k2")).await;
    assert_eq!((twice.status.as_u16(), twice.code(), twice.fields()), (409, "name_taken", vec!["name"]));

    let grants = json!([{"database": "joko_shop", "rights": "full"}]);
    let user = json!({"name": "joko_app", "password": PASSWORD, "grants": grants});
    let job = ended(&bench, &bench.send(root("POST", USERS).json(&user)).await).await;
    assert_eq!((&job["kind"], &job["target"]), (&json!("database_user.create"), &json!("joko_app")));
    // What `SELECT PASSWORD('open sesame 42')` says on a MariaDB.
    assert_eq!(hash(&bench), "*0DEFB36D2CFAFC2E331378E5BDCA6D796921BD60");
    let shown = bench.send(root("GET", DATABASES)).await.body;
    assert_eq!(shown["databases"], json!([{"name": "joko_shop", "bytes": 16_384, "tables": 1}]));
    assert_eq!(shown["users"], json!([{"name": "joko_app", "grants": grants}]));

    let path = format!("{USERS}/joko_app");
    let read = json!([{"database": "joko_shop", "rights": "read"}]);
    let before = hash(&bench);
    ended(&bench, &bench.send(root("PUT", &path).json(&json!({"grants": read}))).await).await;
    assert_eq!(bench.send(root("GET", DATABASES)).await.body["users"][0]["grants"], read);
    assert_eq!(hash(&bench), before, "the password stays");
    let password = format!("{path}/password");
    ended(&bench, &bench.send(root("PUT", &password).json(&json!({"password": "another one 42"}))).await).await;
    assert_ne!(hash(&bench), before);

    for path in [DATABASES.to_owned(), "/api/v1/audit-logs".into(), "/api/v1/jobs".into(), "/api/v1/accounts/joko".into()] {
        let text = bench.send(root("GET", &path)).await.text;
        assert!(!text.contains(&before) && !text.contains(&hash(&bench)) && !text.contains(PASSWORD), "{path}");
    }
    let database = format!("{DATABASES}/joko_shop");
    ended(&bench, &bench.send(root("DELETE", &database)).await).await;
    assert_eq!(bench.send(root("GET", DATABASES)).await.body["users"], json!([{"name": "joko_app", "grants": []}]));
    ended(&bench, &bench.send(root("DELETE", &path)).await).await;
    for (method, path) in [("DELETE", &database), ("DELETE", &path), ("PUT", &path)] {
        assert_eq!(bench.send(root(method, path).json(&json!({"grants": []}))).await.status, 404, "{method} {path}");
    }
}

#[tokio::test]
async fn what_is_not_allowed_is_named() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    for (field, body) in [
        ("name", json!({"name": "shop"})),
        ("name", json!({"name": "sari_shop"})),
        ("name", json!({"name": "joko_Shop"})),
        ("name", json!({"name": "joko_a`; drop"})),
        ("owner", json!({"name": "joko_shop", "owner": "sari"})),
    ] {
        let answer = bench.send(root("POST", DATABASES).json(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]), "{body}: {}", answer.text);
    }
    let grant = |database: &str, rights: &str| json!([{"database": database, "rights": rights}]);
    for (field, body) in [
        ("name", json!({"name": "sari_app", "password": PASSWORD})),
        ("password", json!({"name": "joko_app"})),
        ("password", json!({"name": "joko_app", "password": "short"})),
        ("password", json!({"name": "joko_app", "password": "with a\nline end"})),
        ("grants", json!({"name": "joko_app", "password": PASSWORD, "grants": grant("joko_none", "full")})),
        ("grants", json!({"name": "joko_app", "password": PASSWORD, "grants": grant("sari_shop", "full")})),
        ("hash", json!({"name": "joko_app", "password": PASSWORD, "hash": "*0"})),
    ] {
        let answer = bench.send(root("POST", USERS).json(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]), "{body}: {}", answer.text);
        assert!(!answer.text.contains(PASSWORD));
    }
    assert_eq!(bench.host.state().asked.len(), 1, "the host was never asked");
}

#[tokio::test]
async fn what_the_server_keeps_of_a_password_is_in_no_job() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let stored = || async {
        let jobs = bench.app.store.job_list(nusantara_store::Scope::All, &nusantara_store::JobFilter::default(), 10).await.unwrap();
        serde_json::to_string(&jobs.iter().map(|job| job.payload.clone()).collect::<Vec<_>>()).unwrap()
    };
    let user = json!({"name": "joko_app", "password": PASSWORD, "grants": []});
    let password = json!({"password": "another one 42"});
    for (method, path, body) in [("POST", USERS.to_owned(), user), ("PUT", format!("{USERS}/joko_app/password"), password)] {
        bench.host.hold();
        let asked = bench.send(root(method, &path).json(&body)).await;
        assert_eq!(asked.status, 202, "{}", asked.text);
        let stored = stored().await;
        assert!(stored.contains("joko_app") && !stored.contains('*'), "{stored}");
        bench.host.let_go();
        ended(&bench, &asked).await;
        assert!(!stored.contains(&hash(&bench)), "it arrived whole");
    }
}
