//! Whether the statistics of `plat report` keep their word: simulated runs whose truth is known, the shares of intervals
//! that hold it and of claims that are false. docs/statistics.md has the table.
//!
//! `cargo bench --bench statistics [-- --repeats N --seed N]`. Seeded: it prints the same figures each time; `--seed` draws other
//! teams.

#![expect(clippy::disallowed_macros, reason = "a benchmark has no Ui: it prints its tables")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of runs and people, far below 2^52"
)]

mod random;
mod teams;

use std::time::Instant;

use comfy_table::{CellAlignment, Table, presets};
use plat::report::{
    Curve, Kind, Observation, Quantile, Wait, adoption, firsts_of_people, firsts_of_services, paired, retention,
    summarise, wilson,
};
use plat::telemetry::Outcome;

use random::{Random, normal};

const REPEATS: usize = 2000;
const SEED: usize = 0x706c_6174;
fn main() {
    let option = |name: &str| {
        let mut args = std::env::args().skip_while(|arg| arg != name).skip(1);
        args.next().and_then(|n| n.parse().ok())
    };
    let repeats = option("--repeats").unwrap_or(REPEATS);
    teams::comparisons(repeats, option("--seed").unwrap_or(SEED) as u64);
    teams::power(repeats);
    rounds(repeats);
    curves(repeats);
    rates(repeats);
    speed();
}

/// How often an interval holds the truth, and lies above 1.
#[derive(Default)]
struct Kept {
    intervals: usize,
    hold: usize,
    faster: usize,
}

impl Kept {
    fn note(&mut self, interval: Option<(f64, f64)>, truth: f64) {
        let Some((low, high)) = interval else { return };
        self.intervals += 1;
        self.hold += usize::from(low <= truth && truth <= high);
        self.faster += usize::from(low > 1.0);
    }

    fn held(&self) -> String {
        percent(self.hold, self.intervals)
    }

    fn faster(&self) -> String {
        percent(self.faster, self.intervals)
    }
}

/// Two tools in turn on a machine that is sometimes busy.
fn rounds(repeats: usize) {
    let mut table = table(&["rounds in turn", "ratio", "holds it", "says faster"]);
    for n in [15, 50] {
        for ratio in [1.0, 1.1] {
            let (mut random, mut kept) = (Random(0x726f), Kept::default());
            for _ in 0..repeats {
                let rounds: Vec<(f64, f64)> = (0..n)
                    .map(|_| {
                        let busy = (0.5 * random.normal()).exp();
                        (ratio * busy * (0.1 * random.normal()).exp(), busy * (0.1 * random.normal()).exp())
                    })
                    .collect();
                kept.note(paired(&rounds).map(|ratio| (ratio.low, ratio.high)), ratio);
            }
            table.add_row([n.to_string(), format!("{ratio}"), kept.held(), kept.faster()]);
        }
    }
    print("Rounds", table);
}

/// First deploys, some of which are given up: the median, p90 and restricted mean of one tool.
fn curves(repeats: usize) {
    let mut table = table(&["first deploys", "given up", "median", "p90", "p90 has an upper end", "mean up to 2 min"]);
    for (n, gives_up) in [(15, 0.0), (15, 0.25), (50, 0.0), (50, 0.25), (200, 0.25)] {
        let mut random = Random(0x6b6d);
        let mut kept: [Kept; 3] = Default::default();
        let mut open = 0;
        for _ in 0..repeats {
            let wait = |_| {
                let time = 60.0 * (0.7 * random.normal()).exp();
                // Given up at a moment that has nothing to do with how far it was: what Kaplan and Meier assume.
                let until = if random.uniform() < gives_up { 240.0 * random.uniform() } else { f64::INFINITY };
                Wait { time: time.min(until), happened: time <= until }
            };
            let curve = Curve::of((0..n).map(wait).collect());
            let ends = |quantile: Quantile| Some((quantile.low.unwrap_or(0.0), quantile.high.unwrap_or(f64::INFINITY)));
            kept[0].note(ends(curve.quantile(0.5)), 60.0);
            kept[1].note(ends(curve.quantile(0.9)), 60.0 * (0.7_f64 * 1.281_551_565_544_6).exp());
            open += usize::from(curve.quantile(0.9).high.is_some());
            kept[2].note(curve.restricted_mean(120.0).and_then(|mean| mean.low.zip(mean.high)), restricted_truth(0.7));
        }
        let [median, p90, mean] = kept;
        let given_up = percent((gives_up * 100.0) as usize, 100);
        table.add_row([n.to_string(), given_up, median.held(), p90.held(), percent(open, repeats), mean.held()]);
    }
    print("Survival curves", table);
}

/// The mean of min(time, 120) of a log-normal time with median 60.
fn restricted_truth(spread: f64) -> f64 {
    let at = (120.0_f64 / 60.0).ln();
    60.0 * (spread * spread / 2.0).exp() * normal(at / spread - spread) + 120.0 * (1.0 - normal(at / spread))
}

fn rates(repeats: usize) {
    let mut table = table(&["deploys", "success rate", "holds it"]);
    for (n, rate) in [(10, 0.9), (20, 0.95), (50, 0.8), (200, 0.97)] {
        let (mut random, mut kept) = (Random(0x7769), Kept::default());
        for _ in 0..repeats {
            let good = (0..n).filter(|_| random.uniform() < rate).count();
            kept.note(wilson(good, n).map(|share| (share.low, share.high)), rate);
        }
        table.add_row([n.to_string(), format!("{rate}"), kept.held()]);
    }
    print("Success rates", table);
}

/// What a report over very many runs costs: 1 M of 200 people and four tools.
fn speed() {
    let mut random = Random(0x7370);
    let start = jiff::Timestamp::UNIX_EPOCH;
    let run = |i: u32| {
        let time = 60_000.0 * (0.7 * random.normal()).exp();
        Observation {
            arm: ["plat", "kubectl", "helm", "argocd"][i as usize % 4].to_owned(),
            kind: Some(Kind::ALL[i as usize / 4 % 3]),
            outcome: if random.uniform() < 0.9 { Outcome::Success } else { Outcome::TimedOut },
            ready_ms: time,
            prompt_ms: Some(time),
            build_ms: 0.0,
            started_at: Some(start + jiff::SignedDuration::from_mins(i.into())),
            service: Some(format!("service-{}", i % 1000)),
            group: None,
            person: Some(format!("person-{}", random.next() % 200)),
        }
    };
    let runs: Vec<Observation> = (0..1_000_000).map(run).collect();
    let mut table = table(&["over 1 M runs", "seconds"]);
    let mut time = |what: &str, work: &dyn Fn() -> usize| {
        let start = Instant::now();
        assert!(work() > 0, "{what} says something");
        table.add_row([what.to_owned(), format!("{:.2}", start.elapsed().as_secs_f64())]);
    };
    time("summary", &|| summarise(&runs).rows.len());
    time("first deploys of services", &|| firsts_of_services(&runs).len() + 1);
    time("first deploys of people", &|| firsts_of_people(&runs).len());
    time("adoption", &|| adoption(&runs).len());
    time("retention", &|| retention(&runs).stayed + retention(&runs).left.len());
    print("Speed", table);
}

fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(head);
    table
}

fn print(title: &str, mut table: Table) {
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    println!("{title}\n\n{table}\n");
}

fn percent(part: usize, whole: usize) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{:.1} %", 100.0 * part as f64 / whole as f64) }
}
