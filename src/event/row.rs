//! One object of a set while it is followed: how far it is, and what it waits for. Pure.

use jiff::Timestamp;

use crate::rollout::{Assessment, ReplicaLine, Status, Verdict, Workload};

/// One object and what it waits for. Its text is safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `Deployment payments-api`
    pub object: String,
    /// `1 of 2 replicas are ready`
    pub tally: String,
    pub state: Health,
    /// What its replicas wait for.
    pub waits: Vec<String>,
    /// When it will have failed unless this changes.
    pub gives_up: Option<(Timestamp, String)>,
}

/// In the order in which a reader wants to see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    Failed,
    /// It will have failed in a while.
    Troubled,
    Waiting,
    Ready,
}

impl Row {
    #[must_use]
    pub fn of_workload(workload: &Workload, assessment: &Assessment) -> Self {
        let cause = assessment.findings.first().map(|finding| finding.what.clone()).unwrap_or_default();
        let (state, gives_up) = match assessment.verdict {
            Verdict::Ready => (Health::Ready, None),
            Verdict::Failed => (Health::Failed, None),
            Verdict::Wait { gives_up_at: Some(at) } => (Health::Troubled, Some((at, cause))),
            Verdict::Wait { gives_up_at: None } if !assessment.findings.is_empty() => (Health::Troubled, None),
            Verdict::Wait { gives_up_at: None } => (Health::Waiting, None),
        };
        let mut waits = waiting(&assessment.replicas);
        if waits.is_empty() && state != Health::Ready {
            // Nothing of it is there yet, or what is missing is not a pod's affair; or what was wrong is over just now.
            let is_there = assessment.desired > 0 && assessment.ready >= assessment.desired;
            let before = if is_there { "watched until it has stayed so; before: " } else { "" };
            waits.extend(assessment.findings.first().map(|finding| format!("{before}{}", finding.what)));
        }
        Self {
            object: format!("{} {}", workload.kind(), workload.name()),
            tally: assessment.tally.clone(),
            state,
            waits,
            gives_up,
        }
    }

    /// An object that runs no pods but has a status.
    #[must_use]
    pub fn of_object(object: String, status: Status, missing: Option<&str>) -> Self {
        let state = match status {
            Status::Current => Health::Ready,
            Status::Failed => Health::Failed,
            Status::InProgress | Status::Terminating => Health::Waiting,
        };
        let tally = missing.unwrap_or("ready").to_owned();
        Self { object, tally, state, waits: Vec::new(), gives_up: None }
    }

    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.state == Health::Ready
    }

    /// All of it in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let separator = if self.waits.is_empty() { "" } else { ": " };
        format!("{}: {}{separator}{}", self.object, self.tally, self.waits.join("; "))
    }
}

/// What the new replicas that are not ready wait for; those that wait for the same thing in one line.
#[must_use]
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
