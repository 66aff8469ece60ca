//! What the API server counted and timed: distinct audit ids by user agent, and the pods' own time.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(rename = "auditID")]
    audit_id: String,
    #[serde(default)]
    user_agent: String,
    verb: String,
    #[serde(default)]
    object_ref: ObjectRef,
    stage_timestamp: Timestamp,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ObjectRef {
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
}

/// What happened in one timed command.
pub struct Seen {
    /// By the programs whose user agent starts with what was asked for.
    pub requests: usize,
    /// From the creation of the first pod to the last word of the kubelet about one of the new pods, its readiness:
    /// what no client shortens. Nothing where no pod was made.
    pub pods: Duration,
}

pub struct Audit {
    log: BufReader<File>,
    seen: HashSet<String>,
}

impl Audit {
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let mut log = BufReader::new(File::open(path)?);
        log.seek(SeekFrom::End(0))?;
        Ok(Self { log, seen: HashSet::new() })
    }

    /// Everything since the last call. A watch that began before and ends now is not counted again.
    pub fn since(&mut self, agent: &str, namespace: &str) -> Seen {
        let mut requests = 0;
        let mut pods: HashSet<String> = HashSet::new();
        let (mut first, mut last) = (None, None);
        let mut line = String::new();
        while self.log.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            if let Ok(entry) = serde_json::from_str::<Entry>(&line) {
                let ObjectRef { resource, subresource, namespace: of, name } = &entry.object_ref;
                let is_new = self.seen.insert(entry.audit_id.clone());
                if is_new && entry.user_agent.starts_with(agent) {
                    requests += 1;
                }
                if resource == "pods" && of == namespace {
                    match (entry.verb.as_str(), subresource.as_str()) {
                        // The controller lets the server choose the name, so the log has it from the scheduler on.
                        ("create", "") => first = first.or(Some(entry.stage_timestamp)),
                        ("create", "binding") => drop(pods.insert(name.clone())),
                        ("patch", "status") if pods.contains(name) => last = Some(entry.stage_timestamp),
                        _ => {}
                    }
                }
            }
            line.clear();
        }
        let own = first.zip(last).map(|(first, last)| last.duration_since(first));
        Seen { requests, pods: own.and_then(|own| Duration::try_from(own).ok()).unwrap_or_default() }
    }
}
