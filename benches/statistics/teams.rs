//! Simulated teams with two tools: whether the ratio's interval holds the truth, and how many people it takes.

use std::ops::Range;

use plat::report::{Pairs, Wait};

use crate::random::{Random, normal, normal_quantile};
use crate::{Kept, print, table};

/// Bootstrap samples a repeat, for the methods that plat does not use.
const RESAMPLES: usize = 399;
const RATIOS: [f64; 2] = [1.0, 1.5];

/// One team and how its times come about: log-normal, in seconds, around a median of one minute with plat.
#[derive(Clone, Copy)]
struct World {
    name: &'static str,
    people: (usize, usize),
    /// People with runs in both arms.
    both: usize,
    /// Fewest and most runs a person and arm; in between, half as many people have twice as many.
    runs: (usize, usize),
    /// Spread of the logarithm between people, between a person's runs, and of the effect between people.
    between: f64,
    within: f64,
    effect: f64,
    /// Share that fails or is given up at a random moment, and the seconds after which all are given up.
    gives_up: f64,
    deadline: f64,
    /// Log of how much longer the first run of a person takes; a third less with each.
    learning: f64,
}

const TEAM: World = World {
    name: "",
    people: (10, 10),
    both: 0,
    runs: (3, 8),
    between: 0.4,
    within: 0.5,
    effect: 0.0,
    gives_up: 0.0,
    deadline: f64::INFINITY,
    learning: 0.0,
};

const WORLDS: [World; 12] = [
    World { name: "side by side, 10 + 10 people", ..TEAM },
    World { name: "fewest people: 6 + 6", people: (6, 6), ..TEAM },
    World { name: "unequal: 6 + 20 people", people: (6, 20), ..TEAM },
    World { name: "before and after, the same 10", both: 10, ..TEAM },
    World { name: "fewest people: the same 6", people: (6, 6), both: 6, ..TEAM },
    World { name: "5 of 10 in both", both: 5, ..TEAM },
    World { name: "first deploys: one run each, 20 + 20", people: (20, 20), runs: (1, 1), ..TEAM },
    World { name: "heavy users: 1 to 100 runs", runs: (1, 100), ..TEAM },
    World { name: "people differ a lot", between: 0.9, ..TEAM },
    World { name: "the same 10, effect differs by person", both: 10, effect: 0.3, ..TEAM },
    World { name: "15 % fail, all given up at 3 min", gives_up: 0.15, deadline: 180.0, ..TEAM },
    World { name: "learning: the first takes twice as long", learning: 0.7, both: 10, ..TEAM },
];

type Runs = Vec<(usize, Wait)>;

impl World {
    /// Theirs and ours, where theirs take `ratio` times as long.
    fn draw(&self, ratio: f64, random: &mut Random) -> (Runs, Runs) {
        let (theirs, ours) = self.people;
        let people: Vec<(f64, f64)> = (0..theirs + ours - self.both)
            .map(|_| (self.between * random.normal(), self.effect * random.normal()))
            .collect();
        let mut arm = |members: Range<usize>, shift: f64, own_effect: f64| -> Runs {
            let mut runs = Vec::new();
            for person in members {
                let (level, effect) = people[person];
                for run in 0..self.count(random) {
                    let learning = self.learning * (2.0_f64 / 3.0).powi(i32::try_from(run).unwrap_or(i32::MAX));
                    let log = shift + level + own_effect * effect + learning + self.within * random.normal();
                    runs.push((person, self.wait(60.0 * log.exp(), random)));
                }
            }
            runs
        };
        let theirs_runs = arm(0..theirs, ratio.ln(), 1.0);
        let ours_runs = arm(theirs - self.both..theirs - self.both + ours, 0.0, 0.0);
        (theirs_runs, ours_runs)
    }

    fn count(&self, random: &mut Random) -> usize {
        let (least, most) = self.runs;
        let range = most as f64 / least as f64;
        (least as f64 * range.powf(random.uniform())).round() as usize
    }

    fn wait(&self, time: f64, random: &mut Random) -> Wait {
        let gives_up = random.uniform() < self.gives_up;
        let end = if gives_up { time * random.uniform() } else { time };
        Wait { time: end.min(self.deadline), happened: !gives_up && end <= self.deadline }
    }
}

/// The chosen method beside those that were not: every run a person of its own, and the bootstrap over people.
pub fn comparisons(repeats: usize, seed: u64) {
    let mut table = table(&[
        "people and their runs",
        "ratio",
        "holds it",
        "says faster",
        "median width",
        "runs left out",
        "bootstrap",
        "BCa",
    ]);
    for (at, world) in WORLDS.iter().enumerate() {
        for ratio in RATIOS {
            let mut random = Random(seed + at as u64);
            let mut kept: [Kept; 4] = Default::default();
            let mut widths = Vec::new();
            for repeat in 0..repeats {
                let (theirs, ours) = world.draw(ratio, &mut random);
                let pairs = Pairs::new(&theirs, &ours).expect("runs that became ready");
                let effect = pairs.effect();
                kept[0].note(effect.map(|effect| (effect.ratio.low, effect.ratio.high)), ratio);
                widths.extend(effect.map(|effect| effect.ratio.high / effect.ratio.low));
                // The others are slow; a fifth of the repeats tells them apart.
                if repeat % 5 == 0 {
                    let own = |runs: &Runs, from: usize| -> Runs {
                        runs.iter().enumerate().map(|(i, (_, wait))| (from + i, *wait)).collect()
                    };
                    if theirs.len() + ours.len() < 300 {
                        let by_run = Pairs::new(&own(&theirs, 0), &own(&ours, theirs.len())).and_then(|p| p.effect());
                        kept[1].note(by_run.map(|effect| (effect.ratio.low, effect.ratio.high)), ratio);
                    }
                    let people = theirs.iter().chain(&ours).map(|(person, _)| person + 1).max().unwrap_or(0);
                    let [percentile, bca] = bootstrap(&pairs, people, &mut random);
                    kept[2].note(percentile, ratio);
                    kept[3].note(bca, ratio);
                }
            }
            widths.sort_by(f64::total_cmp);
            table.add_row([
                world.name.to_owned(),
                format!("{ratio}"),
                kept[0].held(),
                kept[0].faster(),
                format!("× {:.2}", widths[widths.len() / 2]),
                kept[1].held(),
                kept[2].held(),
                kept[3].held(),
            ]);
        }
    }
    print(&format!("Comparison of two tools, {repeats} teams a line"), table);
}

/// Percentile and bias-corrected accelerated (Efron 1987), people drawn with replacement.
fn bootstrap(pairs: &Pairs, people: usize, random: &mut Random) -> [Option<(f64, f64)>; 2] {
    let Some(estimate) = pairs.log_ratio(|_| 1.0) else { return [None; 2] };
    let mut drawn = Vec::new();
    for _ in 0..RESAMPLES {
        let mut times = vec![0.0; people];
        (0..people).for_each(|_| times[(random.uniform() * people as f64) as usize] += 1.0);
        drawn.extend(pairs.log_ratio(|person| times[person]));
    }
    drawn.sort_by(f64::total_cmp);
    let at = |share: f64| drawn[((drawn.len() as f64 * share) as usize).min(drawn.len() - 1)].exp();
    let percentile = (at(0.025), at(0.975));
    let below = drawn.iter().filter(|value| **value < estimate).count() as f64 / drawn.len() as f64;
    let bias = normal_quantile(below.clamp(0.001, 0.999));
    let without =
        (0..people).filter_map(|out| pairs.log_ratio(|person| f64::from(u8::from(person != out)))).collect::<Vec<_>>();
    let centre = without.iter().sum::<f64>() / without.len() as f64;
    let (cubes, squares) = without.iter().fold((0.0, 0.0), |(cubes, squares), value| {
        (cubes + (centre - value).powi(3), squares + (centre - value).powi(2))
    });
    let acceleration = if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 };
    let corrected = |z: f64| normal(bias + (bias + z) / (1.0 - acceleration * (bias + z)));
    [Some(percentile), Some((at(corrected(-1.96)), at(corrected(1.96))))]
}

/// Pilots say how many people it takes; teams of that size should show the difference in 80 of 100 cases.
pub fn power(repeats: usize) {
    let mut table =
        table(&["people and their runs", "ratio", "people in a pilot", "they ask for", "shown with as many"]);
    for (name, both, ratio) in
        [("side by side", 0, 1.5), ("side by side", 0, 1.3), ("before and after, the same people", 1, 1.3)]
    {
        let mut random = Random(0x0070_6f77);
        let world = |n: usize| World { people: (n, n), both: n * both, ..TEAM };
        let pilot = 10;
        let mut asked: Vec<usize> = (0..repeats)
            .filter_map(|_| {
                let (theirs, ours) = world(pilot).draw(ratio, &mut random);
                Pairs::new(&theirs, &ours)?.effect()?.people_for(ratio)
            })
            .collect();
        asked.sort_unstable();
        let people = asked[asked.len() / 2];
        let mut kept = Kept::default();
        for _ in 0..repeats {
            let (theirs, ours) = world(people).draw(ratio, &mut random);
            let effect = Pairs::new(&theirs, &ours).and_then(|pairs| pairs.effect());
            kept.note(effect.map(|effect| (effect.ratio.low, effect.ratio.high)), ratio);
        }
        let people = format!("{people} (median)");
        table.add_row([name.to_owned(), format!("{ratio}"), pilot.to_string(), people, kept.faster()]);
    }
    print("Power", table);
}
