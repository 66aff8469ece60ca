//! Lists that may be long, by the page.

use std::fmt::Debug;

use kube::api::{Api, ListParams};
use serde::de::DeserializeOwned;

/// Objects of one page.
const PAGE: u32 = 500;
/// Events that are read of one namespace; a controller in a loop leaves more than anyone reads.
const EVENTS: usize = 20 * PAGE as usize;

/// The events of a namespace; of more than can be of use, those that the server gives first.
pub(super) async fn events<K>(api: &Api<K>) -> Result<Vec<K>, kube::Error>
where
    K: Clone + DeserializeOwned + Debug,
{
    let mut found = Vec::new();
    let mut params = ListParams::default().limit(PAGE);
    loop {
        let page = match api.list(&params).await {
            Ok(page) => page,
            // The pages belong to one moment, which the server forgot meanwhile.
            Err(kube::Error::Api(status)) if status.code == 410 && !found.is_empty() => return Ok(found),
            Err(error) => return Err(error),
        };
        found.extend(page.items);
        match page.metadata.continue_.filter(|next| !next.is_empty()) {
            Some(next) if found.len() < EVENTS => params = params.continue_token(&next),
            _ => return Ok(found),
        }
    }
}
