//! The signature of what a webhook gets: HMAC-SHA256 (RFC 2104) over the time and the body, so that neither can be changed and an
//! old message cannot be sent again for a new one.

use sha2::{Digest, Sha256};

const BLOCK: usize = 64;

/// HMAC-SHA256 in hexadecimal.
pub fn hmac_sha256_hex(key: &[u8], parts: &[&[u8]]) -> String {
    let mut block = [0_u8; BLOCK];
    if key.len() > BLOCK {
        let digest = Sha256::digest(key);
        block[..digest.len()].copy_from_slice(&digest);
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let mut inner = Sha256::new();
    inner.update(block.map(|b| b ^ 0x36));
    for part in parts {
        inner.update(part);
    }
    let mut outer = Sha256::new();
    outer.update(block.map(|b| b ^ 0x5c));
    outer.update(inner.finalize());
    outer
        .finalize()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// What stands in `X-Tegakari-Signature`: `t=SECONDS,v1=HEX`, where the digest is of `SECONDS.BODY`.
pub fn signature(key: &[u8], seconds: i64, body: &[u8]) -> String {
    let time = seconds.to_string();
    let digest = hmac_sha256_hex(key, &[time.as_bytes(), b".", body]);
    format!("t={time},v1={digest}")
}

#[cfg(test)]
mod tests {
    use super::{hmac_sha256_hex, signature};

    /// RFC 4231, test cases 1, 2 and 6.
    #[test]
    fn the_published_cases() {
        assert_eq!(
            hmac_sha256_hex(&[0x0b; 20], &[b"Hi There"]),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hmac_sha256_hex(b"Jefe", &[b"what do ya want ", b"for nothing?"]),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hmac_sha256_hex(
                &[0xaa; 131],
                &[b"Test Using Larger Than Block-Size Key - Hash Key First"]
            ),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
        assert!(signature(b"k", 5, b"x").starts_with("t=5,v1="));
    }
}
