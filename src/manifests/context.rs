//! What every kind is made from.

use super::model::Inputs;
use crate::spec::Spec;

/// One service as it is rendered.
pub(super) struct Context<'a> {
    pub spec: &'a Spec,
    pub inputs: &'a Inputs,
}
