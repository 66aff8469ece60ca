//! Requests as the API server counted them: distinct audit ids by user agent.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(rename = "auditID")]
    audit_id: String,
    #[serde(default)]
    user_agent: String,
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

    /// Requests by programs whose user agent starts with `agent`, since the last call. A watch that began before
    /// and ends now is not counted again.
    pub fn requests_since(&mut self, agent: &str) -> usize {
        let mut count = 0;
        let mut line = String::new();
        while self.log.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            if let Ok(entry) = serde_json::from_str::<Entry>(&line)
                && entry.user_agent.starts_with(agent)
                && self.seen.insert(entry.audit_id)
            {
                count += 1;
            }
            line.clear();
        }
        count
    }
}
