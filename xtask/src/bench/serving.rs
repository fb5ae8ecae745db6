//! How sites are served: the first request to a PHP that sleeps, what sleeping and waking PHPs weigh, and requests per second,
//! each beside what a hand-written vhost and the distribution's shared PHP do.

use super::product::Panel;
use super::shell::Shell;
use super::{Fallible, until_served};
use nusantara_testhost::{Host, HostOptions};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Accounts whose PHP is weighed.
const ACCOUNTS: usize = 100;
/// Requests to a sleeping PHP, and to one that is always on.
const WAKES: usize = 20;
/// Runs of each kind of load; the median counts.
const LOADS: usize = 5;
/// How long one run lasts.
const LOAD: &str = "4s";
/// Connections of the load.
const CONNECTIONS: &str = "16";

/// Requests per second of the bare vhost and of the product's.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    pub(crate) bare: f64,
    pub(crate) ours: f64,
}

/// PSS in KiB of the distribution's shared PHP with as many pools, and of the product's PHPs.
#[derive(Debug, Default)]
pub(crate) struct Weights {
    pub(crate) bare: u64,
    pub(crate) ours: u64,
}

/// Everything found here.
#[derive(Debug, Default)]
pub(crate) struct Serving {
    pub(crate) always_on: Duration,
    pub(crate) woken: Duration,
    pub(crate) idle: Weights,
    pub(crate) active: Weights,
    pub(crate) files: Rates,
    pub(crate) php: Rates,
}

/// Measures.
pub(crate) fn measure(deb: &Path) -> Fallible<Serving> {
    let mut found = Serving::default();
    let host = Host::up("bench-shared-php", &HostOptions::default())?;
    let mut script = Shell::start(&host)?;
    // The master and the workers of the pool that the distribution ships.
    let shipped = php_processes(&host)?;
    let names: Vec<String> = (0..ACCOUNTS).map(|i| format!("pool{i}")).collect();
    names.iter().try_for_each(|name| script.create(name, &host).map(drop))?;
    // What was woken while making them goes back to sleep: a pool's own time is 10 s.
    host.wait_until("idle pools", Duration::from_secs(60), || Ok((php_processes(&host)? <= shipped).then_some(())))?;
    found.idle.bare = php_weight(&host)?;
    names.iter().try_for_each(|name| until_served(&host, &format!("{name}.test")))?;
    found.active.bare = php_weight(&host)?;
    drop(script);
    host.finish()?;

    let host = Host::up("bench-serving", &HostOptions { install: Some(deb.to_owned()), ..HostOptions::default() })?;
    let panel = Panel::of(&host);
    panel.create_many("pool", ACCOUNTS, 8)?;
    host.run(["systemctl", "stop", "--quiet", "nusantara-php8.2@*.service"])?;
    found.idle.ours = php_weight(&host)?;
    names.iter().try_for_each(|name| until_served(&host, &format!("{name}.test")))?;
    found.active.ours = php_weight(&host)?;

    beside(&host)?;
    found.always_on = middle(WAKES, || timed_get(&host, "bare.test"))?;
    found.woken = middle(WAKES, || {
        host.run(["systemctl", "stop", "--quiet", "nusantara-php8.2@pool0.service"])?;
        timed_get(&host, "pool0.test")
    })?;
    let rates = |page: &str| -> Fallible<Rates> {
        let (mut bare, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..LOADS {
            bare.push(load(&host, "bare.test", page)?);
            ours.push(load(&host, "pool0.test", page)?);
        }
        Ok(Rates { bare: median(bare), ours: median(ours) })
    };
    found.files = rates("/page.html")?;
    found.php = rates("/small.php")?;
    host.finish()?;
    Ok(found)
}

/// Puts the same two files behind a hand-written vhost and the distribution's shared PHP.
fn beside(host: &Host) -> Fallible {
    const VHOST: &str = "server {\n listen 80;\n server_name bare.test;\n root /srv/bare;\n index index.php;\n \
        access_log /var/log/nginx/bare.access.log;\n error_log /var/log/nginx/bare.error.log;\n \
        location / { try_files $uri $uri/ /index.php$is_args$args; }\n location ~ \\.php$ {\n  try_files $uri =404;\n  \
        include fastcgi_params;\n  fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n  \
        fastcgi_pass unix:/run/php/bare.sock;\n }\n}\n";
    const POOL: &str = "[bare]\nuser = www-data\ngroup = www-data\nlisten = /run/php/bare.sock\nlisten.owner = www-data\n\
        pm = static\npm.max_children = 10\n";
    let page = "x".repeat(4_096);
    let files = [("page.html", page.as_str()), ("small.php", "<?php echo 'ok';"), ("index.php", "<?php echo $_SERVER['SERVER_NAME'];")];
    let root = "/home/pool0/domains/pool0.test/public_html";
    host.run(["mkdir", "-p", "/srv/bare"])?;
    for (name, text) in files {
        host.write_file(&format!("/srv/bare/{name}"), text)?;
        if name != "index.php" {
            let made = host.exec_as("pool0", ["cp", &format!("/srv/bare/{name}"), &format!("{root}/{name}")])?;
            if !made.success() {
                return Err(format!("{name}: {}", made.stderr).into());
            }
        }
    }
    host.write_file("/etc/nginx/conf.d/bare.conf", VHOST)?;
    host.write_file("/etc/php/8.2/fpm/pool.d/bare.conf", POOL)?;
    host.run(["systemctl", "restart", "php8.2-fpm"])?;
    // Not reloaded: old workers would answer for a moment more.
    host.run(["systemctl", "restart", "nginx"])?;
    until_served(host, "bare.test")
}

fn timed_get(host: &Host, domain: &str) -> Fallible<Duration> {
    let began = Instant::now();
    let page = host.http_get(domain, "/")?;
    let took = began.elapsed();
    if page.status == 200 { Ok(took) } else { Err(format!("{domain} answered {}", page.status).into()) }
}

fn middle(rounds: usize, mut once: impl FnMut() -> Fallible<Duration>) -> Fallible<Duration> {
    super::median(rounds, |_| once())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// Requests per second as wrk counts them.
fn load(host: &Host, domain: &str, page: &str) -> Fallible<f64> {
    let url = format!("http://{}{page}", host.address());
    let output = Command::new("wrk").args(["-t1", "-c", CONNECTIONS, "-d", LOAD, "-H", &format!("Host: {domain}"), &url]).output()?;
    let text = String::from_utf8(output.stdout)?;
    if text.contains("Non-2xx") {
        return Err(format!("{domain}{page}: {text}").into());
    }
    let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:")).ok_or("wrk gave no figure")?;
    Ok(rate.trim().parse()?)
}

fn php_processes(host: &Host) -> nusantara_testhost::Result<usize> {
    Ok(host.exec(["pgrep", "-c", "^php-fpm"])?.stdout.trim().parse().unwrap_or(0))
}

/// PSS of all PHP-FPM processes, KiB.
fn php_weight(host: &Host) -> Fallible<u64> {
    let pids = host.exec(["pgrep", "^php-fpm"])?.stdout;
    let mut sum = 0;
    for pid in pids.split_whitespace() {
        // One that ended meanwhile weighs nothing.
        let Ok(rollup) = host.read_file(&format!("/proc/{pid}/smaps_rollup")) else { continue };
        let line = rollup.lines().find(|line| line.starts_with("Pss:")).unwrap_or_default();
        sum += line.split_whitespace().nth(1).map_or(Ok(0), str::parse::<u64>)?;
    }
    Ok(sum)
}
