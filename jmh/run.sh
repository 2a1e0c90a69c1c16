#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the benchmarks and runs one class of them:
#   jmh/run.sh dev.weir.jmh.http.HttpMacro 2000 1 15 none,weir 40 profile
#   jmh/run.sh dev.weir.jmh.http.ExchangeTable 3 none,weir
#   jmh/run.sh org.openjdk.jmh.Main http.ServerExchangeBenchmark -prof gc
# The incubating API that a peer brings along is older than the SDK, which would find it and fail.
set -euo pipefail
cd "$(dirname "$0")/.."
mvn -q -B -pl core,context-propagation,http,log-pipe,metric-aggregator,sampler,exporters-otlp,starter,jmh compile \
    dependency:build-classpath -Dmdep.outputFile=target/jmh.classpath -Dmdep.regenerateFile=true \
    -DexcludeArtifactIds=opentelemetry-api-incubator
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "jmh/target/classes:$(cat jmh/target/jmh.classpath)" "$@"
