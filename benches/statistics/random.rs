//! Random numbers, and the normal distribution.

/// `SplitMix64` (Steele, Lea & Flood 2014): the same numbers for ever, which no crate promises.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 on, below 1.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Box and Muller's.
    pub fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.uniform()).ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Abramowitz & Stegun 7.1.26, right to 1e-7.
pub fn normal(x: f64) -> f64 {
    let (t, e) = (1.0 / (1.0 + 0.327_591_1 * x.abs() / std::f64::consts::SQRT_2), (-x * x / 2.0).exp());
    let coefficients = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];
    let erf = 1.0 - t * coefficients.iter().rev().fold(0.0, |sum, c| sum * t + c) * e;
    if x < 0.0 { (1.0 - erf) / 2.0 } else { f64::midpoint(1.0, erf) }
}

pub fn normal_quantile(share: f64) -> f64 {
    let (mut low, mut high) = (-5.0, 5.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if normal(middle) < share { low = middle } else { high = middle }
    }
    low
}
