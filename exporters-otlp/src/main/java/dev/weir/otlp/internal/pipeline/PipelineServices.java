// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;

/** What the pipelines of one export share. */
public record PipelineServices(
        TelemetryLoop worker, Ticker ticker, PayloadCodec codec, TapDispatcher taps, DeadLetters deadLetters) {}
