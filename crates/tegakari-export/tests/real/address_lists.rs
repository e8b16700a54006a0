//! Packet filters and lists of addresses: nftables, ipset, iptables, CrowdSec, BIRD, ExaBGP, fail2ban.

use super::support::{
    answers, bad_plan, entry, folder, made, plan_of, private, run, told, written,
};
use tegakari_export::formats;
use tegakari_model::{BlockPlan, ObservableKind as K, Scope};

#[test]
fn nft_cuts_a_live_connection_and_forgets_it_in_time() {
    let folder = folder();
    let mut plan = bad_plan();
    // Ends two seconds after loading.
    let mut short = entry(K::Ipv4, "45.9.148.6", Scope::Exact);
    short.expires = made()
        .as_second()
        .checked_add(2)
        .map(|s| tegakari_model::Timestamp::from_second(s).unwrap());
    plan.entries.push(short);
    written("nftables", &plan, folder.path());
    let script = r#"
for a in 45.9.148.6 45.9.148.7 45.9.148.8 45.9.149.200; do ip addr add $a/32 dev lo; done
python3 -m http.server --bind 0.0.0.0 80 >/dev/null 2>&1 &
port 80
get() { curl -s -o /dev/null -m 1 -w '%{http_code}' "http://$1/"; }
echo "answer before $(get 45.9.148.7)"
nft -f block.nft || exit 8
for a in 45.9.148.6 45.9.148.7 45.9.148.8 45.9.149.200; do echo "answer $a $(get $a)"; done
sleep 2
echo "answer later $(get 45.9.148.6)"
nft list set inet tegakari blocked_v4
"#;
    let Some(output) = private(&["nft", "python3", "curl"], folder.path(), script) else {
        return;
    };
    let got = answers(&output);
    for (address, status) in [
        ("before", "200"),
        ("45.9.148.6", "000"),
        ("45.9.148.7", "000"),
        ("45.9.148.8", "200"),
        ("45.9.149.200", "000"),
        ("later", "200"),
    ] {
        assert_eq!(
            got.get(address).map(String::as_str),
            Some(status),
            "{address}: {}",
            told(&output)
        );
    }
}

#[test]
fn nft_holds_the_bad_address_and_not_its_neighbour() {
    let folder = folder();
    written("nftables", &bad_plan(), folder.path());
    // Loaded twice, because the second time the table is there already.
    let script = format!(
        "nft -c -f block.nft && nft -f block.nft && nft -f block.nft || exit 8\n\
         has() {{ nft get element inet {0} $1 \"{{ $2 }}\" >/dev/null 2>&1 && echo \"answer $2 yes\" || echo \"answer $2 no\"; }}\n\
         has blocked_v4 45.9.148.7; has blocked_v4 45.9.148.8; has blocked_v4 45.9.149.200; has blocked_v4 45.9.150.0\n\
         has blocked_v6 2a00:1:2::7; has blocked_v6 2a00:1:2::8; has blocked_v6 2a00:5:0:9::1",
        formats::NFTABLES_TABLE
    );
    let Some(output) = private(&["nft"], folder.path(), &script) else {
        return;
    };
    let got = answers(&output);
    for (address, want) in [
        ("45.9.148.7", "yes"),
        ("45.9.148.8", "no"),
        ("45.9.149.200", "yes"),
        ("45.9.150.0", "no"),
        ("2a00:1:2::7", "yes"),
        ("2a00:1:2::8", "no"),
        ("2a00:5:0:9::1", "yes"),
    ] {
        assert_eq!(
            got.get(address).map(String::as_str),
            Some(want),
            "{address}: {}",
            told(&output)
        );
    }
    written("nftables", &BlockPlan::default(), folder.path());
    let output = private(&["nft"], folder.path(), "nft -c -f block.nft").unwrap();
    assert!(output.status.success(), "{}", told(&output));
}

/// `auto-merge` would let the host inside the network end with the network: the longer of the two counts.
#[test]
fn trap_10_nft_keeps_the_longer_end_of_a_network_and_a_host_in_it() {
    let folder = folder();
    let mut host = entry(K::Ipv4, "45.9.149.9", Scope::Exact);
    host.expires = Some("2026-03-12T00:00:00Z".parse().unwrap());
    let plan = plan_of(vec![host, entry(K::Cidr, "45.9.149.0/24", Scope::Exact)]);
    let path = written("nftables", &plan, folder.path());
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains("45.9.149.0/24 timeout 172800s"), "{text}");
    assert!(!text.contains("45.9.149.9 "), "{text}");
}

#[test]
fn ipset_tests_the_bad_address_and_not_its_neighbour() {
    let folder = folder();
    written("ipset", &bad_plan(), folder.path());
    let script = r#"
ipset restore -f block.ipset && ipset restore -f block.ipset || exit 8
for a in 45.9.148.7 45.9.148.8 45.9.149.200 45.9.150.1; do ipset test tegakari4 $a >/dev/null 2>&1 && echo "answer $a yes" || echo "answer $a no"; done
for a in 2a00:1:2::7 2a00:1:2::8; do ipset test tegakari6 $a >/dev/null 2>&1 && echo "answer $a yes" || echo "answer $a no"; done
ipset list tegakari4
"#;
    let Some(output) = private(&["ipset"], folder.path(), script) else {
        return;
    };
    if told(&output).contains("Kernel error") || told(&output).contains("not supported") {
        println!("SKIP: this kernel has no ipset");
        return;
    }
    let got = answers(&output);
    for (address, want) in [
        ("45.9.148.7", "yes"),
        ("45.9.148.8", "no"),
        ("45.9.149.200", "yes"),
        ("45.9.150.1", "no"),
        ("2a00:1:2::7", "yes"),
        ("2a00:1:2::8", "no"),
    ] {
        assert_eq!(
            got.get(address).map(String::as_str),
            Some(want),
            "{address}: {}",
            told(&output)
        );
    }
    assert!(
        told(&output).contains("45.9.148.7 timeout 86"),
        "{}",
        told(&output)
    );
}

#[test]
fn iptables_takes_every_rule() {
    let folder = folder();
    written("iptables", &bad_plan(), folder.path());
    written("ip6tables", &bad_plan(), folder.path());
    let script = r#"
iptables-restore --noflush block.iptables && ip6tables-restore --noflush block.ip6tables || exit 8
iptables -I OUTPUT -j TEGAKARI || exit 8
iptables-save | grep -c -- '-A TEGAKARI' | sed 's/^/answer rules /'
sed 's#45.9.148.7/32#45.9.148.777/32#' block.iptables > broken
iptables-restore --test broken 2>/dev/null && echo "answer broken taken" || echo "answer broken refused"
"#;
    let Some(output) = private(&["iptables"], folder.path(), script) else {
        return;
    };
    let got = answers(&output);
    assert_eq!(
        got.get("rules").map(String::as_str),
        Some("4"),
        "{}",
        told(&output)
    );
    assert_eq!(
        got.get("broken").map(String::as_str),
        Some("refused"),
        "{}",
        told(&output)
    );
}

#[test]
fn crowdsec_answers_a_bouncer_with_our_decisions() {
    let folder = folder();
    written("crowdsec", &bad_plan(), folder.path());
    let script = r#"
mkdir data
cat > config.yaml <<C
common: {daemonize: false, log_media: stdout, log_level: warning, working_dir: $D}
config_paths: {config_dir: $D, data_dir: $D/data, hub_dir: $D, index_path: $D/.index.json, simulation_path: $D/simulation.yaml, notification_dir: $D, plugin_dir: $D}
cscli: {output: human}
db_config: {type: sqlite, db_path: $D/data/c.db}
api:
  client: {insecure_skip_verify: false, credentials_path: $D/local.yaml}
  server: {log_level: warning, listen_uri: 127.0.0.1:8087, profiles_path: $D/profiles.yaml}
prometheus: {enabled: false}
C
echo 'simulation: false' > simulation.yaml; echo '{}' > .index.json; : > local.yaml
printf 'name: d\nfilters: [ "false" ]\ndecisions: [{type: ban, duration: 4h}]\n' > profiles.yaml
cscli -c config.yaml machines add tg -p secretsecret -f local.yaml --force -u http://127.0.0.1:8087 >/dev/null 2>&1 || exit 8
crowdsec -no-cs -c config.yaml >server.log 2>&1 &
port 8087
cscli -c config.yaml decisions import -i block.crowdsec.json 2>&1
sed 's/86400s/1d/' block.crowdsec.json > days.json
cscli -c config.yaml decisions import -i days.json >/dev/null 2>&1 && echo "answer days taken" || echo "answer days refused"
K=$(cscli -c config.yaml bouncers add tg -o raw)
for a in 45.9.148.7 45.9.148.8 45.9.149.200 45.9.150.1 2a00:1:2::7 2a00:1:2::8 2a00:5:0:9::1; do
  echo "answer $a $(curl -s -m 10 -H "X-Api-Key: $K" "http://127.0.0.1:8087/v1/decisions?ip=$a")"
done
"#;
    let Some(output) = private(&["crowdsec", "cscli", "curl"], folder.path(), script) else {
        return;
    };
    let got = answers(&output);
    assert_eq!(
        got.get("days").map(String::as_str),
        Some("refused"),
        "{}",
        told(&output)
    );
    for (address, banned) in [
        ("45.9.148.7", true),
        ("45.9.148.8", false),
        ("45.9.149.200", true),
        ("45.9.150.1", false),
        ("2a00:1:2::7", true),
        ("2a00:1:2::8", false),
        ("2a00:5:0:9::1", true),
    ] {
        let answer = got.get(address).map_or("", String::as_str);
        assert_eq!(
            answer.contains("\"ban\""),
            banned,
            "{address} {answer:?}: {}",
            told(&output)
        );
        assert!(
            banned || answer == "null",
            "{address} {answer:?}: {}",
            told(&output)
        );
    }
}

#[test]
fn bird_takes_the_routes_and_refuses_a_broken_one() {
    let folder = folder();
    let list = written("bird", &bad_plan(), folder.path());
    let text = std::fs::read_to_string(list).unwrap();
    for (name, text, good) in [
        ("good", text.clone(), true),
        ("bad", text.replace("45.9.148.7/32", "45.9.148.7/99"), false),
    ] {
        let path = folder.path().join(name);
        std::fs::write(
            &path,
            format!("router id 192.0.2.1;\nprotocol device {{}}\n{text}"),
        )
        .unwrap();
        let Some(output) = run("bird", &["-p", "-c", path.to_str().unwrap()]) else {
            return;
        };
        assert_eq!(output.status.success(), good, "{name}: {}", told(&output));
    }
}

#[test]
fn exabgp_takes_the_flow_routes_and_refuses_a_broken_one() {
    let folder = folder();
    let list = written("exabgp", &bad_plan(), folder.path());
    let text = std::fs::read_to_string(list).unwrap();
    let neighbour = "neighbor 127.0.0.1 { inherit tegakari; router-id 192.0.2.1; local-address 127.0.0.1; local-as 65000; peer-as 65001; }\n";
    for (name, text, good) in [
        ("good", text.clone(), true),
        ("bad", text.replace("45.9.148.7/32", "45.9.148.7/99"), false),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{text}{neighbour}")).unwrap();
        let Some(output) = run("exabgp", &["--test", path.to_str().unwrap()]) else {
            return;
        };
        assert_eq!(output.status.success(), good, "{name}: {}", told(&output));
    }
}

#[test]
fn fail2ban_finds_the_bad_line_and_not_its_near_miss() {
    let folder = folder();
    let filter = written("fail2ban", &bad_plan(), folder.path());
    let log = folder.path().join("access.log");
    std::fs::write(
        &log,
        "45.9.148.7 - - [10/Mar/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n\
         45.9.148.77 - - [10/Mar/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n\
         145.9.148.7 - - [10/Mar/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n\
         2a00:1:2::7 - - [10/Mar/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n",
    )
    .unwrap();
    let arguments = [log.to_str().unwrap(), filter.to_str().unwrap()];
    let Some(output) = run("fail2ban-regex", &arguments) else {
        return;
    };
    let text = told(&output);
    assert!(
        text.contains("Lines: 4 lines, 0 ignored, 2 matched, 2 missed"),
        "{text}"
    );
}
