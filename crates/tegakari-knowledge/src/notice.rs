//! The text of NOTICE: what each source's licence asks to go along with the program.

use std::fmt::Write as _;

use crate::knowledge::Knowledge;
use crate::sources;

/// Of the tables with which fonts in documents are read; they are no source of knowledge.
const FONTS: &str = include_str!("notice_fonts.txt");
const FONTS_LICENCE: &str = include_str!("notice_fonts_licence.txt");

impl Knowledge {
    /// What went in and the notices and licence texts that must go with it: the content of the file
    /// NOTICE, also for `knowledge list`.
    pub fn notice(&self) -> String {
        let mut out = String::from(
            "Tegakari\n\n\
             The program is licensed under MIT or Apache-2.0, at your choice (LICENSE-MIT, LICENSE-APACHE).\n\
             It embeds facts compiled from the sources below. No prose of theirs is included.\n\
             The weights by which techniques told in prose are recognised are computed from the texts of MITRE\n\
             ATT&CK (`cargo xtask train-techniques`); its notice and terms below go with them.\n\
             This file is written by `cargo xtask compile-knowledge`.\n",
        );
        let mut texts: Vec<(&str, &str)> = Vec::new();
        for source in self.sources() {
            let state = [source.version.as_str(), source.date.as_str()]
                .into_iter()
                .filter(|s| !s.is_empty())
                .collect::<Vec<_>>();
            let state = match state.as_slice() {
                [] => "no version of its own".to_owned(),
                [version, date] if version != date => format!("version {version}, of {date}"),
                [version, ..] => format!("version {version}"),
            };
            // Writing to a String does not fail.
            let _ = write!(
                out,
                "\n{} ({})\n  publisher  {}\n  state      {state}\n  licence    {}\n  SHA-256    {}\n  notice     {}\n",
                source.title,
                source.id,
                source.publisher,
                source.licence,
                source.sha256,
                source.notice,
            );
            let licence = sources::ALL
                .iter()
                .find(|s| s.id() == source.id)
                .map(|s| s.licence());
            if let Some(licence) = licence
                && !licence.text.is_empty()
                && texts.iter().all(|(_, text)| *text != licence.text)
            {
                texts.push((licence.id, licence.text));
            }
        }
        out.push_str(FONTS);
        for (id, text) in texts {
            let _ = write!(out, "\n{}\n{id}\n\n{text}", "-".repeat(72));
        }
        let _ = write!(out, "\n{}\n{FONTS_LICENCE}", "-".repeat(72));
        out
    }
}
