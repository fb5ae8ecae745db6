//! Sites in every form on a booted host: runtimes, kinds of domain and options, fetched as browsers do; accounts that try to take
//! what belongs to another; a daemon that is killed in the middle.

mod hostd;
mod panel;

use hostd::{Hostd, add, update};
use nusantara_testhost::{Host, form::moments};
use panel::{Fallible, assert_clean, inventory};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// `openssl passwd -6 -salt saltsalt secret`.
const SECRET: &str = "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1";

/// What came back for a request.
#[derive(Debug)]
struct Page {
    status: u16,
    /// As curl calls it: `1.1`, `2`.
    version: String,
    head: String,
    body: String,
}

impl Page {
    fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &&str| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        self.head.lines().find(named).and_then(|line| line.split_once(": ")).map(|(_, value)| value.trim())
    }
}

/// Fetches a page from inside the host, at an address of it.
fn fetch_at(host: &Host, address: &str, url: &str, more: &[&str]) -> Fallible<Page> {
    let connect = format!("::{address}:");
    let mut argv = vec!["curl", "--silent", "--insecure", "--max-time", "30", "--include", "--connect-to", &connect];
    argv.extend(["--write-out", "\n%{http_version} %{http_code}"]);
    argv.extend(more);
    argv.push(url);
    let output = host.exec(&argv)?;
    if !output.success() {
        return Err(format!("{url}: curl {} {}", output.status, output.stderr).into());
    }
    let (answer, last) = output.stdout.rsplit_once('\n').ok_or("no status")?;
    let (version, status) = last.split_once(' ').ok_or("no status")?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    Ok(Page { status: status.parse()?, version: version.to_owned(), head: head.to_owned(), body: body.to_owned() })
}

fn fetch(host: &Host, url: &str, more: &[&str]) -> Fallible<Page> {
    fetch_at(host, "127.0.0.1", url, more)
}

/// Writes a file as the account.
fn put(host: &Host, account: &str, path: &str, content: &str) -> Fallible {
    let script = format!("mkdir -p \"$(dirname {path})\" && printf '%s' '{content}' > {path}");
    let output = host.exec_as(account, ["/bin/sh", "-c", &script])?;
    assert!(output.success(), "{}", output.stderr);
    Ok(())
}

/// Starts a server of the account's own on a port and a socket, which answers with what it was told. The folder of the socket is
/// there for every account with a site that leads to one.
fn serve(host: &Host, account: &str, port: u16) -> Fallible {
    let folder = format!("/run/nusantara-app/{account}");
    let script = format!(
        "const http = require('http'), fs = require('fs'); let count = 0;\
         const answer = (q, r) => {{ r.setHeader('X-Accel-Redirect', '/secret.txt'); r.end(JSON.stringify({{count: ++count, url: q.url, headers: q.headers}})); }};\
         for (const where of [{port}, '{folder}/app.sock']) {{\
           const server = http.createServer(answer);\
           server.on('upgrade', (q, s) => s.end('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\nhello'));\
           server.listen(where, typeof where === 'number' ? '127.0.0.1' : undefined, () => {{ if (typeof where === 'string') fs.chmodSync(where, 0o777); }});\
         }}"
    );
    host.run(["systemd-run", "--quiet", &format!("--uid={account}"), &format!("--unit=test-server-{account}"), "node", "-e", &script])?;
    host.wait_until("the account's own server", Duration::from_secs(20), || {
        Ok(host.exec(["test", "-S", &format!("{folder}/app.sock")])?.success().then_some(()))
    })?;
    Ok(())
}

#[test]
fn every_form_is_served() -> Fallible {
    let host = Host::with_panel("hostsites-forms")?;
    let hostd = Hostd::of(&host)?;
    // The server that the test starts is a transient unit.
    host.run(["mkdir", "-p", "/run/systemd/transient"])?;
    let before = inventory(&host)?;
    hostd.create("joko", "joko.test", "business")?;
    hostd.done(&add("joko", "static.test", None, json!({"runtime": "static", "www": "to_www", "index": ["start.html", "index.html"]})))?;
    hostd.done(&add("joko", "port.test", None, json!({"runtime": "proxy", "proxy": {"port": 20_001}, "page_cache": {"seconds": 60}})))?;
    hostd.done(&add("joko", "socket.joko.test", None, json!({"runtime": "proxy", "proxy": {"socket": "app.sock"}, "https": true})))?;
    hostd.done(&add(
        "joko",
        "go.joko.test",
        None,
        json!({"runtime": "redirect", "redirect": {"to": "https://static.test/", "status": "permanent", "keep_path": true}}),
    ))?;
    serve(&host, "joko", 20_001)?;
    const SERVER: &str = "require(\"http\").createServer((q, r) => r.end(`instance ${process.env.INSTANCE}`)).listen(process.env.PORT)";
    put(&host, "joko", "/home/joko/apps/shop/server.js", SERVER)?;
    hostd.done(&json!({"app_put": {"username": "joko", "app": {"name": "shop", "folder": "apps/shop", "program": {"node": "server.js"},
        "listen": {"socket": {}}, "instances": 2, "enabled": true}}}))?;
    hostd.done(&add("joko", "app.joko.test", None, json!({"runtime": "node", "app": "shop"})))?;
    hostd.done(&add("joko", "other.joko.test", None, json!({})))?;
    hostd.done(&add("joko", "alias.test", Some("alias"), json!({})))?;
    hostd.done(&update(
        "joko",
        "joko.test",
        None,
        json!({
            "www": "both", "https": true, "force_https": true, "hsts": {"max_age_days": 1},
            "headers": [{"name": "X-Frame-Options", "value": "DENY"}], "error_pages": [{"status": 404, "path": "/errors/404.html"}],
            "max_upload_mb": 1, "page_cache": {"seconds": 60, "bypass_cookies": ["session"]},
            "php_ini": {"memory_limit": 77, "max_input_vars": 321, "date.timezone": "Asia/Jakarta"},
        }),
    ))?;
    hostd.done(&json!({"site_protect": {"username": "joko", "domain": "joko.test", "folders":
        [{"path": "/staff", "realm": "Staff", "visitors": [{"name": "sari", "hash": SECRET}]}]}}))?;
    assert_eq!(hostd.drift("joko")?, json!([]), "nothing is left to converge");

    php_site(&host)?;
    protected_folder(&host)?;
    page_cache(&host)?;
    php_settings_do_not_leak(&host)?;
    other_runtimes(&host)?;
    let answers: std::collections::BTreeSet<String> =
        (0..4).map(|_| Ok(fetch(&host, "http://app.joko.test/", &[])?.body)).collect::<Fallible<_>>()?;
    assert_eq!(answers.into_iter().collect::<Vec<_>>(), ["instance 0", "instance 1"], "an app's instances take turns");
    logs(&host, &hostd)?;

    let refused = host.exec(["curl", "--silent", "--insecure", "--connect-to", "::127.0.0.1:", "https://unknown.test/"])?;
    assert_eq!(refused.status, 35, "a name no site has gets no TLS handshake: {}", refused.stderr);
    for gone in ["other.joko.test", "alias.test", "port.test"] {
        hostd.done(&json!({"site_remove": {"username": "joko", "domain": gone}}))?;
    }
    assert_eq!(hostd.drift("joko")?, json!([]));
    host.run(["systemctl", "stop", "test-server-joko"])?;
    hostd.done(&json!({"account_delete": {"username": "joko"}}))?;
    assert_clean(&host, &before, "after the deletion")?;
    Ok(host.finish()?)
}

fn php_site(host: &Host) -> Fallible {
    let root = "/home/joko/domains/joko.test/public_html";
    put(host, "joko", &format!("{root}/errors/404.html"), "our own words")?;
    put(host, "joko", &format!("{root}/.env"), "SECRET=1")?;
    put(host, "joko", &format!("{root}/up.php"), "<?php echo strlen(file_get_contents(\"php://input\"));")?;
    for address in ["127.0.0.1", "[::1]"] {
        for (flag, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
            for name in ["joko.test", "www.joko.test", "alias.test"] {
                let page = fetch_at(host, address, &format!("https://{name}/"), &[flag])?;
                assert_eq!((page.status, page.version.as_str()), (200, version), "{name} at {address}: {}", page.head);
                assert_eq!(page.header("Strict-Transport-Security"), Some("max-age=86400"));
                assert_eq!(page.header("X-Frame-Options"), Some("DENY"));
            }
        }
        let page = fetch_at(host, address, "http://joko.test/a?b", &[])?;
        assert_eq!((page.status, page.header("Location")), (301, Some("https://joko.test/a?b")));
    }
    let missing = fetch(host, "https://joko.test/no.php", &[])?;
    assert_eq!((missing.status, missing.body.as_str()), (404, "our own words"));
    assert_eq!(missing.header("X-Frame-Options"), Some("DENY"), "every answer has the site's headers");
    assert_eq!(fetch(host, "https://joko.test/.env", &[])?.status, 404);
    let probed = fetch(host, "https://joko.test/.well-known/acme-challenge/nusantara-probe", &[])?;
    assert_eq!((probed.status, probed.header("Nusantara-Revision")), (404, None), "only the host's own probes are told");
    host.run(["dd", "if=/dev/zero", "of=/var/tmp/small", "bs=1000000", "count=1", "status=none"])?;
    host.run(["dd", "if=/dev/zero", "of=/var/tmp/large", "bs=1100000", "count=1", "status=none"])?;
    let upload =
        |file: &str| fetch(host, "https://joko.test/up.php", &["--data-binary", file, "--header", "Content-Type: a/b", "-H", "Expect:"]);
    assert_eq!(upload("@/var/tmp/small")?.body, "1000000");
    assert_eq!(upload("@/var/tmp/large")?.status, 413);
    Ok(())
}

fn protected_folder(host: &Host) -> Fallible {
    let root = "/home/joko/domains/joko.test/public_html";
    put(host, "joko", &format!("{root}/staff/index.php"), "<?php echo \"for \", $_SERVER[\"PHP_AUTH_USER\"];")?;
    put(host, "joko", &format!("{root}/staff/plan.txt"), "the plan")?;
    put(host, "joko", &format!("{root}/staffing.txt"), "for all")?;
    for path in ["staff/", "staff/index.php", "staff/plan.txt", "staff", "x/../staff/plan.txt", "%73taff/plan.txt", "//staff/plan.txt"] {
        let page = fetch(host, &format!("https://joko.test/{path}"), &["--path-as-is"])?;
        assert_eq!(page.status, 401, "{path}: {}", page.body);
        let page = fetch(host, &format!("https://joko.test/{path}"), &["--path-as-is", "--user", "sari:wrong"])?;
        assert_eq!(page.status, 401, "{path}");
    }
    assert_eq!(fetch(host, "https://joko.test/staff/plan.txt", &["--user", "sari:secret"])?.body, "the plan");
    assert_eq!(fetch(host, "https://joko.test/staff/", &["--user", "sari:secret"])?.body, "for sari");
    assert_eq!(fetch(host, "https://joko.test/staffing.txt", &[])?.body, "for all");
    let file = host.run(["find", "/var/lib/nusantara-hostd/access/joko", "-type", "f", "-printf", "%m %U %g\n"])?;
    assert_eq!(file, "640 0 www-data\n");
    Ok(())
}

fn page_cache(host: &Host) -> Fallible {
    let root = "/home/joko/domains/joko.test/public_html";
    put(host, "joko", &format!("{root}/time.php"), "<?php echo hrtime(true);")?;
    put(host, "joko", &format!("{root}/cookie.php"), "<?php setcookie(\"session\", \"1\"); echo hrtime(true);")?;
    let seen = |path: &str, more: &[&str]| -> Fallible<(String, String)> {
        let page = fetch(host, &format!("https://joko.test/{path}"), more)?;
        Ok((page.header("X-Cache").unwrap_or_default().to_owned(), page.body))
    };
    let (first, kept) = seen("time.php", &[])?;
    assert_eq!(first, "MISS");
    assert_eq!(seen("time.php", &[])?, ("HIT".to_owned(), kept.clone()));
    fetch(host, "https://joko.test/time.php?head", &["--head"])?;
    assert!(!seen("time.php?head", &[])?.1.is_empty(), "an answer to HEAD is none to GET");
    for own in [["--cookie", "session=1"], ["--user", "a:b"], ["--data", "x"]] {
        let (how, body) = seen("time.php", &own)?;
        assert!(how != "HIT" && body != kept, "{own:?}: {how}");
    }
    assert_ne!(seen("time.php?other", &[])?.1, kept);
    assert_ne!(seen("cookie.php", &[])?.1, seen("cookie.php", &[])?.1, "an answer with a cookie is nobody else's");
    Ok(())
}

/// Workers answer for both sites; what one has set, the other must not see, in whatever order they are asked.
fn php_settings_do_not_leak(host: &Host) -> Fallible {
    let page = "<?php echo getmypid(), \" \", ini_get(\"memory_limit\"), \" \", ini_get(\"max_input_vars\"), \" \", ini_get(\"date.timezone\"), \" \", ini_get(\"upload_max_filesize\");";
    let mut workers = BTreeMap::<String, BTreeSet<&str>>::new();
    for site in ["joko.test", "other.joko.test"] {
        put(host, "joko", &format!("/home/joko/domains/{site}/public_html/ini.php"), page)?;
    }
    let one = ("https://joko.test", "77M 321 Asia/Jakarta 1M");
    let other = ("http://other.joko.test", "256M 1000 UTC 64M");
    for round in 0..10 {
        // Five in turn: workers that take turns too must not come to have a site each.
        for (turn, (url, wanted)) in [one, other, one, other, other].into_iter().enumerate() {
            // Each asked for once only: what the page cache has kept is no worker's answer.
            let said = fetch(host, &format!("{url}/ini.php?{round}-{turn}"), &[])?.body;
            let (worker, settings) = said.split_once(' ').ok_or("no settings")?;
            assert_eq!(settings, wanted, "{url}, round {round}");
            workers.entry(worker.to_owned()).or_default().insert(url);
        }
    }
    assert!(workers.values().any(|sites| sites.len() == 2), "a worker answered for both: {workers:?}");
    Ok(())
}

fn other_runtimes(host: &Host) -> Fallible {
    put(host, "joko", "/home/joko/domains/static.test/public_html/start.html", "start here")?;
    put(host, "joko", "/home/joko/domains/static.test/public_html/config.php", "<?php secret")?;
    put(host, "joko", "/home/joko/domains/port.test/public_html/secret.txt", "a file of the docroot")?;
    assert_eq!(fetch(host, "http://www.static.test/", &[])?.body, "start here");
    assert_eq!(fetch(host, "http://www.static.test/config.php", &[])?.status, 404, "source is not shown where nothing runs it");
    let to_www = fetch(host, "http://static.test/x", &[])?;
    assert_eq!((to_www.status, to_www.header("Location")), (301, Some("http://www.static.test/x")));
    let gone = fetch(host, "http://go.joko.test/a?b=c", &[])?;
    assert_eq!((gone.status, gone.header("Location")), (308, Some("https://static.test/a?b=c")));

    let told = |page: &Page| -> Fallible<Value> { serde_json::from_str(&page.body).map_err(|_| format!("{page:?}").into()) };
    let spoofed = ["--header", "X-Forwarded-For: 6.6.6.6", "--header", "X-Real-IP: 6.6.6.6", "--header", "Proxy: evil"];
    for (url, scheme) in [("http://port.test/p?q", "http"), ("https://socket.joko.test/p?q", "https")] {
        let seen = told(&fetch(host, url, &spoofed)?)?;
        assert_eq!(seen["url"], "/p?q");
        assert_eq!(seen["headers"]["x-forwarded-for"], "127.0.0.1", "{seen}");
        assert_eq!(seen["headers"]["x-real-ip"], "127.0.0.1");
        assert_eq!(seen["headers"]["x-forwarded-proto"], scheme);
        assert_eq!(seen["headers"]["proxy"], Value::Null);
        let upgraded = fetch(host, url, &["--http1.1", "--header", "Upgrade: websocket", "--header", "Connection: Upgrade"])?;
        assert_eq!((upgraded.status, upgraded.body.as_str()), (101, "hello"), "{}", upgraded.head);
    }
    let again = fetch(host, "http://port.test/p?q", &[])?;
    assert_eq!(again.header("X-Cache"), Some("HIT"));
    Ok(())
}

fn logs(host: &Host, hostd: &Hostd<'_>) -> Fallible {
    put(host, "joko", "/home/joko/domains/joko.test/public_html/noise.php", "<?php error_log(\"a word of PHP\\033[31m\"); echo 1;")?;
    let read = |log: Value, after: Option<&str>| -> Fallible<(Vec<String>, String)> {
        let page = hostd.done(&json!({"log_read": {"username": "joko", "log": log, "lines": 100, "after": after}}))?["log"].clone();
        Ok((serde_json::from_value(page["lines"].clone())?, hostd::text(&page["after"])))
    };
    let access = json!({"access": "joko.test"});
    let (lines, after) = read(access.clone(), None)?;
    assert!(lines.len() > 20 && lines.iter().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{lines:?}");
    assert_eq!(read(access.clone(), Some(&after))?.0, Vec::<String>::new());
    assert_eq!(fetch(host, "https://joko.test/noise.php", &[])?.body, "1");
    let (fresh, _) = read(access, Some(&after))?;
    assert!(fresh.len() == 1 && fresh[0].contains("/noise.php"), "{fresh:?}");
    let (errors, _) = read(json!({"error": "joko.test"}), None)?;
    assert!(errors.iter().any(|line| line.contains("password mismatch")), "{errors:?}");
    let (php, place) = host.wait_until("PHP's words", Duration::from_secs(10), || {
        Ok(read(json!({"php": {}}), None).ok().filter(|(lines, _)| lines.iter().any(|line| line.contains("a word of PHP"))))
    })?;
    assert!(php.iter().all(|line| !line.contains('\u{1b}')), "{php:?}");
    assert_eq!(read(json!({"php": {}}), Some(&place))?.0, Vec::<String>::new());
    assert_eq!(
        hostd.refused(&json!({"log_read": {"username": "joko", "log": {"access": "x.test"}, "lines": 1, "after": null}}))?.0,
        "not_found"
    );
    Ok(())
}

#[test]
fn what_belongs_to_one_account_is_out_of_reach_of_another() -> Fallible {
    let host = Host::with_panel("hostsites-claims")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "business")?;
    hostd.create("budi", "budi.test", "business")?;
    hostd.done(&update("joko", "joko.test", None, json!({"www": "both"})))?;
    hostd.done(&add("joko", "port.test", None, json!({"runtime": "proxy", "proxy": {"port": 20_001}})))?;
    let before = hostd.spec("budi")?;
    let conflict = |field: &str| ("conflict".to_owned(), field.to_owned());
    for taken in ["joko.test", "www.joko.test", "x.joko.test", "port.test", "a.b.port.test"] {
        for kind in [None, Some("alias"), Some("addon")] {
            assert_eq!(hostd.refused(&add("budi", taken, kind, json!({})))?, conflict("domain"), "{taken} as {kind:?}");
        }
    }
    assert_eq!(
        hostd.refused(&update("budi", "budi.test", None, json!({"runtime": "proxy", "proxy": {"port": 20_001}})))?,
        conflict("proxy.port")
    );
    hostd.done(&add("joko", "www.free.test", None, json!({})))?;
    let mut above = add("budi", "free.test", None, json!({"www": "both"}));
    above["site_add"]["below_foreign"] = json!(true);
    assert_eq!(hostd.refused(&above)?, conflict("www"), "consent is about neighbours, never about the name itself");
    for bad in [
        update("budi", "joko.test", None, json!({})),
        json!({"site_remove": {"username": "budi", "domain": "port.test"}}),
        json!({"site_protect": {"username": "budi", "domain": "joko.test", "folders": []}}),
    ] {
        assert_eq!(hostd.refused(&bad)?.0, "not_found", "{bad}");
    }
    for socket in ["../joko/app.sock", "/run/nusantara-app/joko/app.sock", "a/b", ".."] {
        let settings = json!({"runtime": "proxy", "proxy": {"socket": socket}});
        assert_eq!(hostd.refused(&update("budi", "budi.test", None, settings))?.0, "malformed", "{socket}");
    }
    assert_eq!(hostd.spec("budi")?, before, "nothing of it was kept");
    let mut below = add("budi", "x.joko.test", Some("addon"), json!({}));
    below["site_add"]["below_foreign"] = json!(true);
    hostd.done(&below)?;
    hostd.done(&add("budi", "y.x.joko.test", None, json!({})))?;
    hostd.done(&json!({"site_remove": {"username": "joko", "domain": "port.test"}}))?;
    // What joko gave up may still lead here: it rests, unless an administrator agrees. joko itself may take it back.
    let mut port = add("budi", "port.test", None, json!({"runtime": "proxy", "proxy": {"port": 20_001}}));
    let rests = hostd.error(&port)?;
    assert_eq!((&rests["code"], &rests["field"]), (&json!("conflict"), &json!("domain")));
    assert!(hostd::text(&rests["message"]).contains("belonged to another account"), "{rests}");
    host.run(["systemctl", "restart", "nusantara-hostd.service"])?;
    assert_eq!(hostd.error(&port)?["message"], rests["message"], "also after a restart");
    hostd.done(&add("joko", "port.test", None, json!({})))?;
    hostd.done(&json!({"account_delete": {"username": "joko"}}))?;
    assert_eq!(hostd.refused(&port)?, conflict("domain"), "nor when the account is gone");
    port["site_add"]["below_foreign"] = json!(true);
    hostd.done(&port)?;
    Ok(host.finish()?)
}

#[test]
fn of_many_that_want_the_last_place_one_gets_it() -> Fallible {
    let host = Host::with_panel("hostsites-limit")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    hostd.done(&add("joko", "one.test", None, json!({})))?;
    let mut script = String::from("cd /var/tmp\n");
    for i in 0..200 {
        let frame = hostd.request(&add("joko", &format!("more{i}.test"), None, json!({}))).1;
        script.push_str(&format!("printf '%s' '{frame}' | {} send > answer.{i} &\n", hostd::PEER));
    }
    script.push_str("wait\ncat answer.*\n");
    let said = host.run(["/bin/sh", "-c", &script])?;
    let count = |what: &str| said.matches(what).count();
    assert_eq!(count("\"applied\""), 1, "exactly one gets through");
    let other: Vec<&str> = said
        .lines()
        .filter(|l| !["\"Event\"", "\"event\"", "\"limit_reached\"", "\"busy\"", "\"closed\""].iter().any(|w| l.contains(w)))
        .collect();
    assert_eq!(count("\"limit_reached\"") + count("\"busy\""), 199, "{other:#?}");
    let spec = hostd.spec("joko")?;
    assert_eq!(spec["domains"]["addon_domains"].as_array().map(Vec::len), Some(2));
    assert_eq!(hostd.drift("joko")?, json!([]));
    Ok(host.finish()?)
}

#[test]
fn hostd_killed_at_every_step_of_an_update() -> Fallible {
    let host = Host::with_panel("hostsites-crash")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "business")?;
    let listed: Value = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
    let steps: Vec<String> = serde_json::from_value(listed["site_update"].clone())?;
    assert!(steps.len() > 5, "{steps:?}");
    // Each update moves the site to a new folder and goes from PHP to files, or to PHP from files or from a port, so that between them
    // every step is taken.
    let mut serial = 0;
    let mut next = |runtime: &str| {
        serial += 1;
        let mut settings = json!({"runtime": runtime, "max_upload_mb": serial});
        if runtime == "proxy" {
            settings["proxy"] = json!({"port": 20_001});
        }
        update("joko", "joko.test", Some(&format!("sites/{serial}")), settings)
    };
    for (index, step) in steps.iter().enumerate() {
        for when in moments(index) {
            let (from, to) = match step.as_str() {
                "php.enable" => ("static", "php"),
                "ports.guard" => ("proxy", "php"),
                _ => ("php", "static"),
            };
            hostd.done(&next(from))?;
            host.write_file("/run/nusantara-panel/failpoints", format!("kill hostd site_update {step} {when}\n"))?;
            let wanted = next(to);
            let (id, frame) = hostd.request(&wanted);
            host.expect_error("killed here on request of a test");
            hostd.send(&frame)?;
            let ended = hostd.outcome(&id)?;
            assert!(ended.is_ok(), "{step} {when}: {ended:#?}");
            assert_eq!(host.read_file("/run/nusantara-panel/failpoints")?, "", "{step} {when}: it was not killed");
            let spec = hostd.spec("joko")?;
            assert_eq!(spec["domains"]["primary"]["docroot"], wanted["site_update"]["docroot"], "{step} {when}");
            assert_eq!(hostd.drift("joko")?, json!([]), "{step} {when}");
            assert_eq!(fetch(&host, "http://joko.test/", &[])?.status, 200, "{step} {when}");
        }
    }
    let before = hostd.spec("joko")?;
    host.write_file("/run/nusantara-panel/failpoints", "vhost-garbage joko.test\n")?;
    host.expect_error("operation failed");
    assert_eq!(hostd.refused(&next("php"))?.0, "config_refused");
    host.run(["rm", "/run/nusantara-panel/failpoints"])?;
    assert_eq!(hostd.spec("joko")?["domains"], before["domains"], "taken back");
    assert_eq!(hostd.drift("joko")?, json!([]));
    assert_eq!(fetch(&host, "http://joko.test/", &[])?.status, 200);
    Ok(host.finish()?)
}

#[test]
fn logs_are_rotated_under_traffic_without_losing_a_line() -> Fallible {
    const REQUESTS: usize = 300;
    let host = Host::with_panel("hostsites-rotate")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    hostd.done(&update("joko", "joko.test", None, json!({"runtime": "static"})))?;
    let read = |after: Option<&str>| -> Fallible<(Vec<String>, String)> {
        let asked = json!({"log_read": {"username": "joko", "log": {"access": "joko.test"}, "lines": 1_000, "after": after}});
        let page = hostd.done(&asked)?["log"].clone();
        Ok((serde_json::from_value(page["lines"].clone())?, hostd::text(&page["after"])))
    };
    let (_, mut place) = read(None)?;
    let traffic = format!(
        "for i in $(seq {REQUESTS}); do curl --silent --output /dev/null --connect-to ::127.0.0.1: http://joko.test/count-$i; \
         [ $i != 150 ] || logrotate --force /etc/logrotate.d/nusantara-panel; done"
    );
    host.run(["/bin/sh", "-c", &traffic])?;
    let folder = "/var/log/nusantara-panel/sites/joko";
    assert!(host.exists(&format!("{folder}/joko.test.access.log.1"))?);
    let mut seen = Vec::new();
    loop {
        let (lines, after) = read(Some(&place))?;
        if lines.is_empty() {
            break;
        }
        seen.extend(lines);
        place = after;
    }
    let counted: Vec<String> = seen.iter().filter_map(|line| Some(line.split_once("/count-")?.1.split('"').next()?.to_owned())).collect();
    let wanted: Vec<String> = (1..=REQUESTS).map(|i| i.to_string()).collect();
    assert_eq!(counted, wanted, "every request once, in order, across the rotation");
    let listing = host.run(["find", folder, "-maxdepth", "0", "-printf", "%u %g %m\n"])?;
    assert_eq!(listing, "root www-data 750\n");
    Ok(host.finish()?)
}
