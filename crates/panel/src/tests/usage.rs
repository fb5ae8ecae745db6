//! What accounts use, now and over time.

use super::bench::{Bench, root};
use super::fake_host::{at, nothing};
use crate::usage::{KEPT, Sampler};
use chrono::TimeDelta;
use nusantara_proto::host::{AccountUsage, Pressure};
use nusantara_types::Username;
use serde_json::{Value, json};

fn busy(minutes: u64) -> AccountUsage {
    AccountUsage {
        cpu_usec: minutes * 6_000_000,
        memory_bytes: 1 << 20,
        tasks: 3,
        io_read_bytes: minutes * 60 * 10,
        oom_kills: minutes / 10,
        pressure: Some(Pressure { cpu: 100, memory: 2, io: 3 }),
        sent_bytes: minutes * 1_000,
        ..nothing()
    }
}

fn joko() -> Username {
    "joko".parse().unwrap()
}

#[tokio::test]
async fn an_account_says_what_it_uses_and_of_how_much() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    bench.host.state().usage.insert(joko(), busy(10));
    let now = bench.send(root("GET", "/api/v1/accounts/joko/usage")).await.body;
    assert_eq!((&now["cpu_usec"], &now["memory_bytes"], &now["tasks"]), (&json!(60_000_000), &json!(1 << 20), &json!(3)));
    assert_eq!((&now["pressure"]["cpu"], &now["limits"]["memory_limit_mb"]), (&json!(100), &json!(512)));
    std::fs::remove_file(&bench.app.config.hostd_socket).unwrap();
    assert_eq!(bench.send(root("GET", "/api/v1/accounts/joko/usage")).await.code(), "host_unavailable");
    for bad in ["0", "721", "x", "-1"] {
        let answer = bench.send(root("GET", &format!("/api/v1/accounts/joko/usage/history?hours={bad}"))).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec!["hours"]), "{bad}");
    }
}

#[tokio::test]
async fn samples_become_a_history_and_sleep_costs_no_row() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    bench.create("dewi").await;
    let start = at(0) - TimeDelta::seconds(at(0).timestamp().rem_euclid(300));
    let mut sampler = Sampler::default();
    // It sleeps for 15 minutes, then works for 10.
    for (look, usage) in [(0, None), (1, None), (2, None), (3, None), (4, Some(busy(5))), (5, Some(busy(10)))] {
        if let Some(usage) = usage {
            bench.host.state().usage.insert(joko(), usage);
        }
        sampler.look(&bench.app, start + TimeDelta::minutes(5 * look)).await.unwrap();
    }
    let rows = |name: &str| {
        let (store, name) = (bench.app.store.clone(), name.parse().unwrap());
        async move { store.usage_since(&name, start).await.unwrap().iter().map(|s| (s.taken_at - start).num_minutes()).collect::<Vec<_>>() }
    };
    assert_eq!(rows("dewi").await, [0], "nothing changed about it");
    assert_eq!(rows("joko").await, [0, 15, 20, 25], "and the last look before it woke");

    bench.clock.advance(TimeDelta::minutes(30));
    let history = bench.send(root("GET", "/api/v1/accounts/joko/usage/history?hours=1")).await.body;
    assert_eq!(history["step_seconds"], 300);
    let points: Vec<_> = history["points"].as_array().unwrap().iter().map(|p| p["cpu_percent"].as_f64().unwrap()).collect();
    assert_eq!(points, [0.0, 0.0, 0.0, 0.0, 10.0, 10.0, 0.0]);
    let last: &Value = &history["points"][5];
    assert_eq!((&last["memory_bytes"], &last["io_read_bytes_per_second"]), (&json!(1 << 20), &json!(10)));
    assert_eq!((&last["sent_bytes"], &last["oom_kills"], &last["disk_bytes"]), (&json!(5_000), &json!(1), &json!(4096)));

    assert_eq!(bench.app.store.usage_prune(start + TimeDelta::minutes(16)).await.unwrap(), 3);
    assert_eq!(KEPT, TimeDelta::days(30));
}

#[tokio::test]
async fn nothing_is_sampled_while_the_host_is_away() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    bench.create("dewi").await;
    std::fs::remove_file(&bench.app.config.hostd_socket).unwrap();
    Sampler::default().look(&bench.app, at(0)).await.unwrap();
    assert_eq!(bench.host.state().looks, 0);
    assert_eq!(bench.app.store.usage_since(&joko(), at(-1_000)).await.unwrap(), []);
}

#[tokio::test]
async fn the_history_goes_with_the_account() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    Sampler::default().look(&bench.app, at(0)).await.unwrap();
    let gone = bench.send(root("DELETE", "/api/v1/accounts/joko")).await;
    bench.end_of(gone.body["job"]["id"].as_str().unwrap()).await;
    bench.create("joko").await;
    assert_eq!(bench.app.store.usage_since(&joko(), at(-1_000)).await.unwrap(), [], "another account of the same name");
}

fn sent(percent: u64, paused: bool, due: bool) -> AccountUsage {
    AccountUsage { sent_bytes: percent * 1_000, sent_percent: percent, sites_paused: paused, pause_due: due, ..nothing() }
}

#[tokio::test]
async fn the_end_of_the_traffic_is_written_down_once_for_each_mark_and_month() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let warnings = || async {
        let rows = bench.send(root("GET", "/api/v1/audit-logs?action=account.traffic_warning")).await.body;
        let rows = rows["items"].as_array().unwrap().clone();
        rows.iter().map(|row| row["metadata"]["percent"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    for (percent, expected) in [(79, vec![]), (80, vec![80]), (99, vec![80]), (130, vec![100, 80]), (140, vec![100, 80])] {
        bench.host.state().usage.insert(joko(), sent(percent, false, false));
        // A panel that starts anew knows what it has written.
        Sampler::default().look(&bench.app, bench.app.now()).await.unwrap();
        assert_eq!(warnings().await, expected, "{percent}");
    }
    bench.clock.advance(TimeDelta::days(31));
    bench.host.state().usage.insert(joko(), sent(85, false, false));
    Sampler::default().look(&bench.app, bench.app.now()).await.unwrap();
    assert_eq!(warnings().await, [80, 100, 80], "another month");
}

#[tokio::test]
async fn sites_pause_and_go_on_by_a_job_of_the_account() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    for (due, jobs) in [(true, 1), (true, 1), (false, 2)] {
        let paused = bench.host.state().usage.get(&joko()).is_some_and(|usage| usage.sites_paused);
        bench.host.state().usage.insert(joko(), sent(if due { 100 } else { 0 }, paused, due));
        Sampler::default().look(&bench.app, bench.app.now()).await.unwrap();
        let listed = bench.send(root("GET", "/api/v1/jobs?account=joko")).await.body;
        let ids: Vec<String> = listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|job| job["kind"] == "account.traffic")
            .map(|job| job["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(ids.len(), jobs, "{due}");
        for id in &ids {
            assert_eq!(bench.end_of(id).await["state"], "success");
        }
        assert_eq!(bench.host.state().usage[&joko()].sites_paused, due);
    }
    let shown = bench.send(root("GET", "/api/v1/accounts/joko/usage")).await.body;
    assert_eq!(
        (&shown["sites_paused"], &shown["sent_percent"], &shown["limits"]["bandwidth_action"]),
        (&json!(false), &json!(0), &json!("warn"))
    );
}
