//! What a `LimitRange` forbids, and what its defaults make invalid.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::admission_refusal::{AdmissionRefusal, LINES, pattern, shortened};
use crate::rollout::model::Remedy;
use crate::rollout::text::{escape, escape_line};

// plugin/pkg/admission/limitranger/admission.go
pattern!(
    LIMIT,
    r"(minimum|maximum) ([a-z./-]+) usage per (\w+) is ([^,\s\]]+)(?:, but (request|limit) is ([^,\s\]]+))?"
);
pattern!(
    RATIO,
    r"([a-z./-]+) max limit to request ratio per (\w+) is ([\d.]+), but (?:provided ratio is ([\d.]+)|no (\w+) is specified)"
);
// pkg/apis/core/validation, ValidateResourceRequirements
pattern!(
    OVER_LIMIT,
    r#"is invalid: (\S+?)\.resources\.requests: Invalid value: "([^"]+)": must be less than or equal to (\S+) limit of (\S+)"#
);
pattern!(UNLIMITED, r"No (request|limit) is specified");

/// Whether one of them speaks.
pub(super) fn is_of_limits(message: &str) -> bool {
    [&LIMIT, &RATIO, &OVER_LIMIT].iter().any(|rule| rule.is_match(message))
}

/// What this message means; none when no limit speaks.
pub(super) fn limits(message: &str, namespace: &str) -> Option<AdmissionRefusal> {
    let range = LIMIT.captures(message).map(|found| limit_range(&found, message, namespace));
    let over = || OVER_LIMIT.captures(message).map(|found| over_limit(&found, namespace));
    let ratio = || RATIO.captures(message).map(|found| limit_ratio(&found, namespace));
    range.or_else(over).or_else(ratio)
}

fn limit_range(found: &Captures, message: &str, namespace: &str) -> AdmissionRefusal {
    let limits = || LIMIT.captures_iter(message);
    let broken = limits().map(|found| {
        let (bound, resource, of, allowed) = (&found[1], escape(&found[2]), found[3].to_lowercase(), escape(&found[4]));
        match (found.get(5), found.get(6)) {
            (Some(kind), Some(is)) => {
                format!("{resource} {} is {}, the {bound} for a {of} is {allowed}", kind.as_str(), escape(is.as_str()))
            }
            _ if UNLIMITED.is_match(message) => format!("{resource} is not set, the {bound} for a {of} is {allowed}"),
            _ => escape_line(&found[0]),
        }
    });
    let evidence = shortened(broken.collect());
    let advice = limits().map(|found| {
        let word_for = if &found[1] == "maximum" { "at most" } else { "at least" };
        format!("{} {word_for} {}", escape(&found[2]), escape(&found[4]))
    });
    let advice: Vec<String> = advice.take(LINES).collect();
    AdmissionRefusal {
        what: format!("the LimitRange of namespace {namespace} forbids what the pod asks for"),
        evidence,
        hint: Remedy::given(
            found,
            format!(
                "set in `resources`: {}; see the limits: kubectl -n {namespace} describe limitrange",
                advice.join(", ")
            ),
        ),
    }
}

/// Mostly the default of a `LimitRange`, which nobody wrote.
fn over_limit(found: &Captures, namespace: &str) -> AdmissionRefusal {
    let [place, asked, resource, limit] = [1, 2, 3, 4].map(|at| escape(&found[at]));
    AdmissionRefusal {
        what: format!("{place} asks for {asked} of {resource}, more than its limit of {limit}"),
        evidence: vec![format!(
            "where the manifest sets no limit, a LimitRange of namespace {namespace} sets its default"
        )],
        hint: Remedy::given(
            found,
            format!(
                "set resources.limits.{resource} to {asked} or more there, or ask for at most {limit}; the defaults: kubectl -n {namespace} \
                 describe limitrange"
            ),
        ),
    }
}

/// `maxLimitRequestRatio`
fn limit_ratio(found: &Captures, namespace: &str) -> AdmissionRefusal {
    let (resource, of, allowed) = (escape(&found[1]), found[2].to_lowercase(), escape(&found[3]));
    let is = match found.get(4) {
        Some(ratio) => format!("here it is {}", escape(ratio.as_str().trim_end_matches('0').trim_end_matches('.'))),
        None => "here one of them is not set".to_owned(),
    };
    AdmissionRefusal {
        what: format!(
            "the LimitRange of namespace {namespace} allows a {resource} limit of at most {allowed} times the request, for a {of}"
        ),
        evidence: vec![is],
        hint: Remedy::given(
            found,
            format!("raise the request of {resource} or lower its limit (`resources`), to at most {allowed} times"),
        ),
    }
}
