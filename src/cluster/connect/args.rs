//! Which cluster, on a command line.

/// Which cluster and namespace, chosen as kubectl chooses them.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ClusterArgs {
    /// The kubeconfig context (default: the environment's, else the current one)
    #[arg(long, value_name = "NAME", help_heading = "Cluster options")]
    pub context: Option<String>,
    /// The namespace (default: the environment's, else the context's)
    #[arg(short, long, value_name = "NAME", help_heading = "Cluster options")]
    pub namespace: Option<String>,
}
