#!/bin/sh
# tegakari/drill-script/1
# plan @PLAN@, made @MADE@
#
# Plants harmless traces on this machine and removes them again, so that you can find out whether your logs would show
# the real thing. It needs no rights beyond yours and no network but your own. What cannot be done here is skipped, and
# that is written down. It asks nothing. `sh drill.sh --dry-run` only says what would be done.
#
# What is planted is found by tokens: the word `tgkdrill` and 20 letters and digits, which differ from machine to machine
# and from trace to trace. The two are put together only when this runs, and are shown with a + between them, so that
# neither a log of this text nor one of what it says shows a token.
set -u

plan='@PLAN@'
domain='@DOMAIN@'
web='@WEB@'
mail_to='@MAIL@'
prefix='tgkdrill'

t_dns='' t_http_host='' t_http_url='' t_user_agent='' t_file_name='' t_file_hash=''
t_process='' t_command_line='' t_scheduled_task='' t_mail='' t_log_line=''

# The machines of the plan: sets the tokens of one, and `host` to its name in the plan.
tokens_of() {
    case $1 in
@HOSTS@    *) return 1 ;;
    esac
}

usage() {
    cat <<'USAGE'
usage: sh drill.sh [--dry-run] [--host NAME] [--record FILE] [--log-socket PATH]

  --dry-run          say what would be done, and do nothing
  --host NAME        act as this machine of the plan [default: the one with this machine's name]
  --record FILE      where to write down what was planted and when, a line a trace
                     [default: tegakari-drill-PLAN-HOST.record in this folder]
  --log-socket PATH  the socket of the system's log [default: the one that logger uses]

Take the record to where you run `tegakari drill check --plan PLAN --logs PATH --record FILE`.
Exit status: 0 done (skipped traces are in the record), 2 wrong arguments, or the record cannot be written,
3 this machine is not in the plan.
USAGE
}

say() { printf '%s\n' "$*"; }
fail() {
    printf 'drill: %s\n' "$*" >&2
    exit 2
}
have() { command -v "$1" >/dev/null 2>&1; }
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

dry=no
host=''
record=''
log_socket=''
while [ $# -gt 0 ]; do
    case $1 in
    --dry-run) dry=yes ;;
    --host | --record | --log-socket)
        [ $# -gt 1 ] || fail "$1 needs a value; see --help"
        case $1 in
        --host) host=$2 ;;
        --record) record=$2 ;;
        *) log_socket=$2 ;;
        esac
        shift
        ;;
    -h | --help)
        usage
        exit 0
        ;;
    *) fail "$1 is not known; see --help" ;;
    esac
    shift
done

# Which machine of the plan this is.
find_host() {
    if [ -n "$host" ]; then
        tokens_of "$(printf '%s' "$host" | tr '[:upper:]' '[:lower:]')"
        return
    fi
    for own in "$(hostname -f 2>/dev/null)" "$(hostname 2>/dev/null)" "$(uname -n)"; do
        own=$(printf '%s' "$own" | tr '[:upper:]' '[:lower:]')
        [ -n "$own" ] || continue
        tokens_of "$own" && return 0
        tokens_of "${own%%.*}" && return 0
    done
    host=$(uname -n)
    return 1
}
if ! find_host; then
    printf 'drill: "%s" is not a machine of the plan %s, or stands for several of it; nothing was planted.\n' "$host" "$plan" >&2
    printf 'drill: say --host NAME with a name of the plan, or make a plan with this machine.\n' >&2
    exit 3
fi
[ -n "$record" ] || record="tegakari-drill-$plan-$host.record"

work=''
unit=''
clean_up() {
    if [ -n "$unit" ]; then
        systemctl --user stop "$unit.timer" >/dev/null 2>&1
        unit=''
    fi
    if [ -n "$work" ]; then
        rm -rf -- "$work"
        work=''
    fi
}
trap clean_up EXIT
trap 'clean_up; exit 130' INT
trap 'clean_up; exit 143' TERM HUP

# A folder of this run alone.
make_work() {
    [ -z "$work" ] || return 0
    work=$(mktemp -d "${TMPDIR:-/tmp}/tegakari-drill.XXXXXX" 2>/dev/null) || work=''
    [ -n "$work" ]
}

# note KIND planted|skipped [WHY]: a line of the record.
note() {
    printf 'tegakari/drill-record/1\t%s\t%s\tsh\t%s\t%s\t%s\t%s\n' "$plan" "$host" "$1" "$2" "$at" "${3-}" >>"$record" ||
        fail "cannot write the record $record; choose another place with --record"
}
planted() {
    say "  $1: done at $at"
    note "$1" planted
}
skipped() {
    say "  $1: skipped, because $2"
    note "$1" skipped "$2"
}
# step KIND BODY WHAT: says what is done. Fails when it is not to be done, or not yet.
step() {
    [ -n "$2" ] || return 1
    if [ "$listing" = yes ]; then
        say "  $1: $3"
        return 1
    fi
    at=$(now)
}

look_up() {
    if have getent; then
        getent hosts "$1" >/dev/null 2>&1
    elif have host; then
        host -W 3 "$1" >/dev/null 2>&1
    elif have nslookup; then
        nslookup "$1" >/dev/null 2>&1
    else
        return 127
    fi
}

# request URL AGENT: any answer will do; fails when nothing answered.
request() {
    if have curl; then
        curl -s -o /dev/null --max-time 10 -A "$2" "$1"
    elif have wget; then
        wget -q -O /dev/null -T 10 -t 1 -U "$2" "$1"
        got=$?
        # 8: the server answered with an error.
        [ "$got" = 0 ] || [ "$got" = 8 ]
    else
        return 127
    fi
}

# Where requests go: the server that was named, else the token name given.
base_of() {
    if [ -n "$web" ]; then
        printf 'http://%s' "$web"
    else
        printf 'http://%s.%s' "$1" "$domain"
    fi
}

web_step() {
    request "$2" "$3"
    case $? in
    0) planted "$1" ;;
    127) skipped "$1" 'neither curl nor wget is here' ;;
    *) skipped "$1" 'no server and no proxy answered' ;;
    esac
}

trace_dns() {
    name="$prefix$t_dns.$domain"
    step dns "$t_dns" "looks up the name $prefix+$t_dns.$domain" || return 0
    look_up "$name"
    case $? in
    127) skipped dns 'there is neither getent nor host nor nslookup' ;;
    # That there is no such name is an answer as well.
    *) planted dns ;;
    esac
}

trace_http_host() {
    url="http://$prefix$t_http_host.$domain/"
    step http_host "$t_http_host" "asks for http://$prefix+$t_http_host.$domain/" || return 0
    web_step http_host "$url" tegakari-drill
}

trace_http_url() {
    url="$(base_of "$prefix$t_http_url")/$prefix$t_http_url.txt"
    step http_url "$t_http_url" "asks for $(base_of "$prefix+$t_http_url")/$prefix+$t_http_url.txt" || return 0
    web_step http_url "$url" tegakari-drill
}

trace_user_agent() {
    url="$(base_of "$prefix$t_user_agent")/"
    step user_agent "$t_user_agent" "asks for $(base_of "$prefix+$t_user_agent")/ as $prefix+$t_user_agent" || return 0
    web_step user_agent "$url" "$prefix$t_user_agent"
}

trace_file_name() {
    step file_name "$t_file_name" "writes a file $prefix+$t_file_name.txt in a folder of its own, and removes it" || return 0
    if make_work && printf 'a harmless file of a tegakari drill\n' >"$work/$prefix$t_file_name.txt"; then
        planted file_name
    else
        skipped file_name 'no file could be written'
    fi
}

trace_file_hash() {
    step file_hash "$t_file_hash" 'writes a script of which there is no second one, runs it (it does nothing), and removes it' || return 0
    if make_work && printf '#!/bin/sh\n# a harmless file of a tegakari drill: %s\nexit 0\n' "$prefix$t_file_hash" >"$work/sample.sh"; then
        chmod 700 "$work/sample.sh"
        "$work/sample.sh" >/dev/null 2>&1
        planted file_hash
    else
        skipped file_hash 'no file could be written'
    fi
}

trace_process() {
    step process "$t_process" "copies the program true to $prefix+$t_process, runs it, and removes it" || return 0
    program=/bin/true
    [ -x "$program" ] || program=/usr/bin/true
    if make_work && cp "$program" "$work/$prefix$t_process" 2>/dev/null && chmod 700 "$work/$prefix$t_process"; then
        "$work/$prefix$t_process" >/dev/null 2>&1
        case $? in
        126 | 127) skipped process 'programs in the folder for temporary files may not be run' ;;
        *) planted process ;;
        esac
    else
        skipped process 'the program true could not be copied'
    fi
}

trace_command_line() {
    step command_line "$t_command_line" "runs a shell that does nothing, with $prefix+$t_command_line among its arguments" || return 0
    /bin/sh -c ':' tegakari-drill "$prefix$t_command_line"
    planted command_line
}

trace_scheduled_task() {
    step scheduled_task "$t_scheduled_task" "sets a timer $prefix+$t_scheduled_task of your own for tomorrow, and removes it" || return 0
    if ! have systemd-run || ! have systemctl; then
        skipped scheduled_task 'there is no systemd; crontabs are left alone'
        return 0
    fi
    unit="$prefix$t_scheduled_task"
    if systemd-run --user --unit="$unit" --on-active=1d true >/dev/null 2>&1; then
        planted scheduled_task
        systemctl --user stop "$unit.timer" >/dev/null 2>&1
    else
        skipped scheduled_task 'systemd sets no timers for this user'
    fi
    unit=''
}

trace_mail() {
    step mail "$t_mail" "sends a mail with the subject $prefix+$t_mail to ${mail_to:-nobody, because the plan names no address}" || return 0
    if [ -z "$mail_to" ]; then
        skipped mail 'the plan names no address (drill plant --mail-to)'
        return 0
    fi
    sendmail=sendmail
    have sendmail || sendmail=/usr/sbin/sendmail
    if ! have "$sendmail"; then
        skipped mail 'there is no sendmail'
    elif printf 'To: %s\nSubject: %s\n\nThis mail is part of a drill of tegakari and can be deleted.\n' "$mail_to" "$prefix$t_mail" | "$sendmail" -t >/dev/null 2>&1; then
        planted mail
    else
        skipped mail 'sendmail did not take it'
    fi
}

trace_log_line() {
    step log_line "$t_log_line" "writes a line with $prefix+$t_log_line to the log of the system" || return 0
    if ! have logger; then
        skipped log_line 'there is no logger'
        return 0
    fi
    # Without a socket logger says nothing and ends with 0.
    if [ ! -S "${log_socket:-/dev/log}" ]; then
        skipped log_line 'the system has no log here'
        return 0
    fi
    if logger ${log_socket:+--socket "$log_socket"} -t tegakari-drill "$prefix$t_log_line" 2>/dev/null; then
        planted log_line
    else
        skipped log_line 'logger failed'
    fi
}

all_traces() {
    trace_dns
    trace_http_host
    trace_http_url
    trace_user_agent
    trace_file_name
    trace_file_hash
    trace_process
    trace_command_line
    trace_scheduled_task
    trace_mail
    trace_log_line
}

at=''
say "Drill $plan on $host. This will be done, and undone where it leaves anything:"
listing=yes
all_traces
if [ "$dry" = yes ]; then
    say 'Nothing was done (--dry-run).'
    exit 0
fi
listing=no
: >>"$record" || fail "cannot write the record $record; choose another place with --record"
say "Now, with a record in $record:"
all_traces
clean_up
say 'Done. Nothing is left but the record, and a mail where one was sent.'
