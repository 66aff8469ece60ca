//! What of a bundle is put in the cluster for others, and how it is read there: the summary and what a reader looks at
//! first, bounded well below what a Secret may hold. Pure.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use serde::Serialize;
use serde_json::json;

use super::contents::{Gap, Summary};
use crate::manifests::{MANAGED_BY, Manifest};
use crate::revision::{OF, REVISION, secret_name};
use crate::text::{escape, foreign_line, redact};

/// Label: the run whose evidence it is.
pub const EVIDENCE: &str = "plat.dev/evidence";
const TYPE: &str = "plat.dev/evidence";
const BY: &str = "plat.dev/pushed-by";
const AT: &str = "plat.dev/pushed-at";
const CUT: &str = "plat.dev/cut";
const SUMMARY: &str = "summary.json";
/// The page that a reader sees first.
pub const PAGE: &str = "README.txt";
/// Texts that are taken along, and which end of a long one is worth more.
pub const TEXTS: [(&str, Worth); 3] = [(PAGE, Worth::Head), ("events.txt", Worth::Tail), ("diff.txt", Worth::Head)];

/// Bytes of one text. With the summary all of it is a quarter of the 1 MiB of a Secret.
const TEXT: usize = 64 << 10;
/// Lines of a list in the summary, and bytes of one.
const LINES: usize = 50;
const LINE: usize = 500;

/// Which end of a text is worth more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    Head,
    Tail,
}

/// What is handed on of one bundle.
#[derive(Debug, Clone, PartialEq)]
pub struct Parcel {
    pub summary: Summary,
    /// By the file's name.
    pub texts: BTreeMap<String, String>,
    pub pushed: Pushed,
}

/// By whom, when, and what did not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pushed {
    /// `ada@example.com on laptop`
    pub by: String,
    /// By the clock of whoever did.
    pub at: Timestamp,
    pub cut: Vec<String>,
}

impl Parcel {
    /// Masked and redacted once more, whatever became of the files since, and cut where they are too long.
    #[must_use]
    pub fn pack(
        summary: &Summary,
        texts: impl IntoIterator<Item = (&'static str, Worth, String)>,
        pushed: Pushed,
    ) -> Self {
        let mut cut = Vec::new();
        let texts = texts.into_iter().map(|(name, worth, text)| {
            let text = redact(&text);
            let bounded = bounded(&text, worth);
            if bounded.len() < text.len() {
                cut.push(format!("{name} ({} of {} KiB are here)", bounded.len() >> 10, text.len() >> 10));
            }
            (name.to_owned(), bounded)
        });
        let texts: BTreeMap<String, String> = texts.collect();
        let short = shortened(summary.clone());
        if short != *summary {
            cut.push(format!("{SUMMARY} (its longest lists and lines)"));
        }
        Self { summary: short, texts, pushed: Pushed { cut, ..pushed } }
    }

    /// The Secret that holds it. `revision`: the recorded one that it goes with.
    #[must_use]
    pub fn secret(&self, namespace: &str, revision: Option<u64>) -> Manifest {
        let Self { summary, texts, pushed } = self;
        let service = has_label_form(&summary.service).then_some(summary.service.as_str());
        let mut labels = json!({EVIDENCE: summary.run, "app.kubernetes.io/managed-by": MANAGED_BY});
        let texts = texts.iter().map(|(name, text)| (name.as_str(), STANDARD.encode(text)));
        let data: BTreeMap<&str, String> =
            texts.chain([(SUMMARY, STANDARD.encode(json!(summary).to_string()))]).collect();
        let name = match (service, revision) {
            (Some(service), Some(number)) => format!("{}-evidence", secret_name(service, number, 0)),
            _ => format!("plat-evidence-{}", summary.run),
        };
        if let Some(service) = service {
            labels[OF] = json!(service);
            if let Some(number) = revision {
                labels[REVISION] = json!(number.to_string());
            }
        }
        let annotations = json!({BY: pushed.by, AT: pushed.at.to_string(), CUT: json!(pushed.cut).to_string()});
        let metadata = json!({"name": name, "namespace": namespace, "labels": labels, "annotations": annotations});
        Manifest {
            api_version: "v1".to_owned(),
            kind: "Secret".to_owned(),
            resource: "secrets".to_owned(),
            namespace: Some(namespace.to_owned()),
            body: json!({"apiVersion": "v1", "kind": "Secret", "type": TYPE, "metadata": metadata, "data": data}),
            name,
        }
    }

    /// Reads it back; none of any other Secret.
    #[must_use]
    pub fn read(secret: &Secret) -> Option<Self> {
        let annotations = secret.metadata.annotations.as_ref()?;
        let data = secret.data.as_ref()?;
        let text = |name: &str| Some(String::from_utf8_lossy(&data.get(name)?.0).into_owned());
        let texts = TEXTS.iter().filter_map(|(name, _)| Some(((*name).to_owned(), text(name)?)));
        let cut: Vec<String> = annotations.get(CUT).and_then(|cut| serde_json::from_str(cut).ok()).unwrap_or_default();
        Some(Self {
            summary: serde_json::from_str(&text(SUMMARY)?).ok()?,
            texts: texts.collect(),
            pushed: Pushed {
                by: foreign_line(annotations.get(BY)?, 100),
                at: annotations.get(AT)?.parse().ok()?,
                cut: cut.iter().map(|cut| foreign_line(cut, 100)).collect(),
            },
        })
    }

    /// All of it for a reader, safe to print.
    #[must_use]
    pub fn page(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for (name, _) in TEXTS {
            let Some(text) = self.texts.get(name).filter(|text| !text.is_empty()) else { continue };
            if name != PAGE {
                lines.push(format!("\n{name}"));
            }
            lines.extend(text.lines().map(escape));
        }
        if !self.pushed.cut.is_empty() {
            lines.push(format!("\ncut: {}", self.pushed.cut.join(", ")));
        }
        lines.join("\n")
    }
}

/// Whether it may be the value of a label.
fn has_label_form(text: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric();
    (1..=63).contains(&text.len())
        && text.starts_with(is_inner)
        && text.ends_with(is_inner)
        && text.chars().all(|c| is_inner(c) || matches!(c, '-' | '.' | '_'))
}

/// Whole lines up to the limit, or a part of one that is longer.
fn bounded(text: &str, worth: Worth) -> String {
    if text.len() <= TEXT {
        return text.to_owned();
    }
    match worth {
        Worth::Head => {
            let head = &text[..text.floor_char_boundary(TEXT)];
            head.rfind('\n').map_or(head, |end| &head[..=end]).to_owned()
        }
        Worth::Tail => {
            let tail = &text[text.ceil_char_boundary(text.len() - TEXT)..];
            tail.find('\n').map(|end| &tail[end + 1..]).filter(|rest| !rest.is_empty()).unwrap_or(tail).to_owned()
        }
    }
}

fn shortened(summary: Summary) -> Summary {
    let line = |text: String| {
        let end = text.floor_char_boundary(LINE);
        if end < text.len() { format!("{}…", &text[..end]) } else { text }
    };
    let lines = |texts: Vec<String>| texts.into_iter().take(LINES).map(|text| line(redact(&text))).collect();
    let gap = |Gap { what, why }: Gap| Gap { what: line(what), why: line(why) };
    Summary {
        error: line(redact(&summary.error)),
        reason: summary.reason.map(line),
        place: summary.place.map(line),
        image: summary.image.map(line),
        commit: summary.commit.map(line),
        details: lines(summary.details),
        hints: lines(summary.hints),
        phases: summary.phases.into_iter().take(LINES).collect(),
        gaps: summary.gaps.into_iter().take(LINES).map(gap).collect(),
        ..summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::ByteString;
    use rstest::rstest;
    use serde_json::Value;

    fn summary(service: &str) -> Summary {
        let value: Value = json!({"version": 1, "run": "0193-aaaa", "at": "2026-11-23T10:00:00Z", "plat": "0",
            "service": service, "namespace": "web", "context": "c", "server": "s", "revision": 3, "error": "it crashes",
            "details": ["PASSWORD=hunter2"], "hints": [], "phases": [], "gaps": []});
        serde_json::from_value(value).expect("a summary")
    }

    fn pushed() -> Pushed {
        let at = "2026-11-24T10:00:00Z".parse().expect("a time");
        Pushed { by: "ada on laptop".to_owned(), at, cut: Vec::new() }
    }

    /// As the API server gives it back.
    fn kept(manifest: &Manifest) -> Secret {
        let texts = manifest.body["data"].as_object().expect("texts");
        let text = |value: &Value| ByteString(STANDARD.decode(value.as_str().expect("a text")).expect("base64"));
        let data = texts.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        let metadata = serde_json::from_value(manifest.body["metadata"].clone()).expect("metadata");
        Secret { metadata, data: Some(data), ..Secret::default() }
    }

    #[test]
    fn what_is_handed_on_is_read_back_redacted_and_safe_to_print() {
        let read_me = "it crashes\u{1b}[31m\nTOKEN=hunter2\n".to_owned();
        let parcel = Parcel::pack(&summary("shop"), [(PAGE, Worth::Head, read_me)], pushed());
        let manifest = parcel.secret("web", Some(3));
        assert_eq!(manifest.name, "plat-shop-rev-3-evidence");
        let labels = &manifest.body["metadata"]["labels"];
        assert_eq!((&labels[OF], &labels[REVISION]), (&json!("shop"), &json!("3")));
        let read = Parcel::read(&kept(&manifest)).expect("a parcel");
        assert!(!format!("{read:?}").contains("hunter2"), "{read:?}");
        assert_eq!(read, parcel);
        assert!(read.page().starts_with("it crashes") && !read.page().contains('\u{1b}'), "{}", read.page());
        assert_eq!(Parcel::read(&Secret::default()), None);
    }

    #[rstest]
    #[case::no_revision("shop", None, "plat-evidence-0193-aaaa", Some("shop"))]
    #[case::no_name("3 objects", Some(3), "plat-evidence-0193-aaaa", None)]
    fn what_has_no_revision_goes_by_its_run(
        #[case] service: &str,
        #[case] revision: Option<u64>,
        #[case] name: &str,
        #[case] of: Option<&str>,
    ) {
        let manifest = Parcel::pack(&summary(service), [], pushed()).secret("web", revision);
        let labels = &manifest.body["metadata"]["labels"];
        assert_eq!((manifest.name.as_str(), labels[OF].as_str(), labels[REVISION].as_str()), (name, of, None));
    }

    #[test]
    fn a_secret_holds_it_however_much_there_is_and_what_is_cut_is_said() {
        let long = |word: &str| format!("first {word}\n{}last {word}\n", format!("{word} ä\n").repeat(100_000));
        let mut summary = summary("shop");
        summary.details = vec!["x".repeat(LINE * 10); LINES * 10];
        summary.error = "ä".repeat(LINE);
        let texts = TEXTS.map(|(name, worth)| (name, worth, long(name)));
        let parcel = Parcel::pack(&summary, texts, pushed());
        let size = parcel.secret("web", None).body.to_string().len();
        assert!(size < 400 << 10, "{size} bytes");
        assert!(parcel.texts[PAGE].starts_with("first") && parcel.texts["diff.txt"].starts_with("first"));
        assert!(parcel.texts["events.txt"].ends_with("last events.txt\n"));
        assert!(parcel.texts.values().all(|text| text.ends_with('\n')), "whole lines");
        assert_eq!(parcel.pushed.cut.len(), 4, "{:?}", parcel.pushed.cut);
        let one_line = "ä".repeat(TEXT);
        for worth in [Worth::Head, Worth::Tail] {
            assert!((TEXT - 4..=TEXT).contains(&bounded(&one_line, worth).len()));
        }
    }
}
