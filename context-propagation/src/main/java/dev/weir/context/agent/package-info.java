// SPDX-License-Identifier: Apache-2.0
/**
 * What an agent weaves to have traces right without any hook at assembly: the places ({@link
 * dev.weir.context.agent.AgentPoint#all()}) and what to call there ({@link dev.weir.context.agent.AgentAdvice}).
 *
 * <p>The weaving itself belongs to the agent; nothing here depends on a byte-code library.
 */
@NullMarked
package dev.weir.context.agent;

import org.jspecify.annotations.NullMarked;
