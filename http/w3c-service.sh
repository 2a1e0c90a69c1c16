#!/usr/bin/env bash
# Serves the protocol of the W3C trace-context harness on 127.0.0.1:PORT until it is killed:
#   http/w3c-service.sh PORT
set -euo pipefail
port=${1:?usage: http/w3c-service.sh PORT}
cd "$(dirname "$0")/.."
mvn -q -B -pl core,context-propagation,http test-compile \
    dependency:build-classpath -Dmdep.outputFile=target/test.classpath -Dmdep.includeScope=test
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" \
    -cp "http/target/test-classes:http/target/classes:$(cat http/target/test.classpath)" \
    dev.weir.http.w3c.W3cService "$port"
