//! What panels share: places, leases, the database's clock, schedules.

use chrono::{DateTime, TimeDelta, Utc};
use nusantara_store::{JobState, MissedPolicy, NewJob, ScheduleRecord, Scope, SlotRun, Store, StoreError, Taker};
use nusantara_types::{Actor, FixedClock, JobId, RequestId, ScheduleId};
use serde_json::json;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn queue(store: &Store, background: bool, now: DateTime<Utc>) -> JobId {
    let actor = Actor::root();
    let id = JobId::generate();
    let job = NewJob {
        background,
        id,
        kind: "panel.tidy",
        target_type: "panel",
        target: "all",
        account: None,
        created_by: &actor,
        request: RequestId::generate(),
        payload: json!({}),
    };
    let tx = store.begin().await.unwrap();
    tx.job_insert(&job, now).await.unwrap();
    tx.commit().await.unwrap();
    id
}

pub(crate) async fn places_are_shared(store: Store) {
    let (now, until) = (at("2026-11-20T10:00:00Z"), at("2026-11-20T10:00:30Z"));
    let taker = |owner| Taker { owner, at_once: 4, patience: TimeDelta::seconds(60) };
    for _ in 0..5 {
        queue(&store, true, now).await;
    }
    let mut held = Vec::new();
    while let Some(claim) = store.job_claim(taker("a/1"), now, until).await.unwrap() {
        held.push(claim);
    }
    assert_eq!(held.len(), 3, "one of four places is kept for what somebody waits for");
    let wanted = [queue(&store, false, now).await, queue(&store, false, now).await];
    let first = store.job_claim(taker("b/1"), now, until).await.unwrap().unwrap();
    assert_eq!(first.job.id, wanted[0]);
    assert!(store.job_claim(taker("b/1"), now, until).await.unwrap().is_none(), "there is no fifth place");
    let tx = store.begin().await.unwrap();
    tx.job_finish(&held[0], JobState::Success, None, now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        store.job_claim(taker("b/1"), now, until).await.unwrap().unwrap().job.id,
        wanted[1],
        "before all that waits in the background"
    );

    // One that only its acceptor knows all of waits for it, and not for ever.
    let secret = queue(&store, false, now).await;
    let tx = store.begin().await.unwrap();
    tx.job_reserve(secret, "a/1").await.unwrap();
    tx.job_finish(&first, JobState::Success, None, now).await.unwrap();
    tx.commit().await.unwrap();
    let near = now + TimeDelta::seconds(20);
    assert!(store.job_claim(taker("b/1"), near, until).await.unwrap().is_none_or(|claim| claim.job.id != secret));
    let late = now + TimeDelta::seconds(61);
    let mut seen = Vec::new();
    while let Some(claim) = store.job_claim(taker("b/2"), late, late + TimeDelta::hours(1)).await.unwrap() {
        seen.push(claim.job.id);
    }
    assert!(seen.contains(&secret) || seen.len() == 4, "{seen:?}");

    // A waiting job is ended, one that runs is asked.
    let waiting = queue(&store, false, now).await;
    let why = nusantara_store::JobFailure { code: "cancelled".into(), message: "no".into(), detail: None };
    let tx = store.begin().await.unwrap();
    assert!(tx.job_cancel(waiting, &why, now).await.unwrap());
    assert!(!tx.job_cancel(waiting, &why, now).await.unwrap(), "once");
    assert!(tx.job_ask_to_stop(held[1].job.id, now).await.unwrap() && !tx.job_ask_to_stop(waiting, now).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(store.job_get(Scope::All, waiting).await.unwrap().unwrap().state, JobState::Cancelled);
    assert!(store.job_get(Scope::All, held[1].job.id).await.unwrap().unwrap().cancel_at.is_some());
    assert_eq!(store.job_prune(now, 10).await.unwrap(), 0, "what has just ended is kept");
    assert_eq!(store.job_prune(now + TimeDelta::seconds(1), 2).await.unwrap(), 2, "a few at a time");
    assert_eq!(store.job_prune(now + TimeDelta::seconds(1), 10).await.unwrap(), 1, "and none that has not ended");
}

pub(crate) async fn a_lease_has_one_holder(store: Store) {
    let (now, until) = (at("2026-11-20T10:00:00Z"), at("2026-11-20T10:00:15Z"));
    assert!(store.lease_take("background", "a/1", now, until).await.unwrap());
    assert!(!store.lease_take("background", "b/1", now, until).await.unwrap());
    assert!(store.lease_take("other", "b/1", now, until).await.unwrap(), "another name is another lease");
    assert!(store.lease_take("background", "a/1", now, until).await.unwrap(), "it is extended, also to the same time");
    assert!(store.lease_take("background", "b/1", until + TimeDelta::seconds(1), until + TimeDelta::seconds(9)).await.unwrap());
    store.lease_release("b/").await.unwrap();
    assert!(store.lease_take("background", "a/2", now, until).await.unwrap(), "given back, it is free at once");
    let clock = FixedClock::at(now);
    let time = store.time(&clock).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "a database server has its own clock, which is this machine's")]
    let wanted = if store.is_shared() { Utc::now() } else { now };
    assert!((time - wanted).abs() < TimeDelta::minutes(1), "{time} is not the time of the database");
}

fn schedule(now: DateTime<Utc>) -> ScheduleRecord {
    ScheduleRecord {
        id: ScheduleId::generate(),
        name: "nightly".parse().unwrap(),
        task: "tidy".into(),
        cron: "30 2 * * 1-5".parse().unwrap(),
        zone: "Asia/Jakarta".into(),
        jitter_seconds: 60,
        missed: MissedPolicy::Once,
        catch_up: 10,
        enabled: true,
        next_due: Some(now),
        last_job: None,
        created_by: Actor::root(),
        created_at: now,
        updated_at: now,
        generation: 1,
    }
}

pub(crate) async fn a_time_of_a_schedule_is_taken_once(store: Store) {
    let now = at("2026-11-20T10:00:00.123456Z");
    let record = schedule(now);
    let tx = store.begin().await.unwrap();
    tx.schedule_insert(&record).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.schedule_list().await.unwrap(), std::slice::from_ref(&record), "what is read is what was written");
    let tx = store.begin().await.unwrap();
    let same_name = ScheduleRecord { id: ScheduleId::generate(), ..record.clone() };
    assert!(matches!(tx.schedule_insert(&same_name).await, Err(StoreError::Taken("name"))));
    drop(tx);
    assert!(store.schedule_due(now - TimeDelta::seconds(1)).await.unwrap().is_empty());
    assert_eq!(store.schedule_due(now).await.unwrap().len(), 1);

    let job = queue(&store, true, now).await;
    let slot = SlotRun { due_at: now, job: Some(job), by_hand: false, missed: 0 };
    let tx = store.begin().await.unwrap();
    tx.schedule_update(&ScheduleRecord { next_due: Some(now + TimeDelta::days(1)), last_job: Some(job), ..record.clone() }).await.unwrap();
    tx.schedule_slot(record.id, &slot, now).await.unwrap();
    tx.commit().await.unwrap();
    let tx = store.begin().await.unwrap();
    assert!(matches!(tx.schedule_update(&record).await, Err(StoreError::Stale(_))), "somebody else was quicker");
    drop(tx);
    let tx = store.begin().await.unwrap();
    assert!(matches!(tx.schedule_slot(record.id, &slot, now).await, Err(StoreError::Taken(_))), "whatever they believe");
    drop(tx);
    let runs = store.schedule_runs(record.id, None, 10).await.unwrap();
    assert_eq!((runs.len(), &runs[0].slot, runs[0].state), (1, &slot, Some(JobState::Queued)));
    assert!(store.schedule_runs(record.id, Some(now), 10).await.unwrap().is_empty(), "before that there is none");
    assert_eq!(store.schedule_runs_prune(now).await.unwrap(), 0);
    let tx = store.begin().await.unwrap();
    tx.schedule_delete(record.id).await.unwrap();
    tx.commit().await.unwrap();
    assert!(store.schedule_runs(record.id, None, 10).await.unwrap().is_empty(), "its history went with it");
}
