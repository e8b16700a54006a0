//! The exit status. A script must be able to tell "no" from "nobody can say".

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tegakari_model::{HuntResult, Problem, RuleLevel, ScanResult};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done; for a hunt: nothing was seen, and it would have been; for the check of a drill: all was seen.
    Fine,
    /// 1: something was seen; for the check of a drill: something was missed.
    Findings,
    /// 2: wrong arguments, an unreadable database, no input that could be read; for a hunt also when a path that was
    /// given could not be read, or a value of a list could not be looked for, and nothing was seen in the others; for `read`, `knowledge update`
    /// and `knowledge import` also when a part of what was asked for could not be had, read or used, though the rest was done.
    Error,
    /// 3: nothing was seen, but too little was visible to say; for the check of a drill: nothing was planted.
    CannotTell,
}

impl Exit {
    /// The status of a hunt. `min_visibility` is the share of asset-hours, in percent, that must have
    /// been visible for an average indicator. That something was seen comes before everything else; then that one of
    /// the `paths` that were given cannot be read, or that something in the tables `beside` them could not be used, because
    /// the answer is not about what was asked then.
    pub(crate) fn of_hunt(
        hunt: &HuntResult,
        min_visibility: u8,
        paths: &[PathBuf],
        beside: [Option<&Path>; 2],
    ) -> Self {
        let totals = hunt.totals();
        let fired = hunt.behaviours.iter().flat_map(|of| &of.observed);
        let grave = fired
            .filter(|one| one.rule.level >= RuleLevel::Medium)
            .count();
        if totals.seen > 0 || grave > 0 {
            return Self::Findings;
        }
        let mut tables = beside.into_iter().flatten();
        let unused = tables.any(|table| {
            let place = format!("{}: ", table.display());
            hunt.problems.iter().any(|p| p.place.starts_with(&place))
        });
        let refused = hunt.problems.iter().any(|p| is_refused_rule(&p.what));
        if unused || refused || paths.iter().any(|path| !can_be_read(path)) {
            return Self::Error;
        }
        let enough = !hunt.partial
            && !hunt.findings.is_empty()
            && mean_visibility(hunt) * 100.0 >= f64::from(min_visibility);
        if enough { Self::Fine } else { Self::CannotTell }
    }

    /// The status of a scan, as of a hunt. `min_share` is the share, in percent, that must have been searched for an
    /// average indicator.
    #[allow(
        clippy::cast_precision_loss,
        reason = "there are fewer than 2^52 rules"
    )]
    pub(crate) fn of_scan(scan: &ScanResult, min_share: u8, paths: &[PathBuf]) -> Self {
        let matched = scan.rules.as_ref().is_some_and(|of| !of.seen.is_empty());
        if scan.totals().seen > 0 || matched {
            return Self::Findings;
        }
        if paths.iter().any(|path| !can_be_read(path)) {
            return Self::Error;
        }
        let shares = scan.findings.iter().map(|one| one.answer.basis().share());
        // Rules count as one more thing that was looked for; those that cannot be used were asked of nothing.
        let of_rules = scan.rules.iter().map(|of| {
            let usable = of.rules as f64 / (of.rules + of.refused).max(1) as f64;
            of.others.basis().share() * usable
        });
        let shares: Vec<f64> = shares.chain(of_rules).collect();
        let enough = !scan.partial
            && !shares.is_empty()
            && mean(shares.into_iter()) * 100.0 >= f64::from(min_share);
        if enough { Self::Fine } else { Self::CannotTell }
    }

    /// The status where lists stated values that nobody looked for: "not seen" is no answer about those. They are told on
    /// standard error where `tell` says so.
    pub(crate) fn without(self, lost: &[Problem], tell: bool) -> Self {
        if lost.is_empty() || !matches!(self, Self::Fine | Self::CannotTell) {
            return self;
        }
        if tell {
            crate::output::losses(lost);
        }
        Self::Error
    }

    /// The status of a list of what is in some places.
    pub(crate) fn of_list(paths: &[PathBuf]) -> Self {
        if paths.iter().all(|path| can_be_read(path)) {
            Self::Fine
        } else {
            Self::Error
        }
    }
}

/// Whether a problem is that a rule of behaviour, or a pipeline of rules, that was given cannot be used.
pub(crate) fn is_refused_rule(what: &str) -> bool {
    what.starts_with("this rule is not used") || what.starts_with("this pipeline is not used")
}

/// Whether a file or folder that was given can be opened; `-` is standard input.
fn can_be_read(path: &Path) -> bool {
    if path == Path::new("-") {
        return true;
    }
    match path.metadata() {
        Ok(found) if found.is_dir() => path.read_dir().is_ok(),
        Ok(found) if found.is_file() => std::fs::File::open(path).is_ok(),
        Ok(_) => true,
        Err(_) => false,
    }
}

/// The mean, over all indicators, of the share of asset-hours in which it would have been seen.
pub(crate) fn mean_visibility(hunt: &HuntResult) -> f64 {
    mean(
        hunt.findings
            .iter()
            .map(|one| one.finding.visibility().share()),
    )
}

#[allow(
    clippy::cast_precision_loss,
    reason = "there are fewer than 2^52 indicators"
)]
fn mean(shares: impl ExactSizeIterator<Item = f64>) -> f64 {
    let many = shares.len().max(1) as f64;
    shares.sum::<f64>() / many
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::Error => 2,
            Exit::CannotTell => 3,
        })
    }
}
