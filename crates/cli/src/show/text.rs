//! Styled text that cannot carry a terminal escape (SECURITY R12).

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What a piece of text means. A state is never told by colour alone: a word or a mark goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Strong,
    Dim,
    Good,
    Attention,
    Bad,
}

impl Style {
    /// SGR parameters of ECMA-48.
    const fn sgr(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Dim => "2",
            Self::Good => "32",
            Self::Attention => "33",
            Self::Bad => "31",
        }
    }
}

/// One line of text in pieces of one style each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Line(Vec<(Style, String)>);

impl Line {
    pub(crate) fn new(style: Style, text: &str) -> Self {
        Self::default().and(style, text)
    }

    /// The line with a further piece.
    pub(crate) fn and(mut self, style: Style, text: &str) -> Self {
        self.0.push((style, clean(text)));
        self
    }

    /// The line with another behind it.
    pub(crate) fn join(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Columns it takes on a terminal.
    pub(crate) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| text.width()).sum()
    }

    /// The line cut to `width` columns, with an ellipsis where something is missing.
    pub(crate) fn cut(&self, width: usize) -> Self {
        if self.width() <= width {
            return self.clone();
        }
        let mut left = width.saturating_sub(1);
        let mut cut = Self::default();
        for (style, text) in &self.0 {
            let mut kept = String::new();
            for c in text.chars() {
                let columns = c.width().unwrap_or(0);
                if columns > left {
                    kept.push('…');
                    cut.0.push((*style, kept));
                    return cut;
                }
                left -= columns;
                kept.push(c);
            }
            cut.0.push((*style, kept));
        }
        cut
    }

    /// The line as it is written out.
    pub(crate) fn render(&self, colour: bool) -> String {
        let mut out = String::new();
        for (style, text) in &self.0 {
            if colour && *style != Style::Plain && !text.is_empty() {
                out.push_str("\u{1b}[");
                out.push_str(style.sgr());
                out.push('m');
                out.push_str(text);
                out.push_str("\u{1b}[0m");
            } else {
                out.push_str(text);
            }
        }
        out
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Self::new(Style::Plain, text)
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self::new(Style::Plain, &text)
    }
}

/// One line without anything a terminal acts on or that hides what stands there: controls, line ends and text-direction marks
/// show as U+FFFD. A tab is a space.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c == '\t' {
                ' '
            } else if is_hostile(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// The lines of a text that a tool such as nginx wrote, each clean.
pub(crate) fn clean_lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(|line| clean(line.trim_end()))
}

/// A JSON text that is safe to look at. JSON escapes C0 itself; the rest of what terminals and eyes fall for is escaped here.
/// Such characters can only stand inside strings, so escaping them does not change what the document says.
pub(crate) fn clean_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hostile(c) && c != '\n' {
            // All hostile characters lie in the basic multilingual plane, so four digits are enough.
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}[31mb\u{1b}]0;title\u{7}c\r\nd\u{9b}2Je\u{202e}f\u{7f}g\0\th";

    #[test]
    fn nothing_a_terminal_acts_on_survives() {
        let shown = Line::from(HOSTILE).render(true);
        assert!(shown.chars().all(|c| !is_hostile(c)), "{shown:?}");
        assert!(shown.starts_with("a\u{fffd}[31mb"), "what was there stays visible: {shown:?}");
        assert!(clean_lines("one\r\ntwo\u{1b}c").eq(["one".to_owned(), "two\u{fffd}c".to_owned()]));
    }

    #[test]
    fn json_says_the_same_after_cleaning() {
        let document = serde_json::json!({ "text": HOSTILE });
        let safe = clean_json(&serde_json::to_string_pretty(&document).unwrap());
        assert!(safe.chars().all(|c| c == '\n' || !is_hostile(c)), "{safe:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), document);
    }

    #[test]
    fn a_cut_line_fits_and_says_that_it_is_cut() {
        let line = Line::from("short").and(Style::Bad, " and much longer");
        assert_eq!(line.cut(80), line);
        assert_eq!(line.cut(9).render(false), "short an…");
        assert_eq!(Line::from("日本語").cut(4).render(false), "日…");
        assert_eq!(Line::from("ab").cut(0).width(), 1);
    }
}
