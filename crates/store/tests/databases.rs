//! The same facts on every database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod people;
mod shared;

use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::{Signer, SigningKey};
use nusantara_store::{
    AccountRecord, AccountStatus, AuditEvent, AuditFilter, AuditPhase, DriftFinding, IdempotentReply, JobFailure, JobFilter, JobState,
    LoginAttempt, NewJob, Part, Scope, SessionRecord, SiteFilter, SiteRecord, SiteStatus, StepRecord, StepState, Store, StoreError, Taker,
    UsageSample, UserRecord, traffic_mark,
};
use nusantara_testdb::{Kind, Server};
use nusantara_types::audit::AuditSeal;
use nusantara_types::{Actor, DomainKind, JobId, RequestId, RoleName, Runtime, SessionId, SiteId, UserId, Username};
use sea_orm::ConnectionTrait;
use serde_json::json;

fn now() -> DateTime<Utc> {
    "2026-11-20T10:00:00.123456Z".parse().unwrap()
}

fn user(name: &str) -> UserRecord {
    UserRecord::new(UserId::generate(), name.into(), "$argon2id$".into(), RoleName::admin(), now())
}

fn account(name: &str) -> AccountRecord {
    AccountRecord {
        username: name.parse().unwrap(),
        uid: None,
        primary_domain: format!("{name}.test").parse().unwrap(),
        package: "starter".parse().unwrap(),
        status: AccountStatus::Provisioning,
        contact_email: Some("a@example.com".parse().unwrap()),
        revision: None,
        job: None,
        created_by: Actor::root(),
        created_at: now(),
        updated_at: now(),
        generation: 1,
    }
}

fn site(account: &str, domain: &str) -> SiteRecord {
    SiteRecord {
        id: SiteId::generate(),
        account: account.parse().unwrap(),
        domain: domain.parse().unwrap(),
        kind: DomainKind::Primary,
        root_path: "/home/x".into(),
        runtime: Runtime::Php,
        php_version: Some("8.2".parse().unwrap()),
        status: SiteStatus::Provisioning,
        job: None,
        created_by: Actor::root(),
        created_at: now(),
        updated_at: now(),
        generation: 1,
    }
}

fn taker(owner: &str) -> Taker<'_> {
    Taker { owner, at_once: 16, patience: TimeDelta::seconds(60) }
}

fn job<'a>(account: &'a Username, actor: &'a Actor) -> NewJob<'a> {
    NewJob {
        background: false,
        id: JobId::generate(),
        kind: "account.create",
        target_type: "account",
        target: account.as_str(),
        account: Some(account),
        created_by: actor,
        request: RequestId::generate(),
        payload: json!({"username": account}),
    }
}

fn event<'a>(actor: &'a Actor, phase: AuditPhase, target: &'a str) -> AuditEvent<'a> {
    AuditEvent {
        actor,
        action: "account.create",
        phase,
        target_type: "account",
        target_id: target,
        request_id: "r",
        metadata: json!({"b": 1, "a": "é"}),
    }
}

async fn logins_and_sessions(store: Store) {
    let admin = user("admin1");
    let tx = store.begin().await.unwrap();
    tx.user_insert(&admin).await.unwrap();
    let session = SessionRecord {
        id: SessionId::generate(),
        user: admin.id,
        username: "admin1".into(),
        role: RoleName::admin(),
        created_at: now(),
        last_seen_at: now(),
        expires_at: now() + TimeDelta::hours(12),
        verified_at: now(),
        address: "::1".into(),
        user_agent: "x".repeat(200),
        viewing: None,
    };
    tx.session_insert(&SessionRecord { user_agent: "x".repeat(500), ..session.clone() }, "aa").await.unwrap();
    assert_eq!(store.user_count().await.unwrap(), 0, "nothing shows before the commit");
    tx.commit().await.unwrap();
    assert_eq!(store.user_by_name("admin1").await.unwrap(), Some(admin.clone()));
    assert_eq!(store.session_by_token("aa").await.unwrap(), Some(session.clone()));
    assert_eq!(store.session_by_token("AA").await.unwrap(), None, "case matters");

    let tx = store.begin().await.unwrap();
    assert!(matches!(tx.user_insert(&UserRecord { id: UserId::generate(), ..admin.clone() }).await, Err(StoreError::Taken(_))));
    drop(tx);

    let later = now() + TimeDelta::minutes(5);
    store.session_touch(session.id, later).await.unwrap();
    assert_eq!(store.session_by_id(session.id).await.unwrap().unwrap().last_seen_at, later);
    assert_eq!(store.session_prune(now(), now()).await.unwrap(), 0);
    assert_eq!(store.session_prune(now(), later + TimeDelta::seconds(1)).await.unwrap(), 1);
}

async fn settings_keys_and_attempts(store: Store) {
    let tx = store.begin().await.unwrap();
    tx.setting_set("a", "1", now()).await.unwrap();
    tx.setting_set("a", "2", now()).await.unwrap();
    let reply = IdempotentReply { key_hash: "k".into(), body_hash: "b".into(), status: 202, response: "{}".into(), created_at: now() };
    tx.idempotent_insert(&reply).await.unwrap();
    let attempt = LoginAttempt { bucket: "n|1.2.3.0/24".into(), failures: 3, blocked_until: Some(now()), last_at: now() };
    tx.login_attempt_put(&attempt).await.unwrap();
    let more = LoginAttempt { failures: 4, blocked_until: None, ..attempt.clone() };
    tx.login_attempt_put(&more).await.unwrap();
    assert_eq!(tx.login_attempt_get(&attempt.bucket).await.unwrap(), Some(more));
    tx.login_attempt_clear(&attempt.bucket).await.unwrap();
    assert_eq!(tx.login_attempt_get(&attempt.bucket).await.unwrap(), None);
    tx.commit().await.unwrap();
    assert_eq!(store.setting_get("a").await.unwrap().as_deref(), Some("2"));
    assert_eq!(store.idempotent_reply("k").await.unwrap(), Some(reply.clone()));
    let tx = store.begin().await.unwrap();
    assert!(matches!(tx.idempotent_insert(&reply).await, Err(StoreError::Taken(_))));
    drop(tx);
    let tx = store.begin().await.unwrap();
    assert!(tx.setting_delete("a").await.unwrap());
    assert!(!tx.setting_delete("a").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(store.idempotent_prune(now() + TimeDelta::days(1)).await.unwrap(), 1);
}

async fn the_index_is_scoped_by_owner(store: Store) {
    let of = |user| Scope::Member { user, permission: "site:read" };
    let (ani, budi) = (user("ani1"), user("budi1"));
    let tx = store.begin().await.unwrap();
    tx.user_insert(&ani).await.unwrap();
    tx.user_insert(&budi).await.unwrap();
    for (name, owner) in [("joko", Some(ani.id)), ("dewi", Some(budi.id)), ("agus", None)] {
        tx.account_insert(&account(name)).await.unwrap();
        tx.site_insert(&site(name, &format!("{name}.test"))).await.unwrap();
        let name: Username = name.parse().unwrap();
        if let Some(owner) = owner {
            tx.member_put(&name, owner, &Part::Owner, &Actor::root(), now()).await.unwrap();
        }
        tx.job_insert(&job(&name, &Actor::root()), now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let names = async |scope, after: Option<&str>, limit| -> Vec<String> {
        store.account_list(scope, after, limit).await.unwrap().iter().map(|a| a.username.to_string()).collect()
    };
    assert_eq!(names(Scope::All, None, 10).await, ["agus", "dewi", "joko"]);
    assert_eq!(names(Scope::All, Some("agus"), 1).await, ["dewi"]);
    assert_eq!(names(of(ani.id), None, 10).await, ["joko"]);
    let dewi: Username = "dewi".parse().unwrap();
    assert!(store.account_get(of(ani.id), &dewi).await.unwrap().is_none());
    assert!(store.account_get(of(budi.id), &dewi).await.unwrap().is_some());

    let sites = store.site_list(of(ani.id), &SiteFilter::default(), 10).await.unwrap();
    assert_eq!(sites.iter().map(|s| s.domain.as_str()).collect::<Vec<_>>(), ["joko.test"]);
    assert!(store.site_get(of(budi.id), sites[0].id).await.unwrap().is_none());
    let jobs = store.job_list(of(ani.id), &JobFilter::default(), 10).await.unwrap();
    assert_eq!(jobs.iter().map(|j| j.target.as_str()).collect::<Vec<_>>(), ["joko"]);
    assert!(store.job_get(of(budi.id), jobs[0].id).await.unwrap().is_none());
    assert_eq!(store.account_site_counts(std::slice::from_ref(&dewi)).await.unwrap()["dewi"], 1);
}

async fn index_rows_are_written_by_generation(store: Store) {
    let mut joko = account("joko");
    let tx = store.begin().await.unwrap();
    tx.account_insert(&joko).await.unwrap();
    assert!(tx.account_get(Scope::All, &joko.username).await.unwrap().is_some());
    tx.commit().await.unwrap();
    let tx = store.begin().await.unwrap();
    assert!(matches!(tx.account_insert(&joko).await, Err(StoreError::Taken("username"))));
    drop(tx);

    joko.status = AccountStatus::Active;
    joko.uid = Some(12_000);
    let tx = store.begin().await.unwrap();
    tx.account_update(&joko).await.unwrap();
    assert!(matches!(tx.account_update(&joko).await, Err(StoreError::Stale(_))), "an old generation is refused");
    let mut one = site("joko", "joko.test");
    tx.site_insert(&one).await.unwrap();
    one.status = SiteStatus::Active;
    tx.site_update(&one).await.unwrap();
    tx.commit().await.unwrap();
    let read = store.account_get(Scope::All, &joko.username).await.unwrap().unwrap();
    assert_eq!(read, AccountRecord { generation: 2, ..joko.clone() });
    let tx = store.begin().await.unwrap();
    assert_eq!(tx.site_by_domain(&one.domain).await.unwrap().unwrap(), SiteRecord { generation: 2, ..one.clone() });
    assert!(matches!(tx.site_insert(&site("joko", "joko.test")).await, Err(StoreError::Taken("domain"))));
    drop(tx);
    let tx = store.begin().await.unwrap();
    tx.account_delete(&joko.username).await.unwrap();
    tx.commit().await.unwrap();
    assert!(store.site_get(Scope::All, one.id).await.unwrap().is_none(), "its sites go with it");
}

async fn jobs_are_claimed_once_and_one_per_account(store: Store) {
    let (root, joko, dewi) = (Actor::root(), "joko".parse().unwrap(), "dewi".parse().unwrap());
    let (first, second, other) = (job(&joko, &root), job(&joko, &root), job(&dewi, &root));
    let tx = store.begin().await.unwrap();
    for one in [&first, &second, &other] {
        tx.job_insert(one, now()).await.unwrap();
    }
    assert_eq!(tx.job_unfinished(&joko).await.unwrap(), 2);
    tx.commit().await.unwrap();

    let until = now() + TimeDelta::seconds(30);
    let claims = futures(&store, 8, until).await;
    let mut ids: Vec<JobId> = claims.iter().map(|c| c.job.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, [first.id, other.id], "the second job of an account waits");
    let claim = claims.into_iter().find(|c| c.job.id == first.id).unwrap();
    assert_eq!((claim.job.state, claim.job.attempts, claim.job.request), (JobState::Running, 1, first.request));

    let step = |state| StepRecord {
        position: 0,
        name: "user.create".into(),
        summary: "Create user joko".into(),
        state,
        message: None,
        started_at: Some(now()),
        finished_at: None,
    };
    let tx = store.begin().await.unwrap();
    assert_eq!(tx.job_touch(&claim.owner, &[(first.id, 1), (second.id, 1)]).await.unwrap(), [(first.id, 1)], "only what is held");
    tx.step_put(&[(first.id, step(StepState::Running)), (other.id, step(StepState::Running))]).await.unwrap();
    tx.step_put(&[(first.id, step(StepState::Success))]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.step_list(first.id).await.unwrap(), [step(StepState::Success)]);

    let held = store.job_heartbeat(&claim.owner, &[(first.id, 1), (second.id, 1)], until).await.unwrap();
    assert_eq!(held, [(first.id, 1)]);
    let failure = JobFailure { code: "config_refused".into(), message: "no".into(), detail: Some("line 3".into()) };
    let tx = store.begin().await.unwrap();
    tx.job_finish(&claim, JobState::Failed, Some(&failure), now()).await.unwrap();
    tx.commit().await.unwrap();
    let ended = store.job_get(Scope::All, first.id).await.unwrap().unwrap();
    assert_eq!((ended.state, ended.failure), (JobState::Failed, Some(failure)));
    let tx = store.begin().await.unwrap();
    assert!(matches!(tx.job_finish(&claim, JobState::Success, None, now()).await, Err(StoreError::Stale(_))), "a job ends once");
    drop(tx);
    assert_eq!(store.job_claim(taker("b/1"), now(), until).await.unwrap().unwrap().job.id, second.id);
}

/// `count` tasks that claim until nothing is left.
async fn futures(store: &Store, count: usize, until: DateTime<Utc>) -> Vec<nusantara_store::Claim> {
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..count {
        let store = store.clone();
        tasks.spawn(async move {
            let mut mine = Vec::new();
            while let Some(claim) = store.job_claim(taker(&format!("a/{i}")), now(), until).await.unwrap() {
                mine.push(claim);
            }
            mine
        });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

async fn an_orphaned_job_is_taken_up_with_its_request(store: Store) {
    let (root, joko) = (Actor::root(), "joko".parse().unwrap());
    let one = job(&joko, &root);
    let tx = store.begin().await.unwrap();
    tx.job_insert(&one, now()).await.unwrap();
    tx.commit().await.unwrap();
    let until = now() + TimeDelta::seconds(30);
    let lost = store.job_claim(taker("host/1"), now(), until).await.unwrap().unwrap();
    assert!(store.job_claim(taker("host/2"), now(), until).await.unwrap().is_none(), "the lease holds");
    let again = store.job_claim(taker("host/2"), until + TimeDelta::seconds(1), until + TimeDelta::hours(1)).await.unwrap().unwrap();
    assert_eq!((again.job.request, again.job.attempts), (one.request, 2));
    let tx = store.begin().await.unwrap();
    assert!(
        matches!(tx.job_finish(&lost, JobState::Success, None, now()).await, Err(StoreError::Stale(_))),
        "the old worker may not end it"
    );
    assert!(tx.job_touch(&lost.owner, &[(one.id, 1)]).await.unwrap().is_empty());
    drop(tx);
    assert_eq!(store.job_release("other/", now()).await.unwrap(), 0);
    assert_eq!(store.job_release("host/", now()).await.unwrap(), 1);
    let third = store.job_claim(taker("host/3"), now(), until).await.unwrap().unwrap();
    let tx = store.begin().await.unwrap();
    tx.job_retry(&third, now() + TimeDelta::seconds(5)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(store.job_claim(taker("host/3"), now() + TimeDelta::seconds(4), until).await.unwrap().is_none());
    assert!(store.job_claim(taker("host/3"), now() + TimeDelta::seconds(6), until).await.unwrap().is_some());
}

async fn the_audit_chain_holds_and_cannot_be_changed(store: Store) {
    let root = Actor::root();
    for i in 0..3 {
        let tx = store.begin().await.unwrap();
        tx.audit_append(event(&root, AuditPhase::Begin, "joko"), now()).await.unwrap();
        if i < 2 {
            tx.commit().await.unwrap();
        }
    }
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..10 {
        let store = store.clone();
        tasks.spawn(async move {
            let tx = store.begin().await.unwrap();
            tx.audit_append(event(&Actor::system(), AuditPhase::Success, &format!("t{i}")), now()).await.unwrap();
            tx.commit().await.unwrap();
        });
    }
    tasks.join_all().await;
    assert_eq!(store.audit_verify(None).await.unwrap().unwrap().rows, 12, "a transaction rolled back leaves no gap");
    let newest = store.audit_list(&AuditFilter::default(), 2).await.unwrap();
    assert_eq!(newest.iter().map(|r| r.id).collect::<Vec<_>>(), [12, 11]);
    assert_eq!(newest[0].prev_hash, newest[1].hash);
    let filter = AuditFilter { before: Some(12), actor: Some("root".into()), target: Some("joko".into()), ..AuditFilter::default() };
    assert_eq!(store.audit_list(&filter, 10).await.unwrap().len(), 2);
    assert_eq!(store.audit_after(10, 10).await.unwrap().len(), 2);
}

fn sample(name: &str, minutes: i64) -> UsageSample {
    UsageSample {
        account: name.parse().unwrap(),
        taken_at: now() + TimeDelta::minutes(minutes),
        cpu_usec: u64::from(u32::MAX) * 7,
        cpu_throttled_usec: 1,
        memory_bytes: 2,
        oom_kills: 3,
        tasks: 4,
        io_read_bytes: 5,
        io_write_bytes: 6,
        disk_bytes: None,
        sent_bytes: 8,
    }
}

async fn usage_is_kept_per_account_and_goes_with_it(store: Store) {
    let tx = store.begin().await.unwrap();
    for name in ["joko", "dewi"] {
        tx.account_insert(&account(name)).await.unwrap();
    }
    // More than fit into one statement, and one of an account that is gone.
    let samples: Vec<_> = (0..50).flat_map(|i| [sample("joko", i), sample("dewi", i)]).chain([sample("gone", 0)]).collect();
    tx.usage_insert(&samples).await.unwrap();
    let other = UsageSample { tasks: 99, ..sample("joko", 0) };
    tx.usage_insert(&[other, sample("joko", 50)]).await.unwrap();
    tx.usage_insert(&[sample("joko", 50)]).await.unwrap();
    tx.commit().await.unwrap();
    let joko = "joko".parse().unwrap();
    let since = async |minutes: i64| store.usage_since(&joko, now() + TimeDelta::minutes(minutes)).await.unwrap();
    assert_eq!(since(0).await.len(), 51);
    assert_eq!(since(0).await[0], sample("joko", 0), "the first one stays");
    assert_eq!(since(49).await, [sample("joko", 48), sample("joko", 49), sample("joko", 50)]);
    assert_eq!(store.usage_prune(now() + TimeDelta::minutes(49)).await.unwrap(), 98);
    assert_eq!(since(0).await.len(), 2);
    let tx = store.begin().await.unwrap();
    tx.account_delete(&joko).await.unwrap();
    tx.account_insert(&account("joko")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(since(0).await, []);
}

async fn findings_are_kept_per_account_and_go_with_it(store: Store) {
    let (joko, budi): (Username, Username) = ("joko".parse().unwrap(), "budi".parse().unwrap());
    let tx = store.begin().await.unwrap();
    tx.account_insert(&account("joko")).await.unwrap();
    tx.commit().await.unwrap();
    let finding = |item: &str, minutes: i64| DriftFinding {
        item: item.parse().unwrap(),
        target: "/etc/x".to_owned(),
        summary: format!("{item} was changed"),
        adoptable: item != "vhost",
        found_at: now() + TimeDelta::minutes(minutes),
    };
    let replace = async |account: &Username, found: &[DriftFinding]| {
        let tx = store.begin().await.unwrap();
        tx.drift_replace(account, found).await.unwrap();
        tx.commit().await.unwrap();
    };
    replace(&joko, &[finding("slice", 0), finding("vhost", 0)]).await;
    replace(&budi, &[finding("vhost", 0)]).await;
    assert_eq!(store.drift_accounts().await.unwrap(), [(joko.clone(), 2)], "budi is no account");
    replace(&joko, &[finding("ssh", 9), finding("vhost", 9)]).await;
    assert_eq!(store.drift_of(&joko).await.unwrap(), [finding("ssh", 9), finding("vhost", 0)], "it was seen first then");
    let counts = store.drift_counts(&[joko.clone(), budi.clone()]).await.unwrap();
    assert_eq!((counts.get("joko"), counts.get("budi")), (Some(&2), None));
    let many: Vec<_> = (0..200).map(|n| finding(&format!("cron.j{n:03}"), 0)).collect();
    replace(&joko, &many).await;
    assert_eq!(store.drift_of(&joko).await.unwrap(), many);
    replace(&joko, &[]).await;
    assert_eq!(store.drift_accounts().await.unwrap(), []);
    replace(&joko, &[finding("vhost", 0)]).await;
    let tx = store.begin().await.unwrap();
    tx.account_delete(&joko).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.drift_of(&joko).await.unwrap(), []);
}

async fn raw(url: &str) -> sea_orm::DatabaseConnection {
    sea_orm::Database::connect(url).await.unwrap()
}

/// Opened twice (the schema is there already), then attacked beneath the store.
async fn tampering_is_refused_and_shows(url: String) {
    let store = Store::open(&url).await.unwrap();
    for _ in 0..3 {
        let tx = store.begin().await.unwrap();
        tx.audit_append(event(&Actor::root(), AuditPhase::Begin, "joko"), now()).await.unwrap();
        tx.commit().await.unwrap();
    }
    store.close().await;
    let store = Store::open(&url).await.unwrap();
    let db = raw(&url).await;
    for refused in ["update audit_logs set actor = 'nobody' where id = 2", "delete from audit_logs where id = 3"] {
        let error = db.execute_unprepared(refused).await.expect_err(refused);
        assert!(error.to_string().contains("append-only"), "{error}");
    }
    assert_eq!(store.audit_verify(None).await.unwrap().unwrap().rows, 3);
    let seal = sealed(&store.audit_end().await.unwrap().unwrap());
    store.audit_seal_keep(&seal).await.unwrap();
    store.audit_seal_keep(&seal).await.unwrap();
    assert_eq!(store.audit_last_seal().await.unwrap().as_ref(), Some(&seal));
    for refused in ["update audit_seals set id = 1", "delete from audit_seals"] {
        let error = db.execute_unprepared(refused).await.expect_err(refused);
        assert!(error.to_string().contains("append-only"), "{error}");
    }
    disarm(&db, &url).await;
    let trail = store.audit_verify(Some(&seal.key)).await.unwrap().unwrap();
    assert_eq!((trail.rows, trail.seal.as_ref()), (3, Some(&seal)));
    assert_eq!(store.audit_verify(Some(&[1; 32].into())).await.unwrap().unwrap_err().row, 3, "a seal by another key is none");
    db.execute_unprepared("create table kept_rows as select * from audit_logs").await.unwrap();
    db.execute_unprepared("create table kept_head as select * from audit_head").await.unwrap();
    for (attack, first_bad) in ATTACKS {
        for statement in *attack {
            db.execute_unprepared(statement).await.unwrap();
        }
        assert_eq!(store.audit_verify(Some(&seal.key)).await.unwrap().unwrap_err().row, *first_bad, "{attack:?}");
        for statement in RESTORE {
            db.execute_unprepared(statement).await.unwrap();
        }
        assert_eq!(store.audit_verify(Some(&seal.key)).await.unwrap().unwrap().rows, 3);
    }
}

/// What somebody with the database in hand may do once the triggers are gone, and the first row that shows it.
const ATTACKS: &[(&[&str], i64)] = &[
    (&["update audit_logs set actor = 'nobody' where id = 2"], 2),
    (
        &[
            "update audit_logs set created_at = (select k.created_at from kept_rows k where k.id = 1) where id = 3",
            "update audit_logs set request_id = 'other' where id = 3",
        ],
        3,
    ),
    (&["delete from audit_logs where id = 1"], 1),
    (&["delete from audit_logs where id = 2"], 2),
    (
        &[
            "update audit_logs set id = 9 where id = 2",
            "update audit_logs set id = 2 where id = 3",
            "update audit_logs set id = 3 where id = 9",
        ],
        2,
    ),
    (
        &[
            "update audit_logs set id = 4 where id = 3",
            "insert into audit_logs select 3, actor, action, phase, target_type, target_id, request_id, metadata, created_at, prev_hash, hash from kept_rows where id = 2",
        ],
        3,
    ),
    (&["delete from audit_logs where id = 3"], 3),
    // Cut off so that nothing in the chain shows it: the seal does.
    (
        &[
            "delete from audit_logs where id = 3",
            "update audit_head set last_id = 2, last_hash = (select k.hash from kept_rows k where k.id = 2)",
        ],
        3,
    ),
    (&["delete from audit_logs", "update audit_head set last_id = 0, last_hash = ''"], 1),
];
const RESTORE: &[&str] = &[
    "delete from audit_logs",
    "insert into audit_logs select * from kept_rows",
    "delete from audit_head",
    "insert into audit_head select * from kept_head",
];

/// Takes the triggers away, as somebody may who owns the database.
async fn disarm(db: &sea_orm::DatabaseConnection, url: &str) {
    let statements: &[&str] = if url.starts_with("postgres") {
        &["alter table audit_logs disable trigger all"]
    } else {
        &["drop trigger audit_logs_no_update", "drop trigger audit_logs_no_delete"]
    };
    for statement in statements {
        db.execute_unprepared(statement).await.unwrap();
    }
}

fn sealed((id, hash): &(i64, String)) -> AuditSeal {
    let key = SigningKey::from_bytes(&[7; 32]);
    let hash = hash.parse().unwrap();
    let signature = key.sign(&AuditSeal::message(*id, &hash, now())).to_bytes().into();
    AuditSeal { id: *id, hash, sealed_at: now(), key: key.verifying_key().to_bytes().into(), signature }
}

async fn everything_of_an_account_follows_its_name(store: Store) {
    let (joko, budi): (Username, Username) = ("joko".parse().unwrap(), "budi".parse().unwrap());
    let row = site("joko", "joko.test");
    let tx = store.begin().await.unwrap();
    for name in ["joko", "dewi"] {
        tx.account_insert(&account(name)).await.unwrap();
    }
    tx.site_insert(&row).await.unwrap();
    tx.usage_insert(&[sample("joko", 0), sample("joko", 5), sample("dewi", 0)]).await.unwrap();
    tx.job_insert(&job(&joko, &Actor::root()), now()).await.unwrap();
    tx.setting_set(&traffic_mark("joko"), "2026-11 080", now()).await.unwrap();
    tx.commit().await.unwrap();

    let tx = store.begin().await.unwrap();
    assert!(matches!(tx.account_rename(&joko, &"dewi".parse().unwrap(), now()).await, Err(StoreError::Taken(_))));
    drop(tx);
    let tx = store.begin().await.unwrap();
    tx.account_rename(&joko, &budi, now()).await.unwrap();
    tx.site_rename(row.id, &"budi.test".parse().unwrap()).await.unwrap();
    // Again, as after an answer that was lost: there is nothing left to rename.
    tx.account_rename(&joko, &budi, now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.account_get(Scope::All, &joko).await.unwrap(), None);
    assert_eq!(store.account_get(Scope::All, &budi).await.unwrap().unwrap().primary_domain, "joko.test".parse().unwrap());
    let renamed = store.site_get(Scope::All, row.id).await.unwrap().unwrap();
    assert_eq!((renamed.account, renamed.domain.as_str()), (budi.clone(), "budi.test"));
    assert_eq!(store.usage_since(&budi, now() - TimeDelta::days(1)).await.unwrap().len(), 2);
    let jobs = JobFilter { account: Some(budi), ..JobFilter::default() };
    assert_eq!(store.job_list(Scope::All, &jobs, 10).await.unwrap().len(), 1);
    assert_eq!(store.setting_get(&traffic_mark("budi")).await.unwrap().as_deref(), Some("2026-11 080"));
    assert_eq!(store.setting_get(&traffic_mark("joko")).await.unwrap(), None);
}

/// Runs every check on fresh databases that `fresh` names.
macro_rules! every_check {
    ($fresh:expr) => {{
        let fresh = $fresh;
        logins_and_sessions(Store::open(&fresh("a").await).await.unwrap()).await;
        settings_keys_and_attempts(Store::open(&fresh("b").await).await.unwrap()).await;
        the_index_is_scoped_by_owner(Store::open(&fresh("c").await).await.unwrap()).await;
        people::a_helper_reaches_what_was_named(Store::open(&fresh("p1").await).await.unwrap()).await;
        people::what_a_login_has_goes_with_it(Store::open(&fresh("p2").await).await.unwrap()).await;
        people::passkeys_are_unique_and_questions_are_taken_once(Store::open(&fresh("p5").await).await.unwrap()).await;
        people::roles_are_kept_and_both_names_are_found(Store::open(&fresh("p3").await).await.unwrap()).await;
        index_rows_are_written_by_generation(Store::open(&fresh("d").await).await.unwrap()).await;
        jobs_are_claimed_once_and_one_per_account(Store::open(&fresh("e").await).await.unwrap()).await;
        an_orphaned_job_is_taken_up_with_its_request(Store::open(&fresh("f").await).await.unwrap()).await;
        the_audit_chain_holds_and_cannot_be_changed(Store::open(&fresh("g").await).await.unwrap()).await;
        tampering_is_refused_and_shows(fresh("h").await).await;
        usage_is_kept_per_account_and_goes_with_it(Store::open(&fresh("i").await).await.unwrap()).await;
        everything_of_an_account_follows_its_name(Store::open(&fresh("j").await).await.unwrap()).await;
        findings_are_kept_per_account_and_go_with_it(Store::open(&fresh("k").await).await.unwrap()).await;
        shared::places_are_shared(Store::open(&fresh("m").await).await.unwrap()).await;
        shared::a_lease_has_one_holder(Store::open(&fresh("n").await).await.unwrap()).await;
        shared::a_time_of_a_schedule_is_taken_once(Store::open(&fresh("o").await).await.unwrap()).await;
    }};
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_holds_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    every_check!(async |name: &str| format!("sqlite://{}/{name}.db?mode=rwc", folder.path().display()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_holds_on_postgresql() {
    let server = Server::start(Kind::Postgres);
    every_check!(async |name: &str| server.database(&format!("panel_{name}")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_holds_on_mariadb() {
    let server = Server::start(Kind::Mariadb);
    every_check!(async |name: &str| server.database(&format!("panel_{name}")));
}

#[tokio::test]
async fn an_unknown_database_is_refused() {
    assert!(matches!(Store::open("oracle://x").await, Err(StoreError::Url)));
}
