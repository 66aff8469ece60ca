//! Samples -> what is printed. Pure.

use comfy_table::{Table, presets};

use super::stack::Stack;
use super::{Arm, Change, Sample};

pub fn render(samples: &[Sample], rounds: usize) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(["stack", "build", "plat", "peer", "peer / plat", "of the rounds", "plat pushed", "peer pushed"]);
    for stack in Stack::ALL {
        for change in Change::ALL {
            let of = |arm: Arm| {
                samples.iter().filter(move |sample| (sample.stack, sample.change, sample.arm) == (stack, change, arm))
            };
            let seconds = |arm: Arm| of(arm).map(|sample| sample.took.as_secs_f64()).collect::<Vec<_>>();
            let pushed = |arm: Arm| median(&of(arm).map(|sample| f64::from(sample.kib)).collect::<Vec<_>>());
            let [plat, peer] = [Arm::Plat, Arm::Peer].map(seconds);
            if plat.is_empty() {
                continue;
            }
            let mut ratios: Vec<f64> = plat.iter().zip(&peer).map(|(plat, peer)| peer / plat).collect();
            ratios.sort_by(f64::total_cmp);
            table.add_row([
                stack.word().to_owned(),
                format!("{change:?}").to_lowercase(),
                format!("{:.2} s", median(&plat)),
                format!("{:.2} s ({})", median(&peer), stack.peer()),
                format!("{:.2}×", median(&peer) / median(&plat)),
                format!("{:.2} to {:.2}", ratios[0], ratios[ratios.len() - 1]),
                format!("{:.0} KiB", pushed(Arm::Plat)),
                format!("{:.0} KiB", pushed(Arm::Peer)),
            ]);
        }
    }
    format!("Medians of {rounds} rounds, in turn:\n\n{table}")
}

fn median(of: &[f64]) -> f64 {
    let mut sorted = of.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}
