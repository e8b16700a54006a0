//! Cryptocurrency addresses, by form and check sum.

use sha2::{Digest, Sha256};

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Whether a word is an address of Bitcoin (Base58Check or Bech32), Ethereum or Monero.
pub(crate) fn is_wallet(word: &str) -> bool {
    match word.len() {
        42 if word.starts_with("0x") => {
            let digits = word.get(2..).unwrap_or("");
            digits.bytes().all(|b| b.is_ascii_hexdigit())
                && digits.bytes().any(|b| b.is_ascii_alphabetic())
        }
        26..=35 if word.starts_with(['1', '3']) => has_base58_check(word),
        // BIP 173: all lower or all upper case.
        42..=62 if word.starts_with("bc1") => is_bech32(word),
        42..=62 if word.starts_with("BC1") && !word.bytes().any(|b| b.is_ascii_lowercase()) => {
            is_bech32(&word.to_ascii_lowercase())
        }
        // The check sum of Monero is Keccak's; form and length leave next to no doubt.
        95 if word.starts_with(['4', '8']) => word.bytes().all(|b| BASE58.contains(&b)),
        _ => false,
    }
}

/// Base58Check: 25 bytes of which the last four are the start of the double SHA-256 of the others.
fn has_base58_check(word: &str) -> bool {
    let mut number = [0u8; 25];
    for b in word.bytes() {
        let Some(mut carry) = BASE58.iter().position(|x| *x == b) else {
            return false;
        };
        for byte in number.iter_mut().rev() {
            carry += 58 * usize::from(*byte);
            *byte = (carry & 0xFF) as u8;
            carry >>= 8;
        }
        if carry != 0 {
            return false;
        }
    }
    let (payload, sum) = number.split_at(21);
    Sha256::digest(Sha256::digest(payload)).starts_with(sum)
}

/// BIP 173 and BIP 350: a polynomial over the address gives 1 (Bech32) or 0x2bc830a3 (Bech32m).
fn is_bech32(word: &str) -> bool {
    const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let step = |sum: u32, value: u32| {
        let top = sum >> 25;
        let next = ((sum & 0x1ff_ffff) << 5) ^ value;
        [
            0x3b6a_57b2,
            0x2650_8e6d,
            0x1ea1_19fa,
            0x3d42_33dd,
            0x2a14_62b3,
        ]
        .iter()
        .enumerate()
        .fold(
            next,
            |sum, (i, g)| if (top >> i) & 1 == 1 { sum ^ g } else { sum },
        )
    };
    let mut sum = [3, 3, 0, 2, 3].iter().fold(1, |sum, v| step(sum, *v));
    for b in word.bytes().skip(3) {
        let Some(value) = ALPHABET.iter().position(|x| *x == b) else {
            return false;
        };
        sum = step(sum, value as u32);
    }
    matches!(sum, 1 | 0x2bc8_30a3)
}

#[cfg(test)]
mod tests {
    use super::is_wallet;

    #[test]
    fn check_sums_tell_wallets_from_hashes() {
        // Published test vectors: BIP 173, the genesis block, EIP-55.
        assert!(is_wallet("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"));
        assert!(is_wallet("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"));
        assert!(is_wallet("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"));
        assert!(!is_wallet("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"));
        assert!(!is_wallet("3f71525d531690a6b75cabe113b72215"));
    }
}
