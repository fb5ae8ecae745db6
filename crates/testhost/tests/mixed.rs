//! Sixteen clients change accounts at random while a load generator asks for twenty sites that were there before: no change fails,
//! no request of theirs fails. `NUSANTARA_OPERATIONS` says how many changes, `NUSANTARA_MINUTES` for how long instead,
//! `NUSANTARA_SEED` which.

mod hostd;
mod neighbour;
mod panel;
mod stream;

use hostd::Hostd;
use hostd::apps::put_file;
use nusantara_testhost::Host;
use panel::{Fallible, begin_create, job_end};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;
use stream::{Client, Dice, Step, check, minutes, number, proof, read, settled};

const SITES: usize = 20;
const CLIENTS: usize = 16;
const GENERATORS: usize = 3;

fn existing(host: &Host) -> Fallible {
    let jobs = (0..SITES).map(|i| begin_create(host, &format!("site{i}"), &format!("site{i}.test"))).collect::<Fallible<Vec<_>>>()?;
    for job in jobs {
        assert_eq!(job_end(host, &job)?["state"], "success");
    }
    for i in 0..SITES {
        let root = format!("domains/site{i}.test/public_html");
        put_file(host, &format!("site{i}"), &root, "index.php", &format!("<?php echo 'php {i}';"))?;
        put_file(host, &format!("site{i}"), &root, "page.html", &format!("file {i}"))?;
    }
    Ok(())
}

/// Asks for a page of an existing site. Anything but its own content is a failure.
fn ask(host: &Host, i: usize, php: bool) -> Result<(), String> {
    let (path, wanted) = if php { ("/", format!("php {i}")) } else { ("/page.html", format!("file {i}")) };
    let page = host.http_get(&format!("site{i}.test"), path).map_err(|e| e.to_string())?;
    if (page.status, page.body.as_str()) == (200, wanted.as_str()) {
        Ok(())
    } else {
        Err(format!("site{i}.test{path} answered {} {:?}", page.status, page.body.chars().take(80).collect::<String>()))
    }
}

#[test]
fn nobody_notices_a_thousand_changes() -> Fallible {
    let seed = Dice::seed()?;
    let (most, limit) = (number("NUSANTARA_OPERATIONS", 150)?, minutes()?);
    let host = Host::with_panel("mixed")?;
    let hostd = Hostd::of(&host)?;
    existing(&host)?;
    let others = read(&host)?;
    let specs = neighbour::specs(&host)?;

    let (over, begun, asked, began) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0), Instant::now());
    let failures = Mutex::new(Vec::<String>::new());
    let fail = |what: String| {
        over.store(true, Ordering::Relaxed);
        failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(what);
    };
    let (host_ref, over_ref, begun_ref, asked_ref, fail_ref) = (&host, &over, &begun, &asked, &fail);
    let clients = std::thread::scope(|scope| -> Fallible<Vec<Client>> {
        for generator in 0..GENERATORS {
            scope.spawn(move || {
                for turn in generator.. {
                    if over_ref.load(Ordering::Relaxed) {
                        return;
                    }
                    match ask(host_ref, turn % SITES, turn % 2 == 0) {
                        Ok(()) => drop(asked_ref.fetch_add(1, Ordering::Relaxed)),
                        Err(what) => return fail_ref(what),
                    }
                }
            });
        }
        let workers: Vec<_> = (0..CLIENTS)
            .map(|i| {
                scope.spawn(move || {
                    let mut client = Client::new(i, seed);
                    let goes_on = || match limit {
                        Some(limit) => began.elapsed() < limit,
                        None => begun_ref.fetch_add(1, Ordering::Relaxed) < most,
                    };
                    while !over_ref.load(Ordering::Relaxed) && goes_on() {
                        match client.step(host_ref) {
                            Ok(Step::Done) => {}
                            Ok(Step::Away(what)) => fail_ref(what),
                            Err(error) => fail_ref(error.to_string()),
                        }
                    }
                    client
                })
            })
            .collect();
        let clients = workers.into_iter().map(|worker| worker.join().map_err(|_| "a client panicked".into())).collect();
        over.store(true, Ordering::Relaxed);
        clients
    })?;
    let took = began.elapsed().as_secs();
    let failures = failures.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    assert_eq!(failures, Vec::<String>::new());
    settled(&host)?;
    let sites = check(&host, &hostd, &clients, &others)?;
    let after = neighbour::specs(&host)?;
    for (name, spec) in &specs {
        assert_eq!(after.get(name), Some(spec), "{name} was touched");
    }
    let ended: u64 = clients.iter().map(|client| client.ended).sum();
    let asked = asked.load(Ordering::Relaxed);
    assert!(ended >= most.min(16) && asked > 100, "{ended} changes, {asked} requests");
    proof(
        "mixed operations",
        &format!(
            "{ended} changes by {CLIENTS} clients in {took} s, all successful; {asked} requests to {SITES} existing sites meanwhile, 0 failed; {sites} sites answered afterwards (seed {seed})"
        ),
    );
    Ok(host.finish()?)
}
