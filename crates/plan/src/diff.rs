//! Unified diffs of short texts.

/// Lines of context around a difference.
const CONTEXT: usize = 3;
/// Beyond this many pairs of differing lines the middle is shown as removed and added, without looking for what they share.
const MOST_PAIRS: usize = 4_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line<'a> {
    Same(&'a str),
    Old(&'a str),
    New(&'a str),
}

/// The unified diff of two texts, without file names. Empty when they are equal.
#[must_use]
pub fn unified(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let lines = compare(&old, &new);
    let mut out = String::new();
    let (mut at, mut old_no, mut new_no) = (0, 1, 1);
    for (start, end) in hunks(&lines) {
        for line in &lines[at..start] {
            count(*line, &mut old_no, &mut new_no);
        }
        let (old_from, new_from) = (old_no, new_no);
        let mut body = String::new();
        for line in &lines[start..end] {
            let (sign, text) = match line {
                Line::Same(text) => (' ', text),
                Line::Old(text) => ('-', text),
                Line::New(text) => ('+', text),
            };
            body.push(sign);
            body.push_str(text);
            body.push('\n');
            count(*line, &mut old_no, &mut new_no);
        }
        let range = |from: usize, to: usize| format!("{},{}", if to == from { from - 1 } else { from }, to - from);
        out.push_str(&format!("@@ -{} +{} @@\n{body}", range(old_from, old_no), range(new_from, new_no)));
        at = end;
    }
    out
}

fn count(line: Line<'_>, old_no: &mut usize, new_no: &mut usize) {
    match line {
        Line::Same(_) => {
            *old_no += 1;
            *new_no += 1;
        }
        Line::Old(_) => *old_no += 1,
        Line::New(_) => *new_no += 1,
    }
}

/// Ranges of lines to show: every difference with its context, overlapping ones joined.
fn hunks(lines: &[Line<'_>]) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (i, _) in lines.iter().enumerate().filter(|(_, line)| !matches!(line, Line::Same(_))) {
        let (start, end) = (i.saturating_sub(CONTEXT), (i + CONTEXT + 1).min(lines.len()));
        match out.last_mut() {
            Some(last) if start <= last.1 => last.1 = end,
            _ => out.push((start, end)),
        }
    }
    out
}

fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_mid, new_mid) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut out: Vec<Line<'a>> = old[..head].iter().map(|l| Line::Same(l)).collect();
    if old_mid.len().saturating_mul(new_mid.len()) > MOST_PAIRS {
        out.extend(old_mid.iter().map(|l| Line::Old(l)));
        out.extend(new_mid.iter().map(|l| Line::New(l)));
    } else {
        longest_common(old_mid, new_mid, &mut out);
    }
    out.extend(old[old.len() - tail..].iter().map(|l| Line::Same(l)));
    out
}

/// The textbook table of longest common subsequences, walked from its start.
fn longest_common<'a>(old: &[&'a str], new: &[&'a str], out: &mut Vec<Line<'a>>) {
    let width = new.len() + 1;
    let mut table = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            table[i * width + j] = if old[i] == new[j] {
                table[(i + 1) * width + j + 1] + 1
            } else {
                table[(i + 1) * width + j].max(table[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            out.push(Line::Same(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && table[(i + 1) * width + j] >= table[i * width + j + 1]) {
            out.push(Line::Old(old[i]));
            i += 1;
        } else {
            out.push(Line::New(new[j]));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn equal_texts_have_no_diff() {
        assert_eq!(unified("a\nb\n", "a\nb\n"), "");
    }

    #[test]
    fn a_change_is_shown_with_its_surroundings() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n";
        let new = "1\n2\n3\n4\nfive\n6\n7\n8\n";
        assert_eq!(unified(old, new), "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
    }

    #[test]
    fn a_new_file_is_all_additions() {
        assert_eq!(unified("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(unified("a\n", ""), "@@ -1,1 +0,0 @@\n-a\n");
    }

    #[test]
    fn distant_changes_are_two_hunks() {
        let old: String = (0..30).map(|i| format!("{i}\n")).collect();
        let new = old.replace("3\n4\n", "3\nx\n").replace("25\n", "");
        assert_eq!(unified(&old, &new).matches("@@ -").count(), 2);
    }
}
