#!/bin/sh
# Makes what compose.yaml takes as secrets: a certificate authority of the space's own, a certificate and a master key for each service,
# and the token between connector and OPA. Keeps what is there. Run as root: the services run as user 1654 and demand files of mode 0600.
set -eu
umask 077
owner=${APP_UID:-1654}
folder=$(dirname "$0")/secrets
mkdir -p "$folder"
cd "$folder"

if [ ! -e ca.key ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -subj "/CN=Certificate authority of the space" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout ca.key -out ca.pem 2>/dev/null
fi

for name in authority grid vpp; do
    if [ ! -e "$name.key" ]; then
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 365 -subj "/CN=$name.space.test" \
            -addext "subjectAltName=DNS:$name.space.test" -addext "basicConstraints=critical,CA:FALSE" -addext "extendedKeyUsage=serverAuth" \
            -CA ca.pem -CAkey ca.key -keyout "$name.key" -out "$name.pem" 2>/dev/null
    fi
    [ -e "$name.master-key" ] || openssl rand -base64 32 > "$name.master-key"
done

if [ ! -e opa.token ]; then
    openssl rand -hex 32 > opa.token
    printf '{"connector_token": "%s"}\n' "$(cat opa.token)" > opa-authz.json
fi

chown "$owner" ./*
chown 0 ca.key
