//! A vhost that nginx refuses never reaches the live tree, and nobody else notices.

mod panel;

use nusantara_testhost::Host;
use panel::{Fallible, assert_clean, begin_create, create, fetch, inventory, job_end};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[test]
fn refused_vhost_stays_out_and_names_the_line() -> Fallible {
    let host = Host::with_panel("refused")?;
    create(&host, "healthy", "healthy.test")?;
    let before = inventory(&host)?;
    let live = "/var/lib/nusantara-hostd/nginx/live/";
    let digest = || host.run(["/bin/sh", "-c", &format!("cd {live} && find . -type f -exec sha256sum {{}} + | sort")]);
    let untouched = digest()?;
    host.write_file("/run/nusantara-panel/failpoints", "vhost-garbage broken.test\n")?;
    host.expect_error("broken");

    let stop = AtomicBool::new(false);
    let answered = AtomicUsize::new(0);
    let job = std::thread::scope(|scope| -> Fallible<_> {
        let watcher = scope.spawn(|| -> Result<(), String> {
            while !stop.load(Ordering::Relaxed) {
                let page = host.http_get("healthy.test", "/").map_err(|e| e.to_string())?;
                if page.status != 200 {
                    return Err(format!("{} in between", page.status));
                }
                answered.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
        // A good account that arrives with the bad one must be served all the same.
        let bad = begin_create(&host, "broken", "broken.test");
        let good = begin_create(&host, "good", "good.test");
        let ended = bad.and_then(|bad| job_end(&host, &bad));
        let good_ended = good.and_then(|good| job_end(&host, &good));
        stop.store(true, Ordering::Relaxed);
        watcher.join().map_err(|_| "the watcher panicked")??;
        assert_eq!(good_ended?["state"], "success");
        ended
    })?;
    assert!(answered.load(Ordering::Relaxed) > 0);
    assert_eq!(job["state"], "failed", "{job:#}");
    assert_eq!(job["error"]["code"], "config_refused", "{job:#}");
    let said = job["error"]["detail"].as_str().unwrap_or_default();
    assert!(said.contains("broken.conf:"), "nginx's own words name file and line: {said}");
    assert!(job["steps"].as_array().into_iter().flatten().any(|s| s["state"] == "undone"), "{job:#}");

    fetch(&host, "good.test")?;
    host.run(["rm", "/run/nusantara-panel/failpoints"])?;
    panel::delete(&host, "good")?;
    assert_eq!(digest()?, untouched, "the live tree is what it was");
    assert_clean(&host, &before, "after the refusal")?;
    create(&host, "broken", "broken.test")?;
    fetch(&host, "broken.test")?;
    Ok(host.finish()?)
}
