#!/usr/bin/env bash
# Walks a running server from outside, as an app and its user would, and prints a line per step. See --help.
set -euo pipefail

usage() {
    cat <<'EOF'
Usage: scripts/smoke.sh URL

Walks a running Hypertrophy OS from outside, from registration through payment and renewal to logout, and prints a line
per step. Needs bash, curl and jq.

  scripts/smoke.sh http://localhost:8080
  SMOKE_EMAIL=smoke@example.com SMOKE_PASSWORD=… scripts/smoke.sh https://api.example.com

With DEBUG=true on the server a new account pays in the sandbox, and the business clock is wound 31 days forward, for
everybody. Without DEBUG the account SMOKE_EMAIL logs in, a checkout is opened but not paid, steps that only DEBUG has
are skipped, and whatever was put there is removed again.

Exits with 0 when no step failed, 1 when one did (the walk ends there), 2 when it was called wrongly.
EOF
}

case $#:${1-} in
    1:-h | 1:--help) usage; exit 0 ;;
    1:http://?* | 1:https://?*) ;;
    *) usage >&2; exit 2 ;;
esac
for tool in curl jq; do
    command -v "$tool" >/dev/null || { echo "$tool is missing; install it first." >&2; exit 2; }
done

base=$1
while [ "${base%/}" != "$base" ]; do base=${base%/}; done
v1=/api/v1
debug=false passed=0 skipped=0
tag=$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')
# What jq puts into requests and compares with answers goes by the environment: everybody sees command lines.
export EMAIL="smoke-$tag@example.com" PASSWORD="smoke-$tag-password" DEVICE="smoke-device-$tag"
export REFRESH_TOKEN='' PERIOD_END='' KEY='' ID='' DIGEST=''

green='' yellow='' red='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then green=$'\e[32m' yellow=$'\e[33m' red=$'\e[31m' plain=$'\e[0m'; fi
# A step that fails inside $(…) must be seen all the same.
exec 3>&1

work=$(mktemp -d)
finish() {
    local code=$? failed=0
    [ "$code" -eq 0 ] || failed=1
    rm -rf "$work"
    printf '\n%s ok, %s skipped, %s failed in %s s\n' "$passed" "$skipped" "$failed" "$SECONDS" >&3
}
trap finish EXIT
trap 'exit 130' HUP INT TERM
: >"$work/session"

# --- what a step is made of ---------------------------------------------------------------------------------------

line() { printf '%s%-5s%s %-22s %-3s%s\n' "$1" "$2" "$plain" "$3" "$4" "${5:+  $5}" >&3; }
ok() { passed=$((passed + 1)); line "$green" ok "$step" "$status" "${1-}"; }
skip() { skipped=$((skipped + 1)); line "$yellow" SKIP "$1" - "$2"; }

# Ends the walk with what was asked, what was answered, and what can be done about it.
fail() {
    line "$red" FAIL "$step" "$status" "$1"
    {
        [ -z "$request" ] || printf '\n%s\n' "$request"
        jq . "$work/answer" 2>/dev/null || head -c 2000 "$work/answer" | LC_ALL=C tr -cd '[:print:]\n\t'
        hint
    } >&3
    exit 1
}

hint() {
    case $step:$status in
        health:*) printf '\nIs the server running, and is %s its address?\n' "$base" ;;
        login:*) printf '\nMake an account once with POST %s, then:\n  SMOKE_EMAIL=… SMOKE_PASSWORD=… %s %s\n' \
            "$base$v1/auth/register" scripts/smoke.sh "$base" ;;
        subscribe:50?) printf '\nIs a payment provider set up (STRIPE_API_KEY)? The log of the server says more.\n' ;;
        *:000) printf '\nAddresses that the server gives start with its PUBLIC_URL. Does that lead there from here?\n' ;;
    esac
}

begin() { step=$1 status=- request=${2-}; : >"$work/answer"; }

# ask NAME STATUS METHOD URL [CURL OPTION…]: sends one request. Any other status ends the walk.
ask() {
    begin "$1" "$3 $4"
    local wanted=$2 method=$3 url=$4
    shift 4
    # -q: nobody's .curlrc has a say in this.
    status=$(curl -q -sS --connect-timeout 5 --max-time 60 -X "$method" -o "$work/answer" -w '%{http_code}' \
        "$@" "$url" 2>"$work/error") || fail "$(head -n 1 "$work/error")"
    [[ $status =~ ^($wanted)$ ]] || fail "$wanted was expected"
}

# api NAME STATUS METHOD PATH [JSON]: the same as the user who is logged in, on this server.
api() {
    local options=(-H @"$work/session")
    [ $# -lt 5 ] || options+=(-H 'content-type: application/json' --data-binary @-)
    ask "$1" "$2" "$3" "$base$4" "${options[@]}" <<<"${5-}"
}

json() { jq -nc "$1"; }
holds() { jq -e "$1" "$work/answer" >/dev/null 2>&1; }
field() { jq -er "$1" "$work/answer" 2>/dev/null || fail "the answer gives nothing for: $1"; }
# ok, if the answer has something to say to the filter.
says() { local note; note=$(field "$1") || exit 1; ok "$note"; }
remove() { api "$1" 204 DELETE "$2"; ok; }

# wait_for NAME PATH FILTER: asks until it holds, because webhooks and jobs take a moment.
wait_for() {
    local deadline=$((SECONDS + 30))
    until api "$1" 200 GET "$2" && holds "$3"; do
        [ "$SECONDS" -lt "$deadline" ] || fail "waited 30 s in vain for: $3"
        sleep 0.2
    done
}

keep_session() {
    field '"Authorization: Bearer \(.access_token)"' >"$work/session"
    REFRESH_TOKEN=$(field .refresh_token)
}

# --- the walk -----------------------------------------------------------------------------------------------------

server_is_up() {
    local path
    for path in /health /health/ready /health/db $v1/health; do
        ask "${path#/}" 200 GET "$base$path" && says 'select(.status == "ok") | .checks | keys | join(", ")'
    done
    ask health/live 200 GET "$base/health/live" && ok
    ask 'API docs' 200 GET "$base$v1/docs/"
    grep -qi swagger "$work/answer" || fail 'this is not the page of the API'
    ok "$base$v1/docs/"
    ask openapi.json 200 GET "$base$v1/openapi.json" && says '"OpenAPI \(.openapi), \(.paths | length) paths"'
    # Only DEBUG has a sandbox.
    ask mode '200|404' GET "$base/sandbox/clock"
    if [ "$status" = 200 ]; then debug=true; ok development; else ok production; fi
}

sign_in() {
    if $debug; then
        api register 201 POST $v1/auth/register "$(json '{email: env.EMAIL, password: env.PASSWORD, name: "Smoke"}')"
        says .user.email
    else
        skip register 'SMOKE_EMAIL logs in instead'
        begin login
        EMAIL=${SMOKE_EMAIL-} PASSWORD=${SMOKE_PASSWORD-}
        [ -n "$EMAIL" ] && [ -n "$PASSWORD" ] || fail 'without DEBUG, SMOKE_EMAIL and SMOKE_PASSWORD are needed'
    fi
    api login 200 POST $v1/auth/login "$(json '{email: env.EMAIL, password: env.PASSWORD}')"
    keep_session
    says '"tokens for \(.expires_in) s"'
    api me 200 GET $v1/users/me && says '"\(.email), \(.id)"'
    api 'register device' 201 POST $v1/notifications/register-device "$(json '{platform: "ios", token: env.DEVICE}')"
    device=$(field .id)
    ok "$DEVICE"
}

open_checkout() {
    local before=402
    # An account that stays may have paid one day.
    $debug || before='402|200'
    api plans 200 GET $v1/billing/plans && says '.plans | map(.id) | select(index("premium")) | join(", ")'
    api 'token before paying' "$before" GET $v1/billing/entitlements/token
    says '.error.code // (.entitlements | join(", "))'
    api subscribe '201|409' POST $v1/payments/subscribe '{"plan": "premium"}'
    if ! $debug && holds '.error.code == "ALREADY_SUBSCRIBED"'; then
        skip subscribe "$EMAIL has a subscription already"
        return
    fi
    checkout=$(field .checkout_url)
    [[ $checkout =~ ^https?://[^/[:space:]]+/[^[:space:]]+$ ]] || fail 'checkout_url is no address'
    ok "$checkout"
}

pay_and_renew() {
    ask 'checkout page' 200 GET "$checkout" -H 'accept: text/html'
    grep -q 'value="pay"' "$work/answer" || fail 'the page has no button to pay'
    ok 'a form with a button to pay'
    ask pay 200 POST "$checkout" -d outcome=pay && says 'select(.state == "paid") | .state'
    wait_for subscription $v1/billing/subscription \
        '.subscription.status == "active" and any(.entitlements[]; .id == "premium" and .active)'
    PERIOD_END=$(field .subscription.current_period_end)
    ok "active to $PERIOD_END, with premium"
    api 'token after paying' 200 GET $v1/billing/entitlements/token
    says '"\(.entitlements | join(", ")) to \(.expires_at)"'
    api explain 200 GET "$v1/billing/explain?entitlement=premium"
    says 'select(.active) | .because[] | select(.observations != [])
        | "\(.rule) by \(.observations | map(.facts.of) | sort | join(" and "))"'
    local mine='.items | map(select(.to == env.EMAIL or (.to | endswith(env.DEVICE))))'
    wait_for outbox /dev/outbox "$mine | map(.kind) | contains([\"mail\", \"push\"])"
    says "$mine"' | map("\(.kind) “\(.title)”") | join(", ")'
    api 'clock +31 days' 200 POST /sandbox/clock/advance '{"days": 31}'
    says '"\(.events) events, now \(.business_now)"'
    wait_for renewal $v1/billing/subscription \
        '.subscription.status == "active" and .subscription.current_period_end > env.PERIOD_END'
    says '"active to \(.subscription.current_period_end)"'
}

photo() {
    local url
    # A grey square of 8×8 pixels.
    base64 -d >"$work/photo.jpg" <<'EOF'
/9j/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/
wAALCAAIAAgBAREA/8QAJgABAAAAAAAAAAAAAAAAAAAAABABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQAAPwA//9k=
EOF
    api 'HEIC is refused' 415 POST $v1/progress-photos/upload-url '{"filename": "a.heic", "content_type": "image/heic"}'
    says .error.code
    api 'upload URL' 200 POST $v1/progress-photos/upload-url '{"filename": "a.jpg", "content_type": "image/jpeg"}'
    url=$(field .upload_url)
    KEY=$(field .key)
    field '.headers | to_entries[] | "\(.key): \(.value)"' >"$work/headers"
    ok "${url%%\?*}"
    # The signature is the permission; a bucket even refuses a second one, so no session goes along.
    ask upload '200|201|204' PUT "$url" -H @"$work/headers" --data-binary @"$work/photo.jpg" && ok
    api 'add photo' 201 POST $v1/progress-photos \
        "$(json '{key: env.KEY, taken_on: (now | strftime("%Y-%m-%d")), pose: "front"}')"
    ID=$(field .id)
    says .state
    wait_for 'photo is processed' "$v1/progress-photos/$ID" '.state == "ready"'
    says .state
    api 'list photos' 200 GET $v1/progress-photos
    url=$(field '.items[] | select(.id == env.ID) | .url')
    ok "${url%%\?*}"
    ask 'download photo' 200 GET "$url"
    [ "$(head -c 2 "$work/answer" | od -An -tx1 | tr -d ' \n')" = ffd8 ] || fail 'this is no JPEG'
    ok 'a JPEG'
    remove 'delete photo' "$v1/progress-photos/$ID"
}

preferences() {
    local before
    api preferences 200 GET $v1/notifications/preferences
    before=$(field '{digest}')
    DIGEST=$(field 'if .digest == "daily" then "weekly" else "daily" end')
    says '"digest \(.digest)"'
    api 'change preferences' 200 PATCH $v1/notifications/preferences "$(json '{digest: env.DIGEST}')"
    says 'select(.digest == env.DIGEST) | "digest \(.digest)"'
    api 'restore preferences' 200 PATCH $v1/notifications/preferences "$before" && says '"digest \(.digest)"'
}

projects() {
    api 'create project' 201 POST $v1/projects '{"name": "Smoke"}'
    ID=$(field .id)
    ok "$ID"
    api 'list projects' 200 GET $v1/projects && says '.items[] | select(.id == env.ID) | .name'
    remove 'delete project' "$v1/projects/$ID"
}

leave() {
    remove 'remove device' "$v1/notifications/register-device/$device"
    api refresh 200 POST $v1/auth/refresh "$(json '{refresh_token: env.REFRESH_TOKEN}')"
    keep_session
    says '"tokens for \(.expires_in) s"'
    api logout 204 POST $v1/auth/logout && ok
    api 'me after logout' 401 GET $v1/users/me && says .error.code
}

server_is_up
sign_in
open_checkout
if $debug; then
    pay_and_renew
else
    for name in 'checkout page' pay subscription 'token after paying' explain outbox 'clock +31 days' renewal; do
        skip "$name" 'needs DEBUG'
    done
fi
photo
preferences
projects
leave
