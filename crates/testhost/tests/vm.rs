//! Virtual machines: what the test kit itself promises about them, and what only they can show of the product: limits that bind.

mod hostd;
mod panel;

use hostd::Hostd;
use hostd::apps::{machine, node_app, over_socket, put_file, widen_package};
use nusantara_testhost::{Host, HostOptions, Kind, Result};
use panel::{Fallible, create, fetch};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Percent of a core and MiB that each account may use.
const CPU: u64 = 40;
const MEMORY: u64 = 192;

const BURN_PHP: &str = "<?php $end = microtime(true) + 20; while (microtime(true) < $end) { $x = md5((string) $end); } echo 'burnt';";
const EAT_PHP: &str = "<?php ini_set('memory_limit', '-1'); $all = []; while (true) { $all[] = random_bytes(1 << 20); }";
const SERVER_JS: &str = r#"
const eat = () => { const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1)); };
const burn = () => { const end = Date.now() + 20000; while (Date.now() < end); };
require('http').createServer((request, response) => {
    if (request.url === '/burn') burn();
    if (request.url === '/eat') eat();
    response.end('here');
}).listen(process.env.PORT);
"#;

#[test]
fn machine_enforces_limits_and_survives_a_power_cut() -> Result<()> {
    let mut host = Host::up("vm", &HostOptions { kind: Kind::Vm, ..HostOptions::default() })?;
    let status = host.exec(["sh", "-c", "exit $(( 40 + $1 ))", "sh", "2"])?.status;
    assert_eq!(status, 42);
    let script = "cat /sys/fs/cgroup/$(cut -d: -f3 /proc/self/cgroup)/memory.max";
    let limit = host.run(["systemd-run", "--quiet", "--pipe", "--wait", "-p", "MemoryMax=50M", "sh", "-c", script])?;
    assert_eq!(limit.trim(), (50 * 1024 * 1024).to_string());
    assert_eq!(host.http_get("anything.test", "/")?.status, 200);

    host.write_file("/root/kept", "on disk")?;
    host.run(["sync"])?;
    let before = host.read_file("/proc/sys/kernel/random/boot_id")?;
    host.power_cycle()?;
    assert_ne!(host.read_file("/proc/sys/kernel/random/boot_id")?, before);
    assert_eq!(host.read_file("/root/kept")?, "on disk");
    host.finish()
}

fn usage(host: &Host) -> Fallible<Value> {
    Ok(Hostd::of(host)?.done(&json!({"account_usage": {"username": "joko"}}))?["usage"].clone())
}

fn figure(usage: &Value, name: &str) -> Fallible<u64> {
    usage[name].as_u64().ok_or_else(|| format!("no {name} in {usage}").into())
}

/// Burns by `work` for a while, and sees that the account got no more than its share while another account's site answered.
fn burn(host: &Host, what: &str, work: impl Fn() -> Fallible) -> Fallible {
    let (before, began) = (usage(host)?, Instant::now());
    std::thread::scope(|scope| -> Fallible {
        let other = scope.spawn(|| fetch(host, "sari.test").map(drop).map_err(|e| e.to_string()));
        work()?;
        Ok(other.join().map_err(|_| "the other site's thread failed")??)
    })?;
    let (after, elapsed) = (usage(host)?, began.elapsed());
    let used = figure(&after, "cpu_usec")? - figure(&before, "cpu_usec")?;
    let throttled = figure(&after, "cpu_throttled_usec")? - figure(&before, "cpu_throttled_usec")?;
    let most = u64::try_from(elapsed.as_micros())? * CPU / 100;
    assert!(elapsed > Duration::from_secs(15), "{what}: it burnt for {elapsed:?}");
    assert!(used < most * 12 / 10 && used > most / 4, "{what}: {used} of at most {most} microseconds");
    assert!(throttled > 0, "{what}: it was held back");
    Ok(())
}

/// Eats memory by `work` until the kernel ends it, and sees that it was counted and hit nobody else.
fn eat(host: &Host, what: &str, work: impl Fn() -> Fallible) -> Fallible {
    let before = figure(&usage(host)?, "oom_kills")?;
    work()?;
    // An emulated processor fills memory slowly: the request may be given up before.
    let after = host.wait_until(&format!("{what} killed for want of memory"), Duration::from_secs(120), || {
        Ok(usage(host).ok().filter(|now| figure(now, "oom_kills").is_ok_and(|kills| kills > before)))
    })?;
    assert!(figure(&after, "memory_peak_bytes")? <= MEMORY * 1024 * 1024, "{what}: {after}");
    fetch(host, "sari.test").map(drop)
}

#[test]
fn limits_bind_through_the_web_and_through_apps() -> Fallible {
    let limits = json!({"cpu_limit_percent": CPU, "memory_limit_mb": MEMORY, "max_processes": 64});
    let host = machine("apps-limits")?;
    widen_package(&host, &limits)?;
    let hostd = Hostd::of(&host)?;
    create(&host, "joko", "joko.test")?;
    create(&host, "sari", "sari.test")?;
    put_file(&host, "joko", "domains/joko.test/public_html", "burn.php", BURN_PHP)?;
    put_file(&host, "joko", "domains/joko.test/public_html", "eat.php", EAT_PHP)?;
    let page = |name: &str| host.run(["curl", "-sS", "--max-time", "120", "-H", "Host: joko.test", &format!("http://127.0.0.1/{name}")]);
    burn(&host, "PHP", || {
        assert_eq!(page("burn.php")?, "burnt");
        Ok(())
    })?;
    host.expect_error("OOM");
    host.expect_error("oom");
    host.expect_error("child");
    eat(&host, "PHP", || Ok(page("eat.php").map(drop)?))?;

    put_file(&host, "joko", "apps/shop", "server.js", SERVER_JS)?;
    let mut app = node_app("shop", json!({"socket": {}}));
    app["health"] = json!({"path": "/", "within_seconds": 120});
    hostd.done_late(&json!({"app_put": {"username": "joko", "app": app}}))?;
    let ask = |page: &str| over_socket(&host, "www-data", "joko", "shop.0.sock", page);
    burn(&host, "an app", || ask("/burn").map(drop).or_else(|e| if e.to_string().contains("timed out") { Ok(()) } else { Err(e) }))?;
    eat(&host, "an app", || {
        // The kernel may end the app before it has answered.
        let _ = ask("/eat");
        Ok(())
    })?;
    host.wait_until("the app again", Duration::from_secs(120), || Ok(ask("/").ok().filter(|text| text == "here")))?;
    Ok(host.finish()?)
}

/// Writes so many MiB into a file beside it, and says how that went.
const WRITE_PHP: &str = "<?php $file = fopen(__DIR__ . '/' . basename($_GET['f']), 'w'); $ok = true; \
    for ($i = 0; $i < (int) $_GET['mib'] && $ok; $i++) { $ok = @fwrite($file, str_repeat('x', 1 << 20)) === 1 << 20; } \
    echo $ok ? 'written' : error_get_last()['message'];";
const FAILPOINTS: &str = "/run/nusantara-panel/failpoints";

fn quota_of(host: &Host, uid: &Value) -> Fallible<String> {
    let listed = host.run(["repquota", "--user", "--no-names", "--raw-grace", "/"])?;
    let mine = listed.lines().find(|line| line.split_whitespace().next() == Some(&format!("#{uid}")));
    Ok(mine.map(|line| line.split_whitespace().skip(2).collect::<Vec<_>>().join(" ")).unwrap_or_default())
}

#[test]
fn disk_space_ends_at_the_quota_and_nothing_is_lost() -> Fallible {
    let host = machine("i3-quota")?;
    widen_package(&host, &json!({"disk_quota_mb": 16}))?;
    let hostd = Hostd::of(&host)?;
    let page = |site: &str, query: &str| -> Fallible<String> {
        let url = format!("http://127.0.0.1/write.php?{query}");
        Ok(host.run(["curl", "-sS", "--max-time", "120", "-H", &format!("Host: {site}"), &url])?)
    };
    for (user, site) in [("joko", "joko.test"), ("sari", "sari.test")] {
        create(&host, user, site)?;
        put_file(&host, user, &format!("domains/{site}/public_html"), "write.php", WRITE_PHP)?;
    }
    let described = hostd.done(&json!({"describe": {}}))?["description"].clone();
    assert_eq!((&described["home_quota"], &described["home_file_system"]), (&json!(true), &json!("ext4")), "{described}");
    let uid = hostd.spec("joko")?["account"]["uid"].clone();
    assert!(quota_of(&host, &uid)?.contains("16384 16384"), "{}", quota_of(&host, &uid)?);

    assert_eq!(page("joko.test", "f=kept&mib=10")?, "written");
    let used = usage(&host)?;
    assert!(used["disk_measured_at"].is_null() && figure(&used, "disk_files")? > 5, "the file system counts: {used}");
    let bytes = figure(&used, "disk_bytes")?;
    assert!((10 << 20..11 << 20).contains(&bytes), "exactly and at once: {bytes}");
    assert!(page("joko.test", "f=more&mib=10")?.contains("Disk quota exceeded"));
    assert!(page("joko.test", "f=more&mib=10")?.contains("Disk quota exceeded"), "and it stays so");
    let kept = "/home/joko/domains/joko.test/public_html/kept";
    assert_eq!(host.run(["sh", "-c", &format!("tr -d x <{kept} | wc -c; wc -c <{kept}")])?, format!("0\n{}\n", 10 << 20));
    assert_eq!(fetch(&host, "joko.test")?.status, 200, "its pages are served all the same");
    assert_eq!(page("sari.test", "f=kept&mib=10")?, "written", "others have their own");
    host.run(["rm", "/home/joko/domains/joko.test/public_html/more"])?;
    assert_eq!(page("joko.test", "f=little&mib=2")?, "written", "there is room again");

    // A higher limit is drift until it is set; the daemon sets it when it starts.
    let limits = "/etc/nusantara-panel/users/joko/limits.json";
    let raised = host.read_file(limits)?.replace("\"disk_quota_mb\": 16", "\"disk_quota_mb\": 32");
    host.write_file(limits, raised)?;
    let steps: Vec<String> = hostd.drift("joko")?.as_array().into_iter().flatten().map(|c| hostd::text(&c["step"])).collect();
    assert_eq!(steps, ["spec.write", "quota.set", "record"]);
    host.run(["systemctl", "restart", "nusantara-hostd.service"])?;
    assert!(quota_of(&host, &uid)?.contains("32768 32768"));
    assert_eq!(page("joko.test", "f=more&mib=15")?, "written");

    // Killed around it, making and removing an account end well; nothing stays set for a uid that is gone.
    host.expect_error("killed here on request of a test");
    for when in ["before", "after"] {
        host.write_file(FAILPOINTS, format!("kill hostd create quota.set {when}\n"))?;
        create(&host, "budi", "budi.test")?;
        assert_eq!(hostd.drift("budi")?, json!([]), "killed {when} quota.set");
        let uid = hostd.spec("budi")?["account"]["uid"].clone();
        host.write_file(FAILPOINTS, format!("kill hostd delete quota.clear {when}\n"))?;
        panel::delete(&host, "budi")?;
        assert_eq!(host.read_file(FAILPOINTS)?, "", "it was killed");
        let left = quota_of(&host, &uid)?;
        assert!(left.is_empty() || left.starts_with("0 0 0"), "killed {when} quota.clear: {left}");
    }
    Ok(host.finish()?)
}
