#!/bin/sh
# Writes secrets/opa.yaml: where OPA gets the bundle of the space, and the authority's key that has to have signed it.
# Usage: opa-config.sh JWKS-FILE SPACE   (the authority serves its keys at /.well-known/jwks.json; take them over a way that you trust)
set -eu
umask 077
jwks=$1
space=$2
target=$(dirname "$0")/secrets/opa.yaml
[ "$(jq '[.keys[] | select(.use != "log")] | length' "$jwks")" = 1 ] || { echo "$jwks does not hold exactly one key: take the one that signs the bundle" >&2; exit 1; }

coordinate() {
    jq -r "[.keys[] | select(.use != \"log\")][0].$1" "$jwks" | tr '_-' '/+' | sed 's/$/=/' | openssl base64 -d -A
}

# What precedes the two coordinates in the DER form of every P-256 public key (RFC 5480).
key=$({ printf '3059301306072a8648ce3d020106082a8648ce3d03010703420004' | xxd -r -p; coordinate x; coordinate y; } |
    openssl pkey -pubin -inform DER -pubout | sed 's/^/      /')

cat > "$target" <<END
services:
  authority:
    url: https://authority.space.test:8443
    tls: {ca_cert: /run/secrets/ca.pem}
bundles:
  space:
    service: authority
    resource: bundles/space.tar.gz
    polling: {min_delay_seconds: 10, max_delay_seconds: 30}
    signing: {keyid: authority, scope: "$space"}
keys:
  authority:
    algorithm: ES256
    key: |
$key
END
chown "${APP_UID:-1654}" "$target"
