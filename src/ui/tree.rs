//! A head line and what stands below it, fitted to a terminal. Pure.

/// Columns before a line's own text: two of indent, the branch, a blank.
const BRANCH: usize = 4;
/// What stays free at the right: `^C`, which the terminal prints itself, must not begin a line of its own.
const FREE: usize = 3;
/// Rows that one line may take.
const ROWS: usize = 3;

/// Lines that do not fit go on in the next row as long as there are rows left, the last line first: it says how it ends.
/// `rows`: how many there are for all lines below the head.
pub(super) fn fit(head: &str, lines: &[String], width: usize, rows: usize) -> String {
    let room = width.saturating_sub(BRANCH + FREE).max(8);
    let wrapped: Vec<Vec<String>> = lines.iter().map(|line| wrap(line, room)).collect();
    let mut spare = rows.saturating_sub(lines.len());
    let mut granted = vec![1; lines.len()];
    for at in (0..lines.len()).rev().take(1).chain(0..lines.len().saturating_sub(1)) {
        let more = wrapped[at].len().min(ROWS).saturating_sub(1).min(spare);
        granted[at] += more;
        spare -= more;
    }
    let mut text = cut(head, width.saturating_sub(FREE + 2).max(8));
    for (at, rows) in wrapped.iter().enumerate() {
        let (branch, below) = if at + 1 == lines.len() { ("└", " ") } else { ("├", "│") };
        for (row, part) in rows.iter().take(granted[at]).enumerate() {
            let is_cut = row + 1 == granted[at] && rows.len() > granted[at];
            let part = if is_cut { cut(&rows[row..].join(" "), room) } else { part.clone() };
            let lead = if row == 0 { branch } else { below };
            text = format!("{text}\n  {lead} {part}");
        }
    }
    text
}

fn cut(line: &str, width: usize) -> String {
    console::truncate_str(line, width, "…").into_owned()
}

/// Words in rows of at most so many columns; a longer word is broken.
fn wrap(line: &str, width: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in line.split(' ') {
        let mut word = word.to_owned();
        if let Some(row) = rows.last_mut().filter(|row| columns(row) + 1 + columns(&word) <= width) {
            row.push(' ');
            row.push_str(&word);
            continue;
        }
        while columns(&word) > width {
            let part = console::truncate_str(&word, width, "").into_owned();
            if part.is_empty() {
                break;
            }
            word = word.split_off(part.len());
            rows.push(part);
        }
        rows.push(word);
    }
    rows
}

fn columns(text: &str) -> usize {
    console::measure_text_width(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(all: &[&str]) -> Vec<String> {
        all.iter().map(|&line| line.to_owned()).collect()
    }

    #[test]
    fn what_does_not_fit_goes_on_below_as_long_as_there_is_room() {
        let below = lines(&["api-1: startup probe fails: connection refused", "gives up in 58 s unless this changes"]);
        let expected = "rollout  0 of 1\n  ├ api-1: startup probe fails:\n  │ connection refused\n  └ gives up in 58 s unless this\n    changes";
        assert_eq!(fit("rollout  0 of 1", &below, 38, 8), expected);
        // With one row more than lines it is the last one that is whole.
        let expected =
            "rollout  0 of 1\n  ├ api-1: startup probe fails: co…\n  └ gives up in 58 s unless this\n    changes";
        assert_eq!(fit("rollout  0 of 1", &below, 38, 3), expected);
    }

    #[test]
    fn no_row_is_wider_than_the_terminal_and_there_are_no_more_than_allowed() {
        let below =
            lines(&["a ümlaut 日本語日本語日本語 and more of it", "x", &"y".repeat(200), "", "one two three four"]);
        for width in 16..90 {
            for rows in below.len()..16 {
                let text = fit(&"head ".repeat(30), &below, width, rows);
                assert!(text.lines().count() <= rows + 1, "{width}x{rows}:\n{text}");
                assert!(text.lines().all(|row| columns(row) + 2 < width), "{width}x{rows}:\n{text}");
            }
        }
    }
}
