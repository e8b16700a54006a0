//! The public suffix list: which part of a name others register below.
//!
//! The list is code of some 400 000 lines to the compiler, and generic: every crate that asks it itself
//! compiles it again. So it is asked here, and only here.

pub use psl::{Domain, Suffix, Type};

/// The public suffix of a domain name in lower case (`co.jp` of `www.example.co.jp`), as in the list at
/// publicsuffix.org, private part included; the last label when no rule names it, `None` for no name.
#[must_use]
#[inline(never)]
pub fn suffix(name: &[u8]) -> Option<Suffix<'_>> {
    psl::suffix(name)
}

/// The registrable domain of a name in lower case (`example.co.jp` of `www.example.co.jp`); `None` for
/// no name and for a suffix.
#[must_use]
#[inline(never)]
pub fn domain(name: &[u8]) -> Option<Domain<'_>> {
    psl::domain(name)
}
