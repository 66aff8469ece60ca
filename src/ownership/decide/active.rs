//! Who is active now: whoever commits there these days, else whoever deployed it last.

use jiff::Timestamp;

use super::measures::{ENOUGH_COMMITS, days_between};
use crate::ownership::identity;
use crate::ownership::model::{ACTIVE_DAYS, Candidate, Confidence, Evidence, Says};

/// Who committed most in the last [`ACTIVE_DAYS`] days.
pub fn most_active(evidence: &[Evidence], now: Timestamp) -> Option<Candidate> {
    let works = evidence.iter().filter_map(|e| match &e.says {
        Says::Work { person, recent, of_recent, .. } if *recent > 0 => Some((*recent, *of_recent, person, e)),
        _ => None,
    });
    let (recent, of_recent, person, evidence) = works.max_by_key(|(recent, _, _, e)| (*recent, e.date))?;
    let confidence = match (recent, recent * 2 > of_recent) {
        (ENOUGH_COMMITS.., true) => Confidence::High,
        (ENOUGH_COMMITS.., false) | (2.., true) => Confidence::Medium,
        _ => Confidence::Low,
    };
    let last = evidence.date.map_or(0, |date| days_between(date, now));
    Some(Candidate {
        party: person.clone(),
        confidence,
        source: evidence.source,
        place: evidence.place_and_line(),
        date: evidence.date,
        inactive_days: None,
        because: vec![format!(
            "{recent} of {of_recent} commits in {ACTIVE_DAYS} days, the last {}",
            match last {
                0 => "today".to_owned(),
                1 => "yesterday".to_owned(),
                days => format!("{days} days ago"),
            }
        )],
    })
}

/// Without history, who deployed it lately is the nearest to someone who works on it.
pub fn deployer(evidence: &[Evidence], now: Timestamp) -> Option<Candidate> {
    evidence.iter().find_map(|e| {
        let Says::Deployed { by } = &e.says else { return None };
        let bot = identity::is_bot(&by.name, by.email.as_deref().unwrap_or_default());
        let lately = e.date.is_some_and(|date| days_between(date, now) <= ACTIVE_DAYS);
        (lately && !bot).then(|| Candidate {
            party: by.clone(),
            confidence: Confidence::Low,
            source: e.source,
            place: e.place_and_line(),
            date: e.date,
            inactive_days: None,
            because: vec!["deployed it last".to_owned()],
        })
    })
}
