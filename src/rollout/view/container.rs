//! One container as the rules read it: as it is now, and what was seen of it before.

use std::ops::Deref;

use super::container_snapshot::ContainerSnapshot;
use super::timeline::Timeline;

pub(in crate::rollout) struct ContainerView<'a> {
    pub current: ContainerSnapshot<'a>,
    pub timeline: Timeline,
}

/// A rule reads what is now without saying so each time.
impl<'a> Deref for ContainerView<'a> {
    type Target = ContainerSnapshot<'a>;

    fn deref(&self) -> &Self::Target {
        &self.current
    }
}
