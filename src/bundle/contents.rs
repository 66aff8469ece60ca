//! The files of a bundle, from what is known of a failure. Data of Secrets and values of environment variables are
//! masked, all other text is redacted; sizes are bounded.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::masked::mask;
use super::names::Names;
use crate::error::Error;
use crate::manifests::{Manifest, describe, to_yaml};
use crate::telemetry::Phase;
use crate::text::{escape, redact};

/// Bytes of one log that are kept: its end.
const LOG: usize = 256 << 10;
/// Bytes of a bundle, before compression.
const TOTAL: usize = 16 << 20;

/// One file of the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the bundle's folder, with `/`.
    pub name: String,
    pub content: String,
}

/// A container's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogText {
    pub namespace: String,
    pub pod: String,
    pub container: String,
    pub previous: bool,
    pub text: String,
}

/// What could not be had, and why: an absence must not look like "there was nothing".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    pub what: String,
    pub why: String,
}

/// What `plat evidence` lists: `summary.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The version of this format.
    pub version: u32,
    pub run: String,
    pub at: Timestamp,
    pub plat: String,
    pub service: String,
    pub namespace: String,
    pub context: String,
    pub server: String,
    pub image: Option<String>,
    pub commit: Option<String>,
    /// The number under which the failed revision is recorded in the cluster.
    pub revision: Option<u64>,
    /// What happened, as it was printed.
    pub error: String,
    pub reason: Option<String>,
    pub place: Option<String>,
    pub details: Vec<String>,
    pub hints: Vec<String>,
    pub phases: Vec<Phase>,
    /// What the API server warned of when it was applied.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// What is missing here.
    pub gaps: Vec<Gap>,
}

impl Summary {
    /// The part that the error tells.
    pub fn tell(&mut self, error: &Error) {
        self.error = redact(&error.what);
        self.reason = error.reason.as_ref().map(ToString::to_string);
        self.place = error.place.as_deref().map(redact);
        self.details = redact(&error.details.join("\n")).lines().map(ToOwned::to_owned).collect();
        self.hints.clone_from(&error.hints);
    }
}

/// A failure and what was found around it.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    pub summary: Summary,
    /// What was to be applied.
    pub manifests: &'a [Manifest],
    /// What it changed, a line a field, masked already.
    pub diff: &'a [String],
    /// Objects as the cluster had them: workloads, `ReplicaSet`s, pods.
    pub objects: Vec<Value>,
    pub events: Vec<Value>,
    pub logs: Vec<LogText>,
}

/// The files, the most telling first.
#[must_use]
pub fn files(case: &Case) -> Vec<File> {
    let masked: Vec<Manifest> =
        case.manifests.iter().map(|manifest| Manifest { body: mask(&manifest.body), ..manifest.clone() }).collect();
    let mut files = vec![
        File { name: "events.txt".to_owned(), content: event_lines(&case.events) },
        File {
            name: "diff.txt".to_owned(),
            content: case.diff.iter().fold(String::new(), |text, line| text + line + "\n"),
        },
        File { name: "manifests.yaml".to_owned(), content: to_yaml(&masked) },
    ];
    let mut names = Names::default();
    files.extend(case.logs.iter().map(|log| File {
        name: names.log(&log.namespace, &log.pod, &log.container, log.previous),
        content: log_lines(&log.text),
    }));
    files.extend(case.objects.iter().map(|object| File { name: names.object(object), content: json(&mask(object)) }));
    files.push(File { name: "events.json".to_owned(), content: json(&mask(&Value::Array(case.events.clone()))) });

    whole(case.summary.clone(), files)
}

/// Of a build that failed, before there was anything to apply: what its programs said.
#[must_use]
pub fn of_build(summary: Summary, said: &str) -> Vec<File> {
    whole(summary, vec![File { name: "build.log".to_owned(), content: log_lines(said) }])
}

/// With what tells of all of it; what would make the bundle too large is left out and named.
fn whole(mut summary: Summary, mut files: Vec<File>) -> Vec<File> {
    let mut left = TOTAL;
    files.retain(|file| {
        let fits = file.content.len() <= left;
        if fits {
            left -= file.content.len();
        } else {
            let why = format!("a bundle holds {} MiB", TOTAL >> 20);
            summary.gaps.push(Gap { what: file.name.clone(), why });
        }
        fits
    });
    let summary_json = serde_json::to_value(&summary).unwrap_or_default();
    let first = [
        File { name: "README.txt".to_owned(), content: read_me(&summary, &files) },
        File { name: "summary.json".to_owned(), content: json(&summary_json) },
    ];
    first.into_iter().chain(files).collect()
}

fn json(value: &Value) -> String {
    format!("{value:#}\n")
}

fn read_me(summary: &Summary, files: &[File]) -> String {
    let mut text = format!("{}\n", summary.error);
    let mut line = |label: &str, value: Option<&str>| {
        if let Some(value) = value {
            let _ = writeln!(text, "{label:<10} {value}");
        }
    };
    line("where", summary.place.as_deref());
    line("reason", summary.reason.as_deref());
    // What fails before a cluster is reached is in none.
    let is_somewhere = !summary.context.is_empty();
    let namespace = if is_somewhere { format!(" in namespace {}", summary.namespace) } else { String::new() };
    line("service", Some(&format!("{}{namespace}", summary.service)));
    line("cluster", is_somewhere.then(|| format!("{} ({})", summary.context, summary.server)).as_deref());
    line("image", summary.image.as_deref());
    line("commit", summary.commit.as_deref());
    line("when", Some(&format!("{} by this machine's clock", summary.at.strftime("%Y-%m-%d %H:%M:%S UTC"))));
    line("run", Some(&summary.run));
    line("plat", Some(&summary.plat));
    for detail in &summary.details {
        let _ = writeln!(text, "  | {detail}");
    }
    for hint in &summary.hints {
        let _ = writeln!(text, "hint: {hint}");
    }
    text.push_str("\nTimeline (milliseconds since the start; phases may overlap)\n");
    for phase in &summary.phases {
        let _ = writeln!(text, "{:>9.0}  {} ({:.0} ms)", phase.start_ms, phase.name, phase.duration_ms);
    }
    text.push_str("\nFiles\n  summary.json\n");
    for file in files {
        let _ = writeln!(text, "  {}", file.name);
    }
    for gap in &summary.gaps {
        let _ = writeln!(text, "missing: {}: {}", gap.what, gap.why);
    }
    text
}

/// One line an event, oldest first.
fn event_lines(events: &[Value]) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines: Vec<(String, String)> = events
        .iter()
        .map(|event| {
            let last = [&event["lastTimestamp"], &event["eventTime"], &event["metadata"]["creationTimestamp"]];
            let at = last.into_iter().find_map(Value::as_str).unwrap_or("-").to_owned();
            let object = &event["involvedObject"];
            let line = format!(
                "{at} {} {} {} x{}: {}",
                text(&event["type"]),
                text(&event["reason"]),
                describe(&text(&object["kind"]), object["namespace"].as_str(), &text(&object["name"])),
                event["count"].as_i64().unwrap_or(1),
                text(&event["message"]),
            );
            (at, safe_line(&line))
        })
        .collect();
    lines.sort();
    lines.into_iter().fold(String::new(), |all, (_, line)| all + &line + "\n")
}

fn safe_line(text: &str) -> String {
    escape(&redact(text))
}

/// The end of a log, a line that is safe to print a line.
fn log_lines(text: &str) -> String {
    // As a whole: a key has several lines.
    let text = redact(text);
    let start = text.ceil_char_boundary(text.len().saturating_sub(LOG));
    text[start..].lines().fold(String::new(), |text, line| text + &escape(line) + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn summary() -> Summary {
        Summary {
            version: 1,
            run: "0193".to_owned(),
            at: "2026-11-23T10:00:00Z".parse().expect("a time"),
            plat: "0.1.0".to_owned(),
            service: "shop".to_owned(),
            namespace: "web".to_owned(),
            context: "prod".to_owned(),
            server: "https://k8s".to_owned(),
            image: None,
            commit: None,
            revision: Some(3),
            error: "shop did not become ready: it exits".to_owned(),
            reason: Some("CrashLoopBackOff".to_owned()),
            place: None,
            details: vec!["last line".to_owned()],
            hints: Vec::new(),
            phases: vec![Phase { name: "apply".to_owned(), start_ms: 10.0, duration_ms: 30.0 }],
            warnings: Vec::new(),
            gaps: Vec::new(),
        }
    }

    fn manifest(body: Value) -> Manifest {
        Manifest {
            api_version: "v1".to_owned(),
            kind: body["kind"].as_str().expect("a kind").to_owned(),
            resource: String::new(),
            name: "x".to_owned(),
            namespace: None,
            body,
        }
    }

    /// Everything that must not leave the cluster, in every place where it could.
    fn case(manifests: &[Manifest]) -> Case<'_> {
        Case {
            summary: summary(),
            manifests,
            diff: &[],
            objects: vec![json!({"kind": "Pod", "metadata": {"name": "../../etc/shop", "managedFields": [{"a": 1}],
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"env\": \"hunter2\"}", "acme/api-token": "hunter2"}},
                "spec": {"containers": [{"env": [{"name": "GREETING", "value": "hunter2"}],
                    "args": ["--db=postgres://app:hunter2@db/shop"]}]}})],
            events: vec![
                json!({"reason": "Failed", "message": "password=hunter2 \u{1b}[2J", "involvedObject": {"kind": "Pod"}}),
            ],
            logs: vec![LogText {
                namespace: "web".to_owned(),
                pod: "shop-1".to_owned(),
                container: "app".to_owned(),
                previous: true,
                text: "start\npassword=hunter2\n\u{1b}[31mred".to_owned(),
            }],
        }
    }

    #[test]
    fn nothing_secret_is_in_any_file_and_no_file_leaves_the_folder() {
        let manifests = [
            manifest(
                json!({"kind": "Secret", "metadata": {"name": "x"}, "data": {"a": "hunter2"}, "stringData": {"b": "hunter2"}}),
            ),
            manifest(json!({"kind": "Deployment", "spec": {"env": [{"name": "A", "value": "hunter2"}]}})),
        ];
        let files = files(&case(&manifests));
        for file in &files {
            assert!(!file.content.contains("hunter2"), "{}: {}", file.name, file.content);
            assert!(!file.content.contains('\u{1b}'), "{}", file.name);
            assert!(!file.name.split('/').any(|part| part.is_empty() || part == ".."), "{}", file.name);
        }
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "README.txt",
                "summary.json",
                "events.txt",
                "diff.txt",
                "manifests.yaml",
                "logs/web/shop-1/app.previous.log",
                "objects/_cluster/pod/-.-..-etc-shop.json",
                "events.json"
            ]
        );
        let read: Summary = serde_json::from_str(&files[1].content).expect("a summary");
        assert_eq!(read, summary());
    }

    #[test]
    fn what_a_build_said_is_there_without_its_secrets_and_in_no_cluster() {
        let summary = Summary { context: String::new(), server: String::new(), namespace: String::new(), ..summary() };
        let files = of_build(summary, "$ npm ci\npassword=hunter2\n\u{1b}[31mERR!");
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["README.txt", "summary.json", "build.log"]);
        assert!(
            files[2].content.starts_with("$ npm ci\n") && files[2].content.contains("ERR!"),
            "{}",
            files[2].content
        );
        assert!(!files[2].content.contains("hunter2") && !files[2].content.contains('\u{1b}'), "{}", files[2].content);
        assert!(
            !files[0].content.contains("cluster") && !files[0].content.contains("namespace"),
            "{}",
            files[0].content
        );
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_named() {
        let mut case = case(&[]);
        case.objects.push(json!({"kind": "Pod", "metadata": {"name": "huge"}, "text": "x".repeat(TOTAL)}));
        case.logs[0].text = "ä".repeat(LOG);
        let files = files(&case);
        assert!(files.iter().map(|file| file.content.len()).sum::<usize>() < TOTAL + (1 << 20));
        assert!(
            files[0].content.contains("missing: objects/_cluster/pod/huge.json: a bundle holds 16 MiB"),
            "{}",
            files[0].content
        );
        let log = files.iter().find(|file| file.name.starts_with("logs/")).expect("a log");
        assert!(log.content.len() <= LOG + 1);
    }
}
