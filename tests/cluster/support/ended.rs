//! How plat ended, and what may be asked of that.

use jiff::Timestamp;
use serde_json::Value;

/// A plat that has ended.
#[derive(Debug)]
pub struct Ended {
    /// -1 where a signal ended it.
    pub code: i32,
    pub out: String,
    pub err: String,
    /// What it printed, where that was asked for as events.
    pub events: Vec<Value>,
    /// Seconds from the plan to the end.
    pub verdict: f64,
    /// Seconds from the plan to the moment when the last evidence was there that the verdict needed.
    pub conclusive: Option<f64>,
}

impl Ended {
    pub(super) fn new(
        code: i32,
        lines: &[(Timestamp, String)],
        err: String,
        events: Vec<Value>,
        ended_at: Timestamp,
    ) -> Self {
        let out: String = lines.iter().flat_map(|(_, line)| [line.as_str(), "\n"]).collect();
        let plan = events.iter().rposition(|event| event["event"] == "plan");
        let applied = plan.and_then(|plan| Some(lines.get(plan)?.0)).unwrap_or(ended_at);
        let conclusive = events.iter().find_map(|event| event["conclusive_at"].as_str()?.parse::<Timestamp>().ok());
        let since = |at: Timestamp| at.duration_since(applied).as_secs_f64();
        Self { code, out, err, events, verdict: since(ended_at), conclusive: conclusive.map(since) }
    }

    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.fails(0)
    }

    /// It ended with this exit code.
    #[track_caller]
    pub fn fails(self, code: i32) -> Self {
        // The last event first: it says why.
        let last = self.events.last().map(|event| format!("{event:#}\n")).unwrap_or_default();
        assert_eq!(self.code, code, "{last}stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    pub fn find(&self, event: &str) -> Option<&Value> {
        self.events.iter().find(|found| found["event"] == event)
    }

    #[track_caller]
    pub fn event(&self, name: &str) -> &Value {
        self.find(name).unwrap_or_else(|| panic!("no event {name}: {:#?}\n{}", self.events, self.err))
    }

    /// The one error event.
    #[track_caller]
    pub fn error(&self) -> &Value {
        let errors = self.events.iter().filter(|event| event["event"] == "error").count();
        assert_eq!(errors, 1, "one message says what happened: {self:#?}");
        self.event("error")
    }

    /// The error's reason.
    #[track_caller]
    pub fn reason(self, reason: &str) -> Self {
        assert_eq!(self.error()["reason"], reason, "{}", self.out);
        self
    }

    /// The error's sentence has this.
    #[track_caller]
    pub fn what(self, part: &str) -> Self {
        self.error_has("error", part)
    }

    /// The error's details have this.
    #[track_caller]
    pub fn evidence(self, part: &str) -> Self {
        self.error_has("details", part)
    }

    /// The error's hints have this.
    #[track_caller]
    pub fn hint(self, part: &str) -> Self {
        self.error_has("hints", part)
    }

    #[track_caller]
    fn error_has(self, key: &str, part: &str) -> Self {
        let text = match &self.error()[key] {
            Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
            value => value.as_str().unwrap_or_default().to_owned(),
        };
        assert!(text.contains(part), "{key} does not say \"{part}\": {:#}\n{}", self.error(), self.out);
        self
    }

    /// stdout or stderr has this.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.out.contains(text) || self.err.contains(text), "no {text:?} in:\n{}\n{}", self.out, self.err);
        self
    }

    /// Neither stdout nor stderr shows this.
    #[track_caller]
    pub fn never_says(self, text: &str) -> Self {
        assert!(!self.out.contains(text) && !self.err.contains(text), "{text:?} in:\n{}\n{}", self.out, self.err);
        self
    }

    /// These events came, in this order.
    #[track_caller]
    pub fn in_order(self, names: &[&str]) -> Self {
        let order: Vec<&str> = self.events.iter().filter_map(|event| event["event"].as_str()).collect();
        let at = |name: &&str| order.iter().position(|event| event == name);
        let places: Vec<Option<usize>> = names.iter().map(at).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "not {names:?}: {order:?}");
        self
    }

    /// No event of this name came.
    #[track_caller]
    pub fn without(self, event: &str) -> Self {
        assert!(self.find(event).is_none(), "{event}: {:#?}", self.events);
        self
    }

    /// How many objects the deploy created, changed and left as they were.
    #[track_caller]
    pub fn counts(&self) -> (u64, u64, u64) {
        let done = &self.event("done")["objects"];
        let count = |name: &str| done[name].as_u64().unwrap_or_else(|| panic!("no {name} in {done}"));
        (count("created"), count("changed"), count("unchanged"))
    }

    /// `Deployment create`, for all objects that the plan writes.
    #[track_caller]
    pub fn writes(&self) -> Vec<String> {
        let objects = self.event("plan")["objects"].as_array().expect("objects").iter();
        let written = objects.filter(|object| object["action"] != "nothing");
        written.map(|object| format!("{} {}", object["kind"], object["action"]).replace('"', "")).collect()
    }
}
