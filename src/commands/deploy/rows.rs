//! What a reader is shown of each object of a set while it is followed. Pure: values in, text out.

use jiff::{SignedDuration, Timestamp};

use crate::rollout::{Assessment, ReplicaLine, Status, Verdict, Workload};

/// One object and what it waits for. Its text is safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `Deployment payments-api`
    pub object: String,
    /// `1 of 2 replicas are ready`
    pub tally: String,
    pub state: State,
    /// What its replicas wait for.
    pub waits: Vec<String>,
    /// When it will have failed unless this changes.
    pub gives_up: Option<(Timestamp, String)>,
}

/// In the order in which a reader wants to see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Failed,
    /// It will have failed in a while.
    Sick,
    Waits,
    Ready,
}

impl Row {
    pub fn of_workload(workload: &Workload, assessment: &Assessment) -> Self {
        let cause = assessment.findings.first().map(|finding| finding.what.clone()).unwrap_or_default();
        let (state, gives_up) = match assessment.verdict {
            Verdict::Ready => (State::Ready, None),
            Verdict::Failed => (State::Failed, None),
            Verdict::Wait { gives_up_at: Some(at) } => (State::Sick, Some((at, cause))),
            Verdict::Wait { gives_up_at: None } if !assessment.findings.is_empty() => (State::Sick, None),
            Verdict::Wait { gives_up_at: None } => (State::Waits, None),
        };
        let mut waits = waiting(&assessment.replicas);
        if waits.is_empty() && state != State::Ready {
            // Nothing of it is there yet, or what is missing is no pod's affair.
            waits.extend(assessment.findings.first().map(|finding| finding.what.clone()));
        }
        Self {
            object: format!("{} {}", workload.kind(), workload.name()),
            tally: assessment.tally.clone(),
            state,
            waits,
            gives_up,
        }
    }

    pub fn of_other(object: String, status: Status, missing: Option<&str>) -> Self {
        let state = match status {
            Status::Current => State::Ready,
            Status::Failed => State::Failed,
            Status::InProgress | Status::Terminating => State::Waits,
        };
        let tally = missing.unwrap_or("ready").to_owned();
        Self { object, tally, state, waits: Vec::new(), gives_up: None }
    }

    pub fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// All of it in one line.
    pub fn line(&self) -> String {
        let separator = if self.waits.is_empty() { "" } else { ": " };
        format!("{}: {}{separator}{}", self.object, self.tally, self.waits.join("; "))
    }

    fn ending(&self, now: Timestamp, counts_down: bool) -> Option<String> {
        let (at, cause) = self.gives_up.as_ref()?;
        Some(format!("gives up {} unless this changes: {cause}", when(*at, now, counts_down)))
    }
}

/// What the new replicas that are not ready wait for; those that wait for the same thing in one line.
pub fn waiting(replicas: &[ReplicaLine]) -> Vec<String> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for replica in replicas.iter().filter(|replica| !replica.ready) {
        let same = |text: &str| text == replica.state_text || nowhere(text) == nowhere(&replica.state_text);
        match groups.iter_mut().find(|(text, _)| same(text)) {
            Some((_, pods)) => pods.push(&replica.pod),
            None => groups.push((&replica.state_text, vec![&replica.pod])),
        }
    }
    let line = |(text, pods): (&str, Vec<&str>)| match pods.as_slice() {
        [pod] => format!("{pod}: {text}"),
        pods => format!("{} replicas: {text}", pods.len()),
    };
    groups.into_iter().map(line).collect()
}

/// The text without IPv4 addresses: each pod's probe names its own.
fn nowhere(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let words = text.split_inclusive(|c: char| !is_part(c));
    words.map(|word| if word.matches('.').count() == 3 { word.trim_start_matches(is_part) } else { word }).collect()
}

/// The head line: one workload says its own, several are counted.
pub fn head(rows: &[Row]) -> String {
    match rows {
        [row] => row.tally.clone(),
        rows => {
            let ready = rows.iter().filter(|row| row.state == State::Ready).count();
            format!("{ready} of {} are ready", rows.len())
        }
    }
}

/// The tree below the head, the sickest first, in at most so many lines.
pub fn tree(rows: &[Row], now: Timestamp, counts_down: bool, most: usize) -> Vec<String> {
    match rows {
        [row] => cut(row.waits.clone(), row.ending(now, counts_down), most),
        rows => tree_of_many(rows, now, counts_down, most),
    }
}

/// Each of these rows by its name, the sickest first.
pub fn tree_of_many(rows: &[Row], now: Timestamp, counts_down: bool, most: usize) -> Vec<String> {
    let mut sorted: Vec<&Row> = rows.iter().filter(|row| row.state != State::Ready).collect();
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
        lines.extend(row.ending(now, counts_down).map(|ending| format!("  {ending}")));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, state: State) -> Row {
        let gives_up = (state == State::Sick)
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
        let mut rows: Vec<Row> = (0..9).map(|n| row(&format!("ok-{n}"), State::Ready)).collect();
        rows.push(row("slow", State::Waits));
        rows.push(row("sick", State::Sick));
        rows.push(row("dead", State::Failed));
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
    fn replicas_whose_text_differs_by_their_own_address_alone_are_one_line() {
        let of = |pod: &str, ip: &str| ReplicaLine {
            pod: pod.to_owned(),
            state_text: format!("startup probe fails: Get \"http://{ip}:8080/\": dial tcp {ip}:8080: refused"),
            ready: false,
        };
        let replicas = vec![of("api-1", "10.244.0.8"), of("api-2", "10.244.0.19"), of("api-3", "1.2.3")];
        let lines = waiting(&replicas);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with("2 replicas: startup probe fails: Get \"http://10.244.0.8:8080/"), "{lines:?}");
    }

    #[test]
    fn a_tree_is_never_longer_than_the_terminal() {
        let rows: Vec<Row> =
            (0..40).map(|n| row(&format!("n-{n}"), if n % 2 == 0 { State::Sick } else { State::Waits })).collect();
        for most in 3..30 {
            let lines = tree(&rows, Timestamp::UNIX_EPOCH, true, most);
            assert!(lines.len() <= most, "{} lines of {most}", lines.len());
            assert!(lines.last().is_some_and(|last| last.contains("more not ready")));
        }
    }

    #[test]
    fn one_workload_shows_its_replicas_and_when_it_ends() {
        let mut one = row("api", State::Sick);
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
