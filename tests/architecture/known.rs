//! What the code still breaks: how often, in which room. To be emptied, then removed; nothing is added here.

use std::collections::BTreeMap;

use crate::graph::Circle;
use crate::rooms::room;

pub struct Known(pub &'static [(&'static str, usize)]);

/// Functions with too many parameters.
pub const LONG_SIGNATURES: Known = Known(&[]);

/// Functions that do not use an argument.
pub const UNUSED_ARGUMENTS: Known = Known(&[]);

/// Files that use the room `ui` though theirs should tell what happens as values.
pub const USERS_OF_UI: Known = Known(&[]);

/// Rooms of the crate that are in circles.
pub const ROOMS_IN_CIRCLES: usize = 0;

/// Sub-rooms of a room that are in circles.
pub const SUB_ROOMS_IN_CIRCLES: Known = Known(&[]);

/// Files of a room that are in circles within it.
pub const FILES_IN_CIRCLES: Known = Known(&[]);

impl Known {
    /// What is said of files, for each room where it is said more often than known; and what is known but gone.
    pub fn beyond(&self, found: Vec<(String, String)>) -> Vec<String> {
        self.more_than_known(found.into_iter().map(|(file, says)| (room(&file).to_owned(), 1, says)))
    }

    /// The circles of each room in which more stand than known; and what is known but gone.
    pub fn circles_beyond(&self, circles: Vec<Circle>) -> Vec<String> {
        self.more_than_known(circles.into_iter().filter_map(|circle| {
            let room = room(circle.nodes.first()?).to_owned();
            Some((room, circle.nodes.len(), circle.to_string()))
        }))
    }

    fn more_than_known(&self, found: impl Iterator<Item = (String, usize, String)>) -> Vec<String> {
        let mut rooms: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
        for (room, count, says) in found {
            let (counted, said) = rooms.entry(room).or_default();
            *counted += count;
            said.push(says);
        }
        let known = |room: &str| self.0.iter().find(|(known, _)| *known == room).map_or(0, |(_, most)| *most);
        let gone = self.0.iter().filter(|(known, _)| !rooms.contains_key(*known));
        let mut broken: Vec<String> =
            gone.map(|(room, _)| format!("{room} has none left: take it out of known.rs")).collect();
        for (room, (counted, said)) in &rooms {
            let known = known(room);
            if *counted > known {
                broken.push(format!("{room} has {counted}, {known} of them known:"));
                broken.extend(said.iter().cloned());
            }
        }
        broken
    }
}
