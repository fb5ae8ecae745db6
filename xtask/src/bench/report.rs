//! Figures as ratios, into `docs/benchmarks.md` between its markers.

use super::Fallible;
use super::scale::{self, Scale};
use std::path::Path;
use std::time::Duration;

const BEGIN: &str = "<!-- figures: written by cargo xtask bench -->";
const BEGIN_SCALE: &str = "<!-- scale: written by cargo xtask bench --scale -->";
const BEGIN_PANEL: &str = "<!-- panel: written by cargo xtask bench --panel -->";
const END: &str = "<!-- end of figures -->";

/// Bare commands and the product, for the same work.
#[derive(Debug, Default)]
pub(crate) struct Pair {
    pub(crate) bare: Duration,
    pub(crate) ours: Duration,
}

impl Pair {
    fn line(&self, what: &str, budget: &str) -> String {
        let ratio = self.ours.as_secs_f64() / self.bare.as_secs_f64().max(f64::EPSILON);
        format!(
            "| {what} | {:.0} ms | {:.0} ms | **{ratio:.2}** | {budget} |\n",
            self.bare.as_secs_f64() * 1e3,
            self.ours.as_secs_f64() * 1e3
        )
    }
}

/// Everything one run found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) one: Pair,
    pub(crate) many: Pair,
    /// Until every job has ended.
    pub(crate) bulk: Pair,
    /// Until each of those sites has then been asked, one after the other.
    pub(crate) awake: Pair,
    pub(crate) sites: usize,
    pub(crate) idle_kib: u64,
    pub(crate) loaded_kib: u64,
    pub(crate) serving: super::serving::Serving,
}

impl Report {
    fn text(&self) -> String {
        let mut text = String::from("| what | bare shell | product | ratio | budget |\n|---|---:|---:|---:|---:|\n");
        text += &self.one.line("account + PHP site until the first 200, 1 existing site", "1.1");
        text += &self.many.line(&format!("the same, {} existing sites", self.sites), "0.7");
        text += &self.bulk.line(&format!("{} accounts (16 at a time / one after the other)", super::BULK), "0.25");
        text += &self.awake.line("the same, and then every site asked for its first page, one after the other", "");
        text += &format!(
            "\n| what | figure | budget |\n|---|---:|---:|\n| PSS of nusantarad + hostd, idle after boot | {:.1} MiB | 30 MiB |\n",
            self.idle_kib as f64 / 1024.0
        );
        text += &format!("| the same with {} sites, after the run | {:.1} MiB | |\n", self.sites, self.loaded_kib as f64 / 1024.0);
        text + &self.serving()
    }

    /// The figures about serving.
    pub(crate) fn serving(&self) -> String {
        let s = &self.serving;
        let mut text = String::from("\n| what | hand-written, shared PHP | product | ratio | budget |\n|---|---:|---:|---:|---:|\n");
        let rate = |what: &str, rates: &super::serving::Rates| {
            format!(
                "| {what} | {:.0}/s | {:.0}/s | **{:.2}** | 0.95 |\n",
                rates.bare,
                rates.ours,
                rates.ours / rates.bare.max(f64::EPSILON)
            )
        };
        text += &rate("a file of 4 KiB, 16 connections", &s.files);
        text += &rate("the smallest PHP script, 16 connections", &s.php);
        let weight = |what: &str, weights: &super::serving::Weights| {
            let mib = |kib: u64| kib as f64 / 1024.0;
            let ratio = mib(weights.ours) / mib(weights.bare).max(f64::EPSILON);
            format!("| {what} | {:.0} MiB | {:.0} MiB | **{ratio:.2}** | |\n", mib(weights.bare), mib(weights.ours))
        };
        text += &weight("PSS of PHP, 100 accounts, all idle", &s.idle);
        text += &weight("PSS of PHP, 100 accounts, each just asked", &s.active);
        let pair = Pair { bare: s.always_on, ours: s.woken };
        text + &pair.line("first page of a sleeping PHP, beside one that is always on", "")
    }

    /// Prints the figures; with `keep` writes them into the document.
    pub(crate) fn write(&self, keep: bool) -> Fallible {
        let text = self.text();
        println!("{text}");
        if !keep {
            return Ok(());
        }
        replace(BEGIN, &text)
    }
}

/// Puts `text` between the marker `begin` and the end marker that follows it.
fn replace(begin: &str, text: &str) -> Fallible {
    let path = Path::new("docs/benchmarks.md");
    let document = std::fs::read_to_string(path)?;
    let (head, rest) = document.split_once(begin).ok_or("docs/benchmarks.md has lost its markers")?;
    let (_, tail) = rest.split_once(END).ok_or("docs/benchmarks.md has lost its markers")?;
    std::fs::write(path, format!("{head}{begin}\n{text}{END}{tail}"))?;
    Ok(())
}

/// Prints the figures of thousands of accounts and writes them into the document.
pub(crate) fn write_scale(s: &Scale) -> Fallible {
    let mut text = String::from("| what | bare shell | product | ratio | budget |\n|---|---:|---:|---:|---:|\n");
    text += &s.more.line(&format!("account + PHP site until the first 200, {} existing sites", scale::SITES), "0.6");
    text += "\n| what | figure | budget |\n|---|---:|---:|\n";
    let rate = |accounts: usize, took: Duration| accounts as f64 / took.as_secs_f64().max(f64::EPSILON);
    text += &format!("| accounts per second, {} in bulk | {:.1} | |\n", scale::BULK, rate(scale::BULK, s.bulk));
    text += &format!(
        "| time of the last hundred of them beside the first | {:.2} | |\n",
        s.last.as_secs_f64() / s.first.as_secs_f64().max(f64::EPSILON)
    );
    let seconds =
        |what: &str, took: Duration| format!("| `{what}`, {} accounts, nothing to do | {:.2} s | 5 s |\n", scale::BULK, took.as_secs_f64());
    text += &seconds("nusantara plan --all", s.plan_all);
    text += &seconds("nusantara converge --all --wait", s.converge_all);
    let mib = |kib: u64| kib as f64 / 1024.0;
    text += &format!("| PSS of hostd with 1 account | {:.1} MiB | |\n", mib(s.empty_kib));
    text += &format!("| the same with {} accounts | {:.1} MiB | 40 MiB |\n", scale::SITES, mib(s.full_kib));
    println!("{text}");
    replace(BEGIN_SCALE, &text)
}

/// Prints the figures of the panel itself and writes them into the document.
pub(crate) fn write_panel(text: &str) -> Fallible {
    println!("{text}");
    replace(BEGIN_PANEL, text)
}
