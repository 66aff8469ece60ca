//! Evidence + now -> who is accountable, and who is active now. It answers "nobody known" rather than guess.

mod accountable;
mod active;
mod measures;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::model::{Answer, Contact, Evidence, Says};
use super::sources::{Commit, SOURCES};

/// Weighs the evidence. `commits` are the whole repository's: there one sees whether someone is still around.
#[must_use]
pub fn decide(mut evidence: Vec<Evidence>, commits: &[Commit], now: Timestamp) -> Answer {
    evidence.sort_by_key(|e| (e.scope, rank(e), std::cmp::Reverse(e.date)));
    let mut contacts: Vec<Contact> = Vec::new();
    for e in &evidence {
        if let Says::Contact(contact) = &e.says
            && contacts.iter().all(|known| known.what != contact.what)
        {
            contacts.push(contact.clone());
        }
    }
    let repository = evidence.iter().find_map(|e| match &e.says {
        Says::Repository { url } => Some(url.clone()),
        _ => None,
    });
    Answer {
        accountable: accountable::declared(&evidence, commits, now)
            .or_else(|| accountable::main_author(&evidence, now)),
        active_now: active::most_active(&evidence, now).or_else(|| active::deployer(&evidence, now)),
        contacts,
        repository,
        evidence,
    }
}

fn rank(evidence: &Evidence) -> usize {
    SOURCES.iter().position(|source| source.name == evidence.source).unwrap_or(SOURCES.len())
}
