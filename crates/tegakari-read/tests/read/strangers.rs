//! What reports of publishers that the reader had never met taught it: for each cause several wordings and layouts,
//! none of them theirs.

use tegakari_model::{Disposition as D, ObservableKind as K, Report};

use crate::report;

const MD5: &str = "8b9a0b44b738c7884e6a14f4cb18afff";
const SHA256: [&str; 3] = [
    "0b1e5f3a9c7d2468ace013579bdf02468ace13579bdf0f1e2d3c4b5a69788796",
    "a7f0c3e9d1b2548697a8b9cadbecfd0e1f2031425364758697a8b9cadbecfd0e",
    "c0ffee254729296a45a3885639ac7e10f9d549799f5fe3f1b3a0b6c7d8e9fa0b",
];

/// What a value is; `None` when it was not read.
fn told(report: &Report, value: &str) -> Option<D> {
    report
        .mentions
        .iter()
        .find(|m| m.observable.value().eq_ignore_ascii_case(value))
        .map(|m| m.disposition)
}

#[track_caller]
fn check(name: &str, text: &str, want: &[(&str, Option<D>)]) {
    let report = report(name, text);
    for (value, disposition) in want {
        assert_eq!(
            told(&report, value),
            *disposition,
            "{value} in\n{text}\n{:#?}",
            report
                .mentions
                .iter()
                .map(|m| (m.observable.value(), m.disposition, &m.reasons))
                .collect::<Vec<_>>()
        );
    }
}

/// The names of the file with a hash.
#[track_caller]
fn named(name: &str, text: &str, hash: &str, want: &[&str]) {
    let report = report(name, text);
    let file = report.files.iter().find(|f| {
        [&f.md5, &f.sha1, &f.sha256]
            .into_iter()
            .flatten()
            .any(|h| h == hash)
    });
    let got: Vec<&str> = file
        .iter()
        .flat_map(|f| f.names.iter().map(String::as_str))
        .collect();
    assert_eq!(got, want, "{text}\n{:?}", report.files);
}

#[test]
fn hashes_that_are_all_broken_alike_are_so_many_hashes() {
    // Text copied from a PDF, which numbered pages tell.
    for width in [30, 38, 44, 50, 60] {
        let mut text =
            String::from("Appendix\n\nPage 1 of 9\n\nPage 2 of 9\n\nPage 3 of 9\n\nSamples\n\n");
        for hash in SHA256 {
            for piece in hash.as_bytes().chunks(width) {
                text.push_str(std::str::from_utf8(piece).unwrap());
                text.push('\n');
            }
        }
        let want: Vec<(&str, Option<D>)> = SHA256.iter().map(|h| (*h, Some(D::Ioc))).collect();
        check("a.txt", &text, &want);
        let long = report("a.txt", &text);
        assert!(
            !long
                .mentions
                .iter()
                .any(|m| m.observable.kind() == K::Sha512),
            "{width}"
        );
    }
}

#[test]
fn a_number_of_a_chain_of_blocks_is_no_file() {
    let [a, b, c] = SHA256;
    for text in [
        format!("# Indicators\n\n- tx 0x{a}\n- topic: `0x{b}`\n"),
        format!("## IoC\n\nトランザクション 0x{a} と 0x{b} を確認した。\n"),
        format!("## 入侵指标\n\n交易 0x{a}\n\n0x{b}\n"),
    ] {
        check("a.md", &text, &[(a, None), (b, None)]);
    }
    // The label says what it is.
    check(
        "a.md",
        &format!("# IoC\n\nSHA256: 0x{c}\n"),
        &[(c, Some(D::Ioc))],
    );
}

#[test]
fn an_account_of_an_exchange_is_not_the_attackers() {
    let wallet = "0x59a1bcb06d4f473b4b0aa570dfbd12ed39dfbc6d";
    for (text, want) in [
        (
            format!("Funded from the exchange hot wallet {wallet} in May."),
            D::Benign,
        ),
        (format!("- {wallet} (hot wallet of an exchange)"), D::Benign),
        (
            format!("{wallet} — router contract of the swap service"),
            D::Benign,
        ),
        (
            format!("The operator's wallet {wallet} was funded in May."),
            D::Ioc,
        ),
    ] {
        check(
            "a.md",
            &format!("# Money\n\n{text}\n"),
            &[(wallet, Some(want))],
        );
    }
}

#[test]
fn an_exporter_may_put_the_value_into_the_id() {
    let item = |id: &str, search: &str, kind: &str, content: &str| {
        format!(
            "<IndicatorItem id=\"{id}\" condition=\"is\"><Context document=\"X\" search=\"{search}\" type=\"mir\"/><Content type=\"{kind}\">{content}</Content></IndicatorItem>"
        )
    };
    let text = format!(
        "<?xml version=\"1.0\"?><ioc xmlns=\"http://schemas.mandiant.com/2010/ioc\" id=\"581c0e7b-7ec8-40ad-b52a-49798e96ca05\"><short_description>x</short_description><definition><Indicator operator=\"OR\" id=\"581c0e7b-7ec8-40ad-b52a-49798e96ca06\">{}{}{}{}</Indicator></definition></ioc>",
        item("gate.bluekiln.net", "Network/DNS", "string", ""),
        item("45.61.138.19", "RouteEntryItem/Destination", "IP", ""),
        item(MD5, "FileItem/Md5sum", "md5", ""),
        item(
            "581c0e7b-7ec8-40ad-b52a-49798e96ca07",
            "Network/DNS",
            "string",
            "cdn.bluekiln.net"
        ),
    );
    check(
        "a.ioc",
        &text,
        &[
            ("gate.bluekiln.net", Some(D::Ioc)),
            ("45.61.138.19", Some(D::Ioc)),
            (MD5, Some(D::Ioc)),
            ("cdn.bluekiln.net", Some(D::Ioc)),
            ("581c0e7b-7ec8-40ad-b52a-49798e96ca07", None),
        ],
    );
}

#[test]
fn the_sentence_below_a_list_may_clear_all_of_it() {
    for (name, below) in [
        (
            "a.md",
            "These are addresses of well-known shops and not malicious by themselves.",
        ),
        (
            "a.md",
            "None of these should be blocked: they are false positives of the sandbox.",
        ),
        ("a.md", "これらは正規サイトであり、遮断しないでください。"),
        ("a.md", "以上域名为正常域名，请勿封禁。"),
    ] {
        let text = format!(
            "# Findings\n\nThe loader talks to hxxps://gate.bluekiln[.]net/a first.\n\n```\nhxxps://lampshop[.]example-shop[.]net\nhxxps://papercup[.]org\n```\n\n{below}\n\n## Indicators\n\n- mid.bluekiln[.]net\n"
        );
        check(
            name,
            &text,
            &[
                ("https://lampshop.example-shop.net/", Some(D::Benign)),
                ("https://papercup.org/", Some(D::Benign)),
                ("mid.bluekiln.net", Some(D::Ioc)),
            ],
        );
    }
    // A sentence about the attack clears nothing.
    check(
        "a.md",
        "# C2\n\n- gate.bluekiln[.]net\n\nThese were registered in May.\n",
        &[("gate.bluekiln.net", Some(D::Ioc))],
    );
}

#[test]
fn headings_say_that_what_is_below_was_left_out() {
    for heading in [
        "Noise excluded",
        "Excluded from the list",
        "Decoy URLs",
        "Placeholder domains used by the operator",
        "除外した値",
        "白名单",
    ] {
        check(
            "a.md",
            &format!(
                "# Day\n\n## IoC\n\n- gate.bluekiln[.]net\n\n## {heading}\n\n- papercup.org\n- lamp.papercup.org\n"
            ),
            &[
                ("gate.bluekiln.net", Some(D::Ioc)),
                ("papercup.org", Some(D::Benign)),
            ],
        );
    }
}

#[test]
fn an_incident_report_names_the_machine_it_is_about() {
    for (title, label) in [
        ("Security incident report: miner", "**Server:**"),
        ("Postmortem of May 6", "Affected host:"),
        ("不正アクセスに関するインシデント報告", "対象サーバ："),
        ("服务器入侵事件分析", "服务器："),
    ] {
        let text = format!(
            "# {title}\n\n{label} web7.papercup.org (66.94.121.77)\n\n## Attackers\n\n- 45.61.138.19 logged in as root\n- malicious: 45.61.138.20\n"
        );
        check(
            "a.md",
            &text,
            &[
                ("web7.papercup.org", Some(D::Victim)),
                ("66.94.121.77", Some(D::Victim)),
                ("45.61.138.20", Some(D::Ioc)),
            ],
        );
    }
    // In a report about an attacker's server the same label is that of an indicator.
    check(
        "a.md",
        "# Notes on a loader\n\n## C2\n\nServer: 45.61.138.19\n",
        &[("45.61.138.19", Some(D::Ioc))],
    );
}

#[test]
fn extortionists_are_written_to() {
    for text in [
        "The ransom note tells victims to write to helpdesk77@papercup.org or helpdesk77@lampmail.net within two days.",
        "Two mailboxes, helpdesk77@papercup.org and helpdesk77@lampmail.net, serve for victims to negotiate.",
        "身代金の支払いについては helpdesk77@papercup.org または helpdesk77@lampmail.net に連絡するよう求める。",
        "勒索信要求受害者发送邮件至 helpdesk77@papercup.org 或 helpdesk77@lampmail.net 。",
    ] {
        check(
            "a.md",
            &format!("# New locker\n\n{text}\n"),
            &[
                ("helpdesk77@papercup.org", Some(D::Ioc)),
                ("helpdesk77@lampmail.net", Some(D::Ioc)),
            ],
        );
    }
    check(
        "a.md",
        "# New locker\n\nQuestions? Please contact us at research@papercup.org.\n",
        &[("research@papercup.org", Some(D::Research))],
    );
}

#[test]
fn a_name_behind_an_at_sign_is_the_host_of_its_addresses() {
    for (text, value) in [
        (
            "差出人は qwxz1@mta.lampmail.cn である。@mta.lampmail.cn は無関係の海外ドメイン。",
            "mta.lampmail.cn",
        ),
        (
            "The sender was qwxz1@mta.lampmail.cn; everything from @mta.lampmail.cn is forged.",
            "mta.lampmail.cn",
        ),
        (
            "管理者は「@papercup.org」のアドレスで作られる。",
            "papercup.org",
        ),
    ] {
        let report = report("a.md", &format!("# 迷惑メール\n\n{text}\n"));
        assert!(told(&report, value).is_some(), "{text}");
    }
    for text in [
        "Install @papercup.org/kit with the usual tool.",
        "Follow us: @someone.bsky.social",
        "```python\n@papercup.group\n```",
    ] {
        let report = report("a.md", text);
        assert!(
            !report
                .mentions
                .iter()
                .any(|m| m.observable.kind() == K::Domain),
            "{text} {:?}",
            report.mentions
        );
    }
}

#[test]
fn links_of_a_digest_are_for_reading() {
    let digest = |head: &str| {
        format!(
            "# {head}\n\n* one\n    * https://www.bleepingcomputer.com/news/security/a-b-c-d-e/\n* two\n    * https://thehackernews.com/2026/05/some-words-of-it.html\n* three\n    * https://www.securityweek.com/many-words-about-things/\n* four\n    * https://japan.lamp.example-news.net/article/35240167/\n* ランサムウェアの件\n    * https://files.papercup.org/C0032/k/n8Pm.pdf\n"
        )
    };
    for head in ["Weekly notes", "今週のメモ", "每周安全"] {
        check(
            "a.md",
            &digest(head),
            &[(
                "https://files.papercup.org/C0032/k/n8Pm.pdf",
                Some(D::Reference),
            )],
        );
    }
}

#[test]
fn columns_and_labels_of_sources_hold_links_to_read() {
    for header in [
        "Original URL",
        "Primary Source",
        "Article URL",
        "元記事",
        "一次ソース",
    ] {
        let text = format!(
            "# Log\n\n| # | Title | {header} | Status |\n|---|---|---|---|\n| 1 | loader | https://papercup.org/diary/loader%20again/32942 | 6 IOCs |\n| 2 | miner | https://papercup.org/diary/miner/32943 | none |\n\n### 1: loader (papercup.org)\n\nText about it.\n"
        );
        check(
            "a.md",
            &text,
            &[
                ("https://papercup.org/diary/miner/32943", Some(D::Reference)),
                ("papercup.org", Some(D::Reference)),
            ],
        );
    }
}

#[test]
fn names_of_files_are_whole_in_every_script() {
    for (text, want) in [
        (
            format!("- 会議資料_v2.zip\n  - MD5: {MD5}\n"),
            "会議資料_v2.zip",
        ),
        (
            format!("ファイル名：請求書-2024.pdf.lnk\nMD5：{MD5}\n"),
            "請求書-2024.pdf.lnk",
        ),
        (
            format!("样本名称：系统检查-xx.zip\nMD5: {MD5}\n"),
            "系统检查-xx.zip",
        ),
        (format!("系统检查-xx.zip\n{MD5}\n"), "系统检查-xx.zip"),
        (
            format!("样本主题：某某有限公司需求 2024-8-4.exe\nMD5: {MD5}\n"),
            "某某有限公司需求 2024-8-4.exe",
        ),
        (format!("DUMP_from_Memory\n{MD5}\n"), "DUMP_from_Memory"),
        (
            format!("Second stage kit.pyz payload:\n\n{MD5}\n"),
            "kit.pyz",
        ),
    ] {
        named("a.txt", &text, MD5, &[want]);
    }
    named(
        "a.txt",
        &format!(
            "URLS\nhttps://dl.bluekiln.net/x/Staff%20Update%20-%20Sales.xls\n\nHASH\nStaff Update - Sales.xls\n{MD5}\n"
        ),
        MD5,
        &["Staff Update - Sales.xls"],
    );
    let report = report("a.txt", "実行すると正規のsetup.exeが起動する。\n");
    assert!(told(&report, "setup.exe").is_some());
}

#[test]
fn lists_in_chinese_are_read() {
    check(
        "a.md",
        &format!(
            "# 威胁情报日报\n\n**恶意IP**\n\n45.61.138.19 漏洞利用\n\n45.61.138.20 爆破\n\n### 恶意样本\n\n```\n样本名称：报价单.exe\nMD5: {MD5}\nC2：gate.bluekiln.net:443\n相关域名（非 IOC，不可封禁）：image.papercup.org、\nyun.papercup.org、 45.61.138.77、\n45.61.138.78\n```\n\n### 处置建议\n\n详见 https://www.papercup.org/blog/some-report\n"
        ),
        &[
            ("45.61.138.19", Some(D::Ioc)),
            ("45.61.138.20", Some(D::Ioc)),
            (MD5, Some(D::Ioc)),
            ("gate.bluekiln.net", Some(D::Ioc)),
            ("image.papercup.org", Some(D::Benign)),
            ("yun.papercup.org", Some(D::Benign)),
            ("45.61.138.77", Some(D::Benign)),
            ("45.61.138.78", Some(D::Benign)),
        ],
    );
    check(
        "a.md",
        "# 报告\n\n## 失陷指标\n\n| 类型 | 指标 | 备注 |\n|---|---|---|\n| 域名 | gate.bluekiln.net | 回连 |\n| IP地址 | 45.61.138.19 | 下载 |\n\n## 参考链接\n\n- https://papercup.org/diary/1\n",
        &[
            ("gate.bluekiln.net", Some(D::Ioc)),
            ("45.61.138.19", Some(D::Ioc)),
            ("https://papercup.org/diary/1", Some(D::Reference)),
        ],
    );
}

#[test]
fn notices_mark_their_parts_with_figures() {
    for figure in ["■", "◆", "●", "□ "] {
        check(
            "a.txt",
            &format!(
                "{figure}概要\n　下記の不審メールが届いています。リンク先は hxxps://kyuyo[.]papercup[.]org/x です。\n\n{figure}通信先\n　・45.61.138.19（ポート：443/tcp）\n　・gate.bluekiln.net\n\n{figure}お問い合わせ\n　情報室　csirt@lampmail.jp\n"
            ),
            &[
                ("45.61.138.19", Some(D::Ioc)),
                ("gate.bluekiln.net", Some(D::Ioc)),
                ("csirt@lampmail.jp", Some(D::Reference)),
            ],
        );
    }
}

#[test]
fn a_command_is_no_part_of_the_file_it_runs() {
    for (text, name) in [
        ("It runs `node bundle.js` at the end.", "bundle.js"),
        ("It runs \"python3 stage.py\" at the end.", "stage.py"),
        ("最後に `wscript update.js` を実行する。", "update.js"),
    ] {
        assert!(told(&report("a.md", text), name).is_some(), "{text}");
    }
}

#[test]
fn four_numbers_in_a_range_are_versions() {
    for text in [
        "1. Affected: Lamp Gateway 7.0.1.2 - 7.0.1.9 (fixed in 7.0.2.0)",
        "- Lamp Gateway 7.0.1.2 から 7.0.1.9",
        "- Lamp Gateway versions 7.0.1.2 through 7.0.1.9 are vulnerable",
    ] {
        check("a.md", text, &[("7.0.1.2", None), ("7.0.1.9", None)]);
    }
    check(
        "a.md",
        "# IoC\n\n- 45.61.138.19 - 45.61.138.20\n",
        &[
            ("45.61.138.19", Some(D::Ioc)),
            ("45.61.138.20", Some(D::Ioc)),
        ],
    );
}

#[test]
fn every_line_of_sums_is_a_file() {
    let [a, b, _] = SHA256;
    for text in [
        format!("MD5 (x.bin) = {MD5}\nSHA256 (a.exe) = {a}\nSHA256 (b.exe) = {b}\n"),
        format!(
            "  /tmp/x.bin   md5={MD5}\n  /opt/k/a.exe   sha256={a}\n  /opt/b.exe   sha256={b}\n"
        ),
    ] {
        named("a.txt", &text, MD5, &["x.bin"]);
        named("a.txt", &text, a, &["a.exe"]);
        named("a.txt", &text, b, &["b.exe"]);
    }
    // A label by itself is that of the line below.
    named(
        "a.md",
        &format!("```\nFile name: a.exe\nSHA256:\n{a}\nMD5: {MD5}\n```\n"),
        MD5,
        &["a.exe"],
    );
    let list = report(
        "a.md",
        &format!("```\nMD5:\n{MD5}\n{}\nSHA256:\n{a}\n{b}\n```\n", &a[..32]),
    );
    assert!(list.files.is_empty(), "{:?}", list.files);
}

#[test]
fn a_site_that_was_broken_into_is_not_harmless() {
    check(
        "a.md",
        "| 種別 | 値 | 備考 |\n|---|---|---|\n| ドメイン | bluekiln[.]net | 正規サイトが改ざん |\n| ドメイン | papercup.org | 正規サイト |\n",
        &[
            ("bluekiln.net", Some(D::Ioc)),
            ("papercup.org", Some(D::Benign)),
        ],
    );
}

#[test]
fn names_that_anybody_has_for_the_asking_are_nobodys_site() {
    for text in [
        "SMSの本文には http://parcel-xyz.duckdns.org とある。",
        "The text message links to http://parcel-xyz.duckdns.org and nothing else.",
        "短信中的链接为 http://parcel-xyz.duckdns.org 。",
    ] {
        check(
            "a.md",
            text,
            &[("http://parcel-xyz.duckdns.org/", Some(D::Ioc))],
        );
    }
}

#[test]
fn what_stands_beside_a_name_on_its_line_speaks_for_it() {
    check(
        "a.txt",
        "TRAFFIC FROM AN INFECTED HOST\n\n- 45.61.138.19 port 443 - gate.bluekiln.net - HTTPS traffic\n- port 443 - www.microsoft.com - connectivity check\n",
        &[
            ("gate.bluekiln.net", Some(D::Ioc)),
            ("www.microsoft.com", Some(D::Benign)),
        ],
    );
    check(
        "a.txt",
        "crontab: */5 * * * * /var/tmp/agent -c gate.bluekiln.net:53\n",
        &[("gate.bluekiln.net", Some(D::Ioc))],
    );
    // What only the name itself says is said of nothing.
    check(
        "a.md",
        "# Notes\n\nBack to the main page: https://www.malware-lamp-diary.net/\n",
        &[("https://www.malware-lamp-diary.net/", Some(D::Reference))],
    );
}

#[test]
fn a_bracket_ends_a_path() {
    let [a, ..] = SHA256;
    check(
        "a.md",
        &format!("次のファイルが作られる。\n\n/opt/lamp/www/help.jsp（SHA256: {a}）\n"),
        &[("/opt/lamp/www/help.jsp", Some(D::Ioc)), (a, Some(D::Ioc))],
    );
}

#[test]
fn the_line_about_the_author_names_the_authors_host() {
    for byline in [
        "*By Jane Doe, Lamp Labs (lampcup.io)*",
        "Author: Jane Doe <jane@lampcup.io>",
        "執筆：山田（lampcup.io）",
    ] {
        check(
            "a.md",
            &format!(
                "# Miner\n\n{byline}\n\nIt fetches http://45.61.138.19/i.sh first.\n\n## Indicators\n\n- 45.61.138.19\n\nCustomers see https://lampcup.io/docs/protection or mail hello@lampcup.io at any time, day or night, in any language.\n"
            ),
            &[
                ("https://lampcup.io/docs/protection", Some(D::Reference)),
                ("hello@lampcup.io", Some(D::Research)),
                ("45.61.138.19", Some(D::Ioc)),
            ],
        );
    }
}

#[test]
fn pages_on_services_that_run_anything_are_no_popular_sites() {
    check(
        "a.txt",
        "Phish report\n\nReceived: from mail.papercup.top (mail.papercup.top [45.61.138.19])\n by mx1.papercorp.com with ESMTP id abc123 (198.51.100.3)\n\nRedirects to: https://bank-lamp-login.web.app/\n",
        &[
            ("https://bank-lamp-login.web.app/", Some(D::Ioc)),
            ("mx1.papercorp.com", Some(D::Unsure)),
        ],
    );
}

#[test]
fn a_label_before_a_heading_does_not_hide_what_the_part_holds() {
    for heading in [
        "参考: IOC",
        "参考：侵害指標",
        "Reference: IOCs",
        "Appendix: Indicators",
    ] {
        check(
            "a.md",
            &format!(
                "# Miner\n\nA loader was found.\n\n## {heading}\n\n* 45.61.138[.]19\n* tea.lampcup[.]top\n"
            ),
            &[
                ("45.61.138.19", Some(D::Ioc)),
                ("tea.lampcup.top", Some(D::Ioc)),
            ],
        );
    }
    check(
        "a.md",
        "# Miner\n\nA loader was found.\n\n## 参考\n\n* https://lampcup.io/blog/2024/miner\n",
        &[("https://lampcup.io/blog/2024/miner", Some(D::Reference))],
    );
}

#[test]
fn a_sum_may_name_several_files() {
    let [a, b, _] = SHA256;
    for line in [
        format!("SHA256 (lamp.pyz / kettle.pyz): {a}"),
        format!("- SHA-256 (lamp.pyz, kettle.pyz): `{a}`"),
        format!("SHA256（lamp.pyz、kettle.pyz）：{a}"),
    ] {
        let text = format!("# Indicators\n\n{line}\n\nSHA256 (tea.dll): {b}\n");
        named("a.md", &text, a, &["lamp.pyz", "kettle.pyz"]);
        named("a.md", &text, b, &["tea.dll"]);
    }
}

#[test]
fn a_family_and_its_variant_are_a_detection_name() {
    let [a, b, _] = SHA256;
    let text = format!(
        "# Indicators\n\n- sha256:{a} — lamp.exe (Trojan.Lampe2.40417)\n- sha256:{b} — BackDoor.Kettle.9\n"
    );
    let report = report("a.md", &text);
    let file = report.files.iter().find(|f| f.sha256.as_deref() == Some(a));
    let names = file.map(|f| f.detections.as_slice());
    assert_eq!(names, Some(["Trojan.Lampe2.40417".to_owned()].as_slice()));
    assert!(told(&report, "BackDoor.Kettle.9").is_some());
}

/// The detection names of the file with a hash.
#[track_caller]
fn detected(name: &str, text: &str, hash: &str, want: &[&str]) {
    let report = report(name, text);
    let file = report.files.iter().find(|f| {
        [&f.md5, &f.sha1, &f.sha256]
            .into_iter()
            .flatten()
            .any(|h| h == hash)
    });
    let got: Vec<&str> = file
        .iter()
        .flat_map(|f| &f.detections)
        .map(String::as_str)
        .collect();
    assert_eq!(got, want, "{text}");
}

#[test]
fn columns_of_detections_are_known_in_many_languages() {
    for head in [
        "检测",
        "检出名",
        "报毒",
        "検知名称",
        "ウイルス名",
        "진단명",
        "Detección",
        "Erkennung",
    ] {
        for (value, want) in [
            ("SmartLoader", "SmartLoader"),
            ("银狐 (SilverFox.bk)", "银狐 (SilverFox.bk)"),
            ("Agent木马", "Agent木马"),
            ("**Win32/Malgent!MSR**", "Win32/Malgent!MSR"),
            ("Trojan.Agent.A (Vendor)", "Trojan.Agent.A"),
        ] {
            let text = format!("| MD5 | {head} |\n|---|---|\n| {MD5} | {value} |\n");
            detected("a.md", &text, MD5, &[want]);
        }
    }
    // How many engines saw it is no name.
    let text = format!("| MD5 | 检测 |\n|---|---|\n| {MD5} | 34/64 |\n");
    detected("a.md", &text, MD5, &[]);
}

#[test]
fn names_of_one_vendor_end_in_capitals() {
    for name in ["Troj/Tesla-AW", "Mal/Alureon-C", "W32/Traxg.B@mm"] {
        let text = format!("Type,Data,Note\nmd5,{MD5},{name}\n");
        detected("a.csv", &text, MD5, &[name]);
    }
    detected(
        "a.txt",
        &format!("IOCs\n\nmd5:{MD5} — Trojan.Siggen28.53599\n"),
        MD5,
        &["Trojan.Siggen28.53599"],
    );
}

#[test]
fn a_hash_beside_a_name_holds_its_words_together() {
    for name in [
        "ドキュメント January 16 2020.doc",
        "01_2020 invoice for service.doc",
        "ご請求書の件 FJIZ_01_23.doc",
    ] {
        named(
            "a.txt",
            &format!("以下の通りです。\n\n{name}    {MD5}\n"),
            MD5,
            &[name],
        );
        let rows = format!("| {name} | {MD5} |\n| x.doc | {} |\n", SHA256[0]);
        named(
            "a.md",
            &format!("| 添付 | 値 |\n|---|---|\n{rows}"),
            MD5,
            &[name],
        );
    }
    // What the words say of the file is no part of it.
    named(
        "a.txt",
        &format!("malicious file update.exe    {MD5}\n"),
        MD5,
        &["update.exe"],
    );
}

#[test]
fn an_equals_sign_names_what_has_no_ending() {
    for name in ["b", "init_tools", "kworker-0"] {
        named(
            "a.txt",
            &format!("{name} = {MD5} = score 43/63\n"),
            MD5,
            &[name],
        );
    }
    for label in ["MD5", "hash"] {
        named("a.txt", &format!("{label} = {MD5}\n"), MD5, &[]);
    }
}

#[test]
fn a_heading_that_names_several_files_names_none_of_the_hashes_below() {
    let list = format!("Loader.dll\n{}\n{}\n", SHA256[0], SHA256[1]);
    for hash in &SHA256[..2] {
        named("a.md", &format!("```\n{list}```\n"), hash, &["Loader.dll"]);
        named(
            "a.md",
            &format!("```\na.dll, b.dll, Main\n{list}```\n"),
            hash,
            &[],
        );
    }
}

#[test]
fn sentences_say_whether_a_name_is_a_site_or_a_file() {
    check(
        "a.txt",
        "「ntldr.com」という名前のファイルを格納し、偽のサイトは「kuroneko-tracking.com」です。\n",
        &[("kuroneko-tracking.com", Some(D::Ioc))],
    );
    let report = report(
        "a.txt",
        "It drops a file named ntldr.com there and uses the service `sendit.sh`.\n",
    );
    let kind = |value: &str| {
        report
            .mentions
            .iter()
            .find(|m| m.observable.value() == value)
            .map(|m| m.observable.kind())
    };
    assert_eq!(kind("ntldr.com"), Some(K::FileName));
    assert_eq!(kind("sendit.sh"), Some(K::Domain));
}

#[test]
fn the_official_site_and_machines_inside_are_nobodys_infrastructure() {
    let text = "偽のURL「http://sagawa-ae.com/」が届くが、公式サイトのURLは「http://www.sagawa-exp.co.jp/」。\n";
    let report = report("a.txt", text);
    let of = |value: &str| {
        report
            .mentions
            .iter()
            .find(|m| m.observable.value().contains(value))
            .map(|m| m.disposition)
    };
    assert_eq!(of("sagawa-ae.com"), Some(D::Ioc));
    assert_ne!(of("sagawa-exp.co.jp"), Some(D::Ioc));
    check(
        "a.txt",
        "差出人は <ランダム文字列@ランダム文字列.chnffe.com> でした。\n",
        &[("chnffe.com", Some(D::Unsure))],
    );
}

#[test]
fn what_a_document_about_one_file_says_is_about_that_file() {
    let text = format!(
        "# Report\n\n* **MD5:** `{MD5}`\n\n### File naming history\n\n* `infected.zip`\n* `sample (3).zip`\n\n\
         ## Scan\n\n| Engine | Result |\n|---|---|\n| A | Troj/Lecna-Q |\n| B | Backdoor.Win32.Lecna.AB |\n"
    );
    named("a.md", &text, MD5, &["infected.zip", "sample (3).zip"]);
    detected(
        "a.md",
        &text,
        MD5,
        &["Troj/Lecna-Q", "Backdoor.Win32.Lecna.AB"],
    );
    // With a second file nobody knows whose they are.
    let two = format!("{text}\nAnother:\n\n* MD5: c0ffee254729296a45a3885639ac7e10\n");
    named("a.md", &two, MD5, &[]);
}

#[test]
fn two_lists_of_one_set_of_names_are_about_the_same_files() {
    let other = "c0ffee254729296a45a3885639ac7e10";
    let text = format!(
        "MD5\n\n{MD5}  ad.exe (AnyDesk)\n{other}  win.bat\n\nSHA256\n\n{}  ad.exe (AnyDesk)\n{}  win.bat\n",
        SHA256[0], SHA256[1]
    );
    let all = report("a.txt", &text);
    let pairs: Vec<_> = all
        .files
        .iter()
        .map(|f| (f.md5.as_deref(), f.sha256.as_deref()))
        .collect();
    assert_eq!(
        pairs,
        [(Some(MD5), Some(SHA256[0])), (Some(other), Some(SHA256[1]))]
    );
    // One name alone may be two builds.
    let text = format!(
        "MD5\n\n{MD5}  ad.exe\n\nSHA256\n\n{}  ad.exe\n{}  win.bat\n",
        SHA256[0], SHA256[1]
    );
    assert_eq!(report("a.txt", &text).files.len(), 3);
}

#[test]
fn a_dash_behind_a_name_leads_to_the_hash_below() {
    let text = format!(
        "Payloads:\nBurke.pdf.lnk -\n{}\nStartvrdier.Fre -\n{}\nHpzion[.]png -\n{}\n",
        SHA256[0], SHA256[1], SHA256[2]
    );
    named("a.txt", &text, SHA256[0], &["Burke.pdf.lnk"]);
    named("a.txt", &text, SHA256[1], &["Startvrdier.Fre"]);
    named("a.txt", &text, SHA256[2], &["Hpzion.png"]);
}

#[test]
fn what_a_sum_program_wrote_has_a_name_of_any_form() {
    for name in ["4e6745cb7-.16", "75ce450a7-aarch64", "init_tools"] {
        named("a.txt", &format!("Sums\n\n{MD5}  {name}\n"), MD5, &[name]);
    }
    named(
        "a.txt",
        &format!("Sums\n\n{MD5}  the second stage\n"),
        MD5,
        &[],
    );
    named(
        "a.csv",
        &format!("kind,data,more,description\nfile,{MD5},/root/updater,CurlCat\n"),
        MD5,
        &["updater"],
    );
}

#[test]
fn versions_and_ids_of_messages_are_no_hosts() {
    let report = report(
        "a.txt",
        "Message-ID: <20240114.1.vm-4.localdomain@mail.bluekiln.net>\n\nIt drops kettlev20.66-setup.zip there.\n",
    );
    let kinds: Vec<_> = report
        .mentions
        .iter()
        .map(|m| (m.observable.kind(), m.observable.value()))
        .collect();
    assert!(
        !kinds.iter().any(|(kind, _)| *kind == K::Email),
        "{kinds:?}"
    );
    assert!(
        kinds.contains(&(K::FileName, "kettlev20.66-setup.zip")),
        "{kinds:?}"
    );
}

#[test]
fn every_hash_below_a_name_in_a_list_is_that_names() {
    let [a, b, c] = SHA256;
    let text = format!("# Files\n\n* **xm111**\n  {a}\n* **cl1**\n  {b}\n* **z.exe**\n  {c}\n");
    let hard =
        format!("# Files\n\n* **xm111**\t    \n{a}\n* **cl1**     \n{b}\n* **z.exe**\t    \n{c}\n");
    for text in [text, hard] {
        named("a.md", &text, a, &["xm111"]);
        named("a.md", &text, b, &["cl1"]);
        named("a.md", &text, c, &["z.exe"]);
    }
    for whose in ["Emotet", "APT28", "loader"] {
        let text = format!("# Files\n\n* {whose}\n* {a}\n* {b}\n");
        named("a.md", &text, a, &[]);
    }
    // A list that begins with a hash has the names below.
    let below = format!("# Files\n\n* {a}\n* one.exe\n* {b}\n* two.exe\n");
    named("a.md", &below, a, &["one.exe"]);
    named("a.md", &below, b, &["two.exe"]);
}

#[test]
fn lists_beside_each_other_in_one_table_are_so_many_files() {
    let other = "c0ffee254729296a45a3885639ac7e10";
    let text = format!("| 86.exe | {MD5} | nei.bat | {other} |\n");
    named(
        "a.md",
        &format!("| | | |\n|---|---|---|\n| 86.exe {MD5} | nei.bat | {other} |\n"),
        MD5,
        &["86.exe"],
    );
    for head in ["| | | | |", "| Name | MD5 | Name | MD5 |"] {
        let text = format!("{head}\n|---|---|---|---|\n{text}");
        named("a.md", &text, MD5, &["86.exe"]);
        named("a.md", &text, other, &["nei.bat"]);
    }
}

#[test]
fn a_host_that_is_given_in_part_is_none() {
    check(
        "part.md",
        "The addresses are hxxp[:]//gfo[hash]3ad[.]onion/route[.]php and hxxp://c2.evil-host[.]net/a.",
        &[
            ("http://3ad.onion/route.php", None),
            ("3ad.onion", None),
            ("http://c2.evil-host.net/a", Some(D::Ioc)),
        ],
    );
}

#[test]
fn the_domain_that_is_imitated_is_the_victims() {
    check(
        "正規.md",
        "送信元の user@contoso-group[.]net は国際企業を騙っている(正規ドメインはcontoso-group[.]com)。",
        &[("contoso-group.com", Some(D::Victim))],
    );
}

#[test]
fn the_site_of_the_author_is_none() {
    check(
        "著者.md",
        "# 解析\n\n不審な通信先は 203.0.113.77 と c2.evil-host[.]net である。\n\n書いた人: yamada\nhttps://yamada-diary.net/\n",
        &[("https://yamada-diary.net/", Some(D::Reference))],
    );
}

#[test]
fn versions_are_told_by_their_form_and_by_what_the_line_speaks_of() {
    for (text, version) in [
        ("made with Advanced Builder 21.3.0.0 and signed", "21.3.0.0"),
        ("And does 2.9.1.1 have it?", "2.9.1.1"),
        ("Sent by Mailer 6.8.0.1 (open source)", "6.8.0.1"),
        ("SG OS 8.10.0.1 およびそれ以前（サポート終了）", "8.10.0.1"),
        (
            "9.1.14.3 または 9.0.22.8 へアップデートしてください。",
            "9.0.22.8",
        ),
        (
            "Betroffen sind die Versionen 12.0.0.1 bis 12.4.7.2.",
            "12.4.7.2",
        ),
        (
            "The genuine installer is 5.2.1.86 with another hash.",
            "5.2.1.86",
        ),
        ("Plink 0.78.0.0 정상 파일도 발견되었다", "0.78.0.0"),
    ] {
        check("a.md", text, &[(version, None)]);
    }
    // Addresses of the same shapes.
    for (text, address) in [
        (
            "一方、184.105.139.67からの接続は調査です。",
            "184.105.139.67",
        ),
        ("35.86.12.4からもアクセスがありました。", "35.86.12.4"),
        ("The resolver 9.9.9.9 was asked.", "9.9.9.9"),
        ("Update servers of the actor: 5.2.1.86:8443", "5.2.1.86"),
        ("## C2\n\n- 2.9.1.1\n", "2.9.1.1"),
        ("The C2 server is 5.8.8.9.", "5.8.8.9"),
        ("IPv4: 5.8.8.9", "5.8.8.9"),
        ("①203.104.209.71", "203.104.209.71"),
        ("src_ip=5.8.8.9 was seen", "5.8.8.9"),
        ("Block 23.94.5.6 and update.", "23.94.5.6"),
        ("バージョン：1.2　通信先：203.104.209.71", "203.104.209.71"),
        (
            "新しいバージョンは 203.104.209.71 に接続する。",
            "203.104.209.71",
        ),
        ("更新サーバ 123.194.105.61 から配布。", "123.194.105.61"),
    ] {
        let told = told(&report("a.md", text), address);
        assert!(told.is_some(), "{text}");
    }
}

#[test]
fn the_hash_of_a_legitimate_file_is_benign_where_the_sentence_says_so() {
    let [a, b, _] = SHA256;
    check(
        "a.md",
        &format!(
            "`Viewer.exe` is a legitimate, signed program (SHA-256 {a}); it loads `cache.dll` (SHA-256 {b}).\n"
        ),
        &[(a, Some(D::Benign)), (b, Some(D::Ioc))],
    );
    check(
        "a.md",
        &format!("a.exe, disguised as a legitimate viewer (SHA-256 {a}), was dropped.\n"),
        &[(a, Some(D::Ioc))],
    );
}

#[test]
fn parts_of_a_japanese_notice_are_headings_and_its_sentences_are_none() {
    let [a, ..] = SHA256;
    let text = format!(
        "２　手口\n　　　登録し、30分毎に実行されます。取得した情報の送信には、ＡＰＩの正規の\n　　　サービスが悪用されます。\n\n３　不正プログラムの情報\n　①　ファイル名：lecture.zip\n　　　ＳＨＡ２５６：{a}\n\n４　接続先\n　　　203.119.20.7\n"
    );
    check(
        "a.txt",
        &text,
        &[(a, Some(D::Ioc)), ("203.119.20.7", Some(D::Ioc))],
    );
}

#[test]
fn names_beside_a_hash_need_no_known_ending() {
    let [a, b, c] = SHA256;
    named(
        "a.md",
        &format!("- `{a}` ko.arm7（88,412バイト）\n"),
        a,
        &["ko.arm7"],
    );
    named("a.md", &format!("- `keyl.plg`: `{b}`\n"), b, &["keyl.plg"]);
    named(
        "a.md",
        &format!("- {MD5} (Loader – a.exe)\n"),
        MD5,
        &["a.exe"],
    );
    // A host is none.
    let report = report("a.md", &format!("- example.net: {c}\n"));
    assert!(
        report.files.iter().all(|f| f.names.is_empty()),
        "{:?}",
        report.files
    );
}

#[test]
fn sizes_and_labels_are_no_part_of_names() {
    let [a, ..] = SHA256;
    let report = report(
        "a.html",
        &format!(
            "<table><tr><th>ファイル名</th><th>概要</th></tr><tr><td><b>inkb.exe</b><br>{a}<br>（147,968バイト）</td><td>検出名：Trojan.Win64.X</td></tr></table>"
        ),
    );
    assert!(
        report
            .mentions
            .iter()
            .all(|m| !m.observable.value().contains("147")),
        "{:?}",
        report.mentions
    );
    named(
        "a.md",
        &format!(
            "| 日付 | 内容 |\n|---|---|\n| 4/14 | 添付ファイル健診結果.zipの検知（SHA-256：{a}） |\n"
        ),
        a,
        &["健診結果.zip"],
    );
    check(
        "a.md",
        "作成されたファイル：C:\\Users\\Public\\oninit.cmd（MD5：5a1fe61f8a21511341f6f589f86d6a62）\n",
        &[("C:\\Users\\Public\\oninit.cmd", Some(D::Ioc))],
    );
}

#[test]
fn a_hidden_service_is_the_attackers_though_nobody_defangs_it() {
    let host = "ea3d4xywn5jiml6lsyrpees7jpgbrz7bmubxqnwlysf3anqo2z333qad.onion";
    check(
        "a.md",
        &format!("The beacon calls evil[.]example[.]net and bad[.]net. Leak site: {host}\n"),
        &[(host, Some(D::Ioc))],
    );
}

#[test]
fn what_is_called_genuine_in_brackets_does_not_clear_what_stands_before() {
    check(
        "a.md",
        "- 誘導先：hxxps://cloud-login[.]support/auth/（正規はcloud.com）\n",
        &[("https://cloud-login.support/auth/", Some(D::Ioc))],
    );
}
