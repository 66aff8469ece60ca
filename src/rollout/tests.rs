//! The cases: `cases/<rule>/<what>-<doomed|recovers>.yaml`, each a list of moments of one rollout with what is expected of
//! them. A new case costs a paste of what `kubectl get deploy,rs,pods,events -o yaml` prints. A moment keeps the lists
//! that it does not name, and an object that it names by UID alone keeps its metadata and spec.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::model::orders;
use super::rules::RULES;
use super::{Assessment, Graces, Lookup, Snapshot, Tracker, Verdict};
use crate::reason::Reason;

const START: Timestamp = Timestamp::UNIX_EPOCH;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Moment {
    /// Seconds since the start.
    at: i64,
    #[serde(default)]
    snapshot: serde_json::Map<String, Value>,
    expect: Expect,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expect {
    verdict: Word,
    /// Of the first finding; none when there is to be no finding.
    reason: Option<Reason>,
    /// Parts of the first finding's sentence, evidence and hint.
    #[serde(default)]
    says: Vec<String>,
    /// Seconds since the start.
    gives_up_at: Option<i64>,
    /// Seconds since the start; compared where a case says it.
    conclusive_at: Option<i64>,
    /// Parts of the replicas' lines.
    #[serde(default)]
    replicas: Vec<String>,
    /// Pods whose logs are asked for.
    #[serde(default)]
    logs: Vec<String>,
    /// Of an HTTP look-up, the name of the pod only.
    #[serde(default)]
    lookups: Vec<Value>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Wait,
    Ready,
    Failed,
}

#[test]
fn every_case_ends_as_it_must() {
    let wrong: String = cases().iter().map(Case::check).collect();
    assert!(wrong.is_empty(), "{wrong}");
}

/// The name says how it ends: nothing that recovers was given up on the way.
#[test]
fn the_name_of_a_case_is_true() {
    for case in cases() {
        let verdicts: Vec<_> = case.moments.iter().map(|moment| &moment.expect.verdict).collect();
        let end = if case.name.ends_with("-recovers") { Word::Ready } else { Word::Failed };
        assert!(case.name.ends_with("-recovers") || case.name.ends_with("-doomed"), "{}: name", case.name);
        assert_eq!(verdicts.last(), Some(&&end), "{}", case.name);
        let first_failed = verdicts.iter().position(|verdict| **verdict == Word::Failed);
        let after = first_failed.map_or(&[][..], |first| &verdicts[first..]);
        assert!(after.iter().all(|verdict| **verdict == Word::Failed), "{}: failed on the way", case.name);
    }
}

/// Each rule has a case in which it is right, and one in which it must not end the rollout.
#[test]
fn every_rule_has_a_case_each_way() {
    let cases = cases();
    let mut missing = Vec::new();
    for rule in RULES {
        for way in ["doomed", "recovers"] {
            if !cases.iter().any(|case| case.rule == rule.name && case.name.ends_with(way)) {
                missing.push(format!("src/rollout/cases/{}/<what>-{way}.yaml", rule.name));
            }
        }
    }
    assert!(missing.is_empty(), "a rule has a case each way; write: {missing:#?}");
}

/// The folder of a case says which rule it is about.
#[test]
fn a_doomed_case_is_recognised_by_the_rule_of_its_folder() {
    for case in cases().iter().filter(|case| case.name.ends_with("-doomed")) {
        let rule = RULES.iter().find(|rule| rule.name == case.rule);
        let rule = rule.unwrap_or_else(|| panic!("{}: no rule has the name {}", case.name, case.rule));
        let mut recognised = Vec::new();
        case.play(|tracker, snapshot, now| {
            recognised = tracker.classes(snapshot, now);
            tracker.observe(snapshot, now)
        });
        assert!(recognised.contains(&rule.class), "{}: rule {} does not recognise its end", case.name, rule.name);
    }
}

/// What a developer reads at the end of each doomed rollout.
#[test]
fn the_messages() {
    let mut text = String::new();
    for case in cases().iter().filter(|case| case.name.ends_with("-doomed")) {
        let end = case.run().pop().expect("a case has moments");
        let _ = writeln!(text, "# {}", case.name);
        for finding in end.findings {
            let _ = writeln!(text, "{}: {}\n  --> {}", finding.reason, finding.what, finding.object);
            for line in finding.evidence {
                let _ = writeln!(text, "  | {line}");
            }
            let _ = writeln!(text, "hint: {}", finding.hint);
        }
        text.push('\n');
    }
    insta::assert_snapshot!(text);
}

/// At each moment of each case, of all that is recognised then.
#[test]
fn a_remedy_orders_a_change_only_where_its_precondition_was_seen() {
    let mut remedies = Vec::new();
    for case in cases() {
        case.play(|tracker, snapshot, now| {
            remedies.extend(tracker.remedies(snapshot, now));
            tracker.observe(snapshot, now)
        });
    }
    remedies.sort_by(|a, b| a.text().cmp(b.text()));
    remedies.dedup();
    let wrong = orders::wrong(&remedies);
    assert!(wrong.is_empty(), "{wrong}");
}

struct Case {
    /// Its folder.
    rule: String,
    name: String,
    moments: Vec<Moment>,
}

impl Case {
    fn run(&self) -> Vec<Assessment> {
        self.play(Tracker::observe)
    }

    fn play(&self, mut observe: impl FnMut(&mut Tracker, &Snapshot, Timestamp) -> Assessment) -> Vec<Assessment> {
        let mut tracker = Tracker::new(Graces::default());
        let mut known = serde_json::Map::new();
        let play = |moment: &Moment| {
            for (kind, mut value) in moment.snapshot.clone() {
                inherit(known.get(&kind), &mut value);
                known.insert(kind, value);
            }
            let snapshot: Snapshot = serde_json::from_value(Value::Object(known.clone()))
                .unwrap_or_else(|e| panic!("{} at {}: {e}", self.name, moment.at));
            observe(&mut tracker, &snapshot, seconds(moment.at))
        };
        self.moments.iter().map(play).collect()
    }

    fn check(&self) -> String {
        let mut wrong = String::new();
        for (moment, seen) in self.moments.iter().zip(self.run()) {
            let expected = &moment.expect;
            let mut compare = |what: &str, expected: String, seen: String| {
                if expected != seen {
                    let _ = writeln!(wrong, "{} at {} s, {what}: expected {expected}, is {seen}", self.name, moment.at);
                }
            };
            compare("verdict", format!("{:?}", expected.verdict), format!("{:?}", word(seen.verdict)));
            let reason = seen.findings.first().map(|finding| finding.reason.clone());
            compare("reason", format!("{:?}", expected.reason), format!("{reason:?}"));
            let gives_up_at = match seen.verdict {
                Verdict::Wait { gives_up_at } => gives_up_at,
                Verdict::Ready | Verdict::Failed => None,
            };
            compare("gives up at", format!("{:?}", expected.gives_up_at.map(seconds)), format!("{gives_up_at:?}"));
            if let Some(at) = expected.conclusive_at {
                compare("conclusive at", format!("{:?}", Some(seconds(at))), format!("{:?}", seen.conclusive_at));
            }
            let logs: Vec<_> = seen.needs_logs.iter().map(|request| request.pod.clone()).collect();
            compare("logs", format!("{:?}", expected.logs), format!("{logs:?}"));
            let lookups: Vec<_> = seen.needs_lookups.iter().map(brief).collect();
            compare("lookups", format!("{:?}", expected.lookups), format!("{lookups:?}"));
            let said = seen.findings.first().map(|f| format!("{}\n{}\n{}", f.what, f.evidence.join("\n"), f.hint));
            let said = said.unwrap_or_default();
            for part in expected.says.iter().filter(|part| !said.contains(*part)) {
                compare("says", part.clone(), said.clone());
            }
            let lines = seen.replicas.iter().map(|r| &*r.state_text).collect::<Vec<_>>().join("\n");
            for part in expected.replicas.iter().filter(|part| !lines.contains(*part)) {
                compare("replicas", part.clone(), lines.clone());
            }
        }
        wrong
    }
}

/// Gives each object what it does not say itself from the object with the same UID of the moment before.
fn inherit(before: Option<&Value>, now: &mut Value) {
    let before = before.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for object in now.as_array_mut().into_iter().flatten() {
        let uid = object.pointer("/metadata/uid").cloned();
        let same = before.iter().find(|other| uid.is_some() && other.pointer("/metadata/uid") == uid.as_ref());
        if let (Some(Value::Object(same)), Value::Object(object)) = (same, object) {
            let mut whole = same.clone();
            for (key, value) in std::mem::take(object) {
                match (whole.get_mut(&key), value) {
                    (Some(Value::Object(metadata)), Value::Object(more)) if key == "metadata" => metadata.extend(more),
                    (_, value) => drop(whole.insert(key, value)),
                }
            }
            *object = whole;
        }
    }
}

fn brief(lookup: &Lookup) -> Value {
    match lookup {
        Lookup::Http { pod, .. } => serde_json::json!({ "http": pod }),
        lookup => serde_json::to_value(lookup).expect("a look-up is data"),
    }
}

fn word(verdict: Verdict) -> Word {
    match verdict {
        Verdict::Wait { .. } => Word::Wait,
        Verdict::Ready => Word::Ready,
        Verdict::Failed => Word::Failed,
    }
}

fn seconds(at: i64) -> Timestamp {
    START + SignedDuration::from_secs(at)
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// By name, whatever folder they are in.
fn cases() -> Vec<Case> {
    let list = |folder: PathBuf| {
        let entries = folder.read_dir().unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        entries.map(|entry| entry.expect("an entry").path()).collect::<Vec<_>>()
    };
    let mut cases: Vec<Case> =
        list(root().join("src/rollout/cases")).into_iter().flat_map(list).map(|path| read(&path)).collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

fn read(path: &Path) -> Case {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    let text = std::fs::read_to_string(path).expect("a readable case");
    let moments = serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
    Case { rule: folder.to_string_lossy().into_owned(), name, moments }
}
