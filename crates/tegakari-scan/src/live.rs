//! What the kernel says of connections: the tables of `/proc/net` (proc_net(5), proc_pid_net(5)).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A connection or a socket that waits for one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Connection {
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    /// Here.
    pub local: SocketAddr,
    /// There; unspecified for one that waits.
    pub remote: SocketAddr,
    /// As people say it.
    pub state: &'static str,
    /// The number of the socket, by which its process is found.
    pub inode: u64,
}

impl Connection {
    /// Whether there is somebody at the other end.
    pub fn has_remote(&self) -> bool {
        !self.remote.ip().is_unspecified()
    }

    /// `tcp 10.0.0.5:43210 > 198.51.100.23:443 established`.
    pub fn told(&self) -> String {
        if self.has_remote() {
            format!(
                "{} {} > {} {}",
                self.protocol, self.local, self.remote, self.state
            )
        } else {
            format!("{} {} {}", self.protocol, self.local, self.state)
        }
    }
}

/// The states of TCP by their numbers (`include/net/tcp_states.h`).
const STATES: [&str; 13] = [
    "",
    "established",
    "syn sent",
    "syn received",
    "fin wait 1",
    "fin wait 2",
    "time wait",
    "closed",
    "close wait",
    "last ack",
    "listening",
    "closing",
    "syn received",
];

/// The connections of a table. Lines that are not understood are left out.
pub fn connections(protocol: &'static str, table: &str) -> Vec<Connection> {
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_ascii_whitespace().collect();
            let state = usize::from_str_radix(fields.get(3)?, 16).ok()?;
            let remote = address(fields.get(2)?)?;
            let state = if protocol == "udp" {
                if remote.ip().is_unspecified() {
                    "open"
                } else {
                    "connected"
                }
            } else {
                STATES.get(state).copied().unwrap_or_default()
            };
            Some(Connection {
                protocol,
                local: address(fields.get(1)?)?,
                remote,
                state,
                inode: fields.get(9)?.parse().ok()?,
            })
        })
        .collect()
}

/// An address as the kernel prints it: words of four bytes, each as the machine keeps it (here little endian, which all
/// machines have that this runs on), and the port as a number.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = Vec::new();
    for word in ip.as_bytes().chunks(8) {
        let word = std::str::from_utf8(word).ok()?;
        bytes.extend(u32::from_str_radix(word, 16).ok()?.to_le_bytes());
    }
    let ip = if let Ok(four) = <[u8; 4]>::try_from(bytes.as_slice()) {
        IpAddr::V4(Ipv4Addr::from(four))
    } else {
        let six = Ipv6Addr::from(<[u8; 16]>::try_from(bytes.as_slice()).ok()?);
        six.to_ipv4_mapped().map_or(IpAddr::V6(six), IpAddr::V4)
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use super::connections;

    #[test]
    fn tables_are_read_as_the_kernel_writes_them() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0500000A:A8CA 176433C6:01BB 01 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 20 4 30 10 -1\n\
            1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1 0 100 0 0 10 0\n\
            nonsense\n";
        let got = connections("tcp", table);
        let told: Vec<String> = got.iter().map(super::Connection::told).collect();
        assert_eq!(
            told,
            [
                "tcp 10.0.0.5:43210 > 198.51.100.23:443 established",
                "tcp 0.0.0.0:22 listening"
            ]
        );
        assert_eq!(got[0].inode, 4242);
        let six = "h\n0: 00000000000000000000000001000000:0016 B80D0120000000000000000001000000:1F90 01 0:0 0:0 0 0 0 9 1\n";
        let got = connections("tcp", six);
        assert_eq!(got[0].remote.to_string(), "[2001:db8::1]:8080");
        let mapped = "h\n0: 0000000000000000FFFF00000500000A:0016 0000000000000000FFFF0000176433C6:01BB 01 0:0 0:0 0 0 0 9 1\n";
        assert_eq!(
            connections("tcp", mapped)[0].remote.to_string(),
            "198.51.100.23:443"
        );
    }
}
