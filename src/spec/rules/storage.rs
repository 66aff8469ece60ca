//! Volumes.

use serde_json::Value;

use super::program::file_name;
use super::subject::{Subject, texts};
use crate::located::Entry;
use crate::located::Finding;

/// Name, entry and value of each volume that is a map.
fn volumes<'a>(subject: &Subject<'a>) -> Vec<(&'a Entry, &'a Value)> {
    let entries = subject.entry("volumes").map(|volumes| volumes.value.entries()).unwrap_or_default();
    entries.iter().map(|entry| (entry, &subject.value["volumes"][&entry.key])).collect()
}

fn is_empty_kind(volume: &Value) -> bool {
    volume["kind"] == "empty"
}

pub(super) fn a_claim_has_a_size(subject: &Subject) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (entry, volume) in volumes(subject) {
        let name = &entry.key;
        if !is_empty_kind(volume) && entry.value.entry("size").is_none() && volume.is_object() {
            findings.push(
                Finding::new(entry.key_span, format!("`volumes.{name}` has no `size`"))
                    .hint("add `size: 1Gi`, or `kind: empty` if its files need not be kept"),
            );
        }
        for field in ["class", "access"].into_iter().filter(|_| is_empty_kind(volume)) {
            if let Some(at) = entry.value.entry(field) {
                findings.push(
                    Finding::new(at.key_span, format!("`volumes.{name}` is empty in each pod, so it has no `{field}`"))
                        .hint("remove the line, or `kind: empty`"),
                );
            }
        }
    }
    findings
}

/// Each folder is mounted once. `/tmp` and `/etc/NAME` are plat's own.
pub(super) fn folders_differ(subject: &Subject) -> Vec<Finding> {
    let config = subject.entry("config").and_then(|_| subject.value["name"].as_str());
    let mut taken = vec![("/tmp".to_owned(), "plat's own writable folder".to_owned())];
    taken.extend(config.map(|name| (format!("/etc/{name}"), "where the files of `config` are".to_owned())));
    let mut findings = Vec::new();
    for (path, span) in subject.entry("writable").into_iter().flat_map(|writable| texts(&writable.value)) {
        match taken.iter().find(|(other, _)| other == path) {
            Some((_, what)) => {
                findings.push(Finding::new(span, format!("`writable` names {path}, {what}")).hint("remove it"));
            }
            None => taken.push((path.to_owned(), "which `writable` names".to_owned())),
        }
    }
    for (entry, volume) in volumes(subject) {
        let (Some(path), Some(at)) = (volume["path"].as_str(), entry.value.entry("path")) else { continue };
        match taken.iter().find(|(other, _)| other == path) {
            Some((_, what)) => findings.push(
                Finding::new(at.value.span, format!("`volumes.{}.path` is {path}, {what}", entry.key))
                    .hint(format!("mount it elsewhere, such as `/data/{}`", file_name(&entry.key))),
            ),
            None => taken.push((path.to_owned(), format!("as is that of `volumes.{}`", entry.key))),
        }
    }
    let own = |entry: &&Entry| matches!(entry.key.as_str(), "tmp" | "config");
    findings.extend(volumes(subject).into_iter().map(|(entry, _)| entry).filter(own).map(|entry| {
        Finding::new(entry.key_span, format!("plat's own volume is called `{}`", entry.key)).hint("choose another name")
    }));
    findings
}

/// Pods on other nodes would wait for the volume for ever, and so would a new revision for the old one.
pub(super) fn one_node_means_one_copy(subject: &Subject) -> Vec<Finding> {
    let replicas = &subject.value["replicas"];
    let copies = replicas.as_u64().or_else(|| replicas["max"].as_u64()).unwrap_or(1);
    let single = |volume: &Value| {
        !is_empty_kind(volume) && matches!(volume["access"].as_str(), None | Some("ReadWriteOnce" | "ReadWriteOncePod"))
    };
    let first = volumes(subject).into_iter().find(|(_, volume)| volume.is_object() && single(volume));
    match (first, subject.entry("replicas")) {
        (Some((volume, value)), Some(replicas)) if copies > 1 => {
            let access = value["access"].as_str().unwrap_or("ReadWriteOnce");
            let message = format!("{copies} copies cannot share `volumes.{}`, which is {access}", volume.key);
            vec![
                Finding::new(replicas.key_span, message)
                    .hint("run one copy, or give the volume `access: ReadWriteMany` where the storage class has it"),
            ]
        }
        _ => Vec::new(),
    }
}
