//! Logging in to accounts by SSH, with real clients: what each mode lets in and what it does not, and what a login can reach.

mod hostd;
mod panel;

use hostd::{Hostd, text};
use nusantara_testhost::{Host, HostOptions, Suite, form::moments, panel_package};
use panel::{Fallible, assert_clean, inventory};
use serde_json::{Value, json};
use std::time::Duration;

const FAILPOINTS: &str = "/run/nusantara-panel/failpoints";
/// No question, no memory of hosts, an end when nothing comes.
const OPTIONS: &str = "-o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=20";

/// How a command ended, and what it said.
struct Said {
    ok: bool,
    /// ssh's own failures are 255.
    status: i32,
    out: String,
    err: String,
}

/// A shell script on the host, run by root, who has the keys of everybody in `/root/keys`.
fn script(host: &Host, text: &str) -> Fallible<Said> {
    let output = host.exec(["/bin/sh", "-c", text])?;
    Ok(Said { ok: output.success(), status: output.status, out: output.stdout, err: output.stderr })
}

/// Runs a command in a login, with the key of that name.
fn ssh(host: &Host, key: &str, user: &str, options: &str, command: &str) -> Fallible<Said> {
    let quoted = command.replace('\'', "'\\''");
    script(host, &format!("timeout 60 ssh -i /root/keys/{key} {OPTIONS} {options} {user}@127.0.0.1 '{quoted}' </dev/null"))
}

/// A batch of sftp.
fn sftp(host: &Host, key: &str, user: &str, batch: &str) -> Fallible<Said> {
    script(host, &format!("printf '{batch}' | timeout 60 sftp -b - -i /root/keys/{key} {OPTIONS} {user}@127.0.0.1"))
}

fn up(name: &str) -> Fallible<Host> {
    up_on(name, Suite::default())
}

fn up_on(name: &str, suite: Suite) -> Fallible<Host> {
    let host = Host::up(name, &HostOptions { suite, install: Some(panel_package()?), ..HostOptions::default() })?;
    script(
        &host,
        "mkdir -p /root/keys; cd /root/keys; for name in joko sari; do ssh-keygen -q -t ed25519 -N '' -C $name@laptop -f $name; done",
    )?;
    Ok(host)
}

fn public_key(host: &Host, name: &str) -> Fallible<String> {
    Ok(host.read_file(&format!("/root/keys/{name}.pub"))?.trim().to_owned())
}

fn key_add(username: &str, key: &str) -> Value {
    json!({"ssh_key_add": {"username": username, "key": key}})
}

/// The operation that sets the mode, with what else shall be on.
fn mode(username: &str, mode: &str, on: &[&str]) -> Value {
    let is = |name: &str| on.contains(&name);
    json!({"ssh_update": {"username": username, "mode": mode, "allow_password": is("password"), "allow_port_forwarding": is("port"),
        "allow_agent_forwarding": is("agent"), "allow_x11_forwarding": is("x11")}})
}

#[track_caller]
fn refused(said: &Said) {
    assert!(said.status == 255 && said.out.is_empty(), "it was let in: {} {} {}", said.status, said.out, said.err);
}

#[track_caller]
fn did(said: Said) -> String {
    assert!(said.ok, "{} {}", said.out, said.err);
    said.out
}

#[test]
fn each_mode_lets_in_what_it_says_and_nothing_else() -> Fallible {
    each_mode(up("ssh-modes")?)
}

#[test]
fn each_mode_does_the_same_on_debian_13() -> Fallible {
    each_mode(up_on("ssh-trixie", Suite::Trixie)?)
}

fn each_mode(host: Host) -> Fallible {
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    let key = public_key(&host, "joko")?;

    // Off: neither a key that its owner put into the home, nor one that the panel knows.
    let own = format!(
        "install -d -m 0700 -o joko -g joko /home/joko/.ssh; echo '{key}' > /home/joko/.ssh/authorized_keys; chown joko: /home/joko/.ssh/authorized_keys"
    );
    did(script(&host, &own)?);
    refused(&ssh(&host, "joko", "joko", "", "id")?);
    refused(&ssh(&host, "joko", "joko", "-N", "")?);
    hostd.done(&key_add("joko", &key))?;
    refused(&ssh(&host, "joko", "joko", "", "id")?);

    // Files only.
    hostd.done(&mode("joko", "sftp_chroot", &[]))?;
    let listing = did(sftp(
        &host,
        "joko",
        "joko",
        "pwd\\nls -l /\\nls /home\\nput /etc/os-release domains/joko.test/public_html/os.txt\\nget domains/joko.test/public_html/os.txt /root/os.txt\\n",
    )?);
    assert!(listing.contains("Remote working directory: /home/joko") && listing.contains("/home/joko"), "{listing}");
    assert_eq!(host.read_file("/root/os.txt")?, host.read_file("/etc/os-release")?);
    let served = host.http_get("joko.test", "/os.txt")?;
    assert_eq!((served.status, served.body.contains("Debian")), (200, true), "what is uploaded is served");
    assert_eq!(host.run(["stat", "-c", "%U:%G", "/home/joko/domains/joko.test/public_html/os.txt"])?, "joko:joko\n");
    for outside in [
        "put /etc/os-release /x",
        "put /etc/os-release /home/x",
        "mkdir /y",
        "get /etc/shadow /root/z",
        "get /usr/bin/id /root/z",
        "ls /proc",
    ] {
        assert!(!sftp(&host, "joko", "joko", &format!("{outside}\\n"))?.ok, "{outside}");
    }
    did(script(
        &host,
        &format!(
            "scp -i /root/keys/joko {OPTIONS} /etc/os-release joko@127.0.0.1:copied && scp -i /root/keys/joko {OPTIONS} joko@127.0.0.1:copied /root/copied"
        ),
    )?);
    let shell = ssh(&host, "joko", "joko", "", "id")?;
    assert!(!shell.ok && !shell.out.contains("uid="), "{}", shell.out);
    let web = "-W 127.0.0.1:80";
    let ask = |options: &str| {
        script(
            &host,
            &format!(
                "printf 'GET /os.txt HTTP/1.0\\r\\nHost: joko.test\\r\\n\\r\\n' | timeout 30 ssh -i /root/keys/joko {OPTIONS} {options} joko@127.0.0.1"
            ),
        )
    };
    assert_eq!(ask(web)?.status, 255, "forwarding is off");
    hostd.done(&mode("joko", "sftp_chroot", &["port"]))?;
    assert!(did(ask(web)?).contains("200 OK"), "forwarding is on");

    // A shell.
    hostd.done(&mode("joko", "shell", &[]))?;
    assert_eq!(ask(web)?.status, 255, "forwarding is off again");
    assert_eq!(did(ssh(&host, "joko", "joko", "", "pwd; whoami; echo $SHELL; exit 0")?), "/home/joko\njoko\n/bin/bash\n");
    assert_eq!(script(&host, &format!("ssh -i /root/keys/joko {OPTIONS} joko@127.0.0.1 'exit 7' </dev/null; echo $?"))?.out, "7\n");
    assert!(did(ssh(&host, "joko", "joko", "-tt", "tty; stty size; ls -l $(tty)")?).contains("/dev/pts/"));
    did(script(
        &host,
        &format!(
            "scp -O -i /root/keys/joko {OPTIONS} /etc/os-release joko@127.0.0.1:legacy && scp -i /root/keys/joko {OPTIONS} /etc/os-release joko@127.0.0.1:/home/joko/modern"
        ),
    )?);
    did(script(&host, &format!("rsync -a -e 'ssh -i /root/keys/joko {OPTIONS}' /etc/pam.d joko@127.0.0.1:synced/"))?);
    did(sftp(&host, "joko", "joko", "put /etc/os-release again\\n")?);
    let made = host.run(["ls", "/home/joko"])?;
    for file in ["copied", "legacy", "modern", "synced", "again"] {
        assert!(made.contains(file), "{file} is missing in {made}");
    }
    let agent = |host: &Host| {
        script(
            host,
            &format!(
                "eval $(ssh-agent) >/dev/null; ssh-add -q /root/keys/joko; ssh -A -i /root/keys/joko {OPTIONS} joko@127.0.0.1 'ssh-add -l' </dev/null; kill $SSH_AGENT_PID"
            ),
        )
    };
    assert!(!agent(&host)?.out.contains("ED25519"), "the agent is not forwarded");
    hostd.done(&mode("joko", "shell", &["agent", "x11"]))?;
    assert!(agent(&host)?.out.contains("ED25519"), "the agent is forwarded");
    let x11 = host.run(["/usr/sbin/sshd", "-T", "-C", "user=joko,host=x,addr=127.0.0.1"])?;
    assert!(x11.contains("x11forwarding yes") && x11.contains("allowtcpforwarding no"), "{x11}");

    // A password, when it is allowed to.
    did(script(&host, "echo joko:correct-horse | chpasswd; printf '#!/bin/sh\\necho correct-horse\\n' > /root/ask; chmod 0700 /root/ask")?);
    let password = |host: &Host| {
        let options = OPTIONS.replace("BatchMode=yes", "PubkeyAuthentication=no").replace("LogLevel=ERROR", "NumberOfPasswordPrompts=1");
        script(host, &format!("SSH_ASKPASS=/root/ask SSH_ASKPASS_REQUIRE=force timeout 30 ssh {options} joko@127.0.0.1 whoami </dev/null"))
    };
    refused(&password(&host)?);
    hostd.done(&mode("joko", "shell", &["password"]))?;
    assert_eq!(did(password(&host)?), "joko\n");
    hostd.done(&mode("joko", "shell", &[]))?;
    refused(&password(&host)?);

    // Where the last login came from is known by sshd's word.
    let state = hostd.done(&json!({"ssh_show": {"username": "joko"}}))?["ssh"].clone();
    assert_eq!((text(&state["last_login_ip"]), &state["port"], &state["unavailable"]), ("127.0.0.1".to_owned(), &json!(22), &Value::Null));
    host.wait_until("the login in account.json", Duration::from_secs(60), || {
        let file = host.read_file("/etc/nusantara-panel/users/joko/account.json")?;
        Ok(file.contains("\"last_login_ip\": \"127.0.0.1\"").then_some(()))
    })?;
    assert_eq!(hostd.drift("joko")?, json!([]), "a login is no drift");

    // Off again, in the middle of a login.
    let fingerprint = host.run(["ssh-keygen", "-lf", "/root/keys/joko.pub"])?;
    let fingerprint = fingerprint.split(' ').nth(1).ok_or("no fingerprint")?;
    let long = "nohup sleep 1000 >/dev/null 2>&1 & trap \"\" TERM HUP; echo here; sleep 1000";
    script(&host, &format!("setsid ssh -tt -i /root/keys/joko {OPTIONS} joko@127.0.0.1 '{long}' </dev/null >/root/long 2>&1 &"))?;
    host.wait_until("the login", Duration::from_secs(20), || Ok(host.read_file("/root/long")?.contains("here").then_some(())))?;
    hostd.done(&json!({"ssh_key_remove": {"username": "joko", "fingerprint": fingerprint}}))?;
    assert!(!host.exec(["pgrep", "-u", "joko", "sleep"])?.success(), "the login ended with its key");
    refused(&ssh(&host, "joko", "joko", "", "id")?);
    hostd.done(&key_add("joko", &key))?;
    did(ssh(&host, "joko", "joko", "", "true")?);
    hostd.done(&mode("joko", "disabled", &[]))?;
    refused(&ssh(&host, "joko", "joko", "", "id")?);
    assert_eq!(hostd.drift("joko")?, json!([]));
    Ok(host.finish()?)
}

#[test]
fn keys_are_values_and_no_configuration() -> Fallible {
    let host = up("ssh-keys")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    let key = public_key(&host, "joko")?;
    for bad in [format!("command=\"id\" {key}"), format!("{key}\n{key}"), "ssh-dss AAAA".to_owned(), key.replace("AAAAC3", "AAAAC4")] {
        let (code, _) = hostd.refused(&key_add("joko", &bad))?;
        assert_eq!(code, "malformed", "{bad}");
    }
    hostd.done(&key_add("joko", &key))?;
    assert_eq!(hostd.refused(&key_add("joko", &format!("{key}2")))?, ("conflict".to_owned(), "key".to_owned()));
    hostd.done(&mode("joko", "sftp_chroot", &[]))?;
    assert_eq!(host.read_file("/etc/nusantara-panel/ssh/joko")?, format!("{key}\n"));
    assert_eq!(
        host.run(["stat", "-c", "%U:%G %a", "/etc/nusantara-panel/ssh/joko", "/etc/nusantara-panel/ssh"])?,
        "root:joko 640\nroot:root 711\n"
    );
    assert_eq!(hostd.refused(&mode("joko", "sftp_chroot", &["x11"]))?.1, "allow_x11_forwarding");
    let gone = json!({"ssh_key_remove": {"username": "joko", "fingerprint": format!("SHA256:{}", "A".repeat(43))}});
    assert_eq!(hostd.refused(&gone)?.0, "not_found");
    Ok(host.finish()?)
}

/// What a tenant may try in a shell, each to end without success and without a secret in its output.
const TRIES: &[&str] = &[
    "ls /home/sari",
    "cat /home/sari/domains/sari.test/public_html/index.php",
    "cat /etc/shadow",
    "ls /etc/nusantara-panel",
    "cat /etc/nusantara-panel/users/joko/ssh.json",
    "cat /etc/nusantara-panel/ssh/sari",
    "ls /etc/nginx",
    "ls /var/lib/nusantara-hostd",
    "ls /run/nusantara-panel",
    "ls /run/nusantara-php",
    "ls /run/nusantara-app/sari",
    "ls /run/dbus",
    "ls /run/systemd/private",
    "curl --max-time 5 --unix-socket /run/nusantara-panel/panel.sock http://localhost/api/v1/accounts",
    "ls /root",
    "ls /var/log",
    "ls /srv/sftp",
    "grep sari /etc/passwd /etc/group",
    "touch /etc/x",
    "touch /usr/x",
    "touch /x",
    "touch /home/x",
    "touch /run/x",
    "mkdir /proc/x",
    "sudo -n id",
    "su -c id root </dev/null",
    "passwd -S root",
    "crontab -l",
    "systemctl --user start x",
    "systemd-run --user id",
    "unshare -r id",
    "unshare -m id",
    "chroot /home/joko id",
    "nsenter -t 1 -m id",
    "cat /proc/1/cmdline",
    "ls /proc/1/root/",
    "mount -t tmpfs x /home/joko/tmp",
    "mount -o remount,rw /usr",
    "mknod /home/joko/disk b 253 0",
    "dd if=/dev/mem of=/dev/null count=1",
    "kill -0 1",
];

#[test]
fn a_shell_reaches_its_own_home_and_no_further() -> Fallible {
    let host = up("ssh-bounds")?;
    let hostd = Hostd::of(&host)?;
    for name in ["joko", "sari"] {
        hostd.create(name, &format!("{name}.test"), "starter")?;
        hostd.done(&key_add(name, &public_key(&host, name)?))?;
        hostd.done(&mode(name, "shell", &["port"]))?;
    }
    assert_eq!(did(ssh(&host, "joko", "joko", "", "ls /home; id -un; ls -ld ~ | cut -d' ' -f3")?), "joko\njoko\njoko\n");
    for attempt in TRIES {
        let said = ssh(&host, "joko", "joko", "", attempt)?;
        assert!(!said.ok, "{attempt}: {} {}", said.out, said.err);
        assert!(!said.out.contains("uid=0") && !said.out.contains("sari"), "{attempt}: {}", said.out);
    }
    // Programs of the set-uid kind are inert, wherever they lie.
    host.run(["/bin/sh", "-c", "cp /usr/bin/id /home/joko/id && chown root:root /home/joko/id && chmod 4755 /home/joko/id"])?;
    assert!(!did(ssh(&host, "joko", "joko", "", "/home/joko/id")?).contains("euid"), "set-uid programs gain nothing");
    // Whatever a tenant writes where sshd, PAM or a shell might read it before the view is there.
    let planted = "mkdir -p ~/.ssh ~/.config/systemd/user/default.target.wants; echo 'touch ~/tmp/rc-ran' > ~/.ssh/rc; \
        echo 'LD_PRELOAD=/home/joko/x.so' > ~/.ssh/environment; printf '[Service]\\nExecStart=/usr/bin/touch /home/joko/tmp/manager-ran\\n' \
        > ~/.config/systemd/user/x.service; ln -s ../x.service ~/.config/systemd/user/default.target.wants/x.service; \
        ln -sfn / ~/domains/root; rm -rf ~/tmp; ln -s /home/sari ~/tmp";
    did(ssh(&host, "joko", "joko", "", planted)?);
    assert!(!ssh(&host, "joko", "joko", "", "ls /tmp/ && ls ~/domains/root/home/sari")?.ok, "links lead nowhere");
    did(ssh(&host, "joko", "joko", "", "rm ~/tmp; mkdir ~/tmp; echo $LD_PRELOAD")?);
    assert_eq!(did(ssh(&host, "joko", "joko", "", "ls ~/tmp; echo $LD_PRELOAD; ps -e -o comm= | sort -u")?), "\nbash\nps\nsort\n");
    assert!(!host.exec(["systemctl", "is-active", "user@12000.service"])?.success(), "accounts have no manager of their own");
    // Sockets of others by forwarding: sshd itself connects, as the account and from inside the view.
    let over = |socket: &str| script(&host, &format!("timeout 20 ssh -i /root/keys/joko {OPTIONS} -W {socket} joko@127.0.0.1 </dev/null"));
    assert!(!over("/run/nusantara-panel/panel.sock")?.ok && !over("/run/nusantara-panel/hostd.sock")?.ok);
    // The account's limits bind what is done in a login.
    let groups = did(ssh(&host, "joko", "joko", "", "cat /proc/self/cgroup")?);
    assert!(groups.contains("/user.slice/user-12000.slice/session-"), "{groups}");
    // Nothing of a view is on the host, and logins of one account see nothing of another's.
    assert_eq!(host.run(["ls", "-A", "/srv/sftp"])?, "");
    assert!(!host.read_file("/proc/mounts")?.contains("/srv/sftp"));
    did(ssh(&host, "sari", "sari", "", "test ! -e /home/joko && touch ~/here")?);
    refused(&ssh(&host, "joko", "sari", "", "id")?);
    Ok(host.finish()?)
}

#[test]
fn a_broken_sshd_configuration_leaves_everything_as_it_was() -> Fallible {
    let host = up("ssh-broken")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    hostd.done(&key_add("joko", &public_key(&host, "joko")?))?;
    let before = hostd.spec("joko")?;
    host.expect_error("operation failed");
    let own = "/etc/ssh/sshd_config.d/50-admin.conf";
    host.write_file(own, "NoSuchKeyword yes\n")?;
    let error = hostd.call(&mode("joko", "shell", &[]))?.err().ok_or("it was carried out")?;
    assert_eq!(text(&error["code"]), "config_refused", "{error:#}");
    assert!(text(&error["detail"]).contains("NoSuchKeyword") && text(&error["detail"]).contains("50-admin.conf"), "{error:#}");
    assert_eq!(hostd.spec("joko")?["ssh"], before["ssh"]);
    assert_eq!(host.run(["getent", "passwd", "joko"])?.trim().rsplit(':').next(), Some("/usr/sbin/nologin"));
    assert_eq!(hostd.drift("joko")?, json!([]));
    let state = hostd.done(&json!({"ssh_show": {"username": "joko"}}))?["ssh"].clone();
    assert!(text(&state["unavailable"]).contains("does not accept"), "{state:#}");

    // One that comes before ours and opens what must stay shut is found too.
    host.write_file(own, "")?;
    let first = "/etc/ssh/sshd_config.d/00-a.conf";
    host.write_file(first, "Match User joko\n\tChrootDirectory none\n")?;
    let error = hostd.call(&mode("joko", "shell", &[]))?.err().ok_or("it was carried out")?;
    assert!(text(&error["detail"]).contains("chrootdirectory is none"), "{error:#}");
    assert_eq!(hostd.drift("joko")?, json!([]));

    host.run(["rm", first])?;
    hostd.done(&mode("joko", "shell", &[]))?;
    did(ssh(&host, "joko", "joko", "", "true")?);
    // What is taken away is taken away whatever sshd says, and without our file nobody gets in.
    host.write_file(own, "NoSuchKeyword yes\n")?;
    hostd.done(&mode("joko", "disabled", &[]))?;
    host.write_file(own, "")?;
    hostd.done(&mode("joko", "shell", &[]))?;
    host.run(["mv", "/etc/ssh/sshd_config.d/00-nusantara-panel.conf", "/root/"])?;
    host.run(["systemctl", "restart", "ssh"])?;
    did(script(
        &host,
        "install -d -m 0700 -o joko -g joko /home/joko/.ssh; install -m 0600 -o joko -g joko /root/keys/joko.pub /home/joko/.ssh/authorized_keys",
    )?);
    let said = ssh(&host, "joko", "joko", "", "id")?;
    assert!(!said.ok && !said.out.contains("uid="), "{} {}", said.out, said.err);
    host.run(["systemctl", "restart", "nusantara-hostd"])?;
    host.wait_until("our file again", Duration::from_secs(30), || {
        Ok(ssh(&host, "joko", "joko", "", "true").ok().filter(|s| s.ok).map(drop))
    })?;
    Ok(host.finish()?)
}

#[test]
fn hostd_killed_at_every_step_of_a_change_of_ssh() -> Fallible {
    let host = up("ssh-crash")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    hostd.done(&key_add("joko", &public_key(&host, "joko")?))?;
    let listed: Value = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
    let steps: Vec<String> = serde_json::from_value(listed["ssh_update"].clone())?;
    assert!(steps.len() == 7, "{steps:?}");
    for (index, step) in steps.iter().enumerate() {
        for when in moments(index) {
            // To files from a shell everything is taken but a removal; only the first shell an account gets changes its login shell.
            let (from, to) = if step == "ssh.remove" { ("shell", "disabled") } else { ("shell", "sftp_chroot") };
            if step == "user.shell" {
                continue;
            }
            hostd.done(&mode("joko", from, &[]))?;
            host.write_file(FAILPOINTS, format!("kill hostd ssh_update {step} {when}\n"))?;
            let (id, frame) = hostd.request(&mode("joko", to, &["port"]));
            host.expect_error("killed here on request of a test");
            hostd.send(&frame)?;
            let ended = hostd.outcome(&id)?;
            assert!(ended.is_ok(), "{step} {when}: {ended:#?}");
            assert_eq!(host.read_file(FAILPOINTS)?, "", "{step} {when}: it was not killed");
            assert_eq!(hostd.spec("joko")?["ssh"]["mode"], to, "{step} {when}");
            assert_eq!(hostd.drift("joko")?, json!([]), "{step} {when}");
            let may = sftp(&host, "joko", "joko", "pwd\\n")?.ok;
            assert_eq!(may, to != "disabled", "{step} {when}");
            assert!(!ssh(&host, "joko", "joko", "", "id")?.out.contains("uid="), "{step} {when}");
        }
    }
    for when in ["before", "after"] {
        let username = format!("sari{when}");
        hostd.create(&username, &format!("{username}.test"), "starter")?;
        hostd.done(&key_add(&username, &public_key(&host, "sari")?))?;
        host.write_file(FAILPOINTS, format!("kill hostd ssh_update user.shell {when}\n"))?;
        let (id, frame) = hostd.request(&mode(&username, "shell", &[]));
        host.expect_error("killed here on request of a test");
        hostd.send(&frame)?;
        assert!(hostd.outcome(&id)?.is_ok(), "user.shell {when}");
        assert_eq!(hostd.drift(&username)?, json!([]), "user.shell {when}");
        did(ssh(&host, "sari", &username, "", "true")?);
    }
    Ok(host.finish()?)
}

#[test]
fn an_account_that_is_logged_in_is_deleted_without_a_trace() -> Fallible {
    let host = up("ssh-gone")?;
    let hostd = Hostd::of(&host)?;
    let before = inventory(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    hostd.done(&key_add("joko", &public_key(&host, "joko")?))?;
    hostd.done(&mode("joko", "shell", &["port", "agent"]))?;
    script(
        &host,
        &format!("setsid ssh -tt -i /root/keys/joko {OPTIONS} joko@127.0.0.1 'echo here; sleep 1000' </dev/null >/root/long 2>&1 &"),
    )?;
    host.wait_until("the login", Duration::from_secs(20), || Ok(host.read_file("/root/long")?.contains("here").then_some(())))?;
    hostd.done(&json!({"account_delete": {"username": "joko"}}))?;
    assert_clean(&host, &before, "a deleted account")?;
    assert_eq!(host.run(["ls", "-A", "/etc/nusantara-panel/ssh", "/var/lib/nusantara-hostd/logins"])?.matches("joko").count(), 0);
    assert_eq!(host.run(["grep", "-c", "joko", "/etc/group"]).unwrap_or_default(), "");
    Ok(host.finish()?)
}
