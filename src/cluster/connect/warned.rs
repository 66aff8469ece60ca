//! What the API server warns of beside its answer (header `Warning`, RFC 7234; KEP-1693): old versions, what Pod Security
//! would refuse. Told once each, however often it comes.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderMap;
use http::header::WARNING;

use crate::event::Events;
use crate::text::foreign_line;

/// Longest warning, in characters: one of Pod Security names every field.
const LONGEST: usize = 600;

/// Each warning, with the object that it is about.
#[derive(Debug, Clone, Default)]
pub struct Warned(Arc<Mutex<BTreeSet<(String, String)>>>);

impl Warned {
    /// Tells those that are new.
    pub(in crate::cluster) fn tell(&self, events: &Events, object: &str, warnings: &[String]) {
        for warning in warnings {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if known.insert((object.to_owned(), warning.clone())) {
                events.warn(format!("{object}: the API server warns: {}", in_short(warning)));
            }
        }
    }

    /// All of this run, a line each, in full.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(|(object, warning)| format!("{object}: {warning}")).collect()
    }
}

/// Pod Security repeats for each container which field it must set; the names of the rules are enough to look it up.
fn in_short(warning: &str) -> String {
    if !warning.contains("violate PodSecurity") {
        return warning.to_owned();
    }
    let (mut short, mut depth) = (String::new(), 0_usize);
    for letter in warning.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => short.push(letter),
            _ => {}
        }
    }
    short.replace(" ,", ",").trim_end().to_owned()
}

/// The texts of `299 - "text"`; others are not the API server's.
pub(in crate::cluster) fn warnings(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(WARNING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(texts).collect()
}

/// One header may hold several, with commas between them.
fn texts(value: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some((code, after)) = rest.split_once(" \"") {
        let is_own = code.trim_start_matches([',', ' ']).starts_with("299 ");
        let mut text = String::new();
        let mut letters = after.char_indices();
        let end = loop {
            match letters.next() {
                Some((_, '\\')) => text.extend(letters.next().map(|(_, letter)| letter)),
                Some((at, '"')) => break at + 1,
                Some((_, letter)) => text.push(letter),
                None => break after.len(),
            }
        };
        if is_own {
            found.push(foreign_line(&text, LONGEST));
        }
        rest = &after[end..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::one(r#"299 - "policy/v1beta1 is deprecated""#, &["policy/v1beta1 is deprecated"])]
    #[case::quoted(r#"299 - "unknown field \"spec.x\"""#, &["unknown field \"spec.x\""])]
    #[case::two(r#"299 - "a, b", 299 - "c""#, &["a, b", "c"])]
    #[case::of_a_proxy(r#"110 proxy "stale""#, &[])]
    #[case::cut_off(r#"299 - "half"#, &["half"])]
    #[case::none("", &[])]
    fn the_texts_are_read(#[case] header: &str, #[case] expected: &[&str]) {
        assert_eq!(texts(header), expected);
    }

    #[rstest]
    #[case::pod_security(
        r#"would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false), seccompProfile (pod or containers "a", "b" must set securityContext.seccompProfile.type to "RuntimeDefault" (or "Localhost"))"#,
        r#"would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false, seccompProfile"#
    )]
    #[case::another("unknown field \"spec.x\" (did you mean y?)", "unknown field \"spec.x\" (did you mean y?)")]
    fn what_pod_security_says_of_each_container_is_left_out(#[case] warning: &str, #[case] expected: &str) {
        assert_eq!(in_short(warning), expected);
    }

    #[test]
    fn each_is_told_once() {
        let warned = Warned::default();
        let (events, twice) = (Events::unread(), ["old".to_owned(), "old".to_owned()]);
        warned.tell(&events, "Ingress shop/web", &twice);
        assert_eq!(warned.all(), ["Ingress shop/web: old"]);
    }
}
