//! Tables that fit the width: columns that may are cut first, then the least wanted ones are left out.

use super::text::{Line, Style};

/// Narrowest a column is cut to.
const NARROWEST: usize = 10;
const GAP: usize = 2;

/// A column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    title: &'static str,
    right: bool,
    flexible: bool,
    /// 0 is never left out; the highest goes first.
    spare: u8,
}

impl Column {
    /// A column of text that is always shown whole.
    pub(crate) const fn new(title: &'static str) -> Self {
        Self { title, right: false, flexible: false, spare: 0 }
    }
    /// Numbers: aligned to the right.
    pub(crate) const fn number(mut self) -> Self {
        self.right = true;
        self
    }
    /// May be cut.
    pub(crate) const fn flexible(mut self) -> Self {
        self.flexible = true;
        self
    }
    /// May be left out; the highest `rank` goes first.
    pub(crate) const fn spare(mut self, rank: u8) -> Self {
        self.spare = rank;
        self
    }
}

/// Rows under titled columns.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Line>>,
}

impl Table {
    pub(crate) fn new<const N: usize>(columns: [Column; N]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [Line; N]) {
        self.rows.push(cells.to_vec());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table's lines within `width` columns.
    pub(crate) fn lines(&self, width: Option<usize>) -> Vec<Line> {
        let (shown, widths) = self.layout(width);
        let titles = self.columns.iter().map(|c| Line::new(Style::Dim, c.title)).collect();
        std::iter::once(&titles).chain(&self.rows).map(|row| self.line(row, &shown, &widths)).collect()
    }

    fn line(&self, row: &[Line], shown: &[usize], widths: &[usize]) -> Line {
        let mut line = Line::default();
        for (place, (&index, &width)) in shown.iter().zip(widths).enumerate() {
            let cell = row.get(index).cloned().unwrap_or_default().cut(width);
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            let last = place + 1 == shown.len();
            let gap = if place == 0 { String::new() } else { " ".repeat(GAP) };
            line = line.and(Style::Plain, &gap);
            line = if self.columns[index].right {
                line.and(Style::Plain, &padding).join(cell)
            } else if last {
                line.join(cell)
            } else {
                line.join(cell).and(Style::Plain, &padding)
            };
        }
        line
    }

    /// Which columns are shown, and how wide each is.
    fn layout(&self, width: Option<usize>) -> (Vec<usize>, Vec<usize>) {
        let natural: Vec<usize> = (0..self.columns.len()).map(|i| self.natural(i)).collect();
        let mut shown: Vec<usize> = (0..self.columns.len()).collect();
        let width = width.unwrap_or(usize::MAX);
        loop {
            let widths = self.squeeze(&shown, &natural, width);
            let fits = total(&widths) <= width;
            let victim = shown.iter().enumerate().filter(|(_, i)| self.columns[**i].spare > 0).max_by_key(|(_, i)| self.columns[**i].spare);
            match victim {
                Some((place, _)) if !fits => drop(shown.remove(place)),
                _ => return (shown, widths),
            }
        }
    }

    fn natural(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column)).map(Line::width);
        cells.chain([self.columns[column].title.len()]).max().unwrap_or(0)
    }

    /// Takes from the widest flexible column, one by one, until the row fits or none can give more.
    fn squeeze(&self, shown: &[usize], natural: &[usize], width: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = shown.iter().map(|&i| natural[i]).collect();
        while total(&widths) > width {
            let widest = (0..shown.len()).filter(|&p| self.columns[shown[p]].flexible && widths[p] > NARROWEST).max_by_key(|&p| widths[p]);
            match widest {
                Some(place) => widths[place] -= 1,
                None => break,
            }
        }
        widths
    }
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(width: Option<usize>, expected: &Expect) {
        let mut table = Table::new([
            Column::new("NAME"),
            Column::new("DOMAIN").flexible(),
            Column::new("SITES").number().spare(1),
            Column::new("CREATED").spare(2),
        ]);
        table.row(["joko".into(), "joko.test".into(), "1".into(), "just now".into()]);
        table.row(["budisantoso".into(), "a-rather-long-name.example.co.id".into(), "120".into(), "2 days ago".into()]);
        let text: Vec<String> = table.lines(width).iter().map(|l| l.render(false) + "\n").collect();
        for line in &text {
            assert!(width.is_none_or(|w| line.trim_end_matches('\n').chars().count() <= w), "{line:?}");
        }
        expected.assert_eq(&text.concat());
    }

    #[test]
    fn a_pipe_gets_everything() {
        check(
            None,
            &expect![[r#"
                NAME         DOMAIN                            SITES  CREATED
                joko         joko.test                             1  just now
                budisantoso  a-rather-long-name.example.co.id    120  2 days ago
            "#]],
        );
    }

    #[test]
    fn a_narrow_terminal_cuts_first_and_then_leaves_out() {
        check(
            Some(50),
            &expect![[r#"
                NAME         DOMAIN              SITES  CREATED
                joko         joko.test               1  just now
                budisantoso  a-rather-long-nam…    120  2 days ago
            "#]],
        );
        check(
            Some(32),
            &expect![[r#"
                NAME         DOMAIN        SITES
                joko         joko.test         1
                budisantoso  a-rather-lo…    120
            "#]],
        );
    }
}
