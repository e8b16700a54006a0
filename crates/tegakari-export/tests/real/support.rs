//! Plans, lists and runs that the tests share.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tegakari_export::{Context, formats};
use tegakari_model::{
    BlockEntry, BlockPlan, Indicator, Observable, ObservableKind as K, Scope, Timestamp, Tlp,
};

/// A folder that programs can read after they have given up their rights.
pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let all = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.path(), all).unwrap();
    }
    folder
}

/// The time at which the lists of these tests are made.
pub(crate) fn made() -> Timestamp {
    "2026-03-10T00:00:00Z".parse().unwrap()
}

pub(crate) fn entry(kind: K, value: &str, scope: Scope) -> BlockEntry {
    BlockEntry {
        indicator: Indicator::new(Observable::new(kind, value).unwrap()),
        scope,
        expires: Some("2026-03-11T00:00:00Z".parse().unwrap()),
        annotations: Vec::new(),
    }
}

/// A plan with these entries, sorted.
pub(crate) fn plan_of(mut entries: Vec<BlockEntry>) -> BlockPlan {
    entries.sort_by(|a, b| a.indicator.observable.cmp(&b.indicator.observable));
    BlockPlan {
        entries,
        held_back: Vec::new(),
    }
}

/// What most of these tests block.
pub(crate) fn bad_plan() -> BlockPlan {
    plan_of(vec![
        entry(K::Domain, "evil-c2.com", Scope::Tree),
        // Below a listed tree: it must not open a hole.
        entry(K::Domain, "sub.evil-c2.com", Scope::Exact),
        entry(K::Domain, "bücher-c2.com", Scope::Tree),
        entry(K::Domain, "single-c2.com", Scope::Exact),
        entry(K::Ipv4, "45.9.148.7", Scope::Exact),
        entry(K::Cidr, "45.9.149.0/24", Scope::Exact),
        entry(K::Ipv4, "45.9.149.9", Scope::Exact),
        entry(K::Ipv6, "2a00:1:2::7", Scope::Exact),
        entry(K::Cidr, "2a00:5::/48", Scope::Exact),
        entry(K::Url, "http://good.net/bad/a.bin?x=1", Scope::Exact),
        entry(K::Url, "https://good.net/in-tls", Scope::Exact),
        entry(K::Md5, "5D41402ABC4B2A76B9719D911017C592", Scope::Exact),
        entry(
            K::Sha256,
            "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824",
            Scope::Exact,
        ),
        entry(K::Ja3, "E7D705A3286E19EA42F587B344EE6865", Scope::Exact),
    ])
}

/// Writes one list into `folder`.
pub(crate) fn written(id: &str, plan: &BlockPlan, folder: &Path) -> PathBuf {
    let format = formats::by_id(id).unwrap();
    let mut context = Context::new("0.0.0\n}; evil");
    context.tlp = Some(Tlp::Green);
    context.made = Some(made());
    let path = folder.join(format.file_name());
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    format.write(plan, &context, &mut file).unwrap();
    path
}

/// Where the third-party programs are that no package of the system brings.
pub(crate) fn beside(program: &str) -> String {
    let prefix = std::env::var("TEGAKARI_VALIDATORS")
        .unwrap_or_else(|_| "/opt/tegakari-validators".to_owned());
    format!("{prefix}/bin/{program}")
}

/// The program's answer; `None`, with a word about it, where it is not installed.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            println!("SKIP: {program} cannot be run here ({error})");
            None
        }
    }
}

/// Both streams of an answer as text.
pub(crate) fn told(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// What every script begins with: names of its arguments, the loopback device, a wait for a port, and an end to
/// whatever it started.
const BEGIN: &str = r#"
set -u
export PATH="$PATH:/usr/sbin:/sbin"
D=$1; cd "$D"
ip link set lo up
trap 'jobs -p | xargs -r kill -9 2>/dev/null' EXIT
port() { for _ in $(seq 200); do (: < "/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0; sleep 0.05; done; echo "nothing listens at $1"; exit 9; }
"#;

/// Runs a bash script in a network namespace of its own, with `folder` as its place. `None`, with a word about it,
/// where a program it needs is missing or there is no right to make a namespace.
pub(crate) fn private(needs: &[&str], folder: &Path, script: &str) -> Option<Output> {
    for program in ["unshare", "ip", "timeout", "bash"].iter().chain(needs) {
        let known = Command::new("sh")
            .args([
                "-c",
                "PATH=\"$PATH:/usr/sbin:/sbin\" command -v \"$1\"",
                "sh",
                program,
            ])
            .output();
        if !known.is_ok_and(|o| o.status.success()) {
            println!("SKIP: {program} is not installed");
            return None;
        }
    }
    let allowed = Command::new("unshare").args(["-n", "true"]).status();
    if !allowed.is_ok_and(|s| s.success()) {
        println!("SKIP: no right to make a network namespace (needs root)");
        return None;
    }
    let script = format!("{BEGIN}{script}");
    run(
        "timeout",
        &[
            "100",
            "unshare",
            "-n",
            "bash",
            "-c",
            &script,
            "bash",
            folder.to_str().unwrap(),
        ],
    )
}

/// The lines that a script printed as `answer KEY VALUE…`.
pub(crate) fn answers(output: &Output) -> std::collections::BTreeMap<String, String> {
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.strip_prefix("answer "))
        .filter_map(|line| line.split_once(' '))
        .map(|(key, value)| (key.to_owned(), value.trim().to_owned()))
        .collect()
}
