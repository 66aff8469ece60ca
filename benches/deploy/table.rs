//! Samples -> the tables that are printed. Pure.

use std::time::Duration;

use comfy_table::{CellAlignment, Table};

use super::{Arm, Change, ROUND_TRIPS, Sample, Subject};

pub fn render(samples: &[Sample], arms: &[Arm], rounds: usize) -> String {
    let peers = arms.iter().skip(1).map(|arm| arm.word()).collect::<Vec<_>>().join(", ");
    [
        format!("Medians of {rounds} interleaved rounds (of 500 objects: 3 at most); ratio = {peers} / plat.\n\nWall time:\n"),
        times(samples, arms, |sample| sample.took),
        "\nClient overhead, wall time less the pods' own time (first pod made to last pod ready, audit log):\n".to_owned(),
        times(samples, arms, |sample| sample.took.saturating_sub(sample.pods)),
        "\nRequests (audit log) and peak memory (VmHWM of the largest program):\n".to_owned(),
        counts(samples, arms),
    ]
    .join("\n")
}

/// The groups of samples that are compared with each other, in the order of the table.
fn rows(samples: &[Sample]) -> impl Iterator<Item = (u32, Subject, Change)> + '_ {
    let all = ROUND_TRIPS.iter().flat_map(|&round_trip| {
        Subject::ALL.iter().flat_map(move |&subject| Change::ALL.map(|change| (round_trip, subject, change)))
    });
    all.filter(|&row| samples.iter().any(|sample| is_in(sample, row)))
}

fn is_in(sample: &Sample, row: (u32, Subject, Change)) -> bool {
    (sample.round_trip_ms, sample.subject, sample.change) == row
}

fn times(samples: &[Sample], arms: &[Arm], time: impl Fn(&Sample) -> Duration) -> String {
    let mut head = vec!["round trip".to_owned(), String::new(), String::new()];
    head.extend(arms.iter().map(|arm| arm.word().to_owned()));
    head.extend(arms.iter().skip(1).map(|arm| format!("ratio ({})", arm.word())));
    table(
        head,
        rows(samples).map(|row| {
            let median = |arm: Arm| {
                let of = samples.iter().filter(|sample| is_in(sample, row) && sample.arm == arm);
                median(of.map(&time).collect())
            };
            let medians: Vec<Option<Duration>> = arms.iter().map(|arm| median(*arm)).collect();
            let plat = medians.first().copied().flatten();
            let times = medians.iter().map(|time| time.map_or(String::new(), seconds));
            let ratios = medians
                .iter()
                .skip(1)
                .map(|peer| peer.zip(plat).map_or(String::new(), |(peer, plat)| ratio(peer, plat)));
            label(row).into_iter().chain(times).chain(ratios).collect()
        }),
    )
}

fn counts(samples: &[Sample], arms: &[Arm]) -> String {
    let mut head = vec!["round trip".to_owned(), String::new(), String::new()];
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

fn label((round_trip, subject, change): (u32, Subject, Change)) -> Vec<String> {
    let change = match change {
        Change::First => "first deploy",
        Change::Unchanged => "unchanged",
        Change::Update => "update",
        Change::Prune => "prune 9 of 10",
    };
    vec![format!("{round_trip} ms"), subject.word(), change.to_owned()]
}

fn seconds(duration: Duration) -> String {
    format!("{:.3} s", duration.as_secs_f64())
}

fn ratio(peer: Duration, plat: Duration) -> String {
    format!("{:.1}×", peer.as_secs_f64() / plat.as_secs_f64().max(f64::EPSILON))
}

fn median<T: Ord + Copy>(mut values: Vec<T>) -> Option<T> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}
