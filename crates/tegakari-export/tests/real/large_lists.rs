//! A hundred thousand entries load in the real programs. The times are printed: `cargo test … large -- --nocapture`.

use std::time::Instant;

use super::support::{entry, folder, private, told, written};
use tegakari_model::{BlockPlan, ObservableKind as K, Scope};

const MANY: u32 = 100_000;

fn many(kind: K) -> BlockPlan {
    let mut entries: Vec<_> = (0..MANY)
        .map(|i| match kind {
            // Spread, so that no two lie beside each other.
            K::Ipv4 => entry(
                K::Ipv4,
                &format!("45.{}.{}.{}", i / 16_384, i / 64 % 256, i % 64 * 4 + 1),
                Scope::Exact,
            ),
            K::Md5 => entry(K::Md5, &format!("{i:032x}"), Scope::Exact),
            _ => entry(K::Domain, &format!("c2-{i:06}.evil-net.com"), Scope::Tree),
        })
        .collect();
    entries.sort_by(|a, b| a.indicator.observable.cmp(&b.indicator.observable));
    BlockPlan {
        entries,
        held_back: Vec::new(),
    }
}

fn loads(needs: &[&str], lists: &[&str], kind: K, script: &str) {
    let folder = folder();
    let plan = many(kind);
    for list in lists {
        written(list, &plan, folder.path());
    }
    let start = Instant::now();
    let Some(output) = private(needs, folder.path(), script) else {
        return;
    };
    assert!(output.status.success(), "{}: {}", lists[0], told(&output));
    println!(
        "{MANY} entries of {}: {:.1} s",
        lists[0],
        start.elapsed().as_secs_f64()
    );
}

#[test]
fn large_lists_of_addresses_load() {
    loads(
        &["nft"],
        &["nftables"],
        K::Ipv4,
        "nft -f block.nft && nft get element inet tegakari blocked_v4 '{ 45.0.0.1 }' >/dev/null",
    );
    // More than the 65,536 at which the default of the program stops.
    loads(
        &["ipset"],
        &["ipset"],
        K::Ipv4,
        "ipset restore -f block.ipset 2>err || { grep -q 'Kernel error\\|supported' err && exit 0; cat err; exit 1; }; ipset test tegakari4 45.6.26.125",
    );
    loads(
        &["bird"],
        &["bird"],
        K::Ipv4,
        "(echo 'router id 192.0.2.1;'; cat block.bird.conf) > c; bird -p -c c",
    );
}

#[test]
fn large_lists_of_names_load() {
    loads(
        &["named-checkzone"],
        &["rpz"],
        K::Domain,
        "named-checkzone -i local rpz.tegakari block.rpz",
    );
    loads(
        &["unbound-checkconf"],
        &["unbound"],
        K::Domain,
        "printf 'server:\\n chroot: \"\"\\n username: \"\"\\n directory: \"%s\"\\ninclude: \"%s/block.unbound.conf\"\\n' $D $D > c; unbound-checkconf c",
    );
    loads(
        &["dnsmasq"],
        &["dnsmasq"],
        K::Domain,
        "dnsmasq --test -C block.dnsmasq.conf",
    );
    loads(
        &["nginx"],
        &["nginx-map"],
        K::Domain,
        "printf 'pid %s/p; error_log %s/e; events {} http { map_hash_bucket_size 512; map_hash_max_size 1048576; map $host $x { hostnames; default 0; include %s/nginx-map.conf; } }' $D $D $D > c; nginx -t -c $D/c",
    );
    loads(
        &["haproxy"],
        &["haproxy-trees"],
        K::Domain,
        "printf 'defaults\\n mode http\\n timeout connect 1s\\n timeout client 1s\\n timeout server 1s\\nfrontend f\\n bind 127.0.0.1:1\\n http-request deny if { hdr(host) -m end -f haproxy-trees.lst }\\n' > c; haproxy -c -f c",
    );
    loads(
        &["squid"],
        &["squid-domains"],
        K::Domain,
        "printf 'acl d dstdomain \"%s/squid-domains.txt\"\\nhttp_access deny d\\nhttp_port 127.0.0.1:3128\\npinger_enable off\\n' $D > c; squid -k parse -f c",
    );
}

#[test]
fn large_lists_of_files_load() {
    loads(
        &["clamscan"],
        &["clamav-hdb"],
        K::Md5,
        "mkdir db; mv block.hdb db; echo x > sample; clamscan -d db --no-summary sample",
    );
}
