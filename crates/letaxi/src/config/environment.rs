//! Variables of the environment that have the prefix but are not settings.

use std::sync::LazyLock;

use regex_lite::Regex;

/// Variables, as `name=value`, that Kubernetes sets in each container beside a service whose name begins with
/// `letaxi`: <https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>. Values
/// decide as well, so that `LETAXI_PORT=5000` is still a mistake.
static OF_KUBERNETES: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?xs)^(.*_)? (
        service_host=.*
        | service_port[^=]*=[0-9]*
        | port=(tcp|udp)://.*
        | port_[0-9]+_(tcp|udp|sctp)(_(proto|port|addr))?=.*
        )$";
    Regex::new(pattern).expect("the pattern is well-formed")
});

/// True for a variable that Kubernetes sets. `key` is the name without our prefix, in lower case.
pub(super) fn is_of_kubernetes(key: &str, value: &str) -> bool {
    OF_KUBERNETES.is_match(&format!("{key}={value}"))
}
