//! Clients that make changes at random, remember what was acknowledged, and can tell afterwards whether a host is as they left it.
//! Everything random comes from one number, so that what has failed can be done again.
#![allow(dead_code, reason = "each test file uses its own part")]

use crate::hostd::{Hostd, text};
use crate::neighbour::{half_done, specs};
use crate::panel::{Fallible, PATIENCE, api};
use nusantara_testhost::Host;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// `NUSANTARA_SEED`, or one of the clock's. Says which.
    pub(crate) fn seed() -> Fallible<u64> {
        let given = said("NUSANTARA_SEED").map(|text| text.parse()).transpose()?;
        let seed = match given {
            Some(seed) => seed,
            None => u64::from(SystemTime::now().duration_since(UNIX_EPOCH)?.subsec_nanos()),
        };
        eprintln!("NUSANTARA_SEED={seed} does the same again");
        Ok(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(usize::try_from(self.below(all.len() as u64)).unwrap_or(0))
    }
}

/// What the environment says, for the full forms.
fn said(name: &str) -> Option<String> {
    std::env::var_os(name)?.into_string().ok()
}

/// A number from the environment.
pub(crate) fn number(name: &str, otherwise: u64) -> Fallible<u64> {
    Ok(said(name).map(|text| text.parse()).transpose()?.unwrap_or(otherwise))
}

/// An account as its client left it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Account {
    suspended: bool,
    email: Option<String>,
    sites: BTreeSet<String>,
    crons: BTreeSet<String>,
}

/// Accounts by name.
pub(crate) type Model = BTreeMap<String, Account>;

/// One change.
#[derive(Debug, Clone)]
enum Change {
    Create,
    Delete,
    Email(String),
    Suspend,
    Unsuspend,
    SiteAdd(String),
    SiteRemove(String),
    CronAdd(String),
    CronRemove(String),
}

/// A change that was asked for and not seen to end.
#[derive(Debug, Clone)]
struct Open {
    account: String,
    change: Change,
    /// There when it was acknowledged.
    job: Option<String>,
}

/// One who makes changes on accounts of their own.
pub(crate) struct Client {
    number: usize,
    dice: Dice,
    serial: u32,
    model: Model,
    open: Option<Open>,
    /// Changes that were acknowledged.
    pub(crate) acknowledged: u64,
    /// Changes that were seen to end.
    pub(crate) ended: u64,
}

/// How a step of a client went.
#[derive(Debug)]
pub(crate) enum Step {
    Done,
    /// The host could not be asked, or did not answer.
    Away(String),
}

fn apply(model: &mut Model, name: &str, change: &Change) {
    match change {
        Change::Create => drop(model.insert(name.to_owned(), Account::default())),
        Change::Delete => drop(model.remove(name)),
        change => {
            let Some(account) = model.get_mut(name) else { return };
            match change {
                Change::Create | Change::Delete => {}
                Change::Email(email) => account.email = Some(email.clone()),
                Change::Suspend => account.suspended = true,
                Change::Unsuspend => account.suspended = false,
                Change::SiteAdd(site) => drop(account.sites.insert(site.clone())),
                Change::SiteRemove(site) => drop(account.sites.remove(site)),
                Change::CronAdd(job) => drop(account.crons.insert(job.clone())),
                Change::CronRemove(job) => drop(account.crons.remove(job)),
            }
        }
    }
}

impl Client {
    pub(crate) fn new(number: usize, seed: u64) -> Self {
        let dice = Dice::new(seed.wrapping_add(1 + number as u64).wrapping_mul(0x2545_f491_4f6c_dd1d));
        Self { number, dice, serial: 0, model: Model::new(), open: None, acknowledged: 0, ended: 0 }
    }

    fn fresh(&mut self, kind: &str) -> String {
        self.serial += 1;
        format!("{kind}{}x{}", self.number, self.serial)
    }

    /// What comes next: never what must be refused.
    fn choose(&mut self) -> (String, Change) {
        let names: Vec<String> = self.model.keys().cloned().collect();
        let Some(name) = self.dice.of(&names).cloned().filter(|_| names.len() > 1 || self.dice.below(4) > 0) else {
            return (self.fresh("acc"), Change::Create);
        };
        if names.len() < 3 && self.dice.below(5) == 0 {
            return (self.fresh("acc"), Change::Create);
        }
        let account = self.model.get(&name).cloned().unwrap_or_default();
        let sites: Vec<String> = account.sites.iter().cloned().collect();
        let crons: Vec<String> = account.crons.iter().cloned().collect();
        let change = match self.dice.below(12) {
            0 => Change::Delete,
            1..=2 => Change::Email(format!("{}@{name}.test", self.fresh("mail"))),
            3..=4 if !account.suspended => Change::Suspend,
            _ if account.suspended => Change::Unsuspend,
            5..=6 if !sites.is_empty() => Change::SiteRemove(self.dice.of(&sites).cloned().unwrap_or_default()),
            7 if !crons.is_empty() => Change::CronRemove(self.dice.of(&crons).cloned().unwrap_or_default()),
            8..=9 if crons.len() < 3 => Change::CronAdd(self.fresh("job")),
            _ if sites.len() < 3 => Change::SiteAdd(format!("{}.{name}.test", self.fresh("s"))),
            _ => Change::SiteRemove(sites[0].clone()),
        };
        (name, change)
    }

    /// Makes one change and follows it to its end. One that is refused or fails is an error of the product.
    pub(crate) fn step(&mut self, host: &Host) -> Fallible<Step> {
        let (account, change) = self.choose();
        self.open = Some(Open { account: account.clone(), change: change.clone(), job: None });
        let answer = match ask(host, &account, &change) {
            Ok(answer) => answer,
            Err(error) => return Ok(Step::Away(error.to_string())),
        };
        if answer.status != 202 {
            return Err(format!("{change:?} of {account} was answered with {}: {:#}", answer.status, answer.body).into());
        }
        let job = answer.body["job"]["id"].as_str().map(str::to_owned).ok_or_else(|| format!("no job in {:#}", answer.body))?;
        self.acknowledged += 1;
        self.open = Some(Open { account, change, job: Some(job.clone()) });
        match end_of(host, &job)? {
            Some(job) => self.ended(&job).map(|()| Step::Done),
            None => Ok(Step::Away(format!("job {job} was not followed to its end"))),
        }
    }

    fn ended(&mut self, job: &Value) -> Fallible {
        let Some(open) = self.open.take() else { return Ok(()) };
        if job["state"] != "success" {
            return Err(format!("{open:?} failed: {job:#}").into());
        }
        self.ended += 1;
        apply(&mut self.model, &open.account, &open.change);
        Ok(())
    }

    /// After a break: what was acknowledged must come to its end by itself. What was asked without an answer is looked at.
    pub(crate) fn resume(&mut self, host: &Host, now: &Model) -> Fallible {
        let Some(open) = self.open.clone() else { return Ok(()) };
        match &open.job {
            Some(id) => {
                let job = api(host, "GET", &format!("/api/v1/jobs/{id}"), None)?;
                assert_eq!(job.status, 200, "{open:?} was acknowledged and its job is gone");
                self.ended(&job.body)
            }
            None => {
                self.open = None;
                let mut with = self.model.clone();
                apply(&mut with, &open.account, &open.change);
                if now.get(&open.account) == with.get(&open.account) {
                    self.model = with;
                }
                Ok(())
            }
        }
    }
}

fn ask(host: &Host, account: &str, change: &Change) -> Fallible<crate::panel::Answer> {
    let of = |rest: &str| format!("/api/v1/accounts/{account}{rest}");
    let send = |method: &str, path: &str, body: &Value| api(host, method, path, Some(&body.to_string()));
    match change {
        Change::Create => send(
            "POST",
            "/api/v1/accounts",
            &json!({"username": account, "primary_domain": format!("{account}.test"), "package": "starter"}),
        ),
        Change::Delete => api(host, "DELETE", &of(""), None),
        Change::Email(email) => send("PATCH", &of(""), &json!({"contact_email": email})),
        Change::Suspend => send("POST", &of("/suspend"), &json!({})),
        Change::Unsuspend => api(host, "POST", &of("/unsuspend"), None),
        Change::SiteAdd(site) => {
            send("POST", "/api/v1/sites", &json!({"account": account, "domain": site, "settings": {"runtime": "static"}}))
        }
        Change::SiteRemove(site) => {
            let listed = api(host, "GET", &format!("/api/v1/sites?account={account}&domain={site}"), None)?;
            let id = listed.body["items"][0]["id"].as_str().ok_or_else(|| format!("{site} is not listed: {:#}", listed.body))?;
            api(host, "DELETE", &format!("/api/v1/sites/{id}"), None)
        }
        Change::CronAdd(job) => send("POST", &of("/cron"), &json!({"name": job, "schedule": "30 2 1 1 *", "command": "true"})),
        Change::CronRemove(job) => api(host, "DELETE", &of(&format!("/cron/{job}")), None),
    }
}

/// A job at its end; none when the host is away.
fn end_of(host: &Host, id: &str) -> Fallible<Option<Value>> {
    let ended = host.wait_until(&format!("the end of job {id}"), PATIENCE, || {
        let Ok(answer) = api(host, "GET", &format!("/api/v1/jobs/{id}"), None) else { return Ok(Some(None)) };
        let is_over = matches!(answer.body["state"].as_str(), Some("success" | "failed" | "cancelled"));
        Ok(is_over.then_some(Some(answer.body)))
    });
    Ok(ended?)
}

/// What the files of a host say.
pub(crate) fn read(host: &Host) -> Fallible<Model> {
    let mut model = Model::new();
    for (name, files) in specs(host)? {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let sites = list(&files["domains.json"]["subdomains"]);
        let crons = list(&files["services.json"]["cron"]["jobs"]);
        let account = Account {
            suspended: files["account.json"]["status"] == "suspended",
            email: files["account.json"]["contact_email"].as_str().map(str::to_owned),
            sites: sites.iter().map(|site| text(&site["subdomain"])).collect(),
            crons: crons.iter().map(|job| text(&job["name"])).collect(),
        };
        model.insert(name, account);
    }
    Ok(model)
}

/// Waits until no job is queued or running.
pub(crate) fn settled(host: &Host) -> Fallible {
    host.wait_until("the end of all jobs", PATIENCE, || {
        let none = |state: &str| {
            let jobs = api(host, "GET", &format!("/api/v1/jobs?state={state}"), None).ok();
            jobs.is_some_and(|jobs| jobs.status == 200 && jobs.body["items"].as_array().is_some_and(Vec::is_empty))
        };
        Ok((none("queued") && none("running")).then_some(()))
    })?;
    Ok(())
}

/// Demands that the host is as its clients left it: files, index, plan, sites, and nothing half done. Answers with how many sites
/// were asked.
pub(crate) fn check(host: &Host, hostd: &Hostd<'_>, clients: &[Client], others: &Model) -> Fallible<usize> {
    let mut wanted = others.clone();
    for client in clients {
        assert!(client.open.is_none(), "settled");
        wanted.extend(client.model.clone());
    }
    let now = read(host)?;
    for name in wanted.keys().chain(now.keys()) {
        assert_eq!(now.get(name), wanted.get(name), "{name} is not as it was left");
    }
    assert_eq!(half_done(host)?, Vec::<String>::new(), "half done");
    let mut asked = 0;
    for (name, account) in &wanted {
        assert_eq!(hostd.drift(name)?, json!([]), "a plan for {name} changes something");
        let shown = api(host, "GET", &format!("/api/v1/accounts/{name}"), None)?;
        let status = if account.suspended { "suspended" } else { "active" };
        assert_eq!((shown.status, &shown.body["account"]["status"]), (200, &json!(status)), "{name} in the index");
        let expected = if account.suspended { 503 } else { 200 };
        for site in account.sites.iter().cloned().chain([format!("{name}.test")]) {
            let page = host.http_get(&site, "/")?;
            assert_eq!(page.status, expected, "{site}: {}", page.body);
            asked += 1;
        }
    }
    let listed = host.run(["nusantara", "account", "list", "--json"])?;
    for name in now.keys() {
        assert!(listed.contains(&format!("\"{name}\"")), "{name} is not in the index");
    }
    Ok(asked)
}

/// A line that `cargo xtask soak` keeps.
pub(crate) fn proof(what: &str, figures: &str) {
    println!("PROOF {what}: {figures}");
}

/// The longest that a stream of changes goes on.
pub(crate) fn minutes() -> Fallible<Option<Duration>> {
    let minutes = number("NUSANTARA_MINUTES", 0)?;
    Ok((minutes > 0).then(|| Duration::from_secs(minutes * 60)))
}
