//! Captures (pcap) of what a test says: datagrams, and whole conversations over TCP.

/// A capture under construction. Checksums are left at zero: whoever reads it is told not to look at them.
pub(crate) struct Capture {
    bytes: Vec<u8>,
    packets: u32,
    port: u16,
}

const CLIENT: [u8; 4] = [10, 0, 0, 5];

impl Capture {
    pub(crate) fn new() -> Self {
        let mut bytes = Vec::new();
        for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
            bytes.extend(word.to_le_bytes());
        }
        Self {
            bytes,
            packets: 0,
            port: 40_000,
        }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn packet(&mut self, protocol: u8, from: [u8; 4], to: [u8; 4], inner: &[u8]) {
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0];
        frame.extend(u16::try_from(inner.len() + 20).unwrap().to_be_bytes());
        frame.extend([0, 1, 0, 0, 64, protocol, 0, 0]);
        frame.extend(from);
        frame.extend(to);
        frame.extend(inner);
        self.packets += 1;
        let length = u32::try_from(frame.len()).unwrap();
        for word in [1_770_000_000 + self.packets, 0, length, length] {
            self.bytes.extend(word.to_le_bytes());
        }
        self.bytes.extend(frame);
    }

    /// One datagram from the client.
    pub(crate) fn udp(&mut self, to: [u8; 4], to_port: u16, payload: &[u8]) {
        self.port += 1;
        let mut udp = Vec::new();
        udp.extend(self.port.to_be_bytes());
        udp.extend(to_port.to_be_bytes());
        udp.extend(u16::try_from(payload.len() + 8).unwrap().to_be_bytes());
        udp.extend([0, 0]);
        udp.extend(payload);
        self.packet(17, CLIENT, to, &udp);
    }

    /// A conversation: what the client says, and what the server answers.
    pub(crate) fn tcp(&mut self, server: [u8; 4], server_port: u16, says: &[u8], answers: &[u8]) {
        self.port += 1;
        let client_port = self.port;
        let (mut client_next, mut server_next) = (1000_u32, 9000_u32);
        let mut send = |by_client: bool, flags: u8, payload: &[u8]| {
            let (seq, ack) = if by_client {
                (&mut client_next, server_next)
            } else {
                (&mut server_next, client_next)
            };
            let ports = if by_client {
                [client_port, server_port]
            } else {
                [server_port, client_port]
            };
            let mut tcp = Vec::new();
            for port in ports {
                tcp.extend(port.to_be_bytes());
            }
            tcp.extend(seq.to_be_bytes());
            tcp.extend(if flags & ACK == 0 { 0 } else { ack }.to_be_bytes());
            tcp.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
            tcp.extend(payload);
            // A beginning and an end count as a byte.
            *seq += u32::try_from(payload.len()).unwrap() + u32::from(flags & (SYN | FIN) != 0);
            if by_client {
                self.packet(6, CLIENT, server, &tcp);
            } else {
                self.packet(6, server, CLIENT, &tcp);
            }
        };
        send(true, SYN, &[]);
        send(false, SYN | ACK, &[]);
        send(true, ACK, &[]);
        for (by_client, payload) in [(true, says), (false, answers)] {
            for chunk in payload.chunks(1400) {
                send(by_client, ACK | PSH, chunk);
                send(!by_client, ACK, &[]);
            }
        }
        send(false, FIN | ACK, &[]);
        send(true, FIN | ACK, &[]);
        send(false, ACK, &[]);
    }
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const PSH: u8 = 8;
const ACK: u8 = 16;

/// A question for the address of a name.
pub(crate) fn question(name: &str) -> Vec<u8> {
    let mut dns = vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        dns.push(u8::try_from(label.len()).unwrap());
        dns.extend(label.bytes());
    }
    dns.extend([0, 0, 1, 0, 1]);
    dns
}

/// What a client of TLS 1.2 says first (RFC 5246, section 7.4.1.2), and what its JA3 is made of.
pub(crate) fn client_hello(name: &str, ciphers: &[u16]) -> (Vec<u8>, String) {
    let sized = |bytes: &[u8]| {
        let mut out = u16::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
        out.extend(bytes);
        out
    };
    let words = |words: &[u16]| -> Vec<u8> { words.iter().flat_map(|w| w.to_be_bytes()).collect() };
    let mut server_name = vec![0];
    server_name.extend(sized(name.as_bytes()));
    let mut extensions = Vec::new();
    for (kind, body) in [
        (0_u16, sized(&server_name)),
        (10, sized(&words(&[29, 23]))),
        (11, vec![1, 0]),
    ] {
        extensions.extend(kind.to_be_bytes());
        extensions.extend(sized(&body));
    }
    let mut hello = vec![3, 3];
    hello.extend([7; 32]);
    hello.push(0);
    hello.extend(sized(&words(ciphers)));
    hello.extend([1, 0]);
    hello.extend(sized(&extensions));
    let mut handshake = vec![1, 0];
    handshake.extend(sized(&hello));
    let mut record = vec![22, 3, 1];
    record.extend(sized(&handshake));
    let ciphers: Vec<String> = ciphers.iter().map(u16::to_string).collect();
    (record, format!("771,{},0-10-11,29-23,0", ciphers.join("-")))
}

/// A request for a path of a host, and the answer with a file.
pub(crate) fn download(host: &str, path: &str, file: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: test\r\n\r\n");
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
        file.len()
    )
    .into_bytes();
    answer.extend(file);
    (request.into_bytes(), answer)
}
