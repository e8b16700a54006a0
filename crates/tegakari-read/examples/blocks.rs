//! Prints the blocks that documents are read into, before any value is looked for: to see what a format
//! makes of a document. `cargo run --example blocks FILE…`
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program, not a part of the core"
)]

use tegakari_read::{Document, contents, formats};

fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        let format = formats::sniff(&path, &bytes).id();
        let content = contents(Document {
            name: &path,
            bytes: &bytes,
        });
        println!(
            "{path}: {format} title={:?} publisher={:?} published={:?} tlp={:?} list={} {:?}",
            content.title,
            content.publisher,
            content.published,
            content.tlp,
            content.is_list,
            content.properties,
        );
        for part in &content.parts {
            println!("  {part:?}");
        }
        for block in &content.blocks {
            let section: Vec<&str> = content.section_titles(block.section).collect();
            let links: Vec<&str> = block.links.iter().map(|l| l.target.as_str()).collect();
            println!(
                "  {:?} g{} p{}{} {}:{} {:?} header={:?} links={links:?} under={section:?}",
                block.kind,
                block.group,
                block.part,
                if block.aside { " aside" } else { "" },
                block.path.as_deref().unwrap_or(""),
                block.line,
                block.text,
                block.header,
            );
        }
        for problem in &content.problems {
            println!("  {problem:?}");
        }
    }
    Ok(())
}
