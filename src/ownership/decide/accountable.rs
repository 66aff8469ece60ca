//! Who is accountable: whoever the closest source names, confirmed or doubted by the others.

use jiff::Timestamp;

use super::measures::{ENOUGH_COMMITS, days_between};
use crate::ownership::identity::same;
use crate::ownership::model::{Candidate, Confidence, Evidence, Party, PartyKind, Says, Scope};
use crate::ownership::sources::Commit;

/// Who has not committed for so many days is called inactive: half a year, longer than a holiday or an illness.
const INACTIVE_DAYS: i64 = 180;

/// What nobody has touched for so long may no longer be true.
const STALE_DAYS: i64 = 365;

/// Someone wrote down who it is: the closest source is believed, the others confirm it or cast doubt.
pub fn declared(evidence: &[Evidence], commits: &[Commit], now: Timestamp) -> Option<Candidate> {
    let claims: Vec<(&Evidence, &[Party])> = evidence
        .iter()
        .filter_map(|e| match &e.says {
            Says::Owner { parties } if !parties.is_empty() => Some((e, parties.as_slice())),
            _ => None,
        })
        .collect();
    let (first, parties) = claims.first()?;
    let party = one_of(parties, commits);
    let mut candidate = Candidate {
        party: party.clone(),
        confidence: if first.scope == Scope::Around { Confidence::Low } else { first.trust },
        source: first.source,
        place: first.place_and_line(),
        date: first.date,
        inactive_days: None,
        because: Vec::new(),
    };
    if parties.len() > 1 {
        candidate.doubt(format!("one of {} that {} names", parties.len(), first.source));
    }
    let confirmed = candidate.compare(&claims[1..], first);
    if let Some(days) = first.date.map(|date| days_between(date, now)).filter(|days| *days > STALE_DAYS && !confirmed) {
        candidate.doubt(format!("written {days} days ago and not confirmed since"));
    }
    if let Some(days) = days_since_seen(party, commits, now).filter(|days| *days > INACTIVE_DAYS) {
        candidate.inactive_days = Some(days);
        candidate.confidence = Confidence::Low;
        candidate.because.push(format!("inactive {days} days"));
    }
    Some(candidate)
}

/// The team, where a line names one; else whoever committed last; else the first.
fn one_of<'p>(parties: &'p [Party], commits: &[Commit]) -> &'p Party {
    let team = parties.iter().find(|party| party.kind == PartyKind::Team);
    let latest = || {
        let seen = parties.iter().filter_map(|party| Some((last_seen(party, commits)?, party)));
        seen.max_by_key(|(date, _)| *date).map(|(_, party)| party)
    };
    team.or_else(latest).unwrap_or(&parties[0])
}

impl Candidate {
    fn doubt(&mut self, why: String) {
        self.confidence = self.confidence.lower();
        self.because.push(why);
    }

    /// Takes the other claims into account; true when one confirms it.
    fn compare(&mut self, others: &[(&Evidence, &[Party])], first: &Evidence) -> bool {
        let mut confirmed = false;
        let mut doubted = false;
        for (other, parties) in others {
            if parties.iter().any(|party| same(party, &self.party)) {
                // Another annotation of the same object is the same hand.
                if !confirmed && (other.source != first.source || other.place != first.place) {
                    confirmed = true;
                    self.confidence = self.confidence.higher();
                    self.because.push(format!("{} agrees", other.source));
                }
            } else if comparable(&self.party, parties) {
                let names: Vec<&str> = parties.iter().map(|party| party.name.as_str()).collect();
                let why = format!("{} says {}", other.source, names.join(", "));
                // Twice contradicted is still one doubt, and surroundings speak of others too.
                if doubted || other.scope > first.scope {
                    self.because.push(why);
                } else {
                    self.doubt(why);
                    doubted = true;
                }
            }
        }
        confirmed
    }
}

/// A person may well be in a team that another source names: that is not a contradiction.
fn comparable(party: &Party, others: &[Party]) -> bool {
    let kinds = |kind| others.iter().any(|other| other.kind == kind || other.kind == PartyKind::Unknown);
    party.kind == PartyKind::Unknown || kinds(party.kind)
}

/// Nobody wrote it down, but one person wrote most of it and is still there.
pub fn main_author(evidence: &[Evidence], now: Timestamp) -> Option<Candidate> {
    // Someone did write down that nobody owns it: do not make anyone up.
    if evidence.iter().any(|e| e.says == Says::Nobody) {
        return None;
    }
    let works = evidence.iter().filter_map(|e| match &e.says {
        Says::Work { person, commits, lines, of_lines, .. } => Some((*lines, *of_lines, *commits, person, e)),
        _ => None,
    });
    let (lines, of_lines, commits, person, evidence) = works.max_by_key(|(lines, ..)| *lines)?;
    let still_there = evidence.date.is_some_and(|date| days_between(date, now) <= INACTIVE_DAYS);
    let most = lines * 2 > of_lines;
    (most && commits >= ENOUGH_COMMITS && still_there).then(|| Candidate {
        party: person.clone(),
        confidence: Confidence::Low,
        source: evidence.source,
        place: evidence.place_and_line(),
        date: evidence.date,
        inactive_days: None,
        because: vec![format!("nobody is named; wrote {} of the changed lines", percent(lines, of_lines))],
    })
}

fn days_since_seen(party: &Party, commits: &[Commit], now: Timestamp) -> Option<i64> {
    last_seen(party, commits).map(|date| days_between(date, now))
}

fn last_seen(party: &Party, commits: &[Commit]) -> Option<Timestamp> {
    commits.iter().filter(|commit| same(party, &commit.author)).map(|commit| commit.date).max()
}

fn percent(part: u64, whole: u64) -> String {
    format!("{} %", (part * 100).checked_div(whole).unwrap_or(0))
}
