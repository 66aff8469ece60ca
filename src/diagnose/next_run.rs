//! When a `CronJob` runs next, as its controller reckons. Pure, but for the time zones of this machine.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::CronJob;

use crate::rollout::Workload;
use crate::spec::Cron;
use crate::text::foreign_line;

/// The next run of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextRun {
    /// None while it is suspended, and where nobody can tell from here.
    pub at: Option<Timestamp>,
    /// `next run 2026-11-24 06:30 Europe/Berlin, in 1 h 20 min`
    pub text: String,
}

impl NextRun {
    /// Of a `CronJob`; none for what runs pods at once.
    #[must_use]
    pub fn of(workload: &Workload, now: Timestamp) -> Option<Self> {
        match workload {
            Workload::CronJob(cron) => Some(Self::of_cron(cron, now)),
            _ => None,
        }
    }

    fn of_cron(cron: &CronJob, now: Timestamp) -> Self {
        let Some(spec) = &cron.spec else { return Self { at: None, text: "without a schedule".to_owned() } };
        if spec.suspend == Some(true) {
            return Self { at: None, text: "suspended, so it does not run".to_owned() };
        }
        // Without a zone the controller's own clock counts, which is UTC in most clusters.
        let name = spec.time_zone.as_deref().map_or_else(|| "UTC".to_owned(), |zone| foreign_line(zone, 60));
        let zone = match spec.time_zone.as_deref() {
            Some("Etc/UTC" | "UTC") | None => Some(TimeZone::UTC),
            Some(zone) => TimeZone::get(zone).ok(),
        };
        let next = Cron::parse(&spec.schedule).ok().zip(zone).and_then(|(schedule, zone)| {
            let at = schedule.next_after(now, &zone)?;
            Some((at, zone.to_datetime(at)))
        });
        match next {
            Some((at, local)) => {
                let text = format!("next run {} {name}, {}", local.strftime("%Y-%m-%d %H:%M"), until(at, now));
                Self { at: Some(at), text }
            }
            None => Self { at: None, text: format!("runs at {} ({name})", foreign_line(&spec.schedule, 100)) },
        }
    }
}

/// `in 2 d 4 h`, `in 1 h 20 min`, `in 5 min`: the two largest units.
fn until(at: Timestamp, now: Timestamp) -> String {
    let minutes = at.duration_since(now).max(SignedDuration::ZERO).as_mins();
    match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => "in less than a minute".to_owned(),
        (0, 0, minutes) => format!("in {minutes} min"),
        (0, hours, minutes) => format!("in {hours} h {minutes} min"),
        (days, hours, _) => format!("in {days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::zone(
        "30 6 * * MON-FRI",
        "timeZone: Europe/Berlin",
        "next run 2026-11-24 06:30 Europe/Berlin, in 1 h 19 min"
    )]
    #[case::utc("*/5 * * * *", "timeZone: Etc/UTC", "next run 2026-11-24 04:15 Etc/UTC, in 4 min")]
    #[case::no_zone("0 3 1 * *", "", "next run 2026-12-01 03:00 UTC, in 6 d 22 h")]
    #[case::soon("11 4 * * *", "timeZone: Etc/UTC", "next run 2026-11-24 04:11 Etc/UTC, in less than a minute")]
    #[case::suspended("0 3 1 * *", "suspend: true", "suspended, so it does not run")]
    #[case::every("@every 1h", "", "runs at @every 1h (UTC)")]
    #[case::never("0 0 30 2 *", "", "runs at 0 0 30 2 * (UTC)")]
    #[case::no_such_zone("0 0 * * *", "timeZone: \"Mars/\\u001b[2J\"", "runs at 0 0 * * * (Mars/\\u{1b}[2J)")]
    fn the_next_run_in_the_zone_of_the_schedule(#[case] schedule: &str, #[case] more: &str, #[case] expected: &str) {
        let text =
            format!("metadata: {{name: report}}\nspec:\n  schedule: '{schedule}'\n  jobTemplate: {{}}\n  {more}\n");
        let cron: CronJob = serde_yaml::from_str(&text).expect("a CronJob");
        let now: Timestamp = "2026-11-24T04:10:30Z".parse().expect("a time");
        let next = NextRun::of(&cron.into(), now).expect("a schedule");
        assert_eq!(next.text, expected);
    }
}
