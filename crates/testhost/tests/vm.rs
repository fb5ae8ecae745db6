//! Virtual machines: what the test kit itself promises about them, and what only they can show of the product: limits that bind,
//! quotas, boots. Everything is emulated here, and slow: one machine is shared by what goes together. With each test run the limits
//! bind through a web request and a cron job, and it is seen that apps and logins are in the same control group; `cargo xtask soak
//! machines` has them bind through each, and does quotas on xfs too.

mod hostd;
mod panel;

use hostd::Hostd;
use hostd::apps::{machine, node_app, over_socket, put_file, widen_package};
use nusantara_testhost::form::{full, moments};
use nusantara_testhost::{Host, HostOptions, Kind};
use panel::{Fallible, create, fetch};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Percent of a core and MiB that each account may use.
const CPU: u64 = 40;
const MEMORY: u64 = 192;

const BURN_PHP: &str = "<?php $end = microtime(true) + 20; while (microtime(true) < $end) { $x = md5((string) $end); } echo 'burnt';";
const EAT_PHP: &str = "<?php ini_set('memory_limit', '-1'); $all = []; while (true) { $all[] = random_bytes(1 << 20); }";
const SERVER_JS: &str = r#"
const eat = () => { const all = []; for (;;) all.push(Buffer.alloc(1 << 28, 1)); };
const burn = () => { const end = Date.now() + 20000; while (Date.now() < end); };
require('http').createServer((request, response) => {
    if (request.url === '/burn') burn();
    if (request.url === '/eat') eat();
    response.end(request.url === '/where' ? require('fs').readFileSync('/proc/self/cgroup') : 'here');
}).listen(process.env.PORT);
"#;

/// What the kit promises about machines, and the hands of `crates/host` on one: only a machine has cgroup controllers, so only there
/// the limits they set reach the kernel.
#[test]
fn a_machine_enforces_limits_and_the_hands_work_on_it() -> Fallible {
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

    let program = std::fs::read(std::env::current_exe()?.with_file_name("../examples/on_host"))?;
    host.write_file("/usr/local/bin/on_host", program)?;
    host.run(["chmod", "0755", "/usr/local/bin/on_host"])?;
    let said = host.run(["/usr/local/bin/on_host"])?;
    assert!(said.ends_with("everything held\n"), "{said}");
    Ok(host.finish()?)
}

fn usage(host: &Host) -> Fallible<Value> {
    Ok(Hostd::of(host)?.done(&json!({"account_usage": {"username": "joko"}}))?["usage"].clone())
}

fn figure(usage: &Value, name: &str) -> Fallible<u64> {
    usage[name].as_u64().ok_or_else(|| format!("no {name} in {usage}").into())
}

/// What the kernel itself has counted for joko, as the file of the control group says it.
fn kernel(host: &Host, file: &str, line: &str) -> Fallible<u64> {
    let uid = host.run(["id", "-u", "joko"])?;
    let text = host.read_file(&format!("/sys/fs/cgroup/user.slice/user-{}.slice/{file}", uid.trim()))?;
    let value = text.lines().find_map(|l| l.strip_prefix(line)?.trim().parse().ok());
    value.ok_or_else(|| format!("no {line} in {text}").into())
}

/// Burns by `work` for a while, and sees that the account got no more than its share while another account's site answered.
fn burn(host: &Host, what: &str, work: impl Fn() -> Fallible) -> Fallible {
    // With PHP awake: an account without a process has no control group, and the next one's begins at nothing.
    fetch(host, "joko.test")?;
    let (before, held) = (usage(host)?, kernel(host, "cpu.stat", "nr_throttled ")?);
    let began = Instant::now();
    std::thread::scope(|scope| -> Fallible {
        let other = scope.spawn(|| fetch(host, "sari.test").map(drop).map_err(|e| e.to_string()));
        work()?;
        Ok(other.join().map_err(|_| "the other site's thread failed")??)
    })?;
    let (after, elapsed) = (usage(host)?, began.elapsed());
    let used = figure(&after, "cpu_usec")? - figure(&before, "cpu_usec")?;
    let throttled = figure(&after, "cpu_throttled_usec")? - figure(&before, "cpu_throttled_usec")?;
    let most = u64::try_from(elapsed.as_micros())? * CPU / 100;
    println!("{what}: {used} of at most {most} microseconds, held back for {throttled}");
    assert!(elapsed > Duration::from_secs(15), "{what}: it burnt for {elapsed:?}");
    assert!(used < most * 12 / 10 && used > most / 4, "{what}: {used} of at most {most} microseconds");
    assert!(throttled > 0 && kernel(host, "cpu.stat", "nr_throttled ")? > held, "{what}: it was held back");
    assert!(kernel(host, "cpu.stat", "usage_usec ")? >= figure(&after, "cpu_usec")?, "{what}: the figures are the kernel's");
    Ok(())
}

/// Eats memory by `work` until the kernel ends it, and sees that it was counted and hit nobody else.
fn eat(host: &Host, what: &str, work: impl Fn() -> Fallible) -> Fallible {
    let before = figure(&usage(host)?, "oom_kills")?;
    let events = || Fallible::Ok((kernel(host, "memory.events", "oom_kill ")?, kernel(host, "memory.events", "max ")?));
    let (kills, reached) = events()?;
    work()?;
    // An emulated processor fills memory slowly: the request may be given up before.
    let after = host.wait_until(&format!("{what} killed for want of memory"), Duration::from_secs(240), || {
        Ok(usage(host).ok().filter(|now| figure(now, "oom_kills").is_ok_and(|kills| kills > before)))
    })?;
    let (killed, at_limit) = events()?;
    println!("{what}: {} killed, {} times at the limit", killed - kills, at_limit - reached);
    assert!(killed > kills && at_limit > reached, "{what}: the kernel says so too");
    assert!(figure(&after, "memory_peak_bytes")? <= MEMORY * 1024 * 1024, "{what}: {after}");
    fetch(host, "sari.test").map(drop)
}

/// Whether what a process says of its control group puts it into joko's.
fn is_held(host: &Host, what: &str, cgroup: &str) -> Fallible {
    let uid = host.run(["id", "-u", "joko"])?;
    let slice = format!("/user.slice/user-{}.slice/", uid.trim());
    assert!(cgroup.contains(&slice), "{what} is in {cgroup:?}, not in {slice}");
    Ok(())
}

fn through_the_web(host: &Host) -> Fallible {
    put_file(host, "joko", "domains/joko.test/public_html", "burn.php", BURN_PHP)?;
    put_file(host, "joko", "domains/joko.test/public_html", "eat.php", EAT_PHP)?;
    let page = |name: &str| host.run(["curl", "-sS", "--max-time", "120", "-H", "Host: joko.test", &format!("http://127.0.0.1/{name}")]);
    burn(host, "PHP", || {
        assert_eq!(page("burn.php")?, "burnt");
        Ok(())
    })?;
    eat(host, "PHP", || Ok(page("eat.php").map(drop)?))
}

fn through_an_app(host: &Host, hostd: &Hostd<'_>) -> Fallible {
    put_file(host, "joko", "apps/shop", "server.js", SERVER_JS)?;
    let mut app = node_app("shop", json!({"socket": {}}));
    app["health"] = json!({"path": "/", "within_seconds": 120});
    hostd.done_late(&json!({"app_put": {"username": "joko", "app": app}}))?;
    let ask = |page: &str| over_socket(host, "www-data", "joko", "shop.0.sock", page);
    is_held(host, "an app", &ask("/where")?)?;
    if !full() {
        return Ok(());
    }
    burn(host, "an app", || ask("/burn").map(drop).or_else(|e| if e.to_string().contains("timed out") { Ok(()) } else { Err(e) }))?;
    eat(host, "an app", || {
        // The kernel may end the app before it has answered.
        let _ = ask("/eat");
        Ok(())
    })?;
    Ok(host.wait_until("the app again", Duration::from_secs(120), || Ok(ask("/").ok().filter(|text| text == "here").map(drop)))?)
}

/// Four at once: what binds is the account's share, not that of a single process.
const BURN_SH: &str = "for i in 1 2 3 4; do timeout 20 sh -c \"while :; do :; done\" & done; wait; echo burnt";
/// It wants the whole line, which never ends.
const EAT_SH: &str = "tail /dev/zero";

fn through_ssh(host: &Host, hostd: &Hostd<'_>) -> Fallible {
    const OPTIONS: &str =
        "-o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=90";
    host.run(["sh", "-c", "ssh-keygen -q -t ed25519 -N '' -C joko@laptop -f /root/joko"])?;
    hostd.done_late(&json!({"ssh_key_add": {"username": "joko", "key": host.read_file("/root/joko.pub")?.trim()}}))?;
    hostd.done_late(&json!({"ssh_update": {"username": "joko", "mode": "shell", "allow_password": false,
        "allow_port_forwarding": false, "allow_agent_forwarding": false, "allow_x11_forwarding": false}}))?;
    let login = |command: &str| host.exec(["sh", "-c", &format!("ssh -i /root/joko {OPTIONS} joko@127.0.0.1 '{command}' </dev/null")]);
    is_held(host, "a login by SSH", &login("cat /proc/self/cgroup")?.stdout)?;
    if !full() {
        return Ok(());
    }
    burn(host, "a login by SSH", || {
        let said = login(BURN_SH)?;
        assert!(said.stdout.contains("burnt"), "{} {}", said.stdout, said.stderr);
        Ok(())
    })?;
    eat(host, "a login by SSH", || {
        let said = login(EAT_SH)?;
        assert!(!said.success(), "it was ended: {} {}", said.stdout, said.stderr);
        Ok(())
    })
}

fn through_cron(host: &Host, hostd: &Hostd<'_>) -> Fallible {
    let run = |name: &str, command: &str| -> Fallible<Value> {
        let job = json!({"name": name, "schedule": "0 0 29 2 *", "command": command, "timeout_minutes": 5, "enabled": true});
        hostd.done_late(&json!({"cron_put": {"username": "joko", "job": job, "new": true}}))?;
        hostd.done_late(&json!({"cron_run": {"username": "joko", "name": name}}))?;
        let ended = || {
            let runs = hostd.done(&json!({"cron_runs": {"username": "joko", "name": name}})).unwrap_or_default();
            Ok(runs["cron_runs"]["runs"].as_array().and_then(|runs| runs.first()).map(|run| run["end"].clone()))
        };
        Ok(host.wait_until("the end of the run", Duration::from_secs(280), ended)?)
    };
    burn(host, "a cron job", || {
        assert_eq!(run("burn", BURN_SH)?, json!({"exit": 0}));
        Ok(())
    })?;
    eat(host, "a cron job", || {
        assert_ne!(run("eat", EAT_SH)?, json!({"exit": 0}));
        Ok(())
    })
}

/// A job for each boot runs once at each, and at no other time.
fn at_each_boot(host: &mut Host) -> Fallible {
    let runs = |host: &Host| -> Fallible<Vec<Value>> {
        let listed = Hostd::of(host)?.done(&json!({"cron_runs": {"username": "sari", "name": "boot"}}))?;
        Ok(listed["cron_runs"]["runs"].as_array().cloned().unwrap_or_default())
    };
    let job = json!({"name": "boot", "schedule": "@reboot", "command": "cat /proc/sys/kernel/random/boot_id", "timeout_minutes": 5, "enabled": true});
    Hostd::of(host)?.done_late(&json!({"cron_put": {"username": "sari", "job": job, "new": true}}))?;
    assert!(runs(host)?.is_empty(), "not when it is made");
    for boot in 1..=(if full() { 2 } else { 1 }) {
        host.power_cycle()?;
        let ended = host.wait_until("the run of this boot", Duration::from_secs(120), || {
            Ok(runs(host).ok().filter(|runs| runs.len() >= boot && runs.iter().all(|run| !run["end"].is_null())))
        })?;
        assert_eq!(ended.len(), boot, "{ended:?}");
        assert!(ended.iter().all(|run| run["end"] == json!({"exit": 0})), "{ended:?}");
        let output = json!({"cron_output": {"username": "sari", "name": "boot", "run": ended[0]["id"]}});
        let said = Hostd::of(host)?.done(&output)?["cron_output"]["lines"].to_string();
        assert!(said.contains(host.read_file("/proc/sys/kernel/random/boot_id")?.trim()), "the newest is of this boot: {said}");
        host.run(["systemctl", "restart", "nusantara-hostd.service"])?;
        assert_eq!(runs(host)?.len(), boot, "the daemon's start is no boot");
    }
    fetch(host, "sari.test").map(drop)
}

/// Writes so many MiB into a file beside it, and says how that went.
const WRITE_PHP: &str = "<?php $file = fopen(__DIR__ . '/' . basename($_GET['f']), 'w'); $ok = true; \
    for ($i = 0; $i < (int) $_GET['mib'] && $ok; $i++) { $ok = @fwrite($file, str_repeat('x', 1 << 20)) === 1 << 20; } \
    echo $ok ? 'written' : error_get_last()['message'];";
const FAILPOINTS: &str = "/run/nusantara-panel/failpoints";

fn quota_of(host: &Host, mount_point: &str, uid: &Value) -> Fallible<String> {
    let listed = host.run(["repquota", "--user", "--no-names", "--raw-grace", mount_point])?;
    let mine = listed.lines().find(|line| line.split_whitespace().next() == Some(&format!("#{uid}")));
    Ok(mine.map(|line| line.split_whitespace().skip(2).collect::<Vec<_>>().join(" ")).unwrap_or_default())
}

/// The disk space of joko's sites ends at its quota, whatever the daemon is killed at, and sari's have their own.
fn quotas(host: &Host, hostd: &Hostd<'_>) -> Fallible {
    let page = |site: &str, query: &str| -> Fallible<String> {
        let url = format!("http://127.0.0.1/write.php?{query}");
        Ok(host.run(["curl", "-sS", "--max-time", "120", "-H", &format!("Host: {site}"), &url])?)
    };
    for (user, site) in [("joko", "joko.test"), ("sari", "sari.test")] {
        put_file(host, user, &format!("domains/{site}/public_html"), "write.php", WRITE_PHP)?;
    }
    let described = hostd.done(&json!({"describe": {}}))?["description"].clone();
    assert_eq!((&described["home_quota"], &described["home_file_system"]), (&json!(true), &json!("ext4")), "{described}");
    let uid = hostd.spec("joko")?["account"]["uid"].clone();
    assert!(quota_of(host, "/", &uid)?.contains("16384 16384"), "{}", quota_of(host, "/", &uid)?);

    assert_eq!(page("joko.test", "f=kept&mib=10")?, "written");
    let used = usage(host)?;
    assert!(used["disk_measured_at"].is_null() && figure(&used, "disk_files")? > 5, "the file system counts: {used}");
    let bytes = figure(&used, "disk_bytes")?;
    assert!((10 << 20..11 << 20).contains(&bytes), "exactly and at once: {bytes}");
    assert!(page("joko.test", "f=more&mib=10")?.contains("Disk quota exceeded"));
    assert!(page("joko.test", "f=more&mib=10")?.contains("Disk quota exceeded"), "and it stays so");
    let kept = "/home/joko/domains/joko.test/public_html/kept";
    assert_eq!(host.run(["sh", "-c", &format!("tr -d x <{kept} | wc -c; wc -c <{kept}")])?, format!("0\n{}\n", 10 << 20));
    assert_eq!(fetch(host, "joko.test")?.status, 200, "its pages are served all the same");
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
    assert!(quota_of(host, "/", &uid)?.contains("32768 32768"));
    assert_eq!(page("joko.test", "f=more&mib=15")?, "written");

    // Killed around it, making and removing an account end well; nothing stays set for a uid that is gone.
    host.expect_error("killed here on request of a test");
    for when in moments(0) {
        host.write_file(FAILPOINTS, format!("kill hostd create quota.set {when}\n"))?;
        create(host, "budi", "budi.test")?;
        assert_eq!(hostd.drift("budi")?, json!([]), "killed {when} quota.set");
        let uid = hostd.spec("budi")?["account"]["uid"].clone();
        host.write_file(FAILPOINTS, format!("kill hostd delete quota.clear {when}\n"))?;
        panel::delete(host, "budi")?;
        assert_eq!(host.read_file(FAILPOINTS)?, "", "it was killed");
        let left = quota_of(host, "/", &uid)?;
        assert!(left.is_empty() || left.starts_with("0 0 0"), "killed {when} quota.clear: {left}");
    }
    Ok(())
}

#[test]
fn limits_bind_quotas_hold_and_jobs_run_at_boot() -> Fallible {
    let mut host = machine("i3-limits")?;
    let limits = json!({"cpu_limit_percent": CPU, "memory_limit_mb": MEMORY, "max_processes": 64, "disk_quota_mb": 16});
    widen_package(&host, &limits)?;
    let hostd = Hostd::of(&host)?;
    create(&host, "joko", "joko.test")?;
    create(&host, "sari", "sari.test")?;
    for part in ["OOM", "oom", "child"] {
        host.expect_error(part);
    }
    quotas(&host, &hostd)?;
    through_the_web(&host)?;
    through_an_app(&host, &hostd)?;
    // The app stays up: the control group, and what the kernel counted, stay with it.
    through_ssh(&host, &hostd)?;
    through_cron(&host, &hostd)?;
    at_each_boot(&mut host)?;
    if full() {
        for user in ["joko", "sari"] {
            panel::delete(&host, user)?;
        }
        on_xfs(&host)?;
    }
    Ok(host.finish()?)
}

/// The same where the homes have a file system of their own of the other kind.
fn on_xfs(host: &Host) -> Fallible {
    host.run(["sh", "-c", "truncate -s 400M /var/homes && mkfs.xfs -q /var/homes && mount -o loop,uquota /var/homes /home"])?;
    host.run(["systemctl", "restart", "nusantara-hostd.service"])?;
    let hostd = Hostd::of(host)?;
    let described = hostd.done(&json!({"describe": {}}))?["description"].clone();
    assert_eq!((&described["home_quota"], &described["home_file_system"]), (&json!(true), &json!("xfs")), "{described}");
    create(host, "eka", "eka.test")?;
    let uid = hostd.spec("eka")?["account"]["uid"].clone();
    assert!(quota_of(host, "/home", &uid)?.contains("16384 16384"), "{}", quota_of(host, "/home", &uid)?);
    let write =
        |mib: &str| host.exec_as("eka", ["dd", "if=/dev/zero", "of=/home/eka/tmp/full", "bs=1M", "conv=fsync", &format!("count={mib}")]);
    assert!(write("10")?.success());
    let counted = figure(&hostd.done(&json!({"account_usage": {"username": "eka"}}))?["usage"], "disk_bytes")?;
    assert!((10 << 20..11 << 20).contains(&counted), "exactly and at once: {counted}");
    let refused = write("20")?;
    assert!(!refused.success() && refused.stderr.contains("Disk quota exceeded"), "{}", refused.stderr);
    assert_eq!(fetch(host, "eka.test")?.status, 200);
    assert_eq!(hostd.drift("eka")?, json!([]));
    panel::delete(host, "eka")?;
    let left = quota_of(host, "/home", &uid)?;
    assert!(left.is_empty() || left.starts_with("0 0 0"), "nothing stays set: {left}");
    Ok(())
}
