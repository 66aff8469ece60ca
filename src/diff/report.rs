//! A whole plan for a reader: what changes, what pods notice, what goes, who else holds what.

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value;

use super::adoption::is_tool;
use super::{Effect, FieldChange, Held, Stale, between, effect};

/// Longest list of fields that one other manager holds.
const HELD: usize = 5;

#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub objects: Vec<ObjectDiff>,
    /// `ConfigMap demo/shop-1a2b3c4d`, deleted after success.
    pub deleted: Vec<String>,
    /// Left the set and stay: object and reason.
    pub staying: Vec<(String, String)>,
    /// Fields that a deploy would stop at.
    pub conflicts: Vec<String>,
    /// Workloads whose pods read configuration only when they start, and have older values of it.
    pub stale: Vec<Stale>,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Does {
    Create,
    Change,
    /// Nothing of it changes; plat becomes an owner of what is as it should be.
    Track,
    Nothing,
}

#[derive(Debug, Serialize)]
pub struct ObjectDiff {
    /// `Deployment demo/shop`
    pub object: String,
    pub action: Does,
    pub fields: Vec<FieldChange>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// Fields of other managers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Held>,
    /// What other tools hold of it becomes plat's.
    pub adopted: bool,
}

impl ObjectDiff {
    #[must_use]
    pub fn new(object: String, action: Does, live: Option<&Value>, planned: Option<&Value>, held: Vec<Held>) -> Self {
        let both = live.zip(planned).filter(|_| action == Does::Change);
        Self {
            object,
            action,
            fields: both.map(|(live, planned)| between(live, planned)).unwrap_or_default(),
            effect: both.and_then(|(live, planned)| effect(live, planned)),
            held,
            adopted: false,
        }
    }
}

impl Report {
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.objects.iter().any(|object| matches!(object.action, Does::Create | Does::Change))
            || !self.deleted.is_empty()
    }

    /// As lines; empty objects are only counted.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        let (noted, told): (Vec<_>, Vec<_>) = self.objects.iter().partition(|object| object.changes_only_notes());
        for object in told {
            object.write(&mut out);
        }
        let mut line = |text: String| {
            let _ = writeln!(out, "{text}");
        };
        for object in &self.deleted {
            line(format!("- {object} (deleted after success)"));
        }
        for (object, reason) in &self.staying {
            line(format!("  {object} is no longer asked for and stays: {reason}"));
        }
        for conflict in &self.conflicts {
            line(format!("! {conflict}"));
        }
        for stale in &self.stale {
            let mark = if stale.restarts { ' ' } else { '!' };
            line(format!("{mark} {}", stale.sentence()));
        }
        for note in &self.notes {
            line(format!("  {note}"));
        }
        let unchanged = self.objects.iter().filter(|object| object.action == Does::Nothing).count();
        match (self.has_changes(), unchanged) {
            (false, _) => line("nothing changes".to_owned()),
            (true, 0) => {}
            (true, 1) => line("1 object is unchanged".to_owned()),
            (true, n) => line(format!("{n} objects are unchanged")),
        }
        match noted.len() {
            0 => {}
            1 => line("of 1 object only plat's notes change (commit, deployer, rendering)".to_owned()),
            n => line(format!("of {n} objects only plat's notes change (commit, deployer, rendering)")),
        }
        match self.objects.iter().filter(|object| object.action == Does::Track).count() {
            0 => {}
            1 => line("1 object is unchanged, and from now on also tracked by plat".to_owned()),
            n => line(format!("{n} objects are unchanged, and from now on also tracked by plat")),
        }
        out
    }
}

impl ObjectDiff {
    /// Nothing that anyone but plat reads.
    fn changes_only_notes(&self) -> bool {
        self.action == Does::Change
            && !self.adopted
            && self.effect.is_none()
            && !self.fields.is_empty()
            && self.fields.iter().all(FieldChange::is_provenance)
    }

    fn write(&self, out: &mut String) {
        let mut line = |text: String| {
            let _ = writeln!(out, "{text}");
        };
        match self.action {
            Does::Create => line(format!("+ {}", self.object)),
            Does::Change => {
                line(format!("~ {}", self.object));
                let fields = self.fields.iter().filter(|field| !field.is_provenance());
                for said in fields.flat_map(FieldChange::lines) {
                    line(format!("    {said}"));
                }
                if self.adopted {
                    line("    what other tools hold of it becomes plat's".to_owned());
                }
                if let Some(effect) = &self.effect {
                    line(format!("    => {}", effect.sentence()));
                }
            }
            Does::Track | Does::Nothing => {}
        }
        // What becomes plat's is nobody else's any more.
        let of_others = |held: &&Held| {
            matches!(self.action, Does::Create | Does::Change) && !(self.adopted && is_tool(&held.manager))
        };
        for held in self.held.iter().filter(of_others) {
            let shown = held.fields.iter().take(HELD).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = held.fields.len().saturating_sub(HELD);
            let mut parts = Vec::new();
            match more {
                _ if held.fields.is_empty() => {}
                0 => parts.push(shown),
                more => parts.push(format!("{shown} and {more} more")),
            }
            match held.shared {
                0 => {}
                1 => parts.push("1 field as plat has it".to_owned()),
                n => parts.push(format!("{n} fields as plat has them")),
            }
            line(format!("    held by {}: {}", held.manager, parts.join("; ")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_plan_reads_object_by_object() {
        let deployment = |image: &str| {
            json!({"kind": "Deployment", "spec": {"replicas": 2, "template": {"image": image},
                "strategy": {"rollingUpdate": {"maxUnavailable": 0}}}})
        };
        let held = Held {
            manager: "kube-controller-manager (scale)".to_owned(),
            since: None,
            fields: vec![".spec.replicas".to_owned()],
            shared: 0,
        };
        let report = Report {
            objects: vec![
                ObjectDiff::new(
                    "Deployment demo/shop".to_owned(),
                    Does::Change,
                    Some(&deployment("a:1")),
                    Some(&deployment("a:2")),
                    vec![held],
                ),
                ObjectDiff::new("ConfigMap demo/shop-2".to_owned(), Does::Create, None, Some(&json!({})), Vec::new()),
                ObjectDiff::new("Service demo/shop".to_owned(), Does::Nothing, None, None, Vec::new()),
            ],
            deleted: vec!["Ingress demo/shop".to_owned()],
            staying: vec![("ConfigMap demo/shop-1".to_owned(), "a revision needs it".to_owned())],
            ..Report::default()
        };
        assert_eq!(
            report.text(),
            "~ Deployment demo/shop\n    .spec.template.image: a:1 -> a:2\n    => replaces all 2 replicas, none before \
             its successor is ready\n    held by kube-controller-manager (scale): .spec.replicas\n+ ConfigMap \
             demo/shop-2\n- Ingress demo/shop (deleted after success)\n  ConfigMap demo/shop-1 is no longer asked for \
             and stays: a revision needs it\n1 object is unchanged\n"
        );
        assert!(report.has_changes());
        assert_eq!(Report::default().text(), "nothing changes\n");
    }
}
