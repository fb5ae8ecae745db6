//! Golden files of every rendered text: reviewers read diffs of real vhosts.

mod common;

use common::{account, addon, app, certificate, cron_job, domain, ftp_login, settings, ssh, subdomain};
use expect_test::{ExpectFile, expect_file};
use nusantara_plan::render::nginx::{self, Dialect};
use nusantara_plan::render::{access, app as apps, cron, firewall, ftp, last_copy, php, ssh as logins, starter};
use nusantara_plan::serving::Serving;
use nusantara_plan::site::sites;
use nusantara_types::{AccountSpec, PhpVersion, Runtime, SiteSettings};
use std::collections::{BTreeMap, BTreeSet};

#[track_caller]
fn check_render(text: &str, expected: ExpectFile) {
    assert!(!text.contains("{{") && !text.contains("{%"), "a template was left half rendered");
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "one line end at the end");
    expected.assert_eq(text);
}

fn vhost(spec: &AccountSpec) -> String {
    assert_eq!(spec.validate(), Ok(()), "the spec holds together");
    nginx::vhost(spec, Serving::Normal, Dialect::default()).text
}

#[test]
fn nginx_panel() {
    let all = nginx::PANEL_VARIANTS;
    check_render(&nginx::panel(all[0], Dialect::default()), expect_file!["golden/nginx/panel.conf"]);
    check_render(&nginx::panel(all[7], Dialect::default()), expect_file!["golden/nginx/panel-least.conf"]);
}

#[test]
fn nginx_primary_site() {
    check_render(&vhost(&account()), expect_file!["golden/nginx/primary.conf"]);
}

#[test]
fn nginx_aliases_answer_with_the_primary_site() {
    let mut spec = account();
    spec.domains.alias_domains = vec![domain("www.joko.test"), domain("joko.example.net")];
    check_render(&vhost(&spec), expect_file!["golden/nginx/alias.conf"]);
}

#[test]
fn nginx_addon_and_subdomain_have_their_own_docroot_and_php() {
    let mut spec = account();
    spec.domains.addon_domains.push(addon("shop.test", Some("8.4")));
    spec.domains.subdomains.push(subdomain("blog.joko.test", "joko.test"));
    check_render(&vhost(&spec), expect_file!["golden/nginx/addon-subdomain.conf"]);
}

#[test]
fn nginx_a_site_answers_with_its_own_certificate_whatever_it_answers() {
    let mut spec = account();
    spec.domains.primary.settings = settings(serde_json::json!({ "https": true, "force_https": true, "www": "to_apex" }));
    spec.domains.addon_domains.push(addon("shop.test", None));
    spec.domains.addon_domains[0].settings.https = true;
    let without = vhost(&spec);
    spec.meta.certificates.insert(domain("joko.test"), certificate('a', &["joko.test", "www.joko.test"]));
    let text = vhost(&spec);
    check_render(&text, expect_file!["golden/nginx/certificate.conf"]);
    let named = |text: &str| text.matches("ssl_certificate /var/lib/nusantara-hostd/tls/accounts/12000/aaaa").count();
    assert_eq!((named(&text), named(&without)), (2, 0));
    assert_eq!(named(&nginx::vhost(&spec, Serving::Suspended, Dialect::default()).text), 1, "the notice too");
    spec.domains.primary.settings = SiteSettings::default();
    assert_eq!(named(&vhost(&spec)), 0, "without HTTPS it is kept and not named");
}

#[test]
fn nginx_static_site_has_no_php() {
    let mut spec = account();
    spec.domains.primary.settings.runtime = Some(Runtime::Static);
    let text = vhost(&spec);
    assert!(!text.contains("fastcgi") && !text.contains(".php"));
    check_render(&text, expect_file!["golden/nginx/static.conf"]);
}

/// Every option at once on a PHP site.
fn everything() -> SiteSettings {
    settings(serde_json::json!({
        "www": "both", "https": true, "force_https": true, "hsts": { "max_age_days": 365, "include_subdomains": true },
        "index": ["start.php", "index.html"],
        "headers": [{ "name": "X-Frame-Options", "value": "DENY" }, { "name": "Content-Security-Policy", "value": "default-src 'self'; img-src *" }],
        "error_pages": [{ "status": 404, "path": "/errors/404.html" }, { "status": 502, "path": "/errors/down.html" }],
        "protected": [
            { "path": "/admin/", "realm": "Staff only", "visitors": [{ "name": "sari", "hash": HASH }] },
            { "path": "/admin/deep.er", "realm": "Two", "visitors": [] },
        ],
        "max_upload_mb": 128, "page_cache": { "seconds": 60, "bypass_cookies": ["PHPSESSID", "cart"] },
        "php_ini": { "memory_limit": 192, "display_errors": true, "date.timezone": "Asia/Jakarta" },
    }))
}

const HASH: &str = "$6$saltsalt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn with(settings: SiteSettings) -> AccountSpec {
    let mut spec = account();
    spec.domains.primary.settings = settings;
    spec
}

#[test]
fn nginx_every_option() {
    check_render(&vhost(&with(everything())), expect_file!["golden/nginx/every-option.conf"]);
}

#[test]
fn nginx_later_versions_have_a_directive_for_http2() {
    let newer = Dialect::of(Some("1.26.3"));
    let spec = with(settings(serde_json::json!({ "https": true, "www": "to_www" })));
    check_render(&nginx::vhost(&spec, Serving::Normal, newer).text, expect_file!["golden/nginx/to-www-1.26.conf"]);
    check_render(&nginx::panel(nginx::PANEL_VARIANTS[0], newer), expect_file!["golden/nginx/panel-1.26.conf"]);
    assert!(nginx::panel(nginx::PANEL_VARIANTS[0], Dialect::of(Some("1.18.0"))).contains("ssl_certificate "), "1.18 rejects no handshake");
}

#[test]
fn nginx_www_redirects() {
    let to_apex = serde_json::json!({ "www": "to_apex", "https": true, "force_https": true, "hsts": { "max_age_days": 1 } });
    check_render(&vhost(&with(settings(to_apex))), expect_file!["golden/nginx/to-apex-https.conf"]);
}

#[test]
fn nginx_proxy_to_port_and_socket() {
    let mut spec = with(settings(serde_json::json!({ "runtime": "proxy", "proxy": { "port": 20001 },
        "error_pages": [{ "status": 502, "path": "/down.html" }], "page_cache": { "seconds": 5 } })));
    spec.domains.addon_domains.push(addon("shop.test", None));
    spec.domains.addon_domains[0].settings = settings(serde_json::json!({ "runtime": "proxy", "proxy": { "socket": "shop.sock" } }));
    check_render(&vhost(&spec), expect_file!["golden/nginx/proxy.conf"]);
}

#[test]
fn nginx_apps_are_upstreams() {
    let app = |name: &str, listen: serde_json::Value| {
        serde_json::from_value(serde_json::json!({ "name": name, "folder": "apps", "program": { "node": "a.js" }, "listen": listen,
            "instances": 2, "enabled": true }))
        .unwrap()
    };
    let mut spec = with(settings(serde_json::json!({ "runtime": "node", "app": "shop" })));
    spec.limits.max_apps = Some(3);
    spec.services.nodejs.apps = vec![
        app("shop", serde_json::json!({ "socket": {} })),
        app("api", serde_json::json!({ "port": 20010 })),
        app("unused", serde_json::json!({ "port": 20020 })),
    ];
    spec.domains.subdomains.push(subdomain("api.joko.test", "joko.test"));
    spec.domains.subdomains[0].settings = settings(serde_json::json!({ "runtime": "node", "app": "api" }));
    check_render(&vhost(&spec), expect_file!["golden/nginx/apps.conf"]);
}

#[test]
fn nginx_redirect() {
    let to = |keep_path: bool| serde_json::json!({ "runtime": "redirect", "redirect": { "to": "https://other.test/", "status": "permanent", "keep_path": keep_path } });
    let mut spec = with(settings(to(true)));
    spec.domains.addon_domains.push(addon("shop.test", None));
    spec.domains.addon_domains[0].settings = settings(to(false));
    check_render(&vhost(&spec), expect_file!["golden/nginx/redirect.conf"]);
}

#[test]
fn visitors_are_in_files_named_by_their_content() {
    let files = access::files(&with(everything()));
    assert_eq!(files.len(), 2);
    assert!(files.values().any(String::is_empty), "a folder without visitors lets nobody in");
    let text = vhost(&with(everything()));
    for name in files.keys() {
        assert!(text.contains(&format!("/var/lib/nusantara-hostd/access/joko/{name};")), "{name}");
    }
    assert!(!text.contains(HASH) && files.values().any(|text| text == &format!("sari:{HASH}\n")));
}

#[test]
fn php_settings() {
    let version: PhpVersion = "8.2".parse().unwrap();
    let mut spec = with(everything());
    spec.services.php.ini = serde_json::from_value(
        serde_json::json!({ "memory_limit": 128, "allow_url_fopen": false, "display_errors": false, "date.timezone": "UTC" }),
    )
    .unwrap();
    check_render(&php::pool(&spec, &version), expect_file!["golden/php/pool-settings.conf"]);
    check_render(&php::site_ini(&spec, &version).unwrap(), expect_file!["golden/php/sites.ini"]);
    assert_eq!(php::site_ini(&spec, &"8.4".parse().unwrap()), None);
}

#[test]
fn php_texts() {
    let version: PhpVersion = "8.2".parse().unwrap();
    check_render(&php::pool(&account(), &version), expect_file!["golden/php/pool.conf"]);
    check_render(&php::slice_dropin(12_000), expect_file!["golden/php/50-slice.conf"]);
    check_render(&php::socket_template(&version), expect_file!["golden/php/template.socket"]);
    check_render(&php::service_template(&version), expect_file!["golden/php/template.service"]);
}

#[test]
fn ftp_texts() {
    check_render(&ftp::service(), expect_file!["golden/ftp/nusantara-ftp.service"]);
    let mut spec = account();
    assert_eq!(ftp::logins(&spec), None);
    spec.services.ftp.accounts =
        vec![ftp_login("web", "domains/joko.test/public_html", true), ftp_login("off", "web", false), ftp_login("scans", "scans/in", true)];
    assert_eq!(ftp::logins(&spec), None, "FTP as a whole is off");
    spec.services.ftp.enabled = true;
    check_render(&ftp::logins(&spec).unwrap(), expect_file!["golden/ftp/logins"]);
    spec.account.status = nusantara_types::AccountStatus::Suspended;
    assert_eq!(ftp::logins(&spec), None);
}

#[test]
fn app_texts() {
    check_render(&apps::service_template(), expect_file!["golden/app/template.service"]);
    let texts = apps::texts(&account(), &app("shop", 2, true));
    check_render(&texts.description, expect_file!["golden/app/shop.json"]);
    check_render(&texts.dropin, expect_file!["golden/app/50-account.conf"]);
    check_render(&apps::tmpfiles(&account().account.username), expect_file!["golden/app/tmpfiles.conf"]);
    assert_eq!(apps::texts(&account(), &app("shop", 2, false)), texts, "switching an app off and on changes no text");
    let mut on_ports = app("shop", 2, true);
    on_ports.listen = serde_json::from_value(serde_json::json!({"port": 20_010})).unwrap();
    let dropin = apps::texts(&account(), &on_ports).dropin;
    assert!(dropin.ends_with("SocketBindAllow=20010\nSocketBindAllow=20011\n"), "{dropin}");
}

#[test]
fn cron_texts() {
    check_render(&cron::service_template(), expect_file!["golden/cron/template.service"]);
    check_render(&cron::timer_template(), expect_file!["golden/cron/template.timer"]);
    let texts = cron::texts(&account(), &cron_job("backup", "30 2 1,15 * SUN", true));
    check_render(&texts.description, expect_file!["golden/cron/backup.json"]);
    check_render(&texts.service, expect_file!["golden/cron/service.conf"]);
    check_render(texts.timer.as_deref().unwrap_or_default(), expect_file!["golden/cron/timer.conf"]);
    assert_eq!(cron::texts(&account(), &cron_job("backup", "30 2 1,15 * SUN", false)), texts, "switching it off changes no text");
    assert_eq!(cron::texts(&account(), &cron_job("warm", "@reboot", true)).timer, None);
    let (mut one, mut other) = (cron_job("backup", "@daily", true), cron_job("backup", "@daily", true));
    one.command = "%n $(id)".parse().unwrap();
    other.command = "true".parse().unwrap();
    let (one, other) = (cron::texts(&account(), &one), cron::texts(&account(), &other));
    assert_eq!((one.service, one.timer), (other.service, other.timer), "no text of a tenant is in a unit");
}

/// Nothing that an account chose freely reaches a text of systemd's (SECURITY R36).
#[test]
fn no_text_of_a_tenant_is_in_a_unit() {
    let one = app("shop", 1, true);
    let mut other = one.clone();
    other.folder = "elsewhere".parse().unwrap();
    other.args.clear();
    other.env.clear();
    assert_eq!(apps::texts(&account(), &one).dropin, apps::texts(&account(), &other).dropin);
}

#[test]
fn php_of_a_small_account_is_small() {
    let mut spec = account();
    spec.limits.memory_limit_mb = 64;
    let text = php::pool(&spec, &"8.2".parse().unwrap());
    assert!(text.contains("pm.max_children = 2\n") && text.contains("memory_limit] = 32M\n"), "{text}");
}

#[test]
fn starter_pages() {
    let mut spec = account();
    check_render(&starter::page(&sites(&spec)[0]).unwrap().1, expect_file!["golden/starter/index.php"]);
    spec.services.php.enabled = false;
    check_render(&starter::page(&sites(&spec)[0]).unwrap().1, expect_file!["golden/starter/index.html"]);
}

#[test]
fn the_token_changes_exactly_when_the_file_does() {
    let spec = account();
    let mut noted = spec.clone();
    noted.meta.notes = "paid until May".to_owned();
    noted.limits.disk_quota_mb += 1;
    assert_eq!(
        nginx::vhost(&spec, Serving::Normal, Dialect::default()),
        nginx::vhost(&noted, Serving::Normal, Dialect::default()),
        "what nginx need not know does not reach it"
    );
    noted.domains.alias_domains.push(domain("www.joko.test"));
    assert_ne!(
        nginx::vhost(&spec, Serving::Normal, Dialect::default()).token,
        nginx::vhost(&noted, Serving::Normal, Dialect::default()).token
    );
    let vhost = nginx::vhost(&spec, Serving::Normal, Dialect::default());
    assert!(vhost.text.contains(&format!("set $nusantara_revision {};", vhost.token)));
}

/// Every golden file on disk is named by a test of this folder.
#[test]
fn sshd_knows_groups_and_no_account() {
    check_render(&logins::dropin(), expect_file!["golden/ssh/dropin.conf"]);
}

#[test]
fn a_right_that_is_taken_away_ends_logins_and_one_that_is_given_does_not() {
    let texts = |change: &dyn Fn(&mut nusantara_types::Ssh)| {
        let mut spec = account();
        spec.ssh = ssh("shell");
        change(&mut spec.ssh);
        logins::texts(&spec).unwrap()
    };
    let before = texts(&|_| {});
    assert!(!before.withdraws(&before));
    assert!(texts(&|s| s.authorized_keys.clear()).withdraws(&before));
    assert!(texts(&|s| s.allow_port_forwarding = false).withdraws(&before));
    assert!(texts(&|s| s.mode = nusantara_types::SshMode::SftpChroot).withdraws(&before));
    assert!(!texts(&|s| s.allow_x11_forwarding = true).withdraws(&before));
    assert!(!before.withdraws(&texts(&|s| s.authorized_keys.clear())));
    let said = before.effective();
    for line in [("allowtcpforwarding", "yes"), ("forcecommand", "none"), ("passwordauthentication", "no"), ("usepam", "yes")] {
        assert!(said.contains(&(line.0.to_owned(), line.1)), "{said:?}");
    }
    let files = texts(&|s| s.mode = nusantara_types::SshMode::SftpChroot).effective();
    assert!(files.contains(&("forcecommand".to_owned(), "internal-sftp -d /home/%u")));
}

#[test]
fn no_golden_file_is_left_over() {
    fn files(folder: &std::path::Path, out: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, out);
            } else {
                out.insert(path.to_str().unwrap().split_once("tests/").unwrap().1.to_owned());
            }
        }
    }
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let source: String = ["render.rs", "account.rs", "rename.rs", "drift.rs", "history.rs"]
        .iter()
        .map(|f| std::fs::read_to_string(tests.join(f)).unwrap_or_default())
        .collect();
    let mut found = BTreeSet::new();
    files(&tests.join("golden"), &mut found);
    for file in found {
        assert!(source.contains(&format!("expect_file![\"{file}\"]")), "{file} is not used by any test");
    }
}

/// Nothing that a template prints can end a value, a line or a block of the text around it (SECURITY R10).
#[test]
fn no_name_can_break_out_of_a_text() {
    fn check<T: TryFrom<String> + AsRef<str>>(stem: &str) {
        for c in (0..=0x2fff_u32).filter_map(char::from_u32) {
            for text in [format!("{c}{stem}"), format!("{stem}{c}"), stem.replacen('a', &format!("a{c}"), 1)] {
                let Ok(value) = T::try_from(text) else { continue };
                let hostile = |c: char| c.is_whitespace() || c.is_control() || ";{}$\"'\\#`%()<>|&*?~^=@,".contains(c);
                assert!(!value.as_ref().contains(hostile), "{:?}", value.as_ref());
            }
        }
    }
    check::<nusantara_types::Username>("sari");
    check::<nusantara_types::DomainName>("sari.example.com");
    check::<nusantara_types::DocRoot>("domains/a");
    check::<PhpVersion>("8.2");
    check::<nusantara_types::AppName>("sari");
    check::<nusantara_types::FtpName>("sari");
    check::<nusantara_types::sites::IndexFile>("a.html");
    check::<nusantara_types::sites::SocketName>("a.sock");
    check::<nusantara_types::sites::CookieName>("cart");
    check::<nusantara_types::sites::HeaderName>("X-a");
    check::<nusantara_types::sites::TimeZone>("Asia/Jakarta");
}

#[test]
fn firewall_table() {
    check_render(&firewall::table(&BTreeMap::new()), expect_file!["golden/firewall/none.nft"]);
    let claims = BTreeMap::from([(20_000, 12_000), (20_001, 12_000), (29_999, 12_007)]);
    check_render(&firewall::table(&claims), expect_file!["golden/firewall/claims.nft"]);
}

#[test]
fn paused_sites_say_so_and_nothing_else() {
    let vhost = nginx::vhost(&with(everything()), Serving::OverTraffic, Dialect::default());
    check_render(&vhost.text, expect_file!["golden/nginx/paused.conf"]);
    assert_eq!(Serving::of_vhost(&vhost.text), Serving::OverTraffic);
    assert_eq!(Serving::of_vhost(&nginx::vhost(&with(everything()), Serving::Normal, Dialect::default()).text), Serving::Normal);
}

#[test]
fn the_last_copy_is_made_in_a_sandbox_that_shows_one_home() {
    let spec = account();
    check_render(&last_copy::service_template(), expect_file!["golden/last_copy/template.service"]);
    let dropin = last_copy::dropin(&spec.account.username, spec.account.uid, 17_000_000);
    check_render(&dropin, expect_file!["golden/last_copy/dropin.conf"]);
}
