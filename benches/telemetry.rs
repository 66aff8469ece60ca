//! What recording and sending add to a command: the same command with telemetry off, local, and on with an endpoint
//! that answers, that is down, that accepts and never answers, and that answers 500. Interleaved, in turn.
//!
//! `cargo bench --bench telemetry [-- --rounds N]` prints the medians, and the median of the differences from `off`
//! in the same round. Wall-clock time of whole processes, as a shell would see it; the promise is 5 ms at most.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, Table, presets};
use tempfile::TempDir;

const PROMISE: Duration = Duration::from_millis(5);
const ROUNDS: usize = 100;

/// How plat is told where to send to.
struct Arm {
    name: &'static str,
    variable: (&'static str, String),
    home: TempDir,
    took: Vec<Duration>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = rounds()?;
    let serving = Serving::start()?;
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let failing = failing()?;
    let down = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let endpoint = |addr: SocketAddr| ("PLAT_TELEMETRY_ENDPOINT", format!("http://{addr}"));
    let mut arms = [
        Arm::new("off", ("DO_NOT_TRACK", "1".to_owned()))?,
        Arm::new("local", ("PLAT_TELEMETRY", "local".to_owned()))?,
        Arm::new("on", ("PLAT_TELEMETRY_ENDPOINT", serving.url.clone()))?,
        Arm::new("on, endpoint down", endpoint(down))?,
        Arm::new("on, never answers", endpoint(silent.local_addr()?))?,
        Arm::new("on, answers 500", endpoint(failing))?,
    ];
    for round in 0..=rounds {
        for turn in 0..arms.len() {
            // The arm that comes first changes, so that none always follows the same one.
            let at = (round + turn) % arms.len();
            let took = arms[at].run()?;
            // The first round fills caches and shows the notice.
            if round > 0 {
                arms[at].took.push(took);
            }
        }
    }
    print(&arms);
    Ok(())
}

fn rounds() -> Result<usize, Box<dyn Error>> {
    let mut args = std::env::args().skip_while(|arg| arg != "--rounds").skip(1);
    args.next().map_or(Ok(ROUNDS), |n| n.parse().map_err(|_| format!("--rounds {n} is no number").into()))
}

impl Arm {
    fn new(name: &'static str, variable: (&'static str, String)) -> std::io::Result<Self> {
        Ok(Self { name, variable, home: TempDir::new()?, took: Vec::new() })
    }

    /// A deploy without a plat.yaml is a recorded run and does almost nothing else.
    fn run(&self) -> std::io::Result<Duration> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plat"));
        command.arg("deploy").current_dir(self.home.path()).env_clear();
        command.env("PLAT_HOME", self.home.path()).env(self.variable.0, &self.variable.1);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        command.status()?;
        Ok(started.elapsed())
    }
}

#[expect(clippy::disallowed_macros, reason = "a benchmark has no Ui: it prints its table")]
fn print(arms: &[Arm]) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["telemetry", "median ms", "p90 ms", "added ms (median)", "within 5 ms"]);
    for arm in arms {
        let added = quantile(arm.took.iter().zip(&arms[0].took).map(|(arm, off)| ms(*arm) - ms(*off)).collect(), 0.5);
        table.add_row([
            arm.name.to_owned(),
            format!("{:.2}", quantile(arm.took.iter().copied().map(ms).collect(), 0.5)),
            format!("{:.2}", quantile(arm.took.iter().copied().map(ms).collect(), 0.9)),
            format!("{added:.2}"),
            if added <= ms(PROMISE) { "yes" } else { "NO" }.to_owned(),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{} interleaved rounds of `plat deploy` in an empty folder\n{}", arms[0].took.len(), table.trim_fmt());
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The value below which this share of the values lies.
fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let below = values.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a few hundred rounds"
    )]
    let at = (below as f64 * share).round() as usize;
    values.get(at).copied().unwrap_or(f64::NAN)
}

/// A real endpoint; ends with the value.
struct Serving {
    url: String,
    process: Child,
    _data: TempDir,
}

impl Serving {
    fn start() -> Result<Self, Box<dyn Error>> {
        let data = TempDir::new()?;
        let mut process = Command::new(env!("CARGO_BIN_EXE_plat"))
            .args(["serve", "--listen", "127.0.0.1:0", "--quiet", "--data"])
            .arg(data.path())
            .env("PLAT_HOME", data.path())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no pipe")?).read_line(&mut line)?;
        let url = line.split_whitespace().last().ok_or("plat serve did not start")?.to_owned();
        Ok(Self { url, process, _data: data })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An endpoint that answers 500 to everything, for as long as the benchmark runs.
fn failing() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let addr = listener.local_addr()?;
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(answer(stream))));
    Ok(addr)
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_millis(200)))?;
    let mut request = [0; 4096];
    let _ = stream.read(&mut request)?;
    stream.write_all(b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}
