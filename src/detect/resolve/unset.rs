//! Variables that the code reads, and nothing here sets.

use std::collections::BTreeMap;

use super::Draft;
use crate::detect::claim::{Evidence, Fact, Origin, Trust};
use crate::detect::detectors::dotenv;
use crate::detect::paths;
use crate::detect::service::Unset;
use crate::detect::variables::is_never_asked;
use crate::text::is_secret;

/// Stands for a value that says nothing by itself: a variable is told by its name.
const SOME: &str = "x";

impl Draft<'_> {
    /// In the order of the places that read them. What the program can do without is left out.
    pub(super) fn unset(&self) -> Vec<Unset> {
        // An image that plat builds has no `.env`; a Dockerfile may copy it.
        let has_dotenv = !matches!(self.origin, Some(Origin::Stack { .. }));
        let given: Vec<&String> = self
            .claims
            .iter()
            .filter(|claim| has_dotenv || paths::name(&claim.evidence.file) != dotenv::OWN)
            .filter_map(|claim| match &claim.fact {
                Fact::Env(name, _) | Fact::Secret(name) | Fact::Given(name) => Some(name),
                _ => None,
            })
            .collect();
        let is_given = |name: &str| given.iter().any(|known| known.eq_ignore_ascii_case(name));
        let mut of_compose: Vec<Unset> = Vec::new();
        for claim in &self.claims {
            let Fact::OfCompose(name, value) = &claim.fact else { continue };
            if !is_given(name) && of_compose.iter().all(|known| known.name != *name) {
                let (name, value, evidence) = (name.clone(), Some(value.clone()), claim.evidence.clone());
                of_compose.push(Unset { name, secret: false, value, evidence });
            }
        }
        let mut read: BTreeMap<&String, (&Evidence, Trust, bool)> = BTreeMap::new();
        for claim in &self.claims {
            let Fact::Reads { name, is_optional } = &claim.fact else { continue };
            let known = read.entry(name).or_insert((&claim.evidence, claim.trust, false));
            known.2 |= is_optional;
        }
        let is_of_compose = |name: &str| of_compose.iter().any(|known| known.name == name);
        let is_known = |name: &str| is_given(name) || is_of_compose(name) || is_never_asked(name);
        let needed = read.into_iter().filter(|(name, (.., is_optional))| !is_optional && !is_known(name));
        let mut unset: Vec<(Trust, Unset)> = needed
            .map(|(name, (evidence, trust, _))| {
                let (secret, evidence) = (is_secret(name, SOME), evidence.clone());
                (trust, Unset { name: name.clone(), secret, value: None, evidence })
            })
            .collect();
        unset.sort_by_key(|(trust, unset)| (*trust, unset.evidence.file.clone(), unset.evidence.line));
        of_compose.extend(unset.into_iter().map(|(_, unset)| unset));
        of_compose
    }
}
