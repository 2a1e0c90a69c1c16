// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import dev.weir.otlp.internal.proto.ProtoBuffer;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Resources and scopes as finished bytes, encoded once, and the place where the records of one request are put together
 * by resource and scope.
 *
 * <p>Not thread-safe. Bounds: after a request that left more than {@value #MAX_ENTRIES} resources and scopes, all are
 * forgotten.
 */
final class Envelopes {
    /*
     * Found by identity, because an SDK has one resource and one scope object for each tracer, and their hash codes are
     * computed anew at each call. What is equal but not identical is found by value once and then known by identity
     * too. The records of a scope are chained backwards through an int array, and so are scopes and resources, since
     * that is the order in which they are written.
     */
    static final int MAX_ENTRIES = 4096;

    private static final int RESOURCE = 1 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int SCOPE = 1 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int SCHEMA_URL = 3 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int RESOURCE_ATTRIBUTES = 1 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int RESOURCE_DROPPED_ATTRIBUTES = 2 << 3;
    private static final int SCOPE_NAME = 1 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int SCOPE_VERSION = 2 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int SCOPE_ATTRIBUTES = 3 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int SCOPE_DROPPED_ATTRIBUTES = 4 << 3;

    /** A resource, and in the current request the last of its scopes and the resource before it. */
    static final class ResourceEnvelope {
        final byte[] head;
        final byte[] schemaUrl;
        final IdentityHashMap<InstrumentationScopeInfo, ScopeEnvelope> scopes = new IdentityHashMap<>();
        final Map<InstrumentationScopeInfo, ScopeEnvelope> scopesByValue = new HashMap<>();
        long request;

        @Nullable
        ScopeEnvelope lastScope;

        @Nullable
        ResourceEnvelope previous;

        ResourceEnvelope(byte[] head, byte[] schemaUrl) {
            this.head = head;
            this.schemaUrl = schemaUrl;
        }
    }

    /** A scope under one resource, and in the current request the last of its records and the scope before it. */
    static final class ScopeEnvelope {
        final byte[] head;
        final byte[] schemaUrl;
        long request;
        int lastRecord;

        @Nullable
        ScopeEnvelope previous;

        ScopeEnvelope(byte[] head, byte[] schemaUrl) {
            this.head = head;
            this.schemaUrl = schemaUrl;
        }
    }

    private final ValueWriter values;
    private final ProtoBuffer scratch = new ProtoBuffer(1024, 16 << 20);
    private final IdentityHashMap<Resource, ResourceEnvelope> resources = new IdentityHashMap<>();
    private final Map<Resource, ResourceEnvelope> resourcesByValue = new HashMap<>();
    private int entries;

    private long request;
    private int[] previousRecord = new int[512];
    private @Nullable ResourceEnvelope lastResource;
    private @Nullable Resource recentResource;
    private @Nullable ResourceEnvelope recentResourceEnvelope;
    private @Nullable InstrumentationScopeInfo recentScope;
    private @Nullable ScopeEnvelope recentScopeEnvelope;

    Envelopes(ValueWriter values) {
        this.values = values;
    }

    /** Starts a request of at most {@code records} records. */
    void begin(int records) {
        request++;
        if (previousRecord.length < records) {
            previousRecord = new int[records];
        }
        lastResource = null;
        forgetRecent();
        if (entries > MAX_ENTRIES) {
            resources.clear();
            resourcesByValue.clear();
            entries = 0;
        }
    }

    /** The last resource of the request; the others are before it. */
    @Nullable
    ResourceEnvelope lastResource() {
        return lastResource;
    }

    /** The record before {@code record} in the same scope, or -1. */
    int previousRecord(int record) {
        return previousRecord[record];
    }

    /** Puts record number {@code index} under its resource and scope. */
    void add(int index, Resource resource, InstrumentationScopeInfo scope) {
        ScopeEnvelope envelope = resource == recentResource && scope == recentScope ? recentScopeEnvelope : null;
        if (envelope == null) {
            envelope = find(resource, scope);
        }
        previousRecord[index] = envelope.lastRecord;
        envelope.lastRecord = index;
    }

    private ScopeEnvelope find(Resource resource, InstrumentationScopeInfo scope) {
        ResourceEnvelope owner = resource == recentResource ? recentResourceEnvelope : null;
        if (owner == null) {
            owner = resources.get(resource);
            if (owner == null) {
                owner = learn(resource);
            }
            if (owner.request != request) {
                owner.request = request;
                owner.lastScope = null;
                owner.previous = lastResource;
                lastResource = owner;
            }
        }
        ScopeEnvelope envelope = owner.scopes.get(scope);
        if (envelope == null) {
            envelope = learn(owner, scope);
        }
        if (envelope.request != request) {
            envelope.request = request;
            envelope.lastRecord = -1;
            envelope.previous = owner.lastScope;
            owner.lastScope = envelope;
        }
        recentResource = resource;
        recentResourceEnvelope = owner;
        recentScope = scope;
        recentScopeEnvelope = envelope;
        return envelope;
    }

    private ResourceEnvelope learn(Resource resource) {
        ResourceEnvelope envelope = resourcesByValue.get(resource);
        if (envelope == null) {
            scratch.clear();
            values.attributes(RESOURCE_ATTRIBUTES, resource.getAttributes(), RESOURCE_DROPPED_ATTRIBUTES, 0, scratch);
            scratch.message(RESOURCE, 0);
            envelope = new ResourceEnvelope(scratch.toByteArray(), schemaUrl(resource.getSchemaUrl()));
            resourcesByValue.put(resource, envelope);
        }
        resources.put(resource, envelope);
        entries++;
        return envelope;
    }

    private ScopeEnvelope learn(ResourceEnvelope owner, InstrumentationScopeInfo scope) {
        ScopeEnvelope envelope = owner.scopesByValue.get(scope);
        if (envelope == null) {
            scratch.clear();
            values.attributes(SCOPE_ATTRIBUTES, scope.getAttributes(), SCOPE_DROPPED_ATTRIBUTES, 0, scratch);
            String version = scope.getVersion();
            if (version != null) {
                scratch.stringUnlessEmpty(SCOPE_VERSION, version);
            }
            scratch.stringUnlessEmpty(SCOPE_NAME, scope.getName());
            scratch.message(SCOPE, 0);
            envelope = new ScopeEnvelope(scratch.toByteArray(), schemaUrl(scope.getSchemaUrl()));
            owner.scopesByValue.put(scope, envelope);
        }
        owner.scopes.put(scope, envelope);
        entries++;
        return envelope;
    }

    private byte[] schemaUrl(@Nullable String url) {
        scratch.clear();
        if (url != null) {
            scratch.stringUnlessEmpty(SCHEMA_URL, url);
        }
        return scratch.toByteArray();
    }

    private void forgetRecent() {
        recentResource = null;
        recentResourceEnvelope = null;
        recentScope = null;
        recentScopeEnvelope = null;
    }
}
