//! `plat man`: the manual pages, made from the command line itself.

use std::path::PathBuf;

use clap_mangen::Man;

use crate::error::{Error, Exit, Result};
use crate::reason::Reason;
use crate::ui::Ui;

/// Prints the manual page of plat (`plat man | man -l -`), or writes one for each command into a folder.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder to write plat.1, plat-deploy.1 and so on to, such as /usr/local/share/man/man1
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// # Errors
/// A folder that cannot be written.
pub fn run(args: &Args, root: clap::Command, ui: &Ui) -> Result<Exit> {
    let Some(dir) = &args.dir else {
        let mut page = Vec::new();
        let written = Man::new(root).render(&mut page);
        written.map_err(|e| Error::bug("the manual page cannot be made").because(e))?;
        ui.data(String::from_utf8_lossy(&page).trim_end());
        return Ok(Exit::Done);
    };
    let written = std::fs::create_dir_all(dir).and_then(|()| clap_mangen::generate_to(root, dir));
    written.map_err(|e| {
        Error::user("the manual pages cannot be written")
            .at(dir.display())
            .hint("choose a folder that you may write: --dir DIR")
            .reason(Reason::OutputLost)
            .because(e)
    })?;
    ui.note(&format!("the manual pages are there; read one: man -l {}/plat.1", dir.display()));
    Ok(Exit::Done)
}
