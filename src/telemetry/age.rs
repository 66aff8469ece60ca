//! How long this process has been there: a person's stopwatch starts when they press Enter, not when `main` does.

use std::path::Path;
use std::time::Duration;

use crate::input;

/// Bytes of a line of the kernel's.
const LARGEST: u64 = 4096;

/// What cannot be seen makes it too small: of the CPU time what the process has waited for, of the kernel's record two
/// ticks. So the larger one is nearer.
#[must_use]
pub fn of_this_process() -> Duration {
    let of = |file| input::read_text(Path::new(file), LARGEST).ok();
    let recorded = of("/proc/self/stat").zip(of("/proc/uptime")).and_then(|(stat, uptime)| recorded(&stat, &uptime));
    cpu_time().max(recorded.unwrap_or_default())
}

/// What `proc_pid_stat(5)` and `proc_uptime(5)` say, less what their ticks hide.
fn recorded(stat: &str, uptime: &str) -> Option<Duration> {
    /// Milliseconds; the same on every architecture that plat is built for.
    const TICK: u64 = 10;
    // The name of the program is in parentheses and may hold any character; the start is the 20th field after it.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: u64 = fields.split_whitespace().nth(19)?.parse().ok()?;
    let uptime = Duration::try_from_secs_f64(uptime.split_whitespace().next()?.parse().ok()?).ok()?;
    uptime.checked_sub(Duration::from_millis(ticks.checked_add(2)?.checked_mul(TICK)?))
}

#[cfg(unix)]
fn cpu_time() -> Duration {
    nix::time::clock_gettime(nix::time::ClockId::CLOCK_PROCESS_CPUTIME_ID).map(Duration::from).unwrap_or_default()
}

#[cfg(not(unix))]
fn cpu_time() -> Duration {
    Duration::ZERO
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn stat(name: &str, start: &str) -> String {
        format!("4711 ({name}) S 1 4711 4711 0 -1 4194304 139 0 0 0 0 0 0 0 20 0 1 0 {start} 3518464 401 1844674")
    }

    #[rstest]
    #[case::a_moment_ago(&stat("plat", "1000"), "10.25 30.00", Some(230))]
    #[case::within_the_ticks(&stat("plat", "1000"), "10.01 30.00", None)]
    #[case::any_name(&stat("p) lat 1 (2", "1000"), "10.25 30.00", Some(230))]
    #[case::a_container_of_its_own_time(&stat("plat", "1000"), "3.00 1.00", None)]
    #[case::another_format("plat 1000", "10.25", None)]
    #[case::too_short("4711 (plat) S 1", "10.25", None)]
    #[case::no_number(&stat("plat", "soon"), "10.25", None)]
    #[case::out_of_range(&stat("plat", "18446744073709551615"), "10.25", None)]
    #[case::no_uptime(&stat("plat", "1000"), "NaN", None)]
    fn the_kernel_says_since_when(#[case] stat: &str, #[case] uptime: &str, #[case] milliseconds: Option<u64>) {
        assert_eq!(recorded(stat, uptime), milliseconds.map(Duration::from_millis));
    }
}
