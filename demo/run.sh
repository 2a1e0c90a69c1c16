#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds what is missing and runs the demo. Options are passed on: --once, --seconds N, --rate N.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

jar=demo/target/weir-demo.jar
if [ ! -f "$jar" ] || [ -n "$(find pom.xml ./*/pom.xml ./*/src/main -newer "$jar" -print -quit)" ]; then
    echo "building the demo …"
    mvn -B -q -DskipTests -pl demo -am package
    touch "$jar"
fi

java=java
[ -n "${JAVA_HOME:-}" ] && java="$JAVA_HOME/bin/java"
# Chronicle Queue maps its files through two members of the JDK that are closed by default; without the first two flags Weir
# takes its own file store and says so. The third one silences a warning of Chronicle's.
exec "$java" -Xmx512m \
    --add-opens=java.base/java.lang.reflect=ALL-UNNAMED --add-exports=java.base/sun.nio.ch=ALL-UNNAMED \
    --add-exports=java.base/jdk.internal.ref=ALL-UNNAMED \
    -cp "$jar:demo/target/lib/*" dev.weir.demo.ShopDemo "$@"
