//! Resolvers: BIND, Unbound, Knot Resolver and dnsmasq ask a server of ours that knows every name.

use super::support::{answers, bad_plan, folder, private, told, written};

/// Asks for every name and prints status and first address. The server above knows every name, and answers with an
/// address of its own.
const ASK: &str = r#"
ask() {
  for n in good.net evil-c2.com x.evil-c2.com EVIL-c2.com sub.evil-c2.com x.sub.evil-c2.com xn--bcher-c2-65a.com \
           notevil-c2.com evil-c2.com.good.net single-c2.com x.single-c2.com listed-answer.net; do
    r=$(dig +time=3 +tries=2 -p 5300 @127.0.0.1 "$n" A)
    s=$(printf '%s' "$r" | sed -n 's/.*status: \([A-Z]*\).*/\1/p' | head -1)
    a=$(printf '%s\n' "$r" | awk -v n="$n." 'tolower($1)==tolower(n) && $4=="A" {print $5; exit}')
    echo "answer $n $s $a"
  done
}
dnsmasq -k --user=root --no-resolv --no-hosts --port=5301 --listen-address=127.0.0.1 --bind-interfaces \
  --pid-file= --address=/listed-answer.net/45.9.148.7 --address=/#/192.0.2.99 >/dev/null 2>up.log &
port 5301
"#;

const UNBOUND: &str = r#"
cat > unbound.conf <<C
server:
  username: ""
  chroot: ""
  directory: "$D"
  pidfile: ""
  use-syslog: no
  interface: 127.0.0.1
  port: 5300
  do-not-query-localhost: no
  module-config: "MODULES"
  do-ip6: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@5301
MORE
C
unbound-checkconf unbound.conf >/dev/null || exit 8
unbound -d -c unbound.conf 2>server.log &
port 5300
ask
cat server.log
"#;

#[derive(Clone, Copy, PartialEq)]
enum Reach {
    /// The tree is closed; a single name is answered with nothing or an address that leads nowhere.
    Tree,
    /// As a tree, and answers that hold a listed address are taken out.
    TreeAndAnswers,
    /// Single names only.
    Single,
}

fn check(what: &str, list: &str, needs: &[&str], reach: Reach, script: &str) {
    let folder = folder();
    written(list, &bad_plan(), folder.path());
    let needs: Vec<&str> = needs.iter().copied().chain(["dig", "dnsmasq"]).collect();
    let Some(output) = private(&needs, folder.path(), &format!("{ASK}{script}")) else {
        return;
    };
    let got = answers(&output);
    assert_eq!(got.len(), 12, "{what}: {}", told(&output));
    let passes = |name: &str| got[name].contains("NOERROR 192.0.2.99");
    for name in [
        "good.net",
        "notevil-c2.com",
        "evil-c2.com.good.net",
        "x.single-c2.com",
    ] {
        assert!(passes(name), "{what}: {name} {:?}", got[name]);
    }
    for name in [
        "evil-c2.com",
        "EVIL-c2.com",
        "sub.evil-c2.com",
        "xn--bcher-c2-65a.com",
        "single-c2.com",
    ] {
        let answer = &got[name];
        let stopped = answer == "NXDOMAIN" || answer == "NOERROR" || answer == "NOERROR 0.0.0.0";
        assert!(stopped, "{what}: {name} {answer:?}");
    }
    for name in ["x.evil-c2.com", "x.sub.evil-c2.com"] {
        assert_eq!(
            passes(name),
            reach == Reach::Single,
            "{what}: {name} {:?}",
            got[name]
        );
    }
    let listed = got["listed-answer.net"].as_str();
    assert_eq!(
        listed == "NXDOMAIN",
        reach == Reach::TreeAndAnswers,
        "{what}: {listed:?}"
    );
    // A line that was passed over is a threat that was passed over.
    for word in ["ignoring", "unsupported", "error:", "rror in", "duplicate"] {
        assert!(!told(&output).contains(word), "{what}: {}", told(&output));
    }
}

#[test]
fn unbound_closes_local_zones() {
    let script = UNBOUND
        .replace("MODULES", "iterator")
        .replace("MORE", "include: \"$D/block.unbound.conf\"");
    check("unbound", "unbound", &["unbound"], Reach::Tree, &script);
}

#[test]
fn unbound_obeys_the_policy_zone() {
    let script = UNBOUND.replace("MODULES", "respip iterator").replace(
        "MORE",
        "rpz:\n  name: rpz.tegakari\n  zonefile: \"$D/block.rpz\"",
    );
    check(
        "unbound rpz",
        "rpz",
        &["unbound"],
        Reach::TreeAndAnswers,
        &script,
    );
}

#[test]
fn bind_obeys_the_policy_zone() {
    let script = r#"
cat > named.conf <<C
options { directory "$D"; pid-file none; session-keyfile none; listen-on port 5300 { 127.0.0.1; }; listen-on-v6 { none; };
  forwarders { 127.0.0.1 port 5301; }; forward only; dnssec-validation no; recursion yes; empty-zones-enable no;
  response-policy { zone "rpz.tegakari"; } qname-wait-recurse no; };
controls { };
zone "rpz.tegakari" { type primary; file "block.rpz"; };
C
named -g -c named.conf 2>server.log &
port 5300
ask
grep -i 'rpz' server.log | grep -iv 'loaded serial\|(re)load\|new zone'
"#;
    check("bind", "rpz", &["named"], Reach::TreeAndAnswers, script);
}

#[test]
fn knot_resolver_obeys_the_policy_zone() {
    let script = r#"
cat > kresd.conf <<C
net.listen('127.0.0.1', 5300, { kind = 'dns' })
modules.unload('ta_update')
trust_anchors.remove('.')
policy.add(policy.rpz(policy.DENY, '$D/block.rpz', false))
policy.add(policy.all(policy.FORWARD('127.0.0.1@5301')))
C
chmod 644 block.rpz kresd.conf
kresd -n -c kresd.conf "$D" > server.log 2>&1 &
port 5300
ask
grep 'rpz' server.log
"#;
    // It knows the triggers of names only, and says so of the others.
    let folder = folder();
    let mut plan = bad_plan();
    plan.entries
        .retain(|e| e.indicator.observable.kind() == tegakari_model::ObservableKind::Domain);
    written("rpz", &plan, folder.path());
    let Some(output) = private(
        &["kresd", "dig", "dnsmasq"],
        folder.path(),
        &format!("{ASK}{script}"),
    ) else {
        return;
    };
    let got = answers(&output);
    for (name, stopped) in [
        ("good.net", false),
        ("evil-c2.com", true),
        ("x.evil-c2.com", true),
        ("notevil-c2.com", false),
        ("single-c2.com", true),
        ("x.single-c2.com", false),
    ] {
        let answer = got.get(name).cloned().unwrap_or_default();
        assert_eq!(
            answer.starts_with("NXDOMAIN"),
            stopped,
            "{name} {answer:?}: {}",
            told(&output)
        );
    }
    assert!(!told(&output).contains("unsupported"), "{}", told(&output));
}

#[test]
fn dnsmasq_closes_the_trees() {
    let script = r#"
dnsmasq -k --user=root --no-resolv --no-hosts --port=5300 --listen-address=127.0.0.1 --bind-interfaces --pid-file= \
  --server=127.0.0.1#5301 -C block.dnsmasq.conf 2>server.log &
port 5300
ask
cat server.log
"#;
    check("dnsmasq", "dnsmasq", &[], Reach::Tree, script);
}

#[test]
fn a_hosts_file_closes_single_names() {
    let script = r#"
dnsmasq -k --user=root --no-resolv --no-hosts --port=5300 --listen-address=127.0.0.1 --bind-interfaces --pid-file= \
  --server=127.0.0.1#5301 --addn-hosts="$D/block.hosts" -C /dev/null 2>server.log &
port 5300
ask
cat server.log
"#;
    check("hosts", "hosts", &[], Reach::Single, script);
}
