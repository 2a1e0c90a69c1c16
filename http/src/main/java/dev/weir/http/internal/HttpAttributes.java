// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import dev.weir.core.internal.HttpDurationMetric;
import io.opentelemetry.api.common.AttributeKey;
import java.util.List;
import java.util.Locale;

/** Attribute keys of the stable HTTP semantic conventions, and the few of this module's own. */
public final class HttpAttributes {

    /** The schema that the names below belong to. */
    public static final String SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0";

    public static final AttributeKey<String> REQUEST_METHOD = HttpDurationMetric.REQUEST_METHOD;
    public static final AttributeKey<String> REQUEST_METHOD_ORIGINAL =
            AttributeKey.stringKey("http.request.method_original");
    public static final AttributeKey<Long> RESEND_COUNT = AttributeKey.longKey("http.request.resend_count");
    public static final AttributeKey<Long> REQUEST_BODY_SIZE = AttributeKey.longKey("http.request.body.size");
    public static final AttributeKey<Long> RESPONSE_BODY_SIZE = AttributeKey.longKey("http.response.body.size");
    public static final AttributeKey<Long> STATUS_CODE = HttpDurationMetric.STATUS_CODE;
    public static final AttributeKey<String> ROUTE = HttpDurationMetric.ROUTE;
    public static final AttributeKey<String> ERROR_TYPE = HttpDurationMetric.ERROR_TYPE;
    public static final AttributeKey<String> URL_FULL = AttributeKey.stringKey("url.full");
    public static final AttributeKey<String> URL_PATH = AttributeKey.stringKey("url.path");
    public static final AttributeKey<String> URL_QUERY = AttributeKey.stringKey("url.query");
    public static final AttributeKey<String> URL_SCHEME = HttpDurationMetric.URL_SCHEME;
    public static final AttributeKey<String> URL_TEMPLATE = AttributeKey.stringKey("url.template");
    public static final AttributeKey<String> SERVER_ADDRESS = HttpDurationMetric.SERVER_ADDRESS;
    public static final AttributeKey<Long> SERVER_PORT = HttpDurationMetric.SERVER_PORT;
    public static final AttributeKey<String> CLIENT_ADDRESS = AttributeKey.stringKey("client.address");
    public static final AttributeKey<String> PEER_ADDRESS = AttributeKey.stringKey("network.peer.address");
    public static final AttributeKey<Long> PEER_PORT = AttributeKey.longKey("network.peer.port");
    public static final AttributeKey<String> PROTOCOL_NAME = AttributeKey.stringKey("network.protocol.name");
    public static final AttributeKey<String> PROTOCOL_VERSION = HttpDurationMetric.PROTOCOL_VERSION;
    public static final AttributeKey<String> NETWORK_TRANSPORT = AttributeKey.stringKey("network.transport");
    public static final AttributeKey<String> USER_AGENT = AttributeKey.stringKey("user_agent.original");

    private HttpAttributes() {}

    /** {@code http.request.header.<name>}. */
    public static AttributeKey<List<String>> requestHeader(String name) {
        return AttributeKey.stringArrayKey("http.request.header." + name.toLowerCase(Locale.ROOT));
    }

    /** {@code http.response.header.<name>}. */
    public static AttributeKey<List<String>> responseHeader(String name) {
        return AttributeKey.stringArrayKey("http.response.header." + name.toLowerCase(Locale.ROOT));
    }
}
