//! The stacks, and whom each is measured against.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stack {
    Go,
    Java,
    Node,
    Python,
}

impl Stack {
    pub const ALL: [Self; 4] = [Self::Go, Self::Java, Self::Node, Self::Python];

    pub fn word(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Java => "java",
            Self::Node => "node",
            Self::Python => "python",
        }
    }

    pub fn peer(self) -> &'static str {
        match self {
            Self::Go => "ko",
            Self::Java => "Jib",
            Self::Node | Self::Python => "buildah",
        }
    }

    /// The answer to the template that chooses the base image the tests make.
    pub fn answer(self) -> &'static str {
        match self {
            Self::Go => "port=8080",
            Self::Java => "java=17",
            Self::Node => "node=24",
            Self::Python => "python=3.11",
        }
    }

    /// The file that says hello.
    pub fn source(self) -> &'static str {
        match self {
            Self::Go => "service.go",
            Self::Java => "HelloController.java",
            Self::Node => "service.ts",
            Self::Python => "service.py",
        }
    }
}
