//! Variables of the environment that have our prefix and are no settings.

/// True for a variable that Kubernetes sets in each container beside a service whose name begins with `letaxi`:
/// <https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>. `key` comes without
/// our prefix and in small letters. Values decide as well, so that `LETAXI_PORT=5000` is still a mistake.
pub(super) fn is_of_kubernetes(key: &str, value: &str) -> bool {
    let is_address = |value: &str| value.starts_with("tcp://") || value.starts_with("udp://");
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let named = |name: &str| key == name || key.ends_with(&format!("_{name}"));
    // `port_5000_tcp_addr` and its like, with the name of the service before it.
    let of_port = || {
        let after = format!("_{key}").split_once("_port_").map(|(_, after)| after.to_owned())?;
        let mut parts = after.split('_');
        let (number, protocol, rest) = (parts.next()?, parts.next()?, parts.next());
        let is_known = is_number(number)
            && matches!(protocol, "tcp" | "udp" | "sctp")
            && matches!(rest, None | Some("proto" | "port" | "addr"))
            && parts.next().is_none();
        Some(is_known)
    };
    named("service_host")
        || (format!("_{key}").contains("_service_port") && is_number(value))
        || (named("port") && is_address(value))
        || of_port().unwrap_or_default()
}
