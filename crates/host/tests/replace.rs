//! What the one way to write a file promises, under readers and under SIGKILL: whoever reads sees the old bytes or the new ones.
//! `NUSANTARA_RENAMES` says how many replacements the full form makes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test, which starts itself again to be killed")]

use nusantara_host::replace::{Access, write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const CHILD: &str = "NUSANTARA_REPLACE_CHILD";

fn renames() -> u64 {
    std::env::var("NUSANTARA_RENAMES").ok().and_then(|text| text.parse().ok()).unwrap_or(3_000)
}

/// The n-th content: its number on every line, and more or fewer lines than the one before.
fn content(n: u64) -> String {
    format!("{n}\n").repeat(usize::try_from(1 + n * 7_919 % 997).unwrap())
}

/// The number of a content that is whole.
fn number(text: &str) -> u64 {
    let n = text.lines().next().and_then(|line| line.parse().ok()).unwrap_or_else(|| panic!("torn: {text:?}"));
    assert_eq!(text, content(n), "whole");
    n
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

#[test]
fn readers_see_the_old_bytes_or_the_new_ones() {
    let (folder, most) = (folder(), renames());
    let path = folder.path().join("spec.json");
    runtime().block_on(write(&path, content(0), Access::SECRET)).unwrap();
    let (over, read, began) = (AtomicBool::new(false), AtomicU64::new(0), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = 0;
                while !over.load(Ordering::Relaxed) {
                    let n = number(&std::fs::read_to_string(&path).unwrap());
                    assert!(n >= last, "never back");
                    last = n;
                    read.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        runtime().block_on(async {
            for n in 1..=most {
                write(&path, content(n), Access::SECRET).await.unwrap();
            }
        });
        over.store(true, Ordering::Relaxed);
    });
    assert_eq!(number(&std::fs::read_to_string(&path).unwrap()), most);
    let (read, took) = (read.load(Ordering::Relaxed), began.elapsed().as_secs());
    assert!(read > 0);
    println!("PROOF replaced files: {most} replacements in {took} s, read {read} times meanwhile, always whole");
}

/// Not a test of its own: what [`a_killed_writer_leaves_a_whole_file`] starts and kills.
#[test]
fn writer_to_be_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let path = PathBuf::from(path);
    runtime().block_on(async {
        for n in 0.. {
            write(&path, content(n), Access::SECRET).await.unwrap();
        }
    });
}

fn killed_after(path: &Path, life: Duration) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writer_to_be_killed"])
        .env(CHILD, path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !path.exists() || begun.elapsed() < life {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_killed_writer_leaves_a_whole_file() {
    let folder = folder();
    let path = folder.path().join("spec.json");
    for turn in 0..20 {
        killed_after(&path, Duration::from_micros(5_000 + turn * 1_301));
        number(&std::fs::read_to_string(&path).unwrap());
        // What the killed one had begun is no obstacle to the next.
        runtime().block_on(write(&path, content(turn), Access::SECRET)).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
