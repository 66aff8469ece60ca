//! What every kind is made from.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::model::Inputs;
use crate::spec::Spec;

/// Of the port, in a container and in the Service.
const PORT_NAME: &str = "http";

/// One service as it is rendered.
pub(super) struct Context<'a> {
    pub spec: &'a Spec,
    pub inputs: &'a Inputs,
}

impl Context<'_> {
    pub fn container_name(&self) -> &str {
        self.spec.names.container.as_ref().unwrap_or(&self.spec.name)
    }

    pub fn service_name(&self) -> &str {
        self.spec.names.service.as_ref().unwrap_or(&self.spec.name)
    }

    /// None for the namespace's own.
    pub fn account_name(&self) -> Option<&str> {
        let default = self.spec.adds_defaults().then_some(&self.spec.name);
        self.spec.names.account.as_ref().or(default).map(String::as_str)
    }

    /// Without one the port is known by its number.
    pub fn port_name(&self) -> Option<&str> {
        let default = self.spec.adds_defaults().then_some(PORT_NAME);
        self.spec.names.port.as_deref().or(default).filter(|name| !name.is_empty())
    }

    /// How Service and probes refer to the container's port.
    pub fn port(&self, number: u16) -> IntOrString {
        match self.port_name() {
            Some(name) => IntOrString::String(name.to_owned()),
            None => IntOrString::Int(number.into()),
        }
    }
}
