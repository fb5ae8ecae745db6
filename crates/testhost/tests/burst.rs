//! Fifty accounts at once: all serve, the web server is reloaded a few times only, and nobody else sees a failed request.

mod panel;

use nusantara_testhost::Host;
use panel::{Fallible, begin_create, create, fetch, job_end};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

const ACCOUNTS: usize = 50;

#[test]
fn fifty_at_once_share_reloads() -> Fallible {
    let host = Host::with_panel("burst")?;
    // nginx counts its own reloads in its error log, one notice each.
    host.run(["sed", "-i", "s|^error_log .*|error_log /var/log/nginx/error.log notice;|", "/etc/nginx/nginx.conf"])?;
    host.run(["/bin/sh", "-c", "grep -q '^error_log .* notice;' /etc/nginx/nginx.conf"])?;
    host.run(["systemctl", "reload", "nginx"])?;
    create(&host, "existing", "existing.test")?;
    let reloads = || -> Fallible<usize> {
        let output = host.exec(["grep", "--count", ": reconfiguring", "/var/log/nginx/error.log"])?;
        Ok(output.stdout.trim().parse()?)
    };
    let before = reloads()?;
    assert!(before > 0, "the count is observed, not assumed");

    let done = AtomicBool::new(false);
    let asked = AtomicUsize::new(0);
    thread::scope(|scope| -> Fallible {
        let watcher = scope.spawn(|| -> Result<(), String> {
            while !done.load(Ordering::Relaxed) {
                let page = host.http_get("existing.test", "/").map_err(|e| e.to_string())?;
                asked.fetch_add(1, Ordering::Relaxed);
                if page.status != 200 {
                    return Err(format!("an existing site answered {}", page.status));
                }
            }
            Ok(())
        });
        let workers: Vec<_> = (0..ACCOUNTS)
            .map(|i| {
                let host = &host;
                scope.spawn(move || -> Result<String, String> {
                    begin_create(host, &format!("acc{i}"), &format!("acc{i}.test")).map_err(|e| e.to_string())
                })
            })
            .collect();
        let mut outcome = Ok(());
        for worker in workers {
            let job = worker.join().map_err(|_| "a worker panicked")?.map_err(Into::into).and_then(|id| job_end(&host, &id));
            match job {
                Ok(job) if job["state"] == "success" => {}
                Ok(job) => outcome = Err(format!("{job:#}").into()),
                Err(error) => outcome = Err(error),
            }
        }
        done.store(true, Ordering::Relaxed);
        watcher.join().map_err(|_| "the watcher panicked")??;
        outcome
    })?;

    for i in 0..ACCOUNTS {
        fetch(&host, &format!("acc{i}.test"))?;
    }
    let reloaded = reloads()? - before;
    assert!(asked.load(Ordering::Relaxed) > 0);
    assert!(reloaded < 15, "{ACCOUNTS} accounts took {reloaded} reloads");
    Ok(host.finish()?)
}
