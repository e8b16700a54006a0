//! Squid, HAProxy, nginx and Apache: requests that arrive, and their status.

use super::support::{answers, bad_plan, folder, private, told, written};

/// A web server behind the proxy, at an address that is listed and one that is not.
const ORIGIN: &str = r#"
for a in 45.9.148.7 45.9.148.8 45.9.149.9 45.9.150.9; do ip addr add $a/32 dev lo; done
mkdir -p www && echo ok > www/index.html
( cd www && exec python3 -m http.server --bind 0.0.0.0 80 ) >/dev/null 2>&1 &
port 80
status() { curl -s -o /dev/null -m 10 -w '%{http_code}' "$@"; }
"#;

#[test]
fn squid_refuses_names_addresses_and_urls() {
    let folder = folder();
    for list in ["squid-domains", "squid-addresses", "squid-urls"] {
        written(list, &bad_plan(), folder.path());
    }
    let script = r#"
# Squid takes its shared memory as a user of its own.
[ "$(stat -c %a /dev/shm 2>/dev/null)" = 1777 ] || { echo "SKIP: no shared memory for Squid"; exit 0; }
for n in good.net evil-c2.com x.evil-c2.com notevil-c2.com evil-c2.com.good.net single-c2.com x.single-c2.com; do echo "127.0.0.1 $n"; done > names
chmod 666 names; chmod 644 squid-*.txt
cat > squid.conf <<C
acl tegakari_domains dstdomain -n "$D/squid-domains.txt"
acl tegakari_addresses dst "$D/squid-addresses.txt"
acl tegakari_urls url_regex "$D/squid-urls.txt"
http_access deny tegakari_domains
http_access deny tegakari_urls
http_access deny tegakari_addresses
http_access allow all
http_port 127.0.0.1:3128
hosts_file $D/names
pinger_enable off
access_log none
cache_log $D/cache.log
cache deny all
netdb_filename none
pid_filename $D/squid.pid
coredump_dir $D
shutdown_lifetime 0 seconds
C
squid -k parse -f squid.conf > parse.log 2>&1 || { cat parse.log; exit 8; }
grep -E 'WARNING|ERROR|FATAL' parse.log
squid -N -f squid.conf >/dev/null 2>&1 &
port 3128
for u in http://good.net/ http://evil-c2.com/ http://x.evil-c2.com/ http://notevil-c2.com/ http://evil-c2.com.good.net/ \
         http://single-c2.com/ http://x.single-c2.com/ http://45.9.148.7/ http://45.9.148.8/ http://45.9.149.9/ http://45.9.150.9/ \
         'http://good.net/bad/a.bin?x=1' 'http://good.net/bad/aXbin?x=1' 'http://good.net/bad/a.bin?x=10'; do
  echo "answer $u $(status -x http://127.0.0.1:3128 "$u")"
done
"#;
    let needs = ["squid", "python3", "curl"];
    let Some(output) = private(&needs, folder.path(), &format!("{ORIGIN}{script}")) else {
        return;
    };
    if told(&output).contains("SKIP: ") {
        println!("{}", told(&output));
        return;
    }
    let got = answers(&output);
    for (url, refused) in [
        ("http://good.net/", false),
        ("http://evil-c2.com/", true),
        ("http://x.evil-c2.com/", true),
        ("http://notevil-c2.com/", false),
        ("http://evil-c2.com.good.net/", false),
        ("http://single-c2.com/", true),
        ("http://x.single-c2.com/", false),
        ("http://45.9.148.7/", true),
        ("http://45.9.148.8/", false),
        ("http://45.9.149.9/", true),
        ("http://45.9.150.9/", false),
        ("http://good.net/bad/a.bin?x=1", true),
        ("http://good.net/bad/aXbin?x=1", false),
        ("http://good.net/bad/a.bin?x=10", false),
    ] {
        let status = got.get(url).map_or("", String::as_str);
        let want: &[&str] = if refused { &["403"] } else { &["200", "404"] };
        assert!(
            want.contains(&status),
            "{url}: {status:?}\n{}",
            told(&output)
        );
    }
    assert!(!told(&output).contains("WARNING"), "{}", told(&output));
}

/// Requests for hosts and from addresses, with the status that each should have.
const REQUESTS: &[(&str, &str, bool)] = &[
    ("good.net", "127.0.0.1", false),
    ("evil-c2.com", "127.0.0.1", true),
    ("EVIL-C2.com", "127.0.0.1", true),
    ("x.evil-c2.com", "127.0.0.1", true),
    ("x.sub.evil-c2.com", "127.0.0.1", true),
    ("evil-c2.com:8080", "127.0.0.1", true),
    ("notevil-c2.com", "127.0.0.1", false),
    ("evil-c2.com.good.net", "127.0.0.1", false),
    ("single-c2.com", "127.0.0.1", true),
    ("x.single-c2.com", "127.0.0.1", false),
    ("good.net", "45.9.148.7", true),
    ("good.net", "45.9.148.8", false),
    ("good.net", "45.9.149.9", true),
    ("good.net", "45.9.150.9", false),
];

fn requests(only_sources: bool) -> String {
    REQUESTS
        .iter()
        .filter(|(host, ..)| !only_sources || *host == "good.net")
        .map(|(host, source, _)| {
            format!(
                "echo \"answer {host}@{source} $(status --interface {source} -H 'Host: {host}' http://127.0.0.1:8080/)\"\n"
            )
        })
        .collect()
}

fn check(lists: &[&str], program: &str, only_sources: bool, script: &str) {
    let folder = folder();
    for list in lists {
        written(list, &bad_plan(), folder.path());
    }
    let script = format!(
        "{ORIGIN}{script}port 8080\n{}cat *.log 2>/dev/null",
        requests(only_sources)
    );
    let Some(output) = private(&[program, "curl", "python3"], folder.path(), &script) else {
        return;
    };
    let got = answers(&output);
    for (host, source, refused) in REQUESTS {
        if only_sources && *host != "good.net" {
            continue;
        }
        let status = got
            .get(&format!("{host}@{source}"))
            .map_or("", String::as_str);
        let want = if *refused { "403" } else { "200" };
        assert_eq!(status, want, "{host} from {source}\n{}", told(&output));
    }
}

#[test]
fn haproxy_refuses_hosts_and_sources() {
    let script = r#"
cat > haproxy.cfg <<C
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend f
  bind 127.0.0.1:8080
  http-request deny if { src -f $D/haproxy-addresses.lst }
  http-request set-var(txn.host) req.hdr(host),host_only,lower,rtrim(.)
  http-request set-var(txn.dotted) str(.),concat(,txn.host)
  http-request deny if { var(txn.host) -m str -f $D/haproxy-hosts.lst }
  http-request deny if { var(txn.dotted) -m end -f $D/haproxy-trees.lst }
  http-request return status 200
C
haproxy -c -f haproxy.cfg || exit 8
haproxy -db -f haproxy.cfg >/dev/null 2>server.log &
"#;
    let lists = ["haproxy-addresses", "haproxy-trees", "haproxy-hosts"];
    check(&lists, "haproxy", false, script);
}

#[test]
fn nginx_refuses_hosts_and_sources() {
    let script = r#"
cat > nginx.conf <<C
daemon off; pid $D/nginx.pid; error_log $D/error.log;
events {}
http {
  access_log off;
  client_body_temp_path $D/t1; proxy_temp_path $D/t2; fastcgi_temp_path $D/t3; uwsgi_temp_path $D/t4; scgi_temp_path $D/t5;
  map_hash_bucket_size 512; map_hash_max_size 1048576;
  geo \$tegakari_source { default 0; include $D/nginx-geo.conf; }
  map \$host \$tegakari_host { hostnames; default 0; include $D/nginx-map.conf; }
  server {
    listen 127.0.0.1:8080;
    if (\$tegakari_source) { return 403; }
    if (\$tegakari_host) { return 403; }
    location / { return 200 ok; }
  }
}
C
nginx -t -c "$D/nginx.conf" 2>&1 || exit 8
nginx -c "$D/nginx.conf" >/dev/null 2>&1 &
"#;
    check(&["nginx-geo", "nginx-map"], "nginx", false, script);
}

#[test]
fn apache_refuses_sources() {
    let script = r#"
cat > apache.conf <<C
ServerRoot $D
ServerName localhost
PidFile $D/apache.pid
ErrorLog $D/error.log
Listen 127.0.0.1:8080
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule authz_host_module /usr/lib/apache2/modules/mod_authz_host.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
DocumentRoot $D/www
DirectoryIndex index.html
Mutex file:$D default
<Location />
Include $D/block.apache.conf
</Location>
C
apache2 -t -f "$D/apache.conf" 2>&1 || exit 8
apache2 -DFOREGROUND -f "$D/apache.conf" >/dev/null 2>&1 &
"#;
    check(&["apache"], "apache2", true, script);
}
