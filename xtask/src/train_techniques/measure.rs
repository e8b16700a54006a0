//! How well a model does on texts of reports that it was not trained on.

use std::collections::BTreeSet;

use tegakari_read::behaviour::model::{Head, Model, Scratch, parent_of};

use super::calibrate::{self, Case};
use super::corpus::Corpus;

/// Right among the first, and among the first three: technique, and parent technique.
#[derive(Debug, Default)]
struct Figures {
    n: f64,
    first: f64,
    three: f64,
    parent: f64,
    parent_three: f64,
}

/// Prints how often the right technique is first, or among the three that a report would show.
#[allow(clippy::print_stdout, reason = "figures for a developer at a terminal")]
pub(crate) fn ranking<'a>(
    name: &str,
    corpus: &Corpus,
    model: &Model<'_>,
    domain: usize,
    samples: impl Iterator<Item = (&'a str, &'a [usize])>,
) {
    let mut scratch = Scratch::default();
    let mut f = Figures::default();
    for (text, labels) in samples {
        f.n += 1.0;
        let Some((scores, _)) = model.score(text, &mut scratch) else {
            continue;
        };
        let best = model.first(scores, 3, |c| usize::from(c.domain) == domain);
        let right: BTreeSet<&str> = labels
            .iter()
            .map(|l| parent_of(&corpus.classes[*l].id))
            .collect();
        let hit = |k: usize| {
            f64::from(u8::from(
                best.iter().take(k).any(|(c, _)| labels.contains(c)),
            ))
        };
        let near = |k: usize| {
            f64::from(u8::from(
                best.iter()
                    .take(k)
                    .any(|(c, _)| right.contains(model.parent(*c))),
            ))
        };
        f.first += hit(1);
        f.three += hit(3);
        f.parent += near(1);
        f.parent_three += near(3);
    }
    let part = |v: f64| v / f.n.max(1.0);
    println!(
        "{name:<28} {:>5} texts: technique {:.3} / {:.3}, parent {:.3} / {:.3}",
        f.n,
        part(f.first),
        part(f.three),
        part(f.parent),
        part(f.parent_three)
    );
}

/// Prints what is told at several thresholds, and whether stated probabilities are true.
#[allow(clippy::print_stdout, reason = "figures for a developer at a terminal")]
pub(crate) fn thresholds(head: &Head, cases: &[Case]) {
    let p = |c: &Case| {
        let offset = head
            .classes
            .get(c.class)
            .map_or(0.0, |k| f64::from(k.offset));
        calibrate::probability(&head.parent, c, offset)
    };
    let something = cases.iter().filter(|c| !c.nothing).count().max(1) as f64;
    let nothing = cases.iter().filter(|c| c.nothing).count().max(1) as f64;
    let glanced = cases.iter().filter(|c| c.promise >= head.promising);
    let (with, without): (Vec<&Case>, Vec<&Case>) = glanced.partition(|c| !c.nothing);
    println!(
        "a glance lets pass {:.3} of texts with a technique, {:.3} of texts without",
        with.len() as f64 / something,
        without.len() as f64 / nothing
    );
    println!("least    told of texts with a technique   right (parent)   told of texts without");
    for least in [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] {
        let told: Vec<&Case> = cases.iter().filter(|c| p(c) >= least).collect();
        let with = told.iter().filter(|c| !c.nothing).count() as f64;
        let right = told.iter().filter(|c| c.parent).count() as f64;
        let without = told.iter().filter(|c| c.nothing).count() as f64;
        println!(
            "{least:<8} {:<32.3} {:<16.3} {:.3}",
            with / something,
            right / with.max(1.0),
            without / nothing
        );
    }
    println!(
        "stated probability, true share, texts (texts with a technique and without, as they come)"
    );
    for tenth in 0..10 {
        let (from, to) = (f64::from(tenth) / 10.0, f64::from(tenth + 1) / 10.0);
        let own: Vec<&Case> = cases.iter().filter(|c| p(c) >= from && p(c) < to).collect();
        let right = own.iter().filter(|c| c.parent).count() as f64;
        let mean = own.iter().map(|c| p(c)).sum::<f64>() / own.len().max(1) as f64;
        println!(
            "{mean:.2}  {:.2}  {}",
            right / own.len().max(1) as f64,
            own.len()
        );
    }
}
