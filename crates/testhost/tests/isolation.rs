//! Two accounts on one host: what a site's PHP tries on its neighbour and on the panel, and does not get.

mod panel;

use nusantara_testhost::Host;
use panel::{Fallible, create, fetch};
use serde_json::Value;

/// Runs commands as whatever a script of a site can start, so that `open_basedir` does not stand in for the sandbox. Answers
/// which of them succeeded.
const ATTACK: &str = r#"<?php
$pid = (int) $_GET["pid"];
$connect = fn ($socket) => "php -n -r 'exit(@stream_socket_client(\"unix://$socket\") ? 0 : 1);'";
$commands = [
    "own page" => "cat /home/joko/domains/joko.test/public_html/index.php",
    "own socket" => $connect("/run/nusantara-php/8.2/joko.sock"),
    "other home" => "ls /home/sari",
    "other page" => "cat /home/sari/domains/sari.test/public_html/index.php",
    "write there" => "touch /home/sari/domains/sari.test/public_html/taken",
    "other names" => "ls /home | grep sari",
    "other spec" => "cat /etc/nusantara-panel/users/sari/account.json",
    "panel config" => "cat /etc/nusantara-panel/panel.toml",
    "panel database" => "ls /var/lib/nusantara-panel",
    "other pool" => "cat /var/lib/nusantara-hostd/php/8.2/sari.conf",
    "other log" => "ls /var/log/nusantara-panel/sites/sari",
    "other socket" => $connect("/run/nusantara-php/8.2/sari.sock"),
    "hostd" => $connect("/run/nusantara-panel/hostd.sock"),
    "panel socket" => $connect("/run/nusantara-panel/panel.sock"),
    "probe socket" => $connect("/run/nusantara-nginx/probe.sock"),
    "other process" => "ls /proc/$pid",
    "signal" => "kill -0 $pid",
    "become root" => "setpriv --reuid=0 id",
    "give away" => "chown 0 /home/joko/tmp",
    "new namespace" => "unshare --user true",
    "shadow" => "cat /etc/shadow",
];
$got = [];
foreach ($commands as $name => $command) {
    exec("$command 2>&1", $said, $status);
    $got[$name] = $status === 0;
}
echo json_encode($got);
"#;

#[test]
fn a_sites_php_gets_nothing_of_its_neighbour_or_the_panel() -> Fallible {
    let host = Host::with_panel("isolation")?;
    create(&host, "joko", "joko.test")?;
    create(&host, "sari", "sari.test")?;
    host.write_file("/tmp/attack.php", ATTACK)?;
    let put = host.exec_as("joko", ["cp", "/tmp/attack.php", "/home/joko/domains/joko.test/public_html/attack.php"])?;
    assert!(put.success(), "{}", put.stderr);
    fetch(&host, "sari.test")?;
    let pid = host.run(["systemctl", "show", "--value", "--property=MainPID", "nusantara-php8.2@sari.service"])?;
    let page = host.http_get("joko.test", &format!("/attack.php?pid={}", pid.trim()))?;
    let got: Value = serde_json::from_str(&page.body)?;
    let won: Vec<&String> = got.as_object().ok_or("no answer")?.iter().filter(|(_, won)| **won == true).map(|(name, _)| name).collect();
    assert_eq!(won, ["own page", "own socket"], "the commands work where they may, and nowhere else: {got}");
    Ok(host.finish()?)
}
