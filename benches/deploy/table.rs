//! Samples -> the table that is printed. Pure.

use std::time::Duration;

use comfy_table::{CellAlignment, Table};

use super::{Arm, Change, ROUND_TRIPS, Sample};

pub fn render(samples: &[Sample], rounds: usize) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header([
        "round trip",
        "",
        "plat",
        "kubectl",
        "kubectl --server-side",
        "ratio",
        "ratio (ssa)",
        "requests",
    ]);
    for round_trip_ms in ROUND_TRIPS {
        for change in Change::ALL {
            let of = |arm: Arm| {
                samples.iter().filter(move |s| s.round_trip_ms == round_trip_ms && s.change == change && s.arm == arm)
            };
            let median_of = |arm| median(of(arm).map(|s| s.took).collect());
            let requests: Vec<String> =
                Arm::ALL.iter().map(|&arm| median(of(arm).map(|s| s.requests).collect()).to_string()).collect();
            let [plat, client, server] = Arm::ALL.map(median_of);
            table.add_row([
                format!("{round_trip_ms} ms"),
                label(change).to_owned(),
                seconds(plat),
                seconds(client),
                seconds(server),
                ratio(client, plat),
                ratio(server, plat),
                requests.join(" / "),
            ]);
        }
    }
    for column in 2..8 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!(
        "{table}\n\nMedians of {rounds} interleaved rounds; ratio = kubectl / plat; requests = plat / kubectl / kubectl --server-side, from the audit log.\n\
         kubectl = `kubectl apply -f … && kubectl rollout status …`."
    )
}

fn label(change: Change) -> &'static str {
    match change {
        Change::First => "first deploy",
        Change::Unchanged => "unchanged",
        Change::Update => "update",
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.3} s", duration.as_secs_f64())
}

fn ratio(peer: Duration, plat: Duration) -> String {
    format!("{:.1}×", peer.as_secs_f64() / plat.as_secs_f64().max(f64::EPSILON))
}

fn median<T: Ord + Copy + Default>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}
