//! `plat lookout`: looks on after a deploy whose prompt came back. Started by plat itself, and says nothing.

use super::runtime::unrecorded;
use crate::deploy::lookout::{self, Order};
use crate::detached;
use crate::error::{Error, Exit, Result};
use crate::input;
use crate::settings::Settings;

/// Of an order: the manifests of a large set are in it where nothing else has them; in bytes.
const LARGEST: u64 = 64 << 20;

#[derive(Debug, clap::Args)]
pub struct Args {}

/// # Errors
/// What is not an order; a cluster that cannot be reached. Nobody reads it.
pub fn run(settings: &Settings) -> Result<Exit> {
    detached::let_go();
    unrecorded(async {
        let order = input::read_stdin(LARGEST).await.map_err(|refusal| Error::usage(format!("the order {refusal}")))?;
        let order: Order = serde_json::from_slice(&order)
            .map_err(|e| Error::usage("plat starts this by itself, after a deploy").because(e))?;
        lookout::look_on(&order, settings).await?;
        Ok(Exit::Done)
    })
}
