//! Sentences for the person who typed a command: what was done, what was refused, and what to do. They are part of no
//! result.

use std::fmt;

use tegakari_model::Language;

use crate::i18n::Words;

/// A sentence for the person who typed a command, in either language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    key: &'static str,
    parts: Vec<(&'static str, Part)>,
}

/// What is put into a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A name, number or value.
    Text(String),
    /// Several of them.
    List(Vec<String>),
    /// Numbers of things, each with the label under which knowledge counts them.
    Counts(Vec<(String, u64)>),
}

impl Saying {
    /// It in a language.
    pub fn text(&self, language: Language) -> String {
        let words = Words::new(language);
        let parts: Vec<(&str, String)> = self
            .parts
            .iter()
            .map(|(name, part)| {
                let text = match part {
                    Part::Text(text) => text.clone(),
                    Part::List(items) => items.join(words.get("list.comma")),
                    Part::Counts(counts) => {
                        let each = counts.iter().map(|(what, n)| counted(words, what, *n));
                        each.collect::<Vec<_>>().join(words.get("list.comma"))
                    }
                };
                (*name, text)
            })
            .collect();
        let parts: Vec<(&str, &str)> = parts.iter().map(|(name, t)| (*name, &t[..])).collect();
        words.say(self.key, &parts)
    }
}

impl fmt::Display for Saying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Language::En))
    }
}

impl std::error::Error for Saying {}

/// `12 actors`, by the label under which knowledge counts them. A label that is not known stays as it is.
pub fn count(what: &str, n: u64, language: Language) -> String {
    counted(Words::new(language), what, n)
}

/// Heads of the tables that say what changed in knowledge: of sources, and of records.
pub fn heads_of_changes(language: Language) -> ([&'static str; 3], [&'static str; 5]) {
    let words = Words::new(language);
    (
        [
            words.get("changes.source"),
            words.get("changes.before"),
            words.get("changes.after"),
        ],
        [
            words.get("changes.record"),
            words.get("changes.name"),
            words.get("changes.record_is"),
            words.get("changes.part"),
            words.get("changes.change"),
        ],
    )
}

/// What became of a record: added, removed, changed.
pub fn fates_of_records(language: Language) -> [&'static str; 3] {
    let words = Words::new(language);
    [
        words.get("changes.added"),
        words.get("changes.removed"),
        words.get("changes.changed"),
    ]
}

/// Heads of the tables about a technique: itself, and the reports that tell of it.
pub fn heads_of_techniques(language: Language) -> ([&'static str; 3], [&'static str; 2]) {
    let words = Words::new(language);
    (
        [
            words.get("techniques.technique"),
            words.get("changes.name"),
            words.get("techniques.users"),
        ],
        [words.get("techniques.report"), words.get("techniques.says")],
    )
}

/// Heads of the table of sources.
pub fn heads_of_sources(language: Language) -> [&'static str; 5] {
    let words = Words::new(language);
    [
        words.get("changes.source"),
        words.get("sources.publisher"),
        words.get("sources.version"),
        words.get("sources.licence"),
        words.get("sources.holds"),
    ]
}

fn counted(words: Words, what: &str, n: u64) -> String {
    let key = match what {
        "actors" => "count.actors",
        "assertions" => "count.assertions",
        "campaigns" => "count.campaigns",
        "indicators" => "count.indicators",
        "software" => "count.software",
        "techniques" => "count.techniques",
        "dates not understood" => "count.undated",
        "records not understood" => "count.lost",
        "passed over" => "count.passed_over",
        other => return format!("{n} {other}"),
    };
    words.say(key, &[("n", &n.to_string())])
}

impl From<&str> for Part {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Part {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Part {
    fn from(number: usize) -> Self {
        Self::Text(number.to_string())
    }
}

impl From<u64> for Part {
    fn from(number: u64) -> Self {
        Self::Text(number.to_string())
    }
}

impl From<Vec<String>> for Part {
    fn from(items: Vec<String>) -> Self {
        Self::List(items)
    }
}

impl From<Vec<(String, u64)>> for Part {
    fn from(counts: Vec<(String, u64)>) -> Self {
        Self::Counts(counts)
    }
}

/// A function for each sentence.
macro_rules! sayings {
    ($($(#[$about:meta])* $name:ident($($part:ident),*) = $key:literal;)*) => {$(
        $(#[$about])*
        pub fn $name($($part: impl Into<Part>),*) -> Saying {
            Saying {
                key: $key,
                parts: vec![$((stringify!($part), $part.into())),*],
            }
        }
    )*};
}

sayings! {
    /// No drill is meant by what was typed.
    no_drill(typed, database) = "drill.not_found";
    /// Several drills may be meant.
    several_drills(typed, ids) = "drill.several";
    /// No drill has been checked.
    no_drill_checked() = "drill.not_checked";
    /// A check was stopped.
    drill_stopped() = "drill.stopped";
    /// A source of the user's was taken in.
    source_taken_in(title, id, counts) = "own.taken_in";
    /// The same in the place of an earlier one.
    source_replaced(title, id, counts) = "own.replaced";
    /// Something of it was lost.
    source_lost(id, counts) = "own.lost";
    /// It was taken away.
    source_removed(id, title) = "own.removed";
    /// More files than a source may have.
    too_many_files(n, most) = "own.too_many_files";
    /// No name was left of what was given.
    name_blank() = "own.name_blank";
    /// The file's name gives none, and none was given.
    name_needed() = "own.name_needed";
    /// A name that is too long.
    name_too_long(n, most) = "own.name_too_long";
    /// Characters that act or cannot be seen.
    name_unseen(name) = "own.name_unseen";
    /// Neither letters nor digits.
    name_without_letters(name) = "own.name_without_letters";
    /// A publisher's name.
    name_of_publisher(name, theirs) = "own.name_of_publisher";
    /// A word that means something to the program.
    name_reserved(name) = "own.name_reserved";
    /// Another source has the id.
    name_taken(name, id, other) = "own.name_taken";
    /// Another source's name looks the same.
    name_alike(name, other) = "own.name_alike";
    /// Nothing of the files could be used.
    nothing_said(name, problem) = "own.nothing_said";
    /// The same, without a reason.
    nothing_said_at_all(name) = "own.nothing_said_at_all";
    /// No source is called so; there are others.
    no_source(what, ids) = "own.no_source";
    /// No source is called so, and there are none.
    no_sources(what) = "own.no_sources";
    /// A publishers' source cannot be removed.
    not_own(what) = "own.not_own";
    /// A compiled file is imported alone.
    compiled_alone(file) = "own.compiled_alone";
    /// The day that a source is of lies in no year of ours.
    day_of_no_time(day, first, last) = "own.day_of_no_time";
    /// Lists were made a set.
    set_built(file, n, bytes) = "set.built";
    /// What is left out of it.
    set_left_out(n) = "set.left_out";
    /// Another hunt is waited for.
    waits(process) = "hunt.waits";
    /// The same, of which nothing is known.
    waits_for_somebody() = "hunt.waits_for_somebody";
    /// An argument that there is not.
    unknown_argument(what) = "typed.unknown_argument";
    /// A command that there is not.
    unknown_command(what) = "typed.unknown_command";
    /// A value that an argument does not take.
    invalid_value(what, value) = "typed.invalid_value";
    /// Arguments that are needed.
    missing_arguments(what) = "typed.missing_arguments";
    /// Arguments that exclude each other.
    conflicting_arguments(what, other) = "typed.conflicting_arguments";
    /// Another number of values than an argument takes.
    wrong_number(what) = "typed.wrong_number";
    /// Anything else that is wrong with what was typed.
    not_understood() = "typed.not_understood";
    /// No id was typed, or only what cannot be seen.
    id_blank() = "refused.id_blank";
    /// It is no report's id.
    no_report(typed) = "refused.no_report";
    /// It is an assessment's id, where a hunt or report is weighed.
    is_assessment(id) = "refused.is_assessment";
    /// Nothing is stored yet.
    nothing_to_weigh() = "refused.nothing_to_weigh";
    /// No value was typed, or only what cannot be seen.
    value_blank() = "refused.value_blank";
    /// It is no value of the report or by itself.
    no_value(typed) = "refused.no_value";
    /// A reason that says nothing.
    reason_blank() = "refused.reason_blank";
    /// A reason that has to be given.
    reason_needed() = "refused.reason_needed";
    /// No correction of it holds.
    nothing_to_withdraw(id, subject) = "refused.nothing_to_withdraw";
    /// The document is not there to be read again.
    document_not_kept(id, name) = "refused.document_not_kept";
    /// ATT&CK, as it is known, has no such technique.
    no_such_technique(id) = "refused.no_such_technique";
    /// The report does not have it.
    not_in_report(what, id) = "refused.not_in_report";
    /// The same, and what it has that is much like it.
    near_in_report(what, id, near) = "refused.near_in_report";
    /// Corrections were taken back; so many hold.
    withdrawn(id, n) = "refused.withdrawn";
    /// A share that is none.
    no_share() = "refused.no_share";
    /// A question that nobody answered.
    no_answer_to_withdraw(typed) = "refused.no_answer_to_withdraw";
    /// A report states it.
    reported_already(asked, report) = "refused.reported_already";
    /// A technique's id, and the retired one that was asked for.
    technique_was(id, before) = "techniques.was";
    /// Nobody has corrected anything.
    nothing_corrected() = "done.nothing_corrected";
    /// A number that no question has.
    no_question_number(number, n) = "refused.no_question_number";
    /// No country.
    no_country(typed) = "refused.no_country";
    /// No trade.
    no_sector(typed) = "refused.no_sector";
    /// No cluster of that name.
    no_cluster(typed) = "refused.no_cluster";
    /// Nothing that can be asked.
    no_question(typed) = "refused.no_question";
    /// Several of that name.
    may_mean(typed, ids) = "refused.may_mean";
    /// A marking wider than that of a report.
    share_too_wide(report, has, asked) = "share.too_wide";
    /// What our own logs showed is marked for many readers.
    share_own_logs(tlp) = "share.own_logs";
    /// A case was shared.
    share_written(n, file) = "share.written";
    /// Several files need a folder.
    share_needs_folder(form) = "share.needs_folder";
    /// An assessment that rests on reports that are not shared.
    share_no_assessment(id) = "share.no_assessment";
    /// Objects were added to a collection.
    share_added(n, url) = "share.added";
    /// Objects that a server refused, with its first reason.
    share_refused(n, why) = "share.refused";
    /// Objects that a server has not decided on yet.
    share_pending(n, id) = "share.pending";
    /// Where the server is.
    serve_listens(url) = "serve.listens";
    /// What it has.
    serve_has(objects, lists) = "serve.has";
    /// Passwords go over the network as they are.
    serve_plain(address) = "serve.plain";
    /// An address that others reach, and nobody is asked who they are.
    serve_open(address) = "serve.open";
    /// The address is in use or not ours.
    serve_cannot_listen(address, why) = "serve.cannot_listen";
    /// A file that lists were made with cannot be used.
    block_file_gone(file, why) = "block.file_gone";
    /// The hunt that lists were made with is not kept.
    block_hunt_gone(id) = "block.hunt_gone";
    /// A file of names and passwords, or of tokens, without any.
    serve_no_credentials(file) = "serve.no_credentials";
    /// It was stopped.
    serve_stopped(requests) = "serve.stopped";
    /// An option that names whose timeline it is names nobody.
    timeline_nobody(option) = "timeline.nobody";
    /// Rules are asked of logs, and there are none.
    investigate_rules_need_logs() = "investigate.rules_need_logs";
    /// What is watched, and where.
    watch_begins(n, places) = "watch.begins";
    /// The same with rules of behaviour.
    watch_begins_with_rules(n, rules, places) = "watch.begins_with_rules";
    /// The same with rules alone.
    watch_begins_rules(rules, places) = "watch.begins_rules";
    /// It was stopped.
    watch_ended(records, sightings, repeats) = "watch.ended";
    /// Another watch uses the same folder.
    watch_runs_already(folder) = "watch.runs_already";
    /// Numbers are only told on this machine.
    watch_metrics_here(address) = "watch.metrics_here";
    /// An address that others reach was not meant for that.
    watch_open(address) = "watch.open";
    /// There is nothing to watch.
    watch_nothing() = "watch.nothing";
    /// A digest needs both ends.
    watch_mail_ends() = "watch.mail_ends";
    /// A webhook needs a secret.
    watch_webhook_secret() = "watch.webhook_secret";
    /// No fact of the case.
    no_fact(typed, facts) = "refused.no_fact";
    /// The case has no facts.
    no_facts(typed) = "refused.no_facts";
    /// No assessment's id.
    no_assessment(typed) = "refused.no_assessment";
    /// It is closed.
    closed_already(id) = "refused.closed_already";
    /// It is open.
    open_already(id) = "refused.open_already";
    /// A reason without what it is for.
    why_of_what() = "refused.why_of_what";
    /// What an answer has to be.
    answer_form() = "refused.answer_form";
    /// No answer.
    no_such_answer(typed) = "refused.no_such_answer";
    /// What a grade has to be.
    grade_form() = "refused.grade_form";
    /// No grade.
    no_grade(typed) = "refused.no_grade";
    /// No assessment was named.
    which_assessment() = "refused.which_assessment";
    /// Assessments were closed.
    closed(n) = "done.closed";
    /// They are open again.
    reopened(n) = "done.reopened";
    /// A statement was kept.
    kept(what) = "done.kept";
    /// The case was weighed with it.
    weighed_with_it() = "done.weighed_with_it";
    /// An answer was taken back.
    answer_withdrawn(asked) = "done.answer_withdrawn";
    /// An answer: yes.
    answered_yes(asked) = "done.answered_yes";
    /// An answer: no.
    answered_no(asked) = "done.answered_no";
    /// A fact has the program's grade again.
    grade_withdrawn(item) = "done.grade_withdrawn";
    /// A fact was graded.
    graded(item, grade) = "done.graded";
    /// Knowledge was compiled.
    knowledge_compiled(file, version, n) = "knowledge.compiled";
    /// The knowledge inside the program is used.
    knowledge_embedded() = "knowledge.embedded";
    /// A file is used from now on.
    knowledge_used(file) = "knowledge.used";
    /// Nothing is newer.
    knowledge_unchanged() = "knowledge.unchanged";
    /// What a source said before is kept.
    knowledge_kept(id, why) = "knowledge.kept";
    /// A file is the one that was published.
    file_as_published(file) = "knowledge.as_published";
    /// A file is not.
    file_not_as_published(file) = "knowledge.not_as_published";
    /// A file could not be had or read.
    file_failed(file, why) = "knowledge.file_failed";
    /// A file is as it was.
    file_unchanged(file, n, sha256) = "knowledge.file_unchanged";
    /// A file is new.
    file_new(file, n, sha256) = "knowledge.file_new";
    /// Not everything could be had.
    knowledge_lacking(ids) = "knowledge.lacking";
    /// No publisher.
    no_publisher(typed) = "knowledge.no_publisher";
    /// Where files belong.
    where_files_belong() = "knowledge.where_files_belong";
    /// Assessments that could be made again.
    open_assessments(n) = "knowledge.open_assessments";
    /// What changed, in numbers.
    knowledge_changed(from, to, added, removed, changed, techniques, retired) = "knowledge.changed";
}
