//! What logins cost: how much memory they take together, and that nobody can tell by the cost who exists.

use super::bench::{Bench, Call, call};
use crate::auth::passwords::Passwords;
use nusantara_store::UserRecord;
use nusantara_types::UserId;
use serde_json::json;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

fn wrong(username: &str) -> Call {
    call("POST", "/api/v1/auth/login").json(&json!({"username": username, "password": "wrong wrong wrong"}))
}

/// Peak memory of this process, KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn five_hundred_logins_at_once_take_the_memory_of_four() {
    const HASH: u64 = 64 * 1024;
    let bench = Bench::hashing(Passwords::default()).await;
    let before = peak();
    let login = |n: usize| wrong(&format!("nobody{n}")).from(&format!("10.{}.{}.1", n / 250, n % 250));
    let answers = futures_util::future::join_all((0..500).map(|n| bench.send(login(n)))).await;
    let grown = peak() - before;
    let count = |status: u16| answers.iter().filter(|answer| answer.status.as_u16() == status).count();
    assert_eq!(count(401) + count(503), 500, "each is answered, or told to come back");
    assert!(count(503) > 0 && count(401) >= 36, "{} {}", count(401), count(503));
    for refused in answers.iter().filter(|answer| answer.status == 503) {
        assert_eq!((refused.code(), refused.headers.contains_key("retry-after")), ("overloaded", true), "{}", refused.text);
    }
    let seen = &bench.app.passwords.seen;
    // The hash that unknown names are compared with is made by the first of them, in its own turn.
    assert_eq!(seen.all.load(Ordering::Acquire), count(401), "who was refused was not hashed for");
    assert!(seen.most.load(Ordering::Acquire) <= 4, "{seen:?}");
    assert!(grown < 4 * HASH + 96 * 1024, "{grown} KiB");
}

/// What a login that fails costs: hashes, and every statement that the database was asked, in order.
async fn cost(bench: &Bench, login: Call) -> (usize, Vec<String>) {
    let hashes = || bench.app.passwords.seen.all.load(Ordering::Acquire);
    let before = hashes();
    bench.heard.lock().unwrap().clear();
    let answer = bench.send(login).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (401, "invalid_credentials"), "{}", answer.text);
    let mut asked = std::mem::take(&mut *bench.heard.lock().unwrap());
    // The engine looks for work at times of its own.
    asked.retain(|statement| !statement.contains("\"jobs\""));
    (hashes() - before, asked)
}

#[tokio::test]
async fn a_login_that_fails_costs_the_same_whoever_it_is_for() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    bench.login_as("uli", "user").await;
    let off = call("PUT", "/api/v1/users/uli").json(&json!({"role": "user", "email": null, "disabled": true})).with(&ani);
    assert_eq!(bench.send(off).await.status, 200);
    let invited = UserRecord::new(UserId::generate(), "budi".into(), String::new(), "user".parse().unwrap(), bench.app.now());
    let tx = bench.app.store.begin().await.unwrap();
    tx.user_insert(&invited).await.unwrap();
    tx.commit().await.unwrap();
    // A second factor is another matter only once the password was right.
    bench.login_as("dian", "user").await;
    assert_eq!(bench.send(wrong("the-first-unknown").from("10.9.9.1")).await.status, 401);

    let (hashes, asked) = cost(&bench, wrong("nobody").from("10.1.0.1")).await;
    assert_eq!(hashes, 1);
    assert!(asked.len() > 5 && asked.iter().any(|statement| statement.contains("audit_logs")), "{asked:#?}");
    for (n, known) in ["ani", "uli", "budi", "dian"].into_iter().enumerate() {
        let of_known = cost(&bench, wrong(known).from(&format!("10.2.{n}.1"))).await;
        assert_eq!(of_known, (hashes, asked.clone()), "{known}");
    }
    // With the cookie of a browser that somebody else was seen in, too.
    let device = bench.login("ani").await.cookie("__Host-nd=");
    let foreign = async |name: &str, from: &str| cost(&bench, wrong(name).from(from).header("cookie", device.clone())).await;
    assert_eq!(foreign("dian", "10.3.0.1").await, foreign("nobody2", "10.3.1.1").await);
}

/// Two-sided chance of a normal deviate at least this far out (Abramowitz and Stegun, 7.1.26; right to 1.5e-7).
fn chance(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let terms = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];
    terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t) * (-x * x).exp()
}

/// The other side of the same: timed, at the real cost of a hash, and compared by rank (Mann and Whitney). Known and unknown names
/// take turns and meet the same noise.
#[tokio::test]
#[ignore = "takes minutes and a quiet machine: cargo xtask soak logins"]
async fn what_a_clock_sees_of_logins() {
    #[expect(clippy::disallowed_methods, reason = "how many comes from cargo xtask soak")]
    let each: usize = std::env::var("NUSANTARA_LOGINS").map_or(100, |each| each.parse().unwrap());
    let bench = Bench::hashing(Passwords::default()).await;
    bench.login_as("ani", "admin").await;
    assert_eq!(bench.send(wrong("nobody")).await.status, 401);
    let mut times: Vec<(Duration, bool)> = Vec::new();
    for n in 0..2 * each {
        // Known, unknown, unknown, known: what drifts in time drifts for both.
        let known = matches!(n % 4, 0 | 3);
        let login = wrong(if known { "ani" } else { "budi" }).from(&format!("10.{}.{}.1", n / 250, n % 250));
        let began = Instant::now();
        assert_eq!(bench.send(login).await.status, 401);
        times.push((began.elapsed(), known));
    }
    times.sort_unstable();
    let median = |of: bool| times.iter().filter(|(_, known)| *known == of).nth(each / 2).unwrap().0.as_secs_f64() * 1_000.0;
    let ranks: usize = times.iter().enumerate().filter(|(_, (_, known))| *known).map(|(rank, _)| rank + 1).sum();
    let (ranks, count) = (ranks as f64, each as f64);
    let deviation = (count * count * (2.0 * count + 1.0) / 12.0).sqrt();
    let z = (ranks - count * (2.0 * count + 1.0) / 2.0) / deviation;
    let p = chance(z);
    let (known, unknown) = (median(true), median(false));
    let figures = format!(
        "{each} logins each of a known and of unknown names: medians {known:.2} and {unknown:.2} ms; rank-sum z = {z:.2}, p = {p:.3}"
    );
    println!("PROOF timed logins: {figures}");
    assert!(p > 0.001, "{figures}");
}

#[test]
fn chances_are_those_of_the_table() {
    for (z, p) in [(0.0, 1.0), (1.0, 0.317_310_5), (-1.96, 0.049_995_8), (3.29, 0.001_001_8)] {
        assert!((chance(z) - p).abs() < 1e-6, "{z}: {}", chance(z));
    }
}
