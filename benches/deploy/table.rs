//! Samples -> what is printed. Pure.

use std::time::Duration;

use comfy_table::{CellAlignment, Table};
use jiff::Timestamp;
use plat::report::{Comparison, Kind, Observation, Verdict, sentence, summarise};
use plat::telemetry::Outcome;

use super::{Arm, Change, ROUND_TRIPS, Sample, Subject};

pub fn render(samples: &[Sample], arms: &[Arm], rounds: usize) -> String {
    let peers = arms.iter().skip(1).map(|arm| arm.word()).collect::<Vec<_>>().join(", ");
    [
        headlines(samples),
        format!(
            "\n{rounds} interleaved rounds (of 500 objects: 3 at most) at random moments: median, mean; ratio = {peers} / plat.\n\n\
             Until the prompt is back and all is ready:\n"
        ),
        times(samples, arms, |sample| sample.prompt),
        "\nUntil ready:\n".to_owned(),
        times(samples, arms, |sample| sample.ready),
        "\nClient overhead until the prompt: less the pods' own time (first pod made to last pod ready, audit log):\n".to_owned(),
        times(samples, arms, |sample| sample.prompt.saturating_sub(sample.pods)),
        "\nRequests (audit log) and peak memory (VmHWM of the largest program), medians:\n".to_owned(),
        counts(samples, arms),
        unrecorded(samples),
    ]
    .join("\n")
}

type Group = (u32, Subject, Change);

/// The groups of samples that are compared with each other, in the order of the table.
fn rows(samples: &[Sample]) -> impl Iterator<Item = Group> + '_ {
    let all = ROUND_TRIPS.iter().flat_map(|&round_trip| {
        Subject::ALL.iter().flat_map(move |&subject| Change::ALL.map(|change| (round_trip, subject, change)))
    });
    all.filter(|&row| samples.iter().any(|sample| is_in(sample, row)))
}

fn is_in(sample: &Sample, row: Group) -> bool {
    (sample.round_trip_ms, sample.subject, sample.change) == row
}

/// By the statistics of `plat report`: where plat is slower comes first.
fn headlines(samples: &[Sample]) -> String {
    let mut headlines: Vec<(Group, Comparison)> = rows(samples)
        .flat_map(|row| {
            let of = samples.iter().filter(|sample| is_in(sample, row));
            let seen: Vec<Observation> =
                of.enumerate().filter_map(|(turn, sample)| observation(turn, sample)).collect();
            summarise(&seen).comparisons.into_iter().map(move |comparison| (row, comparison))
        })
        .collect();
    headlines.sort_by_key(|(_, comparison)| !matches!(comparison.verdict, Verdict::Slower { .. }));
    let line = |(row, comparison): &(Group, Comparison)| {
        let [round_trip, subject, _] = label(*row);
        format!("{round_trip}, {subject}: {}", sentence(comparison))
    };
    headlines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The arms took turns, so they are compared round by round: `turn` is the place in the order, which stands for the time.
fn observation(turn: usize, sample: &Sample) -> Option<Observation> {
    let kind = match sample.change {
        Change::First => Kind::First,
        Change::Unchanged => Kind::Unchanged,
        Change::Update => Kind::Update,
        Change::Prune => return None,
    };
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    Some(Observation {
        arm: sample.arm.word().to_owned(),
        kind: Some(kind),
        outcome: Outcome::Success,
        ready_ms: milliseconds(sample.ready),
        prompt_ms: Some(milliseconds(sample.prompt)),
        build_ms: 0.0,
        started_at: Timestamp::from_second(i64::try_from(turn).ok()?).ok(),
        service: None,
        group: Some("rounds".to_owned()),
        person: None,
    })
}

fn times(samples: &[Sample], arms: &[Arm], time: impl Fn(&Sample) -> Duration) -> String {
    let mut head = ["round trip", "", ""].map(str::to_owned).to_vec();
    head.extend(arms.iter().map(|arm| arm.word().to_owned()));
    head.extend(arms.iter().skip(1).map(|arm| format!("ratio ({})", arm.word())));
    table(
        head,
        rows(samples).map(|row| {
            let middles = arms.iter().map(|arm| {
                let of = samples.iter().filter(|sample| is_in(sample, row) && sample.arm == *arm);
                Middle::of(of.map(&time).collect())
            });
            let middles: Vec<Option<Middle>> = middles.collect();
            let plat = middles.first().copied().flatten();
            let times = middles.iter().map(|middle| middle.map_or(String::new(), Middle::text));
            let ratios = middles
                .iter()
                .skip(1)
                .map(|peer| peer.zip(plat).map_or(String::new(), |(peer, plat)| peer.ratio(plat)));
            label(row).into_iter().chain(times).chain(ratios).collect()
        }),
    )
}

fn counts(samples: &[Sample], arms: &[Arm]) -> String {
    let mut head = ["round trip", "", ""].map(str::to_owned).to_vec();
    head.extend(arms.iter().map(|arm| format!("requests ({})", arm.word())));
    head.extend(arms.iter().map(|arm| format!("MiB ({})", arm.word())));
    table(
        head,
        rows(samples).map(|row| {
            let of = |arm: Arm| samples.iter().filter(move |sample| is_in(sample, row) && sample.arm == arm);
            let requests = arms.iter().map(|&arm| median(of(arm).map(|sample| sample.requests).collect()));
            let requests = requests.map(|count| count.map_or(String::new(), |count| count.to_string()));
            let memory = arms.iter().map(|&arm| median(of(arm).map(|sample| sample.peak_kib).collect()));
            let memory = memory.map(|kib| kib.map_or(String::new(), |kib| (kib / 1024).to_string()));
            label(row).into_iter().chain(requests).chain(memory).collect()
        }),
    )
}

/// What plat's own figure leaves out, because it is taken before it is written down.
fn unrecorded(samples: &[Sample]) -> String {
    let rest: Vec<Duration> = samples.iter().filter_map(|sample| sample.unrecorded).collect();
    let most = rest.iter().max().copied();
    median(rest).zip(most).map_or(String::new(), |(median, most)| {
        let [median, most] = [median, most].map(|time| time.as_secs_f64() * 1000.0);
        format!(
            "\nThe stopwatch shows more than plat records of itself by {median:.1} ms (median), {most:.1} ms at most."
        )
    })
}

fn table(head: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    let columns = head.len();
    table.set_header(head);
    for row in rows {
        table.add_row(row);
    }
    for column in 3..columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

fn label((round_trip, subject, change): Group) -> [String; 3] {
    let change = match change {
        Change::First => "first deploy",
        Change::Unchanged => "unchanged",
        Change::Update => "update",
        Change::Prune => "prune 9 of 10",
    };
    [format!("{round_trip} ms"), subject.word(), change.to_owned()]
}

/// What is typical of some times, in seconds.
#[derive(Clone, Copy)]
struct Middle {
    median: f64,
    mean: f64,
}

impl Middle {
    fn of(times: Vec<Duration>) -> Option<Self> {
        let count = u32::try_from(times.len()).ok().filter(|count| *count > 0)?;
        let mean = (times.iter().sum::<Duration>() / count).as_secs_f64();
        Some(Self { median: median(times)?.as_secs_f64(), mean })
    }

    fn text(self) -> String {
        format!("{:.3}, {:.3} s", self.median, self.mean)
    }

    fn ratio(self, plat: Self) -> String {
        let [median, mean] =
            [(self.median, plat.median), (self.mean, plat.mean)].map(|(peer, plat)| peer / plat.max(f64::EPSILON));
        format!("{median:.2}×, {mean:.2}×")
    }
}

fn median<T: Ord + Copy>(mut values: Vec<T>) -> Option<T> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}
