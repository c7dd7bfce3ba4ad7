//! The kernel's counter of datagrams that a socket dropped because they were not read in time. The crate `procfs`
//! reads the same lists without this column, and socket options that tell it need `unsafe`.

use std::path::Path;

/// Linux's lists of the sockets of either address family.
const LISTS: [&str; 2] = ["/proc/net/udp", "/proc/net/udp6"];

/// Inode of a socket, its key in the kernel's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inode(u64);

impl Inode {
    /// The inode of a socket of this process; `None` if the kernel does not provide it.
    #[cfg(target_os = "linux")]
    pub(super) fn of(socket: &impl std::os::fd::AsRawFd) -> Option<Self> {
        let link = Path::new("/proc/self/fd").join(socket.as_raw_fd().to_string());
        let name = std::fs::read_link(link).ok()?;
        let inode = name.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
        inode.parse().ok().map(Self)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn of<S>(_: &S) -> Option<Self> {
        None
    }

    /// Number of datagrams dropped since the socket was opened; `None` if the kernel does not provide it.
    pub(super) fn drops(self) -> Option<u64> {
        LISTS.iter().find_map(|list| drops_in(&std::fs::read_to_string(list).ok()?, self))
    }
}

/// Drops of a socket in one of the kernel's lists. Columns are separated by blanks: `inode` is the tenth,
/// `drops` the last.
fn drops_in(list: &str, Inode(inode): Inode) -> Option<u64> {
    let inode = inode.to_string();
    let line = list.lines().find(|line| line.split_whitespace().nth(9) == Some(&inode))?;
    line.split_whitespace().last()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_are_those_of_the_socket_with_the_inode() {
        let list = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 1205: 0100007F:1F90 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 27341 2 0000000000000000 1234
 1717: 0100007F:0277 00000000:0000 07 00000000:00000000 00:00000000 00000000   104        0 9999 2 0000000000000000 0
";
        for (inode, drops) in [(27_341, Some(1_234)), (9_999, Some(0)), (2_734, None), (0, None)] {
            assert_eq!(drops_in(list, Inode(inode)), drops, "{inode}");
        }
    }
}
