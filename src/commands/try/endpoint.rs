//! The telemetry endpoint of a `plat try`: a real `plat serve` that outlives the command, for its dashboard.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::folder::TryFolder;
use super::tools::{step_failed, this_program};
use crate::error::{Error, Result};
use crate::text::foreign_line;
use crate::ui::Ui;

/// How long it may take to open its database and its port.
const START: Duration = Duration::from_secs(10);

/// What `plat serve --output json` says once it serves.
#[derive(Deserialize)]
struct Serving {
    url: String,
}

/// Starts the endpoint on a free port; returns its base URL once it answers. It stops by itself when its data
/// folder is removed, so there is no process to hunt down later.
pub async fn start(folder: &TryFolder, ui: &Ui) -> Result<String> {
    let step = ui.step("telemetry endpoint");
    let (said, log) = (folder.root.join("endpoint.json"), folder.root.join("endpoint.log"));
    let create = |path: &Path| {
        File::create(path).map_err(|e| Error::user("a file cannot be written").at(path.display()).because(e))
    };
    let mut command = Command::new(this_program()?);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--output", "json", "--until-removed", "--data"])
        .arg(folder.endpoint_data())
        .env("PLAT_HOME", folder.plat_home())
        .stdin(Stdio::null())
        .stdout(create(&said)?)
        .stderr(create(&log)?);
    // Ctrl-C on this terminal is meant for `plat try`.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|e| Error::bug("the endpoint does not start").because(e))?;
    let deadline = Instant::now() + START;
    while Instant::now() < deadline {
        let text = std::fs::read_to_string(&said).unwrap_or_default();
        if let Ok(serving) = serde_json::from_str::<Serving>(&text) {
            step.done(&serving.url);
            return Ok(serving.url);
        }
        if let Ok(Some(status)) = child.try_wait() {
            let error = step_failed("plat serve", status.code());
            return Err([text, std::fs::read_to_string(&log).unwrap_or_default()]
                .iter()
                .flat_map(|text| text.lines())
                .fold(error, |error, line| error.detail(foreign_line(line, 300))));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(Error::user("the telemetry endpoint does not answer").at(log.display()).hint("read its log"))
}
