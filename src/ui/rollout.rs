//! How a rollout is drawn: a head line, and below it each object and what it waits for. Pure: values in, text out.

use jiff::{SignedDuration, Timestamp};

use crate::event::{Health, Row};

/// The head line: one workload says its own, several are counted.
pub fn head(rows: &[Row]) -> String {
    match rows {
        [row] => row.tally.clone(),
        rows => {
            let ready = rows.iter().filter(|row| row.state == Health::Ready).count();
            format!("{ready} of {} are ready", rows.len())
        }
    }
}

/// The tree below the head, the sickest first, in at most so many lines.
pub fn tree(rows: &[Row], now: Timestamp, counts_down: bool, most: usize) -> Vec<String> {
    match rows {
        [row] => cut(row.waits.clone(), ending(row, now, counts_down), most),
        rows => tree_of_many(rows, now, counts_down, most),
    }
}

/// Each of these rows by its name, the sickest first.
pub fn tree_of_many(rows: &[Row], now: Timestamp, counts_down: bool, most: usize) -> Vec<String> {
    let mut sorted: Vec<&Row> = rows.iter().filter(|row| row.state != Health::Ready).collect();
    sorted.sort_by_key(|row| row.state);
    let ready = rows.len() - sorted.len();
    let rest = |hidden: usize| match (hidden, ready) {
        (0, 0) => None,
        (0, ready) => Some(format!("and {ready} more ready")),
        (hidden, 0) => Some(format!("and {hidden} more not ready")),
        (hidden, ready) => Some(format!("and {hidden} more not ready, {ready} ready")),
    };
    let mut lines = Vec::new();
    let mut shown = 0;
    for row in &sorted {
        let own = 1 + usize::from(row.gives_up.is_some());
        if lines.len() + own + 1 > most {
            break;
        }
        shown += 1;
        lines.push(row.line());
        lines.extend(ending(row, now, counts_down).map(|ending| format!("  {ending}")));
    }
    lines.extend(rest(sorted.len() - shown));
    lines
}

/// The lines of one row; its end is worth more than the last of them.
fn cut(mut lines: Vec<String>, ending: Option<String>, most: usize) -> Vec<String> {
    let room = most.saturating_sub(usize::from(ending.is_some())).max(1);
    if lines.len() > room {
        let hidden = lines.len() - (room - 1);
        lines.truncate(room - 1);
        lines.push(format!("and {hidden} more"));
    }
    lines.extend(ending);
    lines
}

/// A countdown on a terminal; where each new text is a line, a moment that stays the same.
fn when(at: Timestamp, now: Timestamp, counts_down: bool) -> String {
    if !counts_down {
        return format!("at {}", at.strftime("%H:%M:%S UTC"));
    }
    let left = at.duration_since(now).max(SignedDuration::ZERO);
    format!("in {} s", left.as_secs())
}

/// When it gives up, and why, where the lines above do not say it.
fn ending(row: &Row, now: Timestamp, counts_down: bool) -> Option<String> {
    let (at, cause) = row.gives_up.as_ref()?;
    let why =
        if row.waits.iter().any(|line| line.ends_with(cause.as_str())) { String::new() } else { format!(": {cause}") };
    Some(format!("gives up {} unless this changes{why}", when(*at, now, counts_down)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, state: Health) -> Row {
        let gives_up = (state == Health::Troubled)
            .then(|| (Timestamp::UNIX_EPOCH + SignedDuration::from_secs(12), "no image".to_owned()));
        Row {
            object: format!("Deployment {name}"),
            tally: "0 of 1 replicas are ready".to_owned(),
            state,
            waits: Vec::new(),
            gives_up,
        }
    }

    #[test]
    fn the_sickest_come_first_and_the_rest_is_counted() {
        let mut rows: Vec<Row> = (0..9).map(|n| row(&format!("ok-{n}"), Health::Ready)).collect();
        rows.push(row("slow", Health::Waiting));
        rows.push(row("sick", Health::Troubled));
        rows.push(row("dead", Health::Failed));
        let lines = tree(&rows, Timestamp::UNIX_EPOCH, true, 10);
        assert_eq!(
            lines,
            [
                "Deployment dead: 0 of 1 replicas are ready",
                "Deployment sick: 0 of 1 replicas are ready",
                "  gives up in 12 s unless this changes: no image",
                "Deployment slow: 0 of 1 replicas are ready",
                "and 9 more ready",
            ]
        );
        assert_eq!(head(&rows), "9 of 12 are ready");
    }

    #[test]
    fn a_tree_is_never_longer_than_the_terminal() {
        let rows: Vec<Row> = (0..40)
            .map(|n| row(&format!("n-{n}"), if n % 2 == 0 { Health::Troubled } else { Health::Waiting }))
            .collect();
        for most in 3..30 {
            let lines = tree(&rows, Timestamp::UNIX_EPOCH, true, most);
            assert!(lines.len() <= most, "{} lines of {most}", lines.len());
            assert!(lines.last().is_some_and(|last| last.contains("more not ready")));
        }
    }

    #[test]
    fn what_is_said_above_is_not_said_again() {
        let sick = Row { waits: vec!["no image".to_owned()], ..row("sick", Health::Troubled) };
        let lines = tree(&[sick], Timestamp::UNIX_EPOCH, true, 4);
        assert_eq!(lines, ["no image", "gives up in 12 s unless this changes"]);
    }

    #[test]
    fn one_workload_shows_its_replicas_and_when_it_ends() {
        let mut one = row("api", Health::Troubled);
        one.waits = (0..5).map(|n| format!("api-{n}: pulls its image")).collect();
        let lines = tree(&[one], Timestamp::UNIX_EPOCH, false, 4);
        assert_eq!(
            lines,
            [
                "api-0: pulls its image",
                "api-1: pulls its image",
                "and 3 more",
                "gives up at 00:00:12 UTC unless this changes: no image"
            ]
        );
    }
}
