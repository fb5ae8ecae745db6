//! A text for people, put together line by line and written at once.

use super::{Line, Screen, Style, Table};

/// What a command shows.
#[derive(Debug)]
pub(crate) struct Page {
    screen: Screen,
    text: String,
}

impl Page {
    pub(crate) fn new(screen: Screen) -> Self {
        Self { screen, text: String::new() }
    }

    /// A line, never cut: a person may want to copy all of it.
    pub(crate) fn line(&mut self, line: impl Into<Line>) {
        self.text.push_str(line.into().render(self.screen.colour).trim_end());
        self.text.push('\n');
    }

    /// Whether a line stays on one row of the terminal; into a pipe every line does.
    pub(crate) fn fits(&self, line: &Line) -> bool {
        self.screen.width.is_none_or(|width| line.width() <= width)
    }

    pub(crate) fn gap(&mut self) {
        self.text.push('\n');
    }

    pub(crate) fn heading(&mut self, title: &str) {
        self.gap();
        self.line(Line::new(Style::Strong, title));
    }

    /// A table, or `empty` when it has no row.
    pub(crate) fn table(&mut self, table: &Table, empty: &str) {
        if table.is_empty() {
            self.line(Line::new(Style::Dim, empty));
            return;
        }
        for line in table.lines(self.screen.width) {
            self.line(line);
        }
    }

    /// Labels and values, aligned.
    pub(crate) fn fields(&mut self, fields: &[(&str, Line)]) {
        let width = fields.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
        for (label, value) in fields {
            self.line(Line::new(Style::Dim, &format!("  {label:width$}  ")).join(value.clone()));
        }
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}
