//! How much of a proof runs: its short form with every test run, its full form with `cargo xtask soak`.

/// Whether the full form is asked for, by `NUSANTARA_FULL=1`.
#[must_use]
pub fn full() -> bool {
    std::env::var_os("NUSANTARA_FULL").is_some()
}

/// When a daemon is killed around the step that is at `index` of its operation: `before` and `after` it. The short form takes every
/// step too, at one of the two by turns.
pub fn moments(index: usize) -> impl Iterator<Item = &'static str> {
    ["before", "after"].into_iter().enumerate().filter(move |(nth, _)| full() || *nth == index % 2).map(|(_, moment)| moment)
}
