//! Names close to another account's: had by whoever can write a record at them, in a real DNS server's zone.

mod panel;

use nusantara_testhost::Host;
use panel::{Fallible, api, create, fetch, job_end};
use serde_json::json;

/// A DNS server with one record, at a port of its own.
fn serve(host: &Host, name: &str, value: &str) -> Fallible {
    let record = format!("--txt-record={name},{value}");
    let unit = ["systemd-run", "--collect", "--unit=names-dns", "--service-type=forking", "--property=PIDFile=/run/names-dns.pid"];
    let server = [
        "/usr/sbin/dnsmasq",
        "--conf-file=/dev/null",
        "--no-resolv",
        "--no-hosts",
        "--port=5353",
        "--pid-file=/run/names-dns.pid",
        &record,
    ];
    host.run(unit.into_iter().chain(server))?;
    Ok(())
}

#[test]
fn a_name_close_to_anothers_is_had_with_a_record_in_dns() -> Fallible {
    let host = Host::with_panel("names-proof")?;
    create(&host, "joko", "joko.test")?;
    create(&host, "budi", "budi.test")?;
    let ask = |proof: bool| {
        let body = json!({"account": "budi", "domain": "toko.joko.test", "dns_proof": proof}).to_string();
        api(&host, "POST", "/api/v1/sites", Some(&body))
    };
    let proof = api(&host, "GET", "/api/v1/accounts/budi/domain-proof?domain=toko.joko.test", None)?.body;
    assert_eq!(proof["standing"], "below");
    let refused = ask(false)?;
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("domain_unproved")));

    let (name, value) = (proof["record_name"].as_str().ok_or("no name")?, proof["record_value"].as_str().ok_or("no value")?);
    host.run(["/bin/sh", "-c", "echo 'dns_servers = [\"127.0.0.1:5353\"]' >> /etc/nusantara-panel/panel.toml"])?;
    host.run(["systemctl", "restart", "nusantarad.service"])?;
    host.wait_until("the panel", panel::PATIENCE, || Ok(ask(true).ok().filter(|answer| answer.status == 409)))?;
    serve(&host, name, "nusantara-proof=0")?;
    assert!(ask(true)?.body["errors"][0]["message"].as_str().is_some_and(|m| m.contains("says something else")));
    host.run(["systemctl", "stop", "names-dns.service"])?;
    serve(&host, name, value)?;
    // The command line says what to publish, and does it when it is there.
    let site = ["nusantara", "site", "create", "budi", "toko.joko.test"];
    let said = host.exec(site)?;
    assert!(!said.success() && said.stderr.contains(name) && said.stderr.contains(value), "{said:?}");
    host.run(site.into_iter().chain(["--dns-proof", "--wait"]))?;
    assert_eq!(fetch(&host, "toko.joko.test")?.status, 200);

    // What joko gives up rests, and a record ends that too.
    let list = api(&host, "GET", "/api/v1/sites?domain=toko.joko.test", None)?.body;
    let id = list["items"][0]["id"].as_str().ok_or("no site")?;
    let gone = api(&host, "DELETE", &format!("/api/v1/sites/{id}"), None)?;
    job_end(&host, gone.body["job"]["id"].as_str().ok_or("no job")?)?;
    panel::delete(&host, "joko")?;
    let rests = api(&host, "GET", "/api/v1/accounts/budi/domain-proof?domain=joko.test", None)?.body;
    assert_eq!(rests["standing"], "resting");
    Ok(host.finish()?)
}
