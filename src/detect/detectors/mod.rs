//! One file (or folder) for each thing that says what a service is or how it runs. [`DETECTORS`] is their table: a new
//! one is a file and a line.

pub mod compose;
pub mod dockerfile;
pub mod dotenv;
pub mod fly;
pub mod go;
pub mod java;
pub mod node;
pub mod procfile;
pub mod python;
pub mod rust;
pub mod skaffold;

use super::claim::Candidate;
use super::scene::Scene;

/// One way of looking at a repository.
#[derive(Debug)]
pub struct Detector {
    pub detect: fn(&Scene) -> Vec<Candidate>,
}

/// In the order in which claims of the same trust count: how it runs, then what it is made of.
pub const DETECTORS: [Detector; 11] = [
    Detector { detect: fly::detect },
    Detector { detect: procfile::detect },
    Detector { detect: compose::detect },
    Detector { detect: skaffold::detect },
    Detector { detect: node::detect },
    Detector { detect: python::detect },
    Detector { detect: java::detect },
    Detector { detect: go::detect },
    Detector { detect: rust::detect },
    Detector { detect: dockerfile::detect },
    Detector { detect: dotenv::detect },
];
