//! Who uses whom, and the circles in it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

/// For each arrow the places that make it, in the order of the files.
#[derive(Default)]
pub struct Graph {
    pub arrows: BTreeMap<String, BTreeMap<String, Vec<Place>>>,
}

#[derive(Clone)]
pub struct Place {
    pub file: String,
    pub line: usize,
    /// The path used there.
    pub name: String,
}

/// Nodes each of which leads to each other one.
pub struct Circle {
    pub nodes: BTreeSet<String>,
    /// The shortest way around: from, to and the place that makes the arrow.
    pub way: Vec<(String, String, Place)>,
}

impl Graph {
    pub fn arrow(&mut self, from: &str, to: &str, place: Place) {
        self.arrows.entry(from.to_owned()).or_default().entry(to.to_owned()).or_default().push(place);
    }

    pub fn circles(&self) -> Vec<Circle> {
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            self.arrows.keys().map(|from| (from.as_str(), self.reached(from))).collect();
        let mut circles = Vec::new();
        let mut seen = BTreeSet::new();
        for (from, to) in &reached {
            let back = |node: &&&str| reached.get(**node).is_some_and(|to| to.contains(from));
            let nodes: BTreeSet<String> = to.iter().filter(back).map(|node| (*node).to_owned()).collect();
            if nodes.contains(*from) && seen.insert(nodes.clone()) {
                let ways = nodes.iter().filter_map(|node| self.way_around(node));
                let way = ways.min_by_key(Vec::len).unwrap_or_default();
                circles.push(Circle { nodes, way });
            }
        }
        circles
    }

    fn next<'a>(&'a self, from: &str) -> impl Iterator<Item = &'a str> {
        self.arrows.get(from).into_iter().flat_map(|to| to.keys().map(String::as_str))
    }

    fn reached<'a>(&'a self, from: &str) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut ahead: Vec<&str> = self.next(from).collect();
        while let Some(node) = ahead.pop() {
            if reached.insert(node) {
                ahead.extend(self.next(node));
            }
        }
        reached
    }

    /// The shortest way from a node back to itself.
    fn way_around(&self, start: &str) -> Option<Vec<(String, String, Place)>> {
        let mut before: BTreeMap<&str, &str> = BTreeMap::new();
        let mut ahead = VecDeque::from([start]);
        while let Some(node) = ahead.pop_front() {
            for next in self.next(node) {
                if !before.contains_key(next) {
                    before.insert(next, node);
                    ahead.push_back(next);
                }
            }
        }
        let mut way = Vec::new();
        let mut to = start;
        loop {
            let (known_to, from) = before.get_key_value(to)?;
            let (to_name, place) = self.arrows.get(*from)?.get_key_value(*known_to)?;
            way.push(((*from).to_owned(), to_name.clone(), place.first()?.clone()));
            to = from;
            if to == start {
                break;
            }
        }
        way.reverse();
        Some(way)
    }
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes: Vec<&str> = self.nodes.iter().map(String::as_str).collect();
        writeln!(f, "  a circle of {}: {}", nodes.len(), nodes.join(", "))?;
        writeln!(f, "  the shortest way around:")?;
        for (from, to, place) in &self.way {
            writeln!(f, "    {from} -> {to}: {}:{} uses {}", place.file, place.line, place.name)?;
        }
        Ok(())
    }
}
