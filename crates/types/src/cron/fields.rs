//! Sets of small numbers, as one field of a schedule holds them.

use std::fmt::Write;

/// What a field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    /// What people call it.
    pub(super) field: &'static str,
    /// The least number.
    pub(super) low: u32,
    /// The greatest number, as written: 7 is Sunday too.
    pub(super) high: u32,
    /// Names in place of numbers, the first one for `low`.
    pub(super) names: &'static [&'static str],
}

pub(super) const MINUTE: Range = Range { field: "minute", low: 0, high: 59, names: &[] };
pub(super) const HOUR: Range = Range { field: "hour", low: 0, high: 23, names: &[] };
pub(super) const DAY: Range = Range { field: "day of month", low: 1, high: 31, names: &[] };
pub(super) const MONTH: Range = Range {
    field: "month",
    low: 1,
    high: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
pub(super) const WEEKDAY: Range =
    Range { field: "day of week", low: 0, high: 7, names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] };

impl Range {
    /// Every `step`th number from `from` to `to`, with 7 for Sunday become 0.
    pub(super) fn every(&self, from: u32, to: u32, step: u32) -> Set {
        let step = usize::try_from(step).unwrap_or(usize::MAX).max(1);
        Set((from..=to).step_by(step).fold(0, |bits, n| bits | 1 << self.fold(n)))
    }

    const fn fold(&self, n: u32) -> u32 {
        if self.high == 7 { n % 7 } else { n }
    }

    /// Everything it may hold.
    pub(super) fn all(&self) -> Set {
        self.every(self.low, self.high, 1)
    }

    /// The greatest number a set holds.
    const fn top(&self) -> u32 {
        if self.high == 7 { 6 } else { self.high }
    }

    /// The shortest step from the least number on that stays within `set`.
    fn step_within(&self, set: Set) -> u32 {
        let longest = self.high - self.low + 1;
        (1..=longest).find(|step| set.holds_all(self.every(self.low, self.high, *step))).unwrap_or(longest)
    }
}

/// How a set is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As people would.
    Natural,
    /// Beginning with an asterisk; only for sets that hold the least number.
    Starred,
    /// Without any.
    Plain,
}

/// A set of numbers below 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Set(pub(super) u64);

impl Set {
    /// Whether the number is in it.
    #[must_use]
    pub const fn holds(self, n: u32) -> bool {
        n < 64 && self.0 >> n & 1 == 1
    }

    /// Its numbers, ascending.
    pub fn numbers(self) -> impl Iterator<Item = u32> {
        (0..64).filter(move |n| self.holds(*n))
    }

    const fn holds_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The least number of it that is at least `n`.
    pub(super) fn from(self, n: u32) -> Option<u32> {
        self.numbers().find(|m| *m >= n)
    }

    /// Its text in a schedule's grammar.
    pub(super) fn text(self, range: Range, form: Form) -> String {
        let step = range.step_within(self);
        let is_step = range.every(range.low, range.high, step) == self && (step == 1 || self.numbers().count() > 2);
        match form {
            Form::Starred => self.starred(range),
            Form::Natural if is_step => self.starred(range),
            Form::Natural | Form::Plain => self.list(range),
        }
    }

    fn starred(self, range: Range) -> String {
        let step = range.step_within(self);
        let rest = Self(self.0 & !range.every(range.low, range.high, step).0);
        let mut out = if step == 1 { "*".to_owned() } else { format!("*/{step}") };
        if rest.0 != 0 {
            out.push(',');
            out.push_str(&rest.list(range));
        }
        out
    }

    /// Numbers and ranges of three and more.
    fn list(self, range: Range) -> String {
        let mut out = String::new();
        let mut at = range.low;
        while let Some(first) = self.from(at) {
            let last = (first..=range.top()).take_while(|n| self.holds(*n)).last().unwrap_or(first);
            if !out.is_empty() {
                out.push(',');
            }
            // Writing into a String cannot fail.
            let _ = match last - first {
                0 => write!(out, "{first}"),
                1 => write!(out, "{first},{last}"),
                _ => write!(out, "{first}-{last}"),
            };
            at = last + 1;
        }
        out
    }
}
