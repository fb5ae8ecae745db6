//! Passkeys: made, used in the place of a password, beside it and as a proof, and removed; and every answer that does not count.

use super::bench::{Answer, Bench, Call, PASSWORD, Session, call, root};
use super::device::Device;
use chrono::TimeDelta;
use nusantara_store::AuditFilter;
use serde_json::{Value, json};

const ORIGIN: &str = "https://panel.test:8443";
const RP: &str = "panel.test";

async fn me(bench: &Bench, session: &Session) -> u16 {
    bench.send(call("GET", "/api/v1/auth/me").with(session)).await.status.as_u16()
}

/// What a device is asked, by whoever may ask there.
async fn question(bench: &Bench, call: Call) -> Value {
    let asked = bench.send(call).await;
    assert_eq!(asked.status, 201, "{}", asked.text);
    asked.body
}

async fn question_for_login(bench: &Bench) -> Value {
    question(bench, call("POST", "/api/v1/auth/login/question")).await
}

async fn question_for_proof(bench: &Bench, session: &Session) -> Value {
    question(bench, call("POST", "/api/v1/auth/verify/question").with(session)).await
}

async fn question_for_addition(bench: &Bench, session: &Session) -> Value {
    question(bench, call("POST", "/api/v1/auth/passkeys/question").with(session)).await
}

fn addition(question: &Value, credential: &Value, session: &Session) -> Call {
    let body = json!({"name": " Laptop ", "attempt": question["attempt"], "credential": credential});
    call("POST", "/api/v1/auth/passkeys").json(&body).with(session)
}

/// Makes a passkey in a new device.
async fn device(bench: &Bench, session: &Session) -> (Device, Answer) {
    let mut device = Device::at(ORIGIN, RP);
    let asked = question_for_addition(bench, session).await;
    let credential = device.make(&asked["options"]);
    let added = bench.send(addition(&asked, &credential, session)).await;
    assert_eq!(added.status, 201, "{}", added.text);
    (device, added)
}

fn answer(question: &Value, device: &mut Device) -> Value {
    json!({"attempt": question["attempt"], "credential": device.answer(&question["options"])})
}

fn log_in(answer: &Value) -> Call {
    call("POST", "/api/v1/auth/login/passkey").json(answer)
}

fn prove(answer: &Value, session: &Session) -> Call {
    call("POST", "/api/v1/auth/verify").json(&json!({"passkey": answer})).with(session)
}

fn with_password(besides: (&str, Value)) -> Call {
    let mut body = json!({"username": "ani", "password": PASSWORD});
    body[besides.0] = besides.1;
    call("POST", "/api/v1/auth/login").json(&body)
}

/// Action, phase and metadata of the newest row of the trail.
async fn last_row(bench: &Bench) -> (String, Value) {
    let row = bench.app.store.audit_list(&AuditFilter::default(), 1).await.unwrap().remove(0);
    (row.action, serde_json::from_str(&row.metadata).unwrap())
}

#[tokio::test]
async fn a_passkey_is_made_named_used_and_removed() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let other = bench.login("ani").await.session();
    let empty = bench.send(call("GET", "/api/v1/auth/passkeys").with(&ani)).await;
    assert_eq!(empty.body, json!({"origin": ORIGIN, "items": []}));
    let asked = question_for_addition(&bench, &ani).await;
    let options = &asked["options"];
    assert_eq!((options["rp"]["id"].as_str(), options["user"]["name"].as_str()), (Some(RP), Some("ani")));
    let wanted = json!({"residentKey": "required", "requireResidentKey": true, "userVerification": "required"});
    assert_eq!(options["authenticatorSelection"], wanted);

    let (mut laptop, added) = device(&bench, &ani).await;
    assert_eq!(added.body["recovery_codes"].as_array().unwrap().len(), 10, "there is another way in when the device is lost");
    assert_eq!((me(&bench, &ani).await, me(&bench, &other).await), (200, 401), "as with every change of what a login opens with");
    assert_eq!(last_row(&bench).await.0, "passkey.add");
    let id = added.body["passkey"]["id"].as_str().unwrap().to_owned();
    let rename = |name: &str| call("PUT", &format!("/api/v1/auth/passkeys/{id}")).json(&json!({"name": name})).with(&ani);
    for bad in ["", " ", "a\nb", &"a".repeat(65)] {
        assert_eq!(bench.send(rename(bad)).await.fields(), ["name"], "{bad:?}");
    }
    assert_eq!(bench.send(rename("Key ring")).await.status, 204);
    assert_eq!(bench.send(rename("Key ring")).await.status, 204);

    // Nobody is known: no cookie, no name.
    let asked = question_for_login(&bench).await;
    assert_eq!((asked["options"]["rpId"].as_str(), asked["options"]["userVerification"].as_str()), (Some(RP), Some("required")));
    assert_eq!(asked["options"]["allowCredentials"], json!([]), "nobody is told which passkeys there are");
    let entered = bench.send(log_in(&answer(&asked, &mut laptop))).await;
    assert_eq!((entered.status.as_u16(), entered.body["username"].as_str()), (200, Some("ani")), "{}", entered.text);
    let by_passkey = entered.session();
    assert_eq!(me(&bench, &by_passkey).await, 200);
    let list = bench.send(call("GET", "/api/v1/auth/passkeys").with(&by_passkey)).await;
    assert_eq!(list.body["items"][0]["name"], "Key ring");
    assert!(list.body["items"][0]["last_used_at"].is_string());

    assert_eq!(bench.send(call("DELETE", &format!("/api/v1/auth/passkeys/{id}")).with(&by_passkey)).await.status, 204);
    assert_eq!((me(&bench, &by_passkey).await, me(&bench, &ani).await), (200, 401));
    assert_eq!(last_row(&bench).await, ("passkey.remove".to_owned(), json!({"passkey": id, "name": "Key ring"})));
    let asked = question_for_login(&bench).await;
    let gone = bench.send(log_in(&answer(&asked, &mut laptop))).await;
    assert_eq!((gone.status.as_u16(), gone.code(), gone.fields()), (401, "invalid_credentials", vec!["passkey"]));
    assert_eq!(bench.login("ani").await.status, 200, "without a passkey the password is enough again");
}

#[tokio::test]
async fn with_a_passkey_the_password_alone_is_not_enough() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "user").await;
    let (mut laptop, added) = device(&bench, &ani).await;
    let asked = bench.login("ani").await;
    assert_eq!((asked.code(), asked.fields()), ("second_factor_required", vec!["code", "passkey"]));
    assert!(!asked.headers.contains_key("set-cookie"));
    assert_eq!(bench.send(with_password(("code", json!("123456")))).await.code(), "invalid_credentials");
    let question = question_for_login(&bench).await;
    let entered = bench.send(with_password(("passkey", answer(&question, &mut laptop)))).await;
    assert_eq!(entered.status, 200, "{}", entered.text);
    let code = added.body["recovery_codes"][0].clone();
    assert_eq!(bench.send(with_password(("code", code.clone()))).await.status, 200);
    assert_eq!(bench.send(with_password(("code", code))).await.code(), "invalid_credentials", "once");
    let users = bench.send(root("GET", "/api/v1/users/ani")).await;
    assert_eq!(users.body["second_factor"], json!(true));

    // Somebody else's passkey is no second factor of this login.
    let (_, budi) = bench.login_as("budi", "user").await;
    let (mut theirs, _) = device(&bench, &budi).await;
    let question = question_for_login(&bench).await;
    let refused = bench.send(with_password(("passkey", answer(&question, &mut theirs)))).await;
    assert_eq!((refused.status.as_u16(), refused.fields()), (401, vec!["passkey"]));
    // Nor does a wrong password learn anything about a passkey.
    let question = question_for_login(&bench).await;
    let body = json!({"username": "ani", "password": "wrong wrong wrong", "passkey": answer(&question, &mut laptop)});
    let refused = bench.send(call("POST", "/api/v1/auth/login").json(&body)).await;
    assert_eq!((refused.code(), refused.fields()), ("invalid_credentials", vec![]));
}

#[tokio::test]
async fn a_passkey_proves_anew_who_holds_the_session() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let (mut laptop, _) = device(&bench, &ani).await;
    let ask = || call("POST", "/api/v1/auth/passkeys/question").with(&ani);
    bench.clock.advance(TimeDelta::minutes(6));
    assert_eq!(bench.send(ask()).await.code(), "step_up_required", "a session that was left open adds no passkey");
    let remove = call("DELETE", "/api/v1/auth/passkeys/01890000-0000-7000-8000-000000000000").with(&ani);
    assert_eq!(bench.send(remove).await.code(), "step_up_required");
    let question = question_for_proof(&bench, &ani).await;
    assert_eq!(question["options"]["allowCredentials"], json!([{"type": "public-key", "id": laptop.name()}]));
    let proof = answer(&question, &mut laptop);
    let both = json!({"password": PASSWORD, "passkey": proof});
    assert_eq!(bench.send(call("POST", "/api/v1/auth/verify").json(&both).with(&ani)).await.fields(), ["password"]);
    assert_eq!(bench.send(call("POST", "/api/v1/auth/verify").json(&json!({})).with(&ani)).await.fields(), ["password"]);
    assert_eq!(bench.send(prove(&proof, &ani)).await.status, 204);
    assert_eq!(bench.send(ask()).await.status, 201);
    let alone = call("POST", "/api/v1/auth/verify").json(&json!({"password": PASSWORD})).with(&ani);
    assert_eq!(bench.send(alone).await.code(), "second_factor_required");
}

/// Each of these differs in one thing from an answer that counts, and that thing is in the trail.
/// What is done to a device, and to a question or an answer, so that it is wrong in one thing.
type OfDevice = fn(&mut Device);
type OfValue = fn(&mut Value);

#[tokio::test]
async fn only_an_answer_that_is_right_in_everything_counts() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let (mut laptop, _) = device(&bench, &ani).await;
    let faults: [(&str, OfDevice, OfValue); 7] = [
        ("not_verified", |device| device.verifies = false, |_| ()),
        ("host", |device| device.host = "evil.test".into(), |_| ()),
        ("origin", |device| device.origin = "https://evil.test".into(), |_| ()),
        ("origin", |device| device.origin = "https://panel.test".into(), |_| ()),
        ("origin", |device| device.origin = "https://a.panel.test:8443".into(), |_| ()),
        ("challenge", |_| (), |options| options["challenge"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
        ("origin", |device| device.origin = "http://panel.test:8443".into(), |_| ()),
    ];
    for (reason, of_device, of_question) in faults {
        bench.clock.advance(TimeDelta::minutes(16));
        of_device(&mut laptop);
        let mut question = question_for_login(&bench).await;
        of_question(&mut question["options"]);
        let refused = bench.send(log_in(&answer(&question, &mut laptop))).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (401, "invalid_credentials"), "{reason}");
        assert!(!refused.headers.contains_key("set-cookie"));
        let (action, facts) = last_row(&bench).await;
        assert_eq!((action.as_str(), facts["reason"].as_str()), ("auth.passkey", Some(reason)));
        (laptop.verifies, laptop.host, laptop.origin) = (true, RP.into(), ORIGIN.into());
    }
    let forged: [(&str, OfValue); 3] = [
        ("signature", |answer| answer["credential"]["response"]["signature"] = json!("MEUCIQAAAAAAAAAAAAAA")),
        ("another_login", |answer| answer["credential"]["response"]["userHandle"] = json!("AAAAAAAAAAAAAAAAAAAAAA")),
        ("unreadable", |answer| answer["credential"]["response"]["authenticatorData"] = json!("AAAA")),
    ];
    for (reason, forge) in forged {
        bench.clock.advance(TimeDelta::minutes(16));
        let mut answer = answer(&question_for_login(&bench).await, &mut laptop);
        forge(&mut answer);
        assert_eq!(bench.send(log_in(&answer)).await.code(), "invalid_credentials", "{reason}");
        let known = last_row(&bench).await.1["reason"].as_str().unwrap().to_owned();
        assert!(known == reason || (reason == "signature" && known == "unreadable"), "{reason}: {known}");
    }
    bench.clock.advance(TimeDelta::minutes(16));
    let right = answer(&question_for_login(&bench).await, &mut laptop);
    assert_eq!(bench.send(log_in(&right)).await.status, 200, "what was wrong was the one thing");
}

#[tokio::test]
async fn a_question_is_answered_once_in_time_and_for_what_it_was_asked() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let (mut laptop, _) = device(&bench, &ani).await;
    let question = question_for_login(&bench).await;
    let first = answer(&question, &mut laptop);
    assert_eq!(bench.send(log_in(&first)).await.status, 200);
    let replayed = bench.send(log_in(&first)).await;
    assert_eq!((replayed.status.as_u16(), replayed.fields()), (401, vec!["attempt"]));
    let anew = answer(&question, &mut laptop);
    assert_eq!(bench.send(log_in(&anew)).await.fields(), ["attempt"], "nor does the question take another answer");

    let wrong = question_for_login(&bench).await;
    laptop.verifies = false;
    assert_eq!(bench.send(log_in(&answer(&wrong, &mut laptop))).await.fields(), ["passkey"]);
    laptop.verifies = true;
    assert_eq!(bench.send(log_in(&answer(&wrong, &mut laptop))).await.fields(), ["attempt"], "a wrong answer is the one as well");

    let late = question_for_login(&bench).await;
    bench.clock.advance(TimeDelta::minutes(5));
    assert_eq!(bench.send(log_in(&answer(&late, &mut laptop))).await.fields(), ["attempt"]);

    // A proof is no login, a login no proof, and neither adds a passkey; a proof is of the session that was asked.
    let asked = question_for_login(&bench).await;
    let session = bench.send(log_in(&answer(&asked, &mut laptop))).await.session();
    let proof = question_for_proof(&bench, &session).await;
    assert_eq!(bench.send(log_in(&answer(&proof, &mut laptop))).await.fields(), ["attempt"]);
    let login = question_for_login(&bench).await;
    assert_eq!(bench.send(prove(&answer(&login, &mut laptop), &session)).await.fields(), ["attempt"]);
    let asked = question_for_login(&bench).await;
    let second = bench.send(log_in(&answer(&asked, &mut laptop))).await.session();
    let proof = question_for_proof(&bench, &session).await;
    assert_eq!(bench.send(prove(&answer(&proof, &mut laptop), &second)).await.fields(), ["attempt"]);
    let (addition_of, mut phone) = (question_for_addition(&bench, &session).await, Device::at(ORIGIN, RP));
    let made = phone.make(&addition_of["options"]);
    assert_eq!(bench.send(addition(&addition_of, &made, &second)).await.fields(), ["attempt"]);
    assert_eq!(bench.send(addition(&addition_of, &made, &session)).await.fields(), ["attempt"], "it was answered, if elsewhere");
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused_and_written_down() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let (mut laptop, added) = device(&bench, &ani).await;
    laptop.count = 7;
    let asked = question_for_login(&bench).await;
    assert_eq!(bench.send(log_in(&answer(&asked, &mut laptop))).await.status, 200);
    laptop.count = 6;
    let asked = question_for_login(&bench).await;
    let copied = bench.send(log_in(&answer(&asked, &mut laptop))).await;
    assert_eq!((copied.status.as_u16(), copied.fields()), (401, vec!["passkey"]));
    assert!(copied.body["detail"].as_str().unwrap().contains("a copy of it"), "{}", copied.text);
    let (action, facts) = last_row(&bench).await;
    assert_eq!((action.as_str(), &facts["reason"], &facts["passkey"]), ("auth.passkey", &json!("counter"), &added.body["passkey"]["id"]));
    let asked = question_for_login(&bench).await;
    laptop.count = 8;
    assert_eq!(bench.send(log_in(&answer(&asked, &mut laptop))).await.status, 200, "the device itself counts on");
}

#[tokio::test]
async fn what_a_device_made_is_kept_only_as_it_was_asked_for() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let devices: [fn(&mut Device); 3] =
        [|device| device.verifies = false, |device| device.host = "evil.test".into(), |device| device.origin = "https://evil.test".into()];
    for fault in devices {
        let (asked, mut phone) = (question_for_addition(&bench, &ani).await, Device::at(ORIGIN, RP));
        fault(&mut phone);
        let made = phone.make(&asked["options"]);
        let refused = bench.send(addition(&asked, &made, &ani)).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["credential"]));
    }
    // One that is kept is kept once, whoever sends it again.
    let (mut laptop, _) = device(&bench, &ani).await;
    let (_, budi) = bench.login_as("budi", "user").await;
    for session in [&ani, &budi] {
        let asked = question_for_addition(&bench, session).await;
        let made = laptop.make(&asked["options"]);
        let refused = bench.send(addition(&asked, &made, session)).await;
        assert!(matches!(refused.status.as_u16(), 409 | 422), "{}", refused.text);
    }
    let list = bench.send(call("GET", "/api/v1/auth/passkeys").with(&ani)).await;
    assert_eq!(list.body["items"].as_array().unwrap().len(), 1);
    // Nobody renames or removes somebody else's.
    let id = list.body["items"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/auth/passkeys/{id}");
    assert_eq!(bench.send(call("PUT", &path).json(&json!({"name": "mine"})).with(&budi)).await.status, 404);
    assert_eq!(bench.send(call("DELETE", &path).with(&budi)).await.status, 404);
}

/// Strangers can ask, and can answer wrongly; neither keeps an owner from their passkey.
#[tokio::test]
async fn strangers_wait_and_owners_do_not() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let (mut laptop, _) = device(&bench, &ani).await;
    let ask = |from: &str| call("POST", "/api/v1/auth/login/question").from(from);
    for n in 0..20 {
        assert_eq!(bench.send(ask(&format!("198.51.100.{n}"))).await.status, 201);
    }
    let full = bench.send(ask("198.51.100.99")).await;
    assert_eq!((full.status.as_u16(), full.headers.contains_key("retry-after")), (429, true));
    bench.clock.advance(TimeDelta::minutes(5));
    assert_eq!(bench.send(ask("198.51.100.99")).await.status, 201, "what was not answered is forgotten");

    let mut stranger = Device::at(ORIGIN, RP);
    let rows = bench.app.store.audit_list(&AuditFilter::default(), 100).await.unwrap().len();
    for _ in 0..40 {
        let asked = question_for_login(&bench).await;
        assert_eq!(bench.send(log_in(&answer(&asked, &mut stranger))).await.fields(), ["passkey"]);
    }
    assert_eq!(bench.app.store.audit_list(&AuditFilter::default(), 100).await.unwrap().len(), rows, "nor do they fill the trail");
    let asked = question_for_login(&bench).await;
    assert_eq!(bench.send(log_in(&answer(&asked, &mut laptop))).await.status, 200);
    // Whoever has the device and not its owner gets slower.
    laptop.verifies = false;
    for _ in 0..6 {
        let asked = question_for_login(&bench).await;
        bench.send(log_in(&answer(&asked, &mut laptop))).await;
    }
    let asked = question_for_login(&bench).await;
    let blocked = bench.send(log_in(&answer(&asked, &mut laptop))).await;
    assert_eq!((blocked.status.as_u16(), blocked.code()), (429, "rate_limited"));
}

#[tokio::test]
async fn a_login_that_is_off_or_rescued_has_no_passkey() {
    let bench = Bench::new().await;
    let (_, admin) = bench.login_as("dian", "admin").await;
    let (_, ani) = bench.login_as("ani", "user").await;
    let (mut laptop, added) = device(&bench, &ani).await;
    let off = |disabled: bool| call("PUT", "/api/v1/users/ani").json(&json!({"role": "user", "email": null, "disabled": disabled}));
    assert_eq!(bench.send(off(true).with(&admin)).await.status, 200);
    let asked = question_for_login(&bench).await;
    assert_eq!(bench.send(log_in(&answer(&asked, &mut laptop))).await.status, 401);
    assert_eq!(last_row(&bench).await.1["reason"], "disabled");
    assert_eq!(bench.send(off(false).with(&admin)).await.status, 200);

    // An administrator sees them; only root at the prompt takes one away.
    let path = format!("/api/v1/users/ani/passkeys/{}", added.body["passkey"]["id"].as_str().unwrap());
    let listed = bench.send(call("GET", "/api/v1/users/ani/passkeys").with(&admin)).await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(bench.send(call("DELETE", &path).with(&admin)).await.status, 404);
    let asked = question_for_login(&bench).await;
    let session = bench.send(log_in(&answer(&asked, &mut laptop))).await.session();
    assert_eq!(bench.send(root("DELETE", &path)).await.status, 204);
    assert_eq!(bench.send(root("DELETE", &path)).await.status, 404);
    assert_eq!(me(&bench, &session).await, 401);

    let session = bench.login("ani").await.session();
    let (mut phone, _) = device(&bench, &session).await;
    let rescue = root("POST", "/api/v1/rescue/ani").json(&json!({"second_factor": true, "at_once": true}));
    assert_eq!(bench.send(rescue).await.status, 200);
    let asked = question_for_login(&bench).await;
    assert_eq!(bench.send(log_in(&answer(&asked, &mut phone))).await.status, 401);
    assert_eq!(bench.login("ani").await.status, 200);
}

/// Whatever a request claims, passkeys are bound to the configured name; without one there are none.
#[tokio::test]
async fn passkeys_are_bound_to_the_name_that_was_configured() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let elsewhere =
        |call: Call| call.header("host", "evil.test").header("origin", "https://evil.test").header("x-forwarded-host", "evil.test");
    let asked = question(&bench, elsewhere(call("POST", "/api/v1/auth/passkeys/question").with(&ani))).await;
    assert_eq!(asked["options"]["rp"]["id"], RP);
    let asked = question(&bench, elsewhere(call("POST", "/api/v1/auth/login/question"))).await;
    assert_eq!(asked["options"]["rpId"], RP);
    assert_eq!(bench.send(call("GET", "/api/v1/setup")).await.body["passkey_origin"], ORIGIN);

    let bench = Bench::nameless().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    assert_eq!(bench.send(call("GET", "/api/v1/auth/passkeys").with(&ani)).await.body["origin"], Value::Null);
    assert_eq!(bench.send(call("GET", "/api/v1/setup")).await.body["passkey_origin"], Value::Null);
    for call in [call("POST", "/api/v1/auth/passkeys/question").with(&ani), call("POST", "/api/v1/auth/login/question")] {
        let refused = bench.send(call).await;
        assert_eq!(refused.status, 404);
        assert!(refused.body["detail"].as_str().unwrap().contains("hostname"), "{}", refused.text);
    }
}
