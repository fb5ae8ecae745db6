//! People: what belongs to a login, and what goes with it.

use super::{account, now, site, user};
use chrono::TimeDelta;
use nusantara_store::{
    ApiTokenRecord, AuditEvent, AuditFilter, AuditPhase, LoginLink, Part, PasskeyAttempt, PasskeyRecord, RoleRecord, Scope, Sees,
    SiteFilter, Store, StoreError, UserRecord,
};
use nusantara_types::{Actor, ApiTokenId, PasskeyId, RoleName, Username};
use serde_json::Value;

pub(crate) async fn a_helper_reaches_what_was_named(store: Store) {
    let (ani, budi) = (user("ani1"), user("budi1"));
    let tx = store.begin().await.unwrap();
    for person in [&ani, &budi] {
        tx.user_insert(person).await.unwrap();
    }
    for name in ["joko", "dewi"] {
        tx.account_insert(&account(name)).await.unwrap();
        tx.site_insert(&site(name, &format!("{name}.test"))).await.unwrap();
    }
    let (joko, dewi): (Username, Username) = ("joko".parse().unwrap(), "dewi".parse().unwrap());
    let helper = Part::Helper(vec!["account:read".into(), "site:read".into()]);
    tx.member_put(&joko, ani.id, &Part::Owner, &Actor::root(), now()).await.unwrap();
    tx.member_put(&joko, budi.id, &helper, &Actor::root(), now()).await.unwrap();
    tx.member_put(&dewi, budi.id, &Part::Owner, &Actor::root(), now()).await.unwrap();
    tx.commit().await.unwrap();
    let seen = async |user, permission| -> Vec<String> {
        let sites = store.site_list(Scope::Member { user, permission }, &SiteFilter::default(), 9).await.unwrap();
        sites.iter().map(|site| site.account.to_string()).collect()
    };
    assert_eq!(seen(ani.id, "site:delete").await, ["joko"]);
    assert_eq!(seen(budi.id, "site:read").await, ["dewi", "joko"]);
    assert_eq!(seen(budi.id, "site:delete").await, ["dewi"]);
    let members = store.member_list(&joko).await.unwrap();
    assert_eq!(members.iter().map(|m| (m.username.as_str(), &m.part)).collect::<Vec<_>>(), [("ani1", &Part::Owner), ("budi1", &helper)]);
    let parts = store.member_list_of(&[budi.id]).await.unwrap();
    assert_eq!(parts.iter().map(|m| (m.account.as_str(), m.part == Part::Owner)).collect::<Vec<_>>(), [("dewi", true), ("joko", false)]);

    let tx = store.begin().await.unwrap();
    tx.member_put(&joko, budi.id, &Part::Owner, &Actor::root(), now()).await.unwrap();
    assert!(tx.member_delete(&dewi, budi.id).await.unwrap());
    assert!(!tx.member_delete(&dewi, budi.id).await.unwrap());
    tx.user_delete(ani.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(seen(budi.id, "site:delete").await, ["joko"]);
    assert_eq!(store.member_list(&joko).await.unwrap().len(), 1, "a part goes with its login");
}

pub(crate) async fn what_a_login_has_goes_with_it(store: Store) {
    let ani = user("ani1");
    let token = ApiTokenRecord {
        id: ApiTokenId::generate(),
        user: ani.id,
        name: "ci".into(),
        permissions: vec!["site:read".into()],
        networks: vec!["192.0.2.0/24".parse().unwrap()],
        created_at: now(),
        expires_at: Some(now() + TimeDelta::days(7)),
        last_used_at: None,
        last_used_address: None,
    };
    let link = LoginLink { user: ani.id, expires_at: now() + TimeDelta::minutes(15) };
    let tx = store.begin().await.unwrap();
    tx.user_insert(&ani).await.unwrap();
    tx.api_token_insert(&token, "aa").await.unwrap();
    tx.login_link_put(&link, "l1", &Actor::root(), now()).await.unwrap();
    tx.login_link_put(&link, "l2", &Actor::root(), now()).await.unwrap();
    tx.totp_put(ani.id, "sealed", now()).await.unwrap();
    tx.recovery_codes_put(ani.id, &["r1".into(), "r2".into()]).await.unwrap();
    tx.known_device_put("d1", ani.id, now()).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(store.api_token_by_hash("aa").await.unwrap(), Some(token.clone()));
    assert_eq!(store.api_token_by_hash("AA").await.unwrap(), None, "case matters");
    assert_eq!((store.login_link_by_token("l1").await.unwrap(), store.login_link_by_token("l2").await.unwrap()), (None, Some(link)));
    assert_eq!(store.known_device("d1").await.unwrap(), Some(ani.id));
    assert!(store.totp_users(&[ani.id]).await.unwrap().is_empty(), "not confirmed yet");
    let tx = store.begin().await.unwrap();
    tx.totp_confirm(ani.id, now()).await.unwrap();
    assert!(tx.totp_spend(ani.id, 7).await.unwrap());
    assert!(!tx.totp_spend(ani.id, 7).await.unwrap() && !tx.totp_spend(ani.id, 6).await.unwrap(), "a code works once");
    assert!(tx.recovery_code_spend(ani.id, "r1").await.unwrap());
    assert!(!tx.recovery_code_spend(ani.id, "r1").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(store.totp_users(&[ani.id]).await.unwrap(), [ani.id]);
    assert_eq!(store.recovery_code_count(ani.id).await.unwrap(), 1);

    let known = store.user_by_name("ani1").await.unwrap().unwrap();
    let tx = store.begin().await.unwrap();
    tx.user_update(&UserRecord { role: RoleName::user(), disabled_at: Some(now()), ..known.clone() }, now()).await.unwrap();
    assert!(matches!(tx.user_update(&known, now()).await, Err(StoreError::Stale(_))));
    assert_eq!(tx.user_count_usable(&RoleName::user()).await.unwrap(), 0, "it lets nobody in");
    assert_eq!(tx.user_count_of(&RoleName::user()).await.unwrap(), 1);
    tx.user_delete(ani.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.api_token_by_hash("aa").await.unwrap(), None);
    assert_eq!(store.login_link_by_token("l2").await.unwrap(), None);
    assert_eq!((store.totp_get(ani.id).await.unwrap(), store.known_device("d1").await.unwrap()), (None, None));
    assert_eq!(store.recovery_code_count(ani.id).await.unwrap(), 0);
}

pub(crate) async fn roles_are_kept_and_both_names_are_found(store: Store) {
    let role = |sees, permissions: &[&str]| RoleRecord {
        name: "helpdesk".parse().unwrap(),
        sees,
        permissions: permissions.iter().map(|p| (*p).to_owned()).collect(),
        updated_at: now(),
    };
    let tx = store.begin().await.unwrap();
    tx.role_put(&role(Sees::All, &["site:read"]), now()).await.unwrap();
    tx.role_put(&role(Sees::Own, &["site:read", "log:read"]), now()).await.unwrap();
    for name in ["ani", "ani@budi", "cici@ani", "anis", "an_"] {
        let actor: Actor = name.parse().unwrap();
        let event = AuditEvent {
            actor: &actor,
            action: "test",
            phase: AuditPhase::Success,
            target_type: "login",
            target_id: name,
            request_id: "r",
            metadata: Value::Null,
        };
        tx.audit_append(event, now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(store.role_list().await.unwrap(), [role(Sees::Own, &["site:read", "log:read"])]);
    let by = async |name: &str| -> Vec<String> {
        let filter = AuditFilter { actor: Some(name.into()), ..AuditFilter::default() };
        store.audit_list(&filter, 9).await.unwrap().into_iter().map(|row| row.actor).collect()
    };
    assert_eq!(by("ani").await, ["cici@ani", "ani@budi", "ani"]);
    assert_eq!(by("an_").await, ["an_"], "nothing in a name stands for other letters");
    let tx = store.begin().await.unwrap();
    assert!(tx.role_delete(&"helpdesk".parse().unwrap()).await.unwrap());
    assert!(!tx.role_delete(&"helpdesk".parse().unwrap()).await.unwrap());
}

pub(crate) async fn passkeys_are_unique_and_questions_are_taken_once(store: Store) {
    let (ani, budi) = (user("ani1"), user("budi1"));
    let passkey = |user: &UserRecord, hash: &str| PasskeyRecord {
        id: PasskeyId::generate(),
        user: user.id,
        name: "Laptop".into(),
        credential_hash: hash.into(),
        credential: "{}".into(),
        sign_count: 0,
        created_at: now(),
        last_used_at: None,
    };
    let (first, second) = (passkey(&ani, "aa"), passkey(&ani, "bb"));
    let tx = store.begin().await.unwrap();
    for person in [&ani, &budi] {
        tx.user_insert(person).await.unwrap();
    }
    tx.passkey_insert(&first).await.unwrap();
    tx.passkey_insert(&second).await.unwrap();
    tx.commit().await.unwrap();
    let tx = store.begin().await.unwrap();
    assert!(matches!(tx.passkey_insert(&passkey(&budi, "aa")).await, Err(StoreError::Taken("passkey"))));
    drop(tx);
    assert_eq!(store.passkey_by_credential("aa").await.unwrap(), Some(first.clone()));
    assert_eq!(store.passkey_by_credential("AA").await.unwrap(), None);
    assert_eq!(store.passkey_users(&[ani.id, budi.id]).await.unwrap(), [ani.id, ani.id]);

    let used = PasskeyRecord { credential: r#"{"n":1}"#.into(), sign_count: 5, last_used_at: Some(now()), ..first.clone() };
    let tx = store.begin().await.unwrap();
    assert!(tx.passkey_used(&used, 0, now()).await.unwrap());
    assert!(!tx.passkey_used(&used, 0, now()).await.unwrap(), "another answer came in between");
    assert!(!tx.passkey_rename(budi.id, first.id, "mine").await.unwrap());
    assert!(tx.passkey_rename(ani.id, first.id, "Desk").await.unwrap() && tx.passkey_rename(ani.id, first.id, "Desk").await.unwrap());
    assert_eq!(tx.passkey_delete(budi.id, second.id).await.unwrap(), None);
    assert_eq!(tx.passkey_delete(ani.id, second.id).await.unwrap().as_deref(), Some("Laptop"));
    tx.commit().await.unwrap();
    assert_eq!(store.passkey_list(ani.id).await.unwrap(), [PasskeyRecord { name: "Desk".into(), ..used }]);

    let attempt = PasskeyAttempt {
        purpose: "login".into(),
        bound_to: "192.0.2.0/24".into(),
        state: "{}".into(),
        expires_at: now() + TimeDelta::minutes(5),
    };
    let tx = store.begin().await.unwrap();
    assert!(tx.passkey_attempt_put("t1", &attempt, 2, now()).await.unwrap());
    assert!(tx.passkey_attempt_put("t2", &attempt, 2, now()).await.unwrap());
    assert!(!tx.passkey_attempt_put("t3", &attempt, 2, now()).await.unwrap(), "two wait already");
    assert!(tx.passkey_attempt_put("t4", &attempt, 2, attempt.expires_at).await.unwrap(), "but not any more by then");
    assert_eq!(tx.passkey_attempt_take("t1").await.unwrap(), Some(attempt));
    assert_eq!(tx.passkey_attempt_take("t1").await.unwrap(), None);
    tx.commit().await.unwrap();
    assert_eq!(store.passkey_attempt_prune(now() + TimeDelta::minutes(6)).await.unwrap(), 2);
    let tx = store.begin().await.unwrap();
    tx.user_delete(ani.id).await.unwrap();
    tx.commit().await.unwrap();
    assert!(store.passkey_list(ani.id).await.unwrap().is_empty(), "a passkey goes with its login");
}
