//! Answer -> the text that a person reads.

use jiff::Timestamp;

use super::model::{Answer, Candidate, Evidence, Party, PartyKind, Says};
use crate::text::foreign_line;

/// Longest piece of foreign text on a line, in characters.
const LONGEST: usize = 100;

/// Both answers first, then where to ask, then everything that was found.
#[must_use]
pub fn page(subject: &str, answer: &Answer) -> String {
    let mut lines = vec![foreign_line(subject, LONGEST), String::new()];
    lines.extend(candidate("accountable", answer.accountable.as_ref(), "unknown"));
    lines.extend(candidate("active now", answer.active_now.as_ref(), "nobody"));
    let repository = answer.repository.iter().map(|url| ("repository", url));
    let contacts = answer.contacts.iter().map(|contact| (contact.what, &contact.value));
    lines.extend(contacts.chain(repository).map(|(what, value)| format!("{what:<13}{}", foreign_line(value, LONGEST))));
    lines.push(String::new());
    lines.extend(evidence(answer));
    lines.join("\n")
}

fn candidate(role: &str, candidate: Option<&Candidate>, nobody: &str) -> Vec<String> {
    let Some(candidate) = candidate else { return vec![format!("{role:<13}{nobody}")] };
    let name = label(&candidate.party);
    let from = format!("{}, {}, {}", candidate.source, foreign_line(&candidate.place, LONGEST), day(candidate.date));
    let mut lines = vec![format!("{role:<13}{name}  (confidence: {})", candidate.confidence.word()), from];
    lines.extend(candidate.because.iter().map(|why| foreign_line(why, LONGEST)));
    let rest = lines.split_off(1).into_iter().map(|line| format!("{:13}{line}", ""));
    lines.into_iter().chain(rest).collect()
}

fn evidence(answer: &Answer) -> Vec<String> {
    if answer.evidence.is_empty() {
        return vec!["no evidence was found".to_owned()];
    }
    let title = if answer.accountable.is_some() { "evidence" } else { "nearest evidence" };
    let rows: Vec<[String; 4]> = answer.evidence.iter().map(row).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (sources, says) = (width(0), width(2));
    let rows = rows
        .iter()
        .map(|[source, date, said, place]| format!("  {source:<sources$}  {date:<10}  {said:<says$}  {place}"));
    [title.to_owned()].into_iter().chain(rows).collect()
}

fn row(evidence: &Evidence) -> [String; 4] {
    let place = match evidence.line {
        Some(line) => format!("{}:{line}", evidence.place),
        None => evidence.place.clone(),
    };
    let said = match &evidence.says {
        Says::Owner { parties } => {
            let names: Vec<String> = parties.iter().map(label).collect();
            format!("owner {}", names.join(", "))
        }
        Says::Nobody => "no owner".to_owned(),
        Says::Contact(contact) => format!("{} {}", contact.what, contact.value),
        Says::Repository { url } => format!("repository {url}"),
        Says::Context { relation, value } => format!("{relation} {value}"),
        Says::Deployed { by } => format!("deployed by {}", label(by)),
        Says::Work { person, commits, of_commits, recent, .. } => {
            format!("{}: {commits} of {of_commits} commits, {recent} lately", label(person))
        }
    };
    [evidence.source.to_owned(), day(evidence.date), foreign_line(&said, LONGEST), foreign_line(&place, LONGEST)]
}

/// A name and how to reach it: `payments (team)`, `Ada <ada@example.com>`, `Ada @ada`.
fn label(party: &Party) -> String {
    let name = match &party.handle {
        Some(handle) if *handle == party.name => format!("@{handle}"),
        Some(handle) if party.email.is_none() => format!("{} @{handle}", party.name),
        _ => party.name.clone(),
    };
    let label = match (&party.email, party.kind) {
        (Some(email), _) if *email != party.name => format!("{name} <{email}>"),
        (_, PartyKind::Team) => format!("{name} (team)"),
        _ => name,
    };
    foreign_line(&label, LONGEST)
}

fn day(date: Option<Timestamp>) -> String {
    date.map_or_else(|| "undated".to_owned(), |date| date.strftime("%F").to_string())
}

/// Whom to ask all the same where nobody is on record.
#[must_use]
pub fn instead(answer: &Answer) -> Option<String> {
    answer.active_now.as_ref().map(|active| format!("ask {}, who is active there now", label(&active.party)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ownership::identity::party;
    use crate::ownership::model::{Confidence, Contact, Scope};

    fn date() -> Timestamp {
        "2026-11-20T10:00:00Z".parse().unwrap()
    }

    fn said(source: &'static str, place: &str, line: Option<usize>, says: Says) -> Evidence {
        let (scope, trust) = (Scope::Exact, Confidence::High);
        Evidence { source, place: place.to_owned(), line, date: line.is_none().then(date), scope, trust, says }
    }

    fn candidate(name: &str, because: &[&str]) -> Candidate {
        Candidate {
            party: party(name),
            confidence: Confidence::High,
            source: "annotation",
            place: "plat.dev/owner on Deployment shop/pay".to_owned(),
            date: Some(date()),
            inactive_days: None,
            because: because.iter().map(ToString::to_string).collect(),
        }
    }

    fn answer() -> Answer {
        Answer {
            accountable: Some(candidate("group:payments", &["CODEOWNERS agrees"])),
            active_now: Some(candidate(
                "Ada Lovelace <ada@example.com>",
                &["8 of 10 commits in 90 days, the last today"],
            )),
            contacts: vec![Contact { what: "chat", value: "#payments".to_owned() }],
            repository: Some("https://git.example.com/shop/pay".to_owned()),
            evidence: vec![
                said(
                    "annotation",
                    "plat.dev/owner on Deployment shop/pay",
                    None,
                    Says::Owner { parties: vec![party("payments")] },
                ),
                said(
                    "CODEOWNERS",
                    ".github/CODEOWNERS",
                    Some(3),
                    Says::Owner { parties: vec![party("@shop/payments"), party("@ada")] },
                ),
                said(
                    "label",
                    "app.kubernetes.io/part-of on Deployment shop/pay",
                    None,
                    Says::Context { relation: "part of", value: "shop".to_owned() },
                ),
            ],
        }
    }

    #[test]
    fn the_page_answers_first_and_proves_after() {
        insta::assert_snapshot!(page("Deployment shop/pay", &answer()));
    }

    #[test]
    fn an_unknown_owner_is_called_so() {
        let unknown =
            Answer { accountable: None, active_now: None, contacts: Vec::new(), repository: None, ..answer() };
        insta::assert_snapshot!(page("Deployment shop/pay", &unknown));
    }

    #[test]
    fn foreign_text_cannot_drive_the_terminal() {
        let evil = "\u{1b}[2J\u{202e}evil";
        let mut answer = answer();
        answer.accountable =
            Some(Candidate { because: vec![evil.to_owned()], place: evil.to_owned(), ..candidate(evil, &[]) });
        answer.contacts = vec![Contact { what: "chat", value: evil.to_owned() }];
        answer.repository = Some(evil.to_owned());
        answer.evidence =
            vec![said("annotation", evil, None, Says::Context { relation: "is", value: evil.to_owned() })];
        let page = page(evil, &answer);
        assert!(!page.contains(['\u{1b}', '\u{202e}']), "{page}");
    }
}
