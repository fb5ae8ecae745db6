//! What crash tests ask of everything but the thing they break: an account next door that has something of all there is, and the
//! spec files of all accounts.
#![allow(dead_code, reason = "each test file uses its own part")]

use crate::hostd::apps::{node_app, put_file, widen_package};
use crate::hostd::{Hostd, add};
use crate::panel::Fallible;
use nusantara_testhost::Host;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const NAME: &str = "sari";
const SITE: &str = "sari.test";
const SPEC_FILES: [&str; 6] = ["account.json", "domains.json", "limits.json", "meta.json", "services.json", "ssh.json"];
const SERVER_JS: &str = "require('http').createServer((_, r) => r.end('app')).listen(process.env.PORT);";

/// Everything that the host has of an account, but for what is below its home.
const TRACES: &str = r#"
    name=$1; uid=$(id -u "$name" 2>/dev/null)
    for file in /etc/nusantara-panel/users/$name/*.json /var/lib/nusantara-hostd/nginx/live/sites/$name.conf \
        /etc/nusantara-panel/ssh/$name /etc/tmpfiles.d/nusantara-app-$name.conf; do
        [ -e "$file" ] && { echo "== $file"; stat -c '%a %u %g' "$file"; cat "$file"; }
    done
    find /var/lib/nusantara-hostd/php /var/lib/nusantara-hostd/access /var/lib/nusantara-hostd/apps /var/lib/nusantara-hostd/cron \
        /etc/systemd/system "/etc/systemd/system.control/user-$uid.slice.d" \
        \( -path "*/$name/*" -o -path "*/$name.*" -o -path "*@$name.*" -o -path "*user-$uid.slice*" \) -type f \
        -exec sha256sum {} + 2>/dev/null | sort -k2
    getent passwd "$name"; getent shadow "$name"; id "$name" 2>/dev/null
    grep "^$name[._-]" /var/lib/nusantara-hostd/ftp/logins 2>/dev/null
    [ -n "$uid" ] && systemctl show "user-$uid.slice" -p CPUQuotaPerSecUSec -p MemoryMax -p TasksMax
    grep -w "$uid" /var/lib/nusantara-hostd/firewall.nft 2>/dev/null
    ls /run/nusantara-app/$name 2>/dev/null
    systemctl list-units --plain --no-legend "nusantara-cron@$name.*.timer" "nusantara-app@$name.*" "nusantara-php*@$name.socket" | awk '{print $1, $4}'
    exit 0
"#;

/// Everything that the host has of an account, but for what is below its home.
pub(crate) fn traces(host: &Host, username: &str) -> Fallible<String> {
    Ok(host.run(["/bin/sh", "-c", TRACES, "sh", username])?)
}

/// Says that it is over when it is dropped.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The account next door.
pub(crate) struct Neighbour<'a> {
    host: &'a Host,
    before: String,
}

impl<'a> Neighbour<'a> {
    /// Makes it, with a PHP site, a static one, an app, a cron job, a protected folder, an FTP login and SSH.
    pub(crate) fn settle(host: &'a Host, hostd: &Hostd<'_>) -> Fallible<Self> {
        widen_package(host, &json!({}))?;
        hostd.create(NAME, SITE, "starter")?;
        put_file(host, NAME, &format!("domains/{SITE}/public_html"), "index.php", "<?php echo 'next door';")?;
        hostd.done(&add(NAME, "files.sari.test", None, json!({"runtime": "static"})))?;
        put_file(host, NAME, "domains/files.sari.test/public_html", "index.html", "next door")?;
        let folders = json!([{"path": "/closed", "realm": "A", "visitors": []}]);
        hostd.done(&json!({"site_protect": {"username": NAME, "domain": SITE, "folders": folders}}))?;
        put_file(host, NAME, "apps/shop", "server.js", SERVER_JS)?;
        hostd.done(&json!({"app_put": {"username": NAME, "app": node_app("shop", json!({"socket": {}}))}}))?;
        let job = json!({"name": "tidy", "schedule": "30 2 1 1 *", "command": "true", "timeout_minutes": 1, "enabled": true});
        hostd.done(&json!({"cron_put": {"username": NAME, "job": job, "new": true}}))?;
        let login = json!({"name": "web", "folder": "web", "hash": format!("$6$saltsalt${}", "A".repeat(86)), "enabled": true});
        hostd.done(&json!({"ftp_add": {"username": NAME, "login": login}}))?;
        hostd.done(&json!({"ssh_update": {"username": NAME, "mode": "sftp_chroot", "allow_password": false,
            "allow_port_forwarding": false, "allow_agent_forwarding": false, "allow_x11_forwarding": false}}))?;
        assert_eq!(hostd.drift(NAME)?, json!([]));
        let mut neighbour = Self { host, before: String::new() };
        neighbour.answers()?;
        neighbour.before = neighbour.look()?;
        Ok(neighbour)
    }

    /// Its traces, its home, and its app by its process.
    fn look(&self) -> Fallible<String> {
        const HOME: &str = "find /home/sari -printf '%p %y %m %u %g %s %T@ %l\\n' | sort; \
            systemctl show nusantara-app@sari.shop.0.service -p MainPID -p NRestarts -p ActiveState";
        Ok(traces(self.host, NAME)? + &self.host.run(["/bin/sh", "-c", HOME])?)
    }

    fn answers(&self) -> Fallible {
        for site in [SITE, "files.sari.test"] {
            let page = self.host.http_get(site, "/")?;
            if (page.status, page.body.trim()) != (200, "next door") {
                return Err(format!("{site} next door answered {}: {}", page.status, page.body).into());
            }
        }
        Ok(())
    }

    /// Demands that it is as it was made, byte for byte, and answers.
    pub(crate) fn is_untouched(&self, what: &str) -> Fallible {
        let now = self.look()?;
        if now != self.before {
            let (before, now): (BTreeSet<&str>, BTreeSet<&str>) = (self.before.lines().collect(), now.lines().collect());
            let (came, went): (Vec<_>, Vec<_>) = (now.difference(&before).collect(), before.difference(&now).collect());
            return Err(format!("{what}: the account next door was touched: came {came:#?}, went {went:#?}").into());
        }
        self.answers().map_err(|e| format!("{what}: {e}").into())
    }

    /// Asks for its pages all the time while `work` is done: none may fail, and in the end it must be as it was.
    pub(crate) fn through<T>(&self, what: &str, work: impl FnOnce() -> Fallible<T>) -> Fallible<T> {
        let (over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
        let done = std::thread::scope(|scope| -> Fallible<T> {
            let watcher = scope.spawn(|| -> Result<(), String> {
                while !over.load(Ordering::Relaxed) {
                    self.answers().map_err(|e| e.to_string())?;
                    asked.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            });
            // Also when an assertion fails in there: the watcher would be waited for.
            let stop = Over(&over);
            let done = work();
            drop(stop);
            let watched = watcher.join().map_err(|_| "the watcher panicked")?;
            let done = done?;
            watched.map_err(|e| format!("{what}: {e}"))?;
            Ok(done)
        })?;
        assert!(asked.load(Ordering::Relaxed) > 0, "{what}: it was asked");
        self.is_untouched(what)?;
        Ok(done)
    }
}

/// All spec files of a host by account, each parsed: a torn or missing one is an error, and so is anything beside them.
pub(crate) fn specs(host: &Host) -> Fallible<BTreeMap<String, Value>> {
    const SCRIPT: &str = "cd /etc/nusantara-panel/users && find . -mindepth 1 ! -type d | sort | while read -r file; do \
        printf '\\036%s\\n' \"$file\"; cat \"$file\"; done; find . -mindepth 1 -type d -printf '\\036%p/\\n'";
    let said = host.run(["/bin/sh", "-c", SCRIPT])?;
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for (name, text) in said.split('\u{1e}').skip(1).map(|part| part.split_once('\n').unwrap_or((part, ""))) {
        let (account, file) = name.trim_start_matches("./").split_once('/').ok_or_else(|| format!("{name} lies beside the accounts"))?;
        let account = all.entry(account.to_owned()).or_insert_with(|| json!({}));
        if !file.is_empty() {
            account[file] = serde_json::from_str(text).map_err(|e| format!("{name} is torn: {e}: {text:?}"))?;
        }
    }
    for (account, files) in &all {
        let names: Vec<&str> = files.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, SPEC_FILES, "the files of {account}");
    }
    Ok(all)
}

/// What half a write would leave: temporary files, entries of the journal, homes that are being made.
pub(crate) fn half_done(host: &Host) -> Fallible<Vec<String>> {
    const SCRIPT: &str = "find /etc/nusantara-panel /etc/systemd/system /etc/nginx /var/lib/nusantara-hostd -name '.*.tmp'; \
        find /var/lib/nusantara-hostd/journal /home/.nusantara-staging -mindepth 1 -maxdepth 1";
    Ok(host.run(["/bin/sh", "-c", SCRIPT])?.lines().map(str::to_owned).collect())
}
